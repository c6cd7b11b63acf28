/*
 * test_chat_profile.c - what chat/profile.h promises, one promise per test.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "io/chat/profile.h"

/* Every profile is found by its name, and has what no request can do without. */
Test(profiles, found_by_name)
{
    static const char *const names[] = {"vllm",   "sglang", "llamacpp",
                                        "ollama", "openai", "generic"};

    for (size_t i = 0; i < CHAT_KINDS; i++) {
        const struct chat_profile *profile = chat_profile_find(names[i], NULL);

        cr_assert_eq(profile, &chat_profiles[i], "%s", names[i]);
        cr_assert_str_eq(profile->name, names[i]);
        cr_assert_not_null(profile->fields[CHAT_MAX_CHAT]);
        cr_assert_not_null(profile->fields[CHAT_MAX_TEXT]);
        cr_assert_not_null(profile->reasoning[0]);
        cr_assert_not_null(profile->reasoning[1]);
        cr_assert_geq(profile->n_most, 1);
        cr_assert_geq(profile->stops_most, 4);
        cr_assert(profile->routes & 1u << CHAT_NEXT, "every server can be asked for the next step");
    }
}

/* A name that there is not brings those that there are. */
Test(profiles, unknown)
{
    struct crux_error error = {""};

    cr_assert_null(chat_profile_find("tgi", &error));
    cr_assert_str_eq(error.text, "there is no profile `tgi`; there are: vllm, sglang, llamacpp, "
                                 "ollama, openai, generic");
}

/* More than one candidate in a request needs the field that asks for them. */
Test(profiles, several_need_a_name)
{
    for (size_t i = 0; i < CHAT_KINDS; i++)
        cr_assert_eq(chat_profiles[i].n_most > 1, chat_profiles[i].fields[CHAT_N] != NULL, "%s",
                     chat_profiles[i].name);
}

/* A server that answers 400 to what it does not know is sent nothing of the others'. */
Test(profiles, openai_takes_no_extras)
{
    static const enum chat_field extras[] = {CHAT_TOP_K,    CHAT_MIN_P,   CHAT_KEEP_STOP,
                                             CHAT_CONTINUE, CHAT_SPECIAL, CHAT_CACHE};

    for (size_t i = 0; i < sizeof extras / sizeof *extras; i++)
        cr_assert_null(chat_profiles[CHAT_OPENAI].fields[extras[i]]);
    cr_assert_str_eq(chat_profiles[CHAT_OPENAI].fields[CHAT_MAX_CHAT], "max_completion_tokens");
    cr_assert_eq(chat_profiles[CHAT_OPENAI].stops_most, 4);
}

/* Routes have names and paths, found both ways. */
Test(routes, names)
{
    static const char *const names[] = {"completions", "prefill", "next"};
    struct crux_error error = {""};
    enum chat_route route;

    for (int i = 0; i < CHAT_ROUTES; i++) {
        cr_assert_eq(chat_route_find(&route, names[i], &error), CRUX_OK);
        cr_assert_eq((int)route, i);
        cr_assert_str_eq(chat_route_name(route), names[i]);
    }
    cr_assert_str_eq(chat_route_path(CHAT_COMPLETIONS), "completions");
    cr_assert_str_eq(chat_route_path(CHAT_PREFILL), "chat/completions");
    cr_assert_str_eq(chat_route_path(CHAT_NEXT), "chat/completions");
    cr_assert_eq(chat_route_find(&route, "chat", &error), CRUX_INVALID);
    cr_assert_str_eq(error.text, "there is no route `chat`; there are: completions, prefill, next");
}

/* The best route is a prompt of our own; with images, which it cannot hold, the next best. */
Test(routes, the_best_one)
{
    static const struct {
        enum chat_kind kind;
        enum chat_route plain, images;
    } rows[] = {
        {CHAT_VLLM, CHAT_COMPLETIONS, CHAT_PREFILL},
        {CHAT_SGLANG, CHAT_COMPLETIONS, CHAT_PREFILL},
        {CHAT_LLAMACPP, CHAT_COMPLETIONS, CHAT_PREFILL},
        {CHAT_OLLAMA, CHAT_PREFILL, CHAT_PREFILL},
        {CHAT_OPENAI, CHAT_NEXT, CHAT_NEXT},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct chat_profile *profile = &chat_profiles[rows[i].kind];

        cr_assert_eq(chat_profile_route(profile, false), rows[i].plain, "%s", profile->name);
        cr_assert_eq(chat_profile_route(profile, true), rows[i].images, "%s", profile->name);
    }
}
