/*
 * test_shard.c - `--shard auto`: which part of a run the variables of a scheduler say, and which
 * say none.
 */
#include "io/crux_io.h"
#include "tests/world/options_suite.h"

static const char *const slurm[] = {"ID", "COUNT", "MIN", "MAX", "STEP"};

static void shard_unset(void)
{
    char name[40];

    for (size_t i = 0; i < sizeof slurm / sizeof *slurm; i++) {
        (void)snprintf(name, sizeof name, "SLURM_ARRAY_TASK_%s", slurm[i]);
        (void)unsetenv(name);
    }
    (void)unsetenv("JOB_COMPLETION_INDEX");
}

static void shard_set_up(void)
{
    set_up();
    shard_unset();
}

/* Values in the order of slurm[]; "-": it is not set. */
static void in_slurm(const char *values)
{
    char text[200], *rest = text, name[40];

    shard_unset();
    (void)snprintf(text, sizeof text, "%s", values);
    for (size_t i = 0; i < sizeof slurm / sizeof *slurm; i++) {
        const char *value = strsep(&rest, " ");

        (void)snprintf(name, sizeof name, "SLURM_ARRAY_TASK_%s", slurm[i]);
        if (strcmp(value, "-") != 0)
            cr_assert_eq(setenv(name, value, 1), 0);
    }
}

#define assert_part(part, parts, word)                                                             \
    do {                                                                                           \
        begin(&generate_command);                                                                  \
        assert_parsed("--shard", word);                                                            \
        cr_assert_eq(options.shard.index, part, "part %u", options.shard.index);                   \
        cr_assert_eq(options.shard.count, parts, "of %u", options.shard.count);                    \
        cr_assert(!options.shard.automatic);                                                       \
    } while (0)

TestSuite(shard, .init = shard_set_up, .fini = tear_down);

/* Ids may begin anywhere and go in steps; what has no gaps is the whole array. */
Test(shard, of_a_whole_array)
{
    static const struct {
        const char *values;
        unsigned part, parts;
    } rows[] = {
        {"0 8 0 7 1", 1, 8},
        {"7 8 0 7 1", 8, 8},
        {"1 8 1 8 1", 1, 8},
        {"8 8 1 8 1", 8, 8},
        {"105 10 100 109 1", 6, 10},
        {"14 8 0 14 2", 8, 8},
        {"65535 65536 0 65535 1", 65536, 65536},
        {"6 3 2 10 4", 2, 3},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char given[32];

        in_slurm(rows[i].values);
        assert_part(rows[i].part, rows[i].parts, "auto");
        (void)snprintf(given, sizeof given, "auto/%u", rows[i].parts);
        assert_part(rows[i].part, rows[i].parts, given);
    }
}

/* Of an array with gaps, or a part of one, the number of parts has to be given. */
Test(shard, of_a_part_of_an_array)
{
    in_slurm("5 2 3 5 1");
    assert_refused("SLURM_ARRAY_TASK_ID=5, of 2 tasks from 3 to 5 in steps of 1: the array has "
                   "gaps, so the number of its tasks need not be that of the parts: say --shard "
                   "auto/N",
                   "--shard", "auto");
    in_slurm("5 1 5 5 1");
    assert_refused("SLURM_ARRAY_TASK_ID=5 is an array of one task, which may be one of several "
                   "that is submitted again: say --shard auto/N",
                   "--shard", "auto");
    assert_part(1, 1, "auto/1");
    in_slurm("0 2 0 5 1");
    assert_part(1, 8, "auto/8");
    in_slurm("5 2 0 5 1");
    assert_part(6, 8, "auto/8");
    in_slurm("3 3 3 8 1");
    assert_part(3, 8, "auto/8");
    in_slurm("8 1 8 8 1");
    assert_part(8, 8, "auto/8");
    in_slurm("0 1 0 0 1");
    assert_part(1, 8, "auto/8");
    for (size_t i = 0; i < 4; i++) {
        static const char *const ambiguous[] = {"5 2 3 5 1", "4 3 3 5 1", "0 9 0 8 1", "3 2 3 9 6"};

        in_slurm(ambiguous[i]);
        assert_refused("is not the whole array, and whether that counts from 0 or from 1 to 8 "
                       "cannot be told: say --shard I/8",
                       "--shard", "auto/8");
    }
}

/* A store that was begun as a part of that many shows where ids count from. */
static void store_of(const char *shard)
{
    char settings[60], line[] = "{\"id\": \"a\", \"numbers\": [4, 6, 9, 10]}";
    struct crux_problem problem = {.id = "a", .line = line};
    const struct crux_problems problems = {.items = &problem, .count = 1};
    const struct crux_run run = {"{}", settings, "sha", "in", 0, NULL};
    struct crux_store *store = NULL;

    (void)unlink("run.db");
    (void)snprintf(settings, sizeof settings, "{\"shard\": %s}", shard);
    cr_assert_eq(crux_store_open(&store, "run.db", true, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(crux_store_begin(store, &run, &problems, NULL, NULL, &error), CRUX_OK, "%s",
                 error.text);
    crux_store_close(store);
}

Test(shard, of_a_store_that_knows)
{
    static const struct {
        const char *values, *shard;
        unsigned part; /* 0: refused */
    } rows[] = {
        {"3 2 3 5 1", "\"3/8\"", 3}, {"3 2 3 5 1", "\"4/8\"", 4},  {"3 2 3 5 1", "\"5/8\"", 0},
        {"3 2 3 5 1", "\"3/9\"", 0}, {"3 2 3 5 1", "null", 0},     {"8 9 0 8 1", "\"8/8\"", 0},
        {"0 9 0 8 1", "\"1/8\"", 0}, {"3 2 3 5 1", "\"9/8\"", 0},  {"3 2 3 5 1", "\"0/8\"", 0},
        {"3 2 3 5 1", "\"3/0\"", 0}, {"3 2 3 5 1", "\"of 8\"", 0}, {"3 2 3 5 1", "\"3\"", 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        in_slurm(rows[i].values);
        store_of(rows[i].shard);
        begin(&generate_command);
        if (rows[i].part == 0) {
            assert_refused("say --shard I/8", "--shard", "auto/8", "--store", "run.db");
            continue;
        }
        assert_parsed("--shard", "auto/8", "--store", "run.db");
        cr_assert_eq(options.shard.index, rows[i].part);
    }
    (void)unlink("run.db");
}

/* One that is no store, or in which no run has begun, knows nothing. */
Test(shard, of_a_store_that_is_none)
{
    struct crux_store *store = NULL;

    in_slurm("3 2 3 5 1");
    for (int how = 0; how < 3; how++) {
        if (how == 1) {
            cr_assert_eq(crux_store_open(&store, "none.db", true, &error), CRUX_OK);
            crux_store_close(store);
        } else if (how == 2) {
            FILE *file = fopen("none.db", "w");

            cr_assert_not_null(file);
            (void)fputs("no store\n", file);
            (void)fclose(file);
        }
        begin(&generate_command);
        assert_refused("say --shard I/8", "--shard", "auto/8", "--store", "none.db");
        (void)unlink("none.db");
    }
}

/* What Slurm never says is refused by its name. */
Test(shard, of_variables_that_cannot_be)
{
    static const struct {
        const char *values, *says;
    } rows[] = {
        {" 8 0 7 1", "SLURM_ARRAY_TASK_ID: expected a whole number from 0 to 4294967295, found ``"},
        {"x 8 0 7 1", "SLURM_ARRAY_TASK_ID: expected a whole number"},
        {"-3 8 0 7 1", "found `-3`"},
        {"3x 8 0 7 1", "found `3x`"},
        {"3 +8 0 7 1", "SLURM_ARRAY_TASK_COUNT: expected a whole number"},
        {"3 8 0 7 4294967296", "SLURM_ARRAY_TASK_STEP: expected a whole number"},
        {"3 8 0 99999999999999999999999 1", "SLURM_ARRAY_TASK_MAX: expected a whole number"},
        {"3 - 0 7 1", "SLURM_ARRAY_TASK_COUNT is not set"},
        {"3 8 - 7 1", "SLURM_ARRAY_TASK_MIN is not set"},
        {"3 8 0 - 1", "SLURM_ARRAY_TASK_MAX is not set"},
        {"3 8 0 7 -", "SLURM_ARRAY_TASK_STEP is not set"},
        {"8 8 0 7 1", "expected an id between these"},
        {"2 8 3 10 1", "expected an id between these"},
        {"3 8 0 14 2", "expected one of these ids"},
        {"0 65537 0 65536 1", "at most 65536 tasks"},
        {"3 0 0 7 1", "the array has gaps"},
        {"3 8 0 7 0", "the array has gaps"},
        {"3 8 7 0 1", "expected an id between these"},
        {"0 4294967295 0 4294967295 4294967295", "the array has gaps"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        in_slurm(rows[i].values);
        assert_refused(rows[i].says, "--shard", "auto");
    }
}

/* A pod knows its index, and of how many it is has to be given. */
Test(shard, of_a_pod)
{
    cr_assert_eq(setenv("JOB_COMPLETION_INDEX", "3", 1), 0);
    assert_refused("JOB_COMPLETION_INDEX=3 says which part this is, and nothing says of how many: "
                   "say --shard auto/N",
                   "--shard", "auto");
    assert_part(4, 8, "auto/8");
    assert_part(4, 4, "auto/4");
    assert_refused("JOB_COMPLETION_INDEX=3 is no part of 3: expected one from 0 to 2", "--shard",
                   "auto/3");
    cr_assert_eq(setenv("JOB_COMPLETION_INDEX", "-1", 1), 0);
    assert_refused("JOB_COMPLETION_INDEX: expected a whole number", "--shard", "auto/8");
    in_slurm("3 8 0 7 1");
    cr_assert_eq(setenv("JOB_COMPLETION_INDEX", "3", 1), 0);
    assert_refused("both SLURM_ARRAY_TASK_ID=3 and JOB_COMPLETION_INDEX=3 are set", "--shard",
                   "auto/8");
}

/* Elsewhere there is nothing to read; and what is given plainly is taken, whatever is set. */
Test(shard, elsewhere)
{
    assert_refused("neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set", "--shard",
                   "auto");
    assert_refused("neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set", "--shard",
                   "auto/8");
    in_slurm("3 8 0 7 1");
    assert_part(2, 5, "2/5");
    write_file("shard: auto\n");
    begin(&generate_command);
    assert_parsed("--config", "run.yaml");
    cr_assert_eq(options.shard.index, 4);
}

/* What is no number of parts. */
Test(shard, words_that_it_is_not)
{
    static char words[][16] = {"auto/", "auto/0", "auto/-1",  "auto/65537", "auto/x",
                               "autos", "Auto",   "auto/8/9", "auto/ 8"};

    in_slurm("3 8 0 7 1");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_refused("--shard must be I/N with I from 1 to N and N at most 65536, auto, or "
                       "auto/N",
                       "--shard", words[i]);
}
