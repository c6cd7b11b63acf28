/*
 * test_views_golden.c - rows of trees made by hand (tests/world/golden.h) are, byte for byte, those
 * of tests/golden/VIEW.jsonl, which were read and counted by hand.
 *
 * A view whose rows differ writes what it made to build/VIEW.jsonl, to be read before it is
 * believed.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/views/catalogue.h"
#include "tests/world/golden.h"

static const char configuration[] =
    "{\"critic\":[\"outcome=numbers\",\"annotate=numbers\"],\"policy\":[\"step=chat:m\"],"
    "\"seed\":7}";

static int append(void *context, const char *row, size_t length, enum view_side side,
                  struct crux_error *error)
{
    (void)side;
    (void)error;
    cr_assert_eq(fwrite(row, 1, length, context), length);
    cr_assert_neq(fputc('\n', context), EOF);
    return CRUX_OK;
}

static char *rows_of_all(const struct view *view, const struct view_run *run)
{
    struct golden_trees golden;
    struct crux_error error = {""};
    size_t size;
    char *text = NULL;
    struct view_out out = {.emit = append, .context = open_memstream(&text, &size)};

    golden_make(&golden);
    for (int i = 0; i < GOLDENS; i++)
        cr_assert_eq(view_rows(view, &golden.all[i], run, &out, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(fclose(out.context), 0);
    view_out_close(&out);
    return text;
}

static char *file_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text;
    long size;

    cr_assert_not_null(file, "%s is not there", path);
    cr_assert_eq(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    cr_assert_geq(size, 0);
    rewind(file);
    text = calloc((size_t)size + 1, 1);
    cr_assert_eq(fread(text, 1, (size_t)size, file), (size_t)size);
    cr_assert_eq(fclose(file), 0);
    return text;
}

static void keep_text(const char *name, const char *text)
{
    char path[160];
    FILE *file;

    (void)snprintf(path, sizeof path, "build/%s.jsonl", name);
    file = fopen(path, "wb");
    cr_assert_not_null(file, "%s cannot be written", path);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}

/* The first line in which two texts differ, from 1; 0: they do not. */
static size_t first_other_line(const char *a, const char *b)
{
    size_t line = 1;

    for (; *a == *b && *a != '\0'; a++, b++)
        line += *a == '\n';
    return *a == *b ? 0 : line;
}

static void insist_golden(const char *name)
{
    const struct view *view = view_named(name);
    struct crux_summary summary = {
        .configuration = configuration, .run_id = "0123456789abcdef", .config_hash = "beef"};
    struct view_run run;
    struct crux_error error = {""};
    char path[160], *rows, *golden;
    size_t line;

    cr_assert_not_null(view, "there is no view %s", name);
    cr_assert_eq(view_run_open(&run, &summary, &error), CRUX_OK, "%s", error.text);
    (void)snprintf(path, sizeof path, "tests/golden/%s.jsonl", name);
    rows = rows_of_all(view, &run);
    golden = file_text(path);
    line = first_other_line(rows, golden);
    if (line != 0)
        keep_text(name, rows);
    cr_assert_eq(line, 0, "view %s: row %zu is another one than in %s", name, line, path);
    free(golden);
    free(rows);
    view_run_close(&run);
}

#define GOLDEN_TEST(test, name)                                                                    \
    Test(golden, test)                                                                             \
    {                                                                                              \
        insist_golden(name);                                                                       \
    }

GOLDEN_TEST(critique, "critique")
GOLDEN_TEST(critique_sft, "critique-sft")
GOLDEN_TEST(verifier_sft, "verifier-sft")
GOLDEN_TEST(verifier_rl, "verifier-rl")
GOLDEN_TEST(prm, "prm")
GOLDEN_TEST(prm_soft, "prm-soft")
GOLDEN_TEST(prm800k, "prm800k")
GOLDEN_TEST(math_shepherd, "math-shepherd")
GOLDEN_TEST(processbench, "processbench")
GOLDEN_TEST(trees, "trees")
