/* test_model_names.c - which spellings of a model's name crux_same_model() takes for one. */
#include "io/crux_io.h"

#include <criterion/criterion.h>

static void expect_same(const char *a, const char *b, bool same)
{
    cr_expect_eq(crux_same_model(a, b, NULL, 0), same, "%s and %s", a, b);
    cr_expect_eq(crux_same_model(b, a, NULL, 0), same, "%s and %s", b, a);
}

/* Folders, endings and dates are none of the name; sizes and variants are. */
Test(model_names, spellings)
{
    expect_same("fake", "fake", true);
    expect_same("Qwen/Qwen3-8B", "qwen3-8b", true);
    expect_same("/models/x/llama-3.gguf", "llama-3", true);
    expect_same("llama3", "llama3:latest", true);
    expect_same("gpt-4o", "gpt-4o-2024-08-06", true);
    expect_same("claude-3@20240229", "claude-3", true);
    expect_same("gpt-4", "gpt-4-0613", true);
    expect_same("gpt-4o", "gpt-4o-mini", false);
    expect_same("llama-3-8b", "llama-3-70b", false);
    expect_same("llama3:8b", "llama3:70b", false);
    expect_same("llama-3", "llama-3-8b-instruct", false);
    expect_same("qwen2", "qwen2-7", false);
    expect_same("fake", "other", false);
}

/* An alias makes two names one, either way round; what is no pair is none. */
Test(model_names, aliases)
{
    static const char *const aliases[] = {"nothing", "mine=gpt-4o"};

    cr_expect(crux_same_model("mine", "gpt-4o", aliases, 2));
    cr_expect(crux_same_model("gpt-4o", "mine", aliases, 2));
    cr_expect_not(crux_same_model("mine", "gpt-4", aliases, 2));
    cr_expect_not(crux_same_model("nothing", "gpt-4o", aliases, 2));
}
