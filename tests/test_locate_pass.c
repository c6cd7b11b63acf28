/*
 * test_locate_pass.c - what io/passes/locate.h and prefixes.h promise of a whole pass: what is told
 * apart, what paths share, calls that fail, kills, refusals, the estimate.
 */
#include "tests/world/locate_suite.h"

TestSuite(locate, .init = store_fixture_set_up, .fini = store_fixture_tear_down);
TestSuite(locate_in_memory, .init = store_fixture_set_up_in_memory,
          .fini = store_fixture_tear_down);

/* By Fisher's test, worked out by hand: C(n, r) / C(n + m, r). */
Test(locate, apart)
{
    static const struct {
        uint32_t right, of, behind;
        bool apart;
    } known[] = {{1, 4, 36, false},  /* 0.1 */
                 {2, 4, 36, true},   /* 6 / 780 */
                 {1, 1, 36, false},  /* 1 / 37 */
                 {1, 1, 39, true},   /* 1 / 40 */
                 {7, 64, 36, false}, /* 0.0388 */
                 {8, 64, 36, true},  /* 0.0238 */
                 {0, 64, 36, false}, /* 1 */
                 {3, 3, 36, true}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        cr_expect_eq(prefixes_apart((struct learnt_count){known[i].right, known[i].of},
                                    (struct learnt_count){0, known[i].behind}),
                     known[i].apart, "%zu", i);
}

/* How many it takes: the exact interval ends at the bound or below with them, and with one less it
 * does not. */
Test(locate, enough)
{
    static const double bounds[] = {0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.3, 0.5};

    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        uint32_t enough = prefixes_enough(bounds[i]);

        cr_expect_leq(figures_exact(0, enough).high, bounds[i] + 1e-12);
        cr_expect_gt(figures_exact(0, enough - 1).high, bounds[i]);
    }
    cr_expect_eq(prefixes_enough(0.1), ENOUGH);
}

/* --- what is not known ------------------------------------------------------------------------
 */

/* Right answers behind a node behind which so many were wrong: nothing is asked, nothing said. */
ON_BOTH(locate, not_monotone)
{
    const struct letters_row rows[] = {{NULL, NULL}};
    const struct locate_setup setup = setup_of(rows);
    uint32_t a, right, wrong;

    begin();
    a = grown_node(&grown, 0, "a");
    grown_answers(&grown, 0, "z", CRUX_WRONG, ENOUGH);
    right = grown_answer(&grown, a, "r", CRUX_RIGHT);
    wrong = grown_answer(&grown, a, "b\nc\nd", CRUX_WRONG);
    (void)grown_pair(&grown, wrong, right, 1);
    locate(&setup);
    insist(wrong, LEARNT_NOT, -1, LOCATE_NOT_MONOTONE);
    insist_probes(wrong, "0:0=0/36 0:1=1/2");
    cr_expect_eq(weak.calls, 0);
    done();
}

/* A step that only opens what follows it is not wrong, whatever the counts say. */
ON_BOTH(locate, opening)
{
    static const char *const openings[] = {"Let's think step by step.", "For bleach:", "## Step 2",
                                           "1."};

    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
        const struct letters_row rows[] = {{"a", "R"}, {NULL, NULL}};
        const struct locate_setup setup = setup_of(rows);
        char text[100];
        uint32_t right, wrong;

        (void)snprintf(text, sizeof text, "a\n%s\n3 + 4 = 8", openings[i]);
        begin();
        right = grown_answer(&grown, 0, "r", CRUX_RIGHT);
        wrong = grown_answer(&grown, 0, text, CRUX_WRONG);
        (void)grown_pair(&grown, wrong, right, 0);
        locate(&setup);
        insist(wrong, LEARNT_NOT, -1, LOCATE_OPENS);
        insist_probes(wrong, "0:0=1/2 0:1=4/4 0:2=0/36");
        cr_expect_eq(found.why[LOCATE_OPENS], 1);
        done();
        store_fixture_tear_down();
        if (store_fixture.in_memory)
            store_fixture_set_up_in_memory();
        else
            store_fixture_set_up();
    }
}

/* Every prefix is probed: what binary search would not have seen. */
ON_BOTH(locate, every_prefix)
{
    const struct letters_row rows[] = {{"a/b", "R"}, {NULL, NULL}};
    const struct letters_row falls[] = {{"a", "R"}, {"a/b", "R"}, {NULL, NULL}};
    struct locate_setup setup = setup_of(rows);
    uint32_t wrong = four_steps();

    setup.every = true;
    locate(&setup);
    insist(wrong, LEARNT_NOT, -1, LOCATE_NOT_MONOTONE);
    insist_probes(wrong, "0:0=1/2 0:1=0/36 0:2=4/4 0:3=0/36");
    setup = setup_of(falls);
    setup.every = true;
    setup.maker = "other";
    cr_assert_eq(pass(&setup, 1), CRUX_OK);
    cr_expect_eq(found.how[LEARNT_ESTIMATED], 1);
    done();
}

/* --- two completers ---------------------------------------------------------------------------
 */

/* Both locate the same step: they agree. The second asks about its two neighbours alone. */
ON_BOTH(locate, two_agree)
{
    const struct letters_row rows[] = {{"a", "R"}, {"a/b", "R"}, {NULL, NULL}};
    const struct locate_setup setup = setup_of_two(rows, rows);
    uint32_t wrong = four_steps();
    uint64_t seed;

    locate(&setup);
    insist(wrong, LEARNT_AGREED, 2, LOCATE_FOUND);
    cr_expect_str_eq(strong.log, "a/b 0+4 a/b/c 0+4 a/b/c 4+8 a/b/c 12+16 a/b/c 28+8 ");
    insist_probes(wrong, "0:0=1/2 0:2=4/4 0:3=0/36 1:2=4/4 1:3=0/36");
    cr_expect_eq(found.how[LEARNT_AGREED], 1);
    seed = strong.seed;
    cr_expect_neq(weak.seed, seed, "both draw the same completions");
    done();
}

/* The strong one mends what the weak one cannot: it is one of the steps from the one to the other.
 */
ON_BOTH(locate, two_differ)
{
    const struct letters_row rows[] = {{"a", "R"}, {NULL, NULL}};
    const struct letters_row more[] = {
        {"", "R"}, {"a", "R"}, {"a/b", "R"}, {"a/b/c", "R"}, {NULL, NULL}};
    const struct locate_setup setup = setup_of_two(rows, more);
    uint32_t wrong = four_steps();

    locate(&setup);
    insist(wrong, LEARNT_BETWEEN, -1, LOCATE_DIFFER);
    cr_expect(of(wrong)->from == 1 && of(wrong)->to == 3);
    cr_expect_str_eq(strong.log, "a 0+4 a/b 0+4 a/b/c 0+4 ");
    done();
}

/* The second finds nothing right: nothing is known. */
ON_BOTH(locate, second_says_nothing)
{
    const struct letters_row rows[] = {{"a", "R"}, {NULL, NULL}};
    const struct letters_row none[] = {{NULL, NULL}};
    const struct locate_setup setup = setup_of_two(rows, none);
    uint32_t wrong = four_steps();

    locate(&setup);
    insist(wrong, LEARNT_NOT, -1, LOCATE_HOPELESS);
    insist_probes(wrong, "0:0=1/2 0:1=4/4 0:2=0/36 1:0=0/36 1:1=0/36");
    done();
}

/* The second is undecided: one of the steps that either names. */
ON_BOTH(locate, second_is_undecided)
{
    const struct letters_row rows[] = {{"a", "R"}, {"a/b", "R"}, {NULL, NULL}};
    const struct letters_row lost[] = {{"a", "R"}, {"", "R"}, {"a/b", "U"}, {NULL, NULL}};
    const struct locate_setup setup = setup_of_two(rows, lost);
    uint32_t wrong = four_steps();

    locate(&setup);
    insist(wrong, LEARNT_BETWEEN, -1, LOCATE_UNDECIDED);
    cr_expect(of(wrong)->from == 1 && of(wrong)->to == 2);
    done();
}

/* The first locates nothing: the second is not asked. */
ON_BOTH(locate, first_says_nothing)
{
    const struct letters_row none[] = {{NULL, NULL}};
    const struct letters_row rows[] = {{"", "R"}, {"a", "R"}, {NULL, NULL}};
    struct locate_setup setup = setup_of_two(none, rows);
    uint32_t wrong = four_steps();

    setup.completers[0].searched = false;
    locate(&setup);
    insist(wrong, LEARNT_NOT, -1, LOCATE_HOPELESS);
    cr_expect_eq(strong.calls, 0);
    done();
}

/* --- which paths ------------------------------------------------------------------------------
 */

/* Where the domain has proved the step there is nothing to find, unless one wants to measure. */
ON_BOTH(locate, proved)
{
    const struct letters_row rows[] = {{"a", "R"}, {NULL, NULL}};
    struct locate_setup setup = setup_of(rows);
    uint32_t wrong = four_steps();

    grown.pairs[0].exact = true;
    grown.pairs[0].first_error = 1;
    locate(&setup);
    cr_expect_eq(counts.items, 0);
    setup.proved = true;
    cr_assert_eq(pass(&setup, 1), CRUX_OK);
    look();
    insist(wrong, LEARNT_ESTIMATED, 1, LOCATE_FOUND);
    done();
}

/* Right paths: the prefixes of 1, 2, 4 ... steps and of all but the last; one that is dead has
 * luck. */
ON_BOTH(locate, rights)
{
    const struct letters_row rows[] = {{"a", "R"},       {"a/b", "R"}, {"a/b/c/d", "R"},
                                       {"s", "R"},       {"s/t", "R"}, {"a/b/c/d/e/f", "R"},
                                       {"s/t/u/v", "R"}, {NULL, NULL}};
    struct locate_setup setup = setup_of(rows);
    uint32_t sound, lucky, one;

    begin();
    sound = grown_answer(&grown, 0, "a\nb\nc\nd\ne\nf\ng", CRUX_RIGHT);
    lucky = grown_answer(&grown, 0, "s\nt\nu\nv\nw\nx", CRUX_RIGHT);
    one = grown_answer(&grown, 0, "o", CRUX_RIGHT);
    grown_right(&grown, sound);
    grown_right(&grown, lucky);
    grown_right(&grown, one);
    locate(&setup);
    cr_expect_eq(counts.items, 0);
    setup.rights = true;
    cr_assert_eq(pass(&setup, 1), CRUX_OK);
    look();
    insist(sound, LEARNT_NOT, -1, LOCATE_RIGHT);
    insist_probes(sound, "0:0=3/3 0:1=4/4 0:2=4/4 0:4=4/4 0:6=4/4");
    insist_probes(lucky, "0:0=3/3 0:1=4/4 0:2=4/4 0:4=4/4 0:5=0/36");
    insist_probes(one, "0:0=3/3");
    cr_expect_eq(found.lucky, 1);
    cr_expect_eq(found.why[LOCATE_RIGHT], 3);
    cr_expect_eq(found.how[LEARNT_NOT], 0);
    done();
}

/* Steps of several lines, and of other letters, are asked about as they are. */
ON_BOTH(locate, texts)
{
    const struct letters_row rows[] = {{"\xc3\xa9\vf", "R"}, {NULL, NULL}};
    const struct locate_setup setup = setup_of(rows);
    uint32_t right, wrong;

    begin();
    right = grown_answer(&grown, 0, "r", CRUX_RIGHT);
    wrong = grown_answer(&grown, 0, "\xc3\xa9\vf\n\xe2\x88\x91 = 3\nc", CRUX_WRONG);
    (void)grown_pair(&grown, wrong, right, 0);
    locate(&setup);
    insist(wrong, LEARNT_ESTIMATED, 1, LOCATE_FOUND);
    assert_contains(weak.log, "\xc3\xa9\vf/\xe2\x88\x91 = 3 28+8 ");
    done();
}

/* --- many paths -------------------------------------------------------------------------------
 */

enum { WIDE = 5 };

/* Paths s/t/n/x, s/t/n/y for n = 0 .. 4, all wrong; what they share is alive up to s/t. */
static void wide(void)
{
    static const char *const names[] = {"0", "1", "2", "3", "4"};
    uint32_t right, node;

    begin();
    right = grown_answer(&grown, 0, "r", CRUX_RIGHT);
    node = grown_node(&grown, 0, "s");
    node = grown_node(&grown, node, "t");
    for (size_t i = 0; i < WIDE; i++) {
        uint32_t child = grown_node(&grown, node, names[i]);

        (void)grown_pair(&grown, grown_answer(&grown, child, "x", CRUX_WRONG), right, 0);
        (void)grown_pair(&grown, grown_answer(&grown, child, "y", CRUX_WRONG), right, 0);
    }
}

static const struct letters_row wide_rows[] = {{"s", "R"}, {"s/t", "WWWWWWWWR"}, {NULL, NULL}};

static uint32_t occurrences(const char *text, const char *part)
{
    uint32_t count = 0;

    for (; (text = strstr(text, part)) != NULL; text++)
        count++;
    return count;
}

/* Every finding of a maker on the first tree, as it is kept. */
struct dump {
    const char *maker;
    char text[20000];
};

static int dump_one(void *context, const struct crux_finding *finding, struct crux_error *error)
{
    struct dump *dump = context;

    (void)error;
    if (strcmp(finding->maker, dump->maker) == 0)
        (void)sprintf(dump->text + strlen(dump->text), "%u %s\n", finding->path, finding->json);
    return CRUX_OK;
}

static struct dump dump(const char *maker)
{
    struct dump dump = {.maker = maker};

    cr_assert_eq(crux_store_findings(store, store_fixture.problems.items[0].ordinal, dump_one,
                                     &dump, &store_fixture.why),
                 CRUX_OK);
    return dump;
}

static void insist_wide(void)
{
    look();
    for (uint32_t i = 1; i <= 2 * WIDE; i++)
        insist(i, LEARNT_ESTIMATED, 2, LOCATE_FOUND);
    cr_expect_eq(occurrences(weak.log, "s/t 0+4 "), 1);
    cr_expect_eq(occurrences(weak.log, "s/t 4+8 "), 1);
    cr_expect_eq(occurrences(weak.log, "s/t/3 0+4 "), 1, "%s", weak.log);
    cr_expect_eq(found.asked.probes, 2 + WIDE);
    cr_expect_eq(found.asked.calls, 2 + 4 * WIDE);
}

/* Paths that share a prefix ask about it once, however many are in flight. */
ON_BOTH(locate, shared_probes)
{
    const struct locate_setup setup = setup_of(wide_rows);

    wide();
    locate(&setup);
    insist_wide();
    done();
}

/* The same when answers come late and in any order, of both completers, and what they share has to
 * be filled: what is kept is the same, byte for byte, and so is what is asked. */
ON_BOTH(locate, late)
{
    const struct letters_row rows[] = {{"s", "R"}, {"s/t", "RWWWWWWR"}, {NULL, NULL}};
    static const char *const makers[] = {"a", "b", "c"};
    struct locate_setup setup = setup_of_two(rows, rows);
    struct dump whole;

    wide();
    locate(&setup);
    whole = dump("test");
    cr_expect_eq(occurrences(whole.text, "agreed"), 2 * WIDE);
    for (uint32_t round = 0; round < 3; round++) {
        struct late_port *first, *second;

        setup = setup_of_two(rows, rows);
        first = late_port_open(&weak.policy.port, 2, round);
        second = late_port_open(&strong.policy.port, 2, round + 10);
        setup.completers[0].policy = (struct crux_policy *)(void *)late_port_of(first);
        setup.completers[1].policy = (struct crux_policy *)(void *)late_port_of(second);
        setup.maker = makers[round];
        cr_assert_eq(pass(&setup, 1 + 7 * round), CRUX_OK);
        cr_expect_eq(found.asked.calls, 4 + 8 * WIDE);
        cr_expect_eq(occurrences(weak.log, "s/t 4+60 "), 1);
        cr_expect_eq(occurrences(strong.log, "s/t 4+60 "), 1);
        cr_expect_str_eq(dump(makers[round]).text, whole.text);
        late_port_close(first);
        late_port_close(second);
    }
    done();
}

/* Another seed asks other questions; the same one asks the same. */
ON_BOTH(locate, seeds)
{
    struct locate_setup setup = setup_of(wide_rows);
    uint64_t seed;

    wide();
    locate(&setup);
    seed = weak.seed;
    setup = setup_of(wide_rows);
    setup.maker = "again";
    cr_assert_eq(pass(&setup, 3), CRUX_OK);
    cr_expect_eq(weak.seed, seed);
    setup = setup_of(wide_rows);
    setup.maker = "other";
    setup.seed = 6;
    cr_assert_eq(pass(&setup, 3), CRUX_OK);
    cr_expect_neq(weak.seed, seed);
    cr_expect_str_eq(dump("again").text, dump("other").text);
    done();
}

/* --- what goes wrong --------------------------------------------------------------------------
 */

/* A call that fails for good leaves its path without a finding; others have theirs, and the next
 * pass asks again. */
static void fails(const char *letters, const char *why)
{
    const struct letters_row rows[] = {{"s", "R"}, {"s/t", "R"}, {"s/t/3", letters}, {NULL, NULL}};
    struct locate_setup setup = setup_of(rows);

    wide();
    keep();
    cr_assert_eq(pass(&setup, 4), CRUX_OK);
    cr_expect_eq(counts.failed, 2);
    cr_expect_eq(counts.kept, 2 * WIDE - 2);
    assert_contains(counts.failure, "problem a, answer 7: ");
    assert_contains(counts.failure, why);
    look();
    insist(6, LEARNT_ESTIMATED, 2, LOCATE_FOUND);
    cr_expect_null(learnt_by(&learnt, LEARNT_LOCATIONS, 7, "test"));
    cr_expect_null(learnt_by(&learnt, LEARNT_LOCATIONS, 8, "test"));
    setup = setup_of(wide_rows);
    cr_assert_eq(pass(&setup, 4), CRUX_OK);
    cr_expect_eq(counts.before, 2 * WIDE - 2);
    cr_expect_eq(counts.kept, 2);
    look();
    insist(7, LEARNT_ESTIMATED, 2, LOCATE_FOUND);
    insist(8, LEARNT_ESTIMATED, 2, LOCATE_FOUND);
    done();
}

ON_BOTH(locate, policy_fails)
{
    fails("F", "the policy would not");
}

ON_BOTH(locate, policy_fails_later)
{
    fails("WWWWF", "the policy would not");
}

ON_BOTH(locate, critic_fails)
{
    fails("X", "the critic would not");
}

/* Killed at any call: the same pass goes on, and ends with the same findings. */
Test(locate, killed)
{
    struct locate_setup setup = setup_of(wide_rows);
    uint32_t calls;
    struct dump whole;

    wide();
    locate(&setup);
    whole = dump("test");
    calls = weak.calls;
    setup.maker = "killed";
    for (uint32_t at = 1; at <= calls; at++) {
        int status;
        pid_t child;

        done();
        child = fork();
        if (child == 0) {
            store = store_fixture_open(true);
            setup = setup_of(wide_rows);
            setup.maker = "killed";
            weak.kill_at = at;
            (void)pass(&setup, 4);
            _exit(0);
        }
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        store = store_fixture_open(true);
    }
    setup = setup_of(wide_rows);
    setup.maker = "killed";
    cr_assert_eq(pass(&setup, 4), CRUX_OK);
    cr_expect_str_eq(dump("killed").text, whole.text);
    cr_assert_eq(pass(&setup, 4), CRUX_OK);
    cr_expect_eq(counts.items, 0);
    cr_expect_eq(counts.before, 2 * WIDE);
    done();
}

static void insist_refused(struct locate_setup setup, const char *why)
{
    struct locate *locate = NULL;

    cr_expect_eq(locate_open(&locate, &setup, &store_fixture.why), CRUX_INVALID);
    cr_expect_null(locate);
    assert_contains(store_fixture.why.text, why);
}

/* A setup out of its ranges is refused, with a sentence. */
Test(locate, refused)
{
    const struct letters_row rows[] = {{NULL, NULL}};
    const struct locate_setup setup = setup_of(rows);
    struct locate_setup bad = setup;

    bad.below = 0.0;
    insist_refused(bad, "0.001 .. 0.5, not 0");
    bad.below = 0.6;
    insist_refused(bad, "not 0.6");
    bad.below = NAN;
    insist_refused(bad, "nan");
    bad = setup;
    bad.most = 0;
    insist_refused(bad, "1 completion or more");
    bad = setup;
    bad.completer_count = 3;
    insist_refused(bad, "not 3");
    bad.completer_count = 0;
    insist_refused(bad, "not 0");
    bad = setup;
    weak.critic.verbs = 1U << CRUX_SCORE;
    insist_refused(bad, "letters judges no answers");
}

/* --- before it is asked -----------------------------------------------------------------------
 */

static void estimate(const struct locate_setup *setup, uint64_t *least, uint64_t *most)
{
    struct trees_setup over = {.store = store, .in_flight = 3};
    struct locate *locate;
    struct trees *trees;

    cr_assert_eq(locate_open(&locate, setup, &store_fixture.why), CRUX_OK);
    over.work = locate_work(locate);
    cr_assert_eq(trees_open(&trees, &over, &store_fixture.why), CRUX_OK);
    cr_assert_eq(trees_estimate(trees, least, most, &store_fixture.why), CRUX_OK);
    trees_close(trees);
    locate_close(locate);
    cr_expect_eq(weak.calls, 0);
}

/* What a pass takes lies in what was said before it, whatever is answered. */
ON_BOTH(locate, estimate)
{
    static const struct letters_row worlds[][4] = {
        {{NULL, NULL}},
        {{"", "R"}, {"a", "R"}, {"a/b", "R"}, {NULL, NULL}},
        {{"", "WWWWWWWWWWWWWWWWR"}, {"a", "U"}, {"a/b", "U"}, {NULL, NULL}},
        {{"", "U"}, {NULL, NULL}},
        {{"", "R"}, {"a/b", "U"}, {"a", "U"}, {NULL, NULL}}};
    static const char *const makers[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};

    (void)four_steps();
    keep();
    for (size_t i = 0; i < 2 * sizeof worlds / sizeof *worlds; i++) {
        struct locate_setup setup = setup_of_two(worlds[i / 2], worlds[i / 2]);
        uint64_t least, most;

        setup.completers[0].searched = i % 2 == 0;
        setup.maker = makers[i];
        estimate(&setup, &least, &most);
        cr_assert_eq(pass(&setup, 2), CRUX_OK);
        cr_expect(least <= found.asked.calls && found.asked.calls <= most,
                  "%zu: %u calls, not %u .. %u", i, (unsigned)found.asked.calls, (unsigned)least,
                  (unsigned)most);
        cr_expect_eq(least, i % 2);
    }
    done();
}

/* So it does where every prefix is to be probed, and right paths, too. */
ON_BOTH(locate, estimate_of_all)
{
    static const struct letters_row rows[] = {{"", "R"}, {"a", "WWR"}, {"a/b", "U"}, {NULL, NULL}};
    static const char *const makers[] = {"a", "b", "c", "d"};

    (void)four_steps();
    grown_right(&grown, grown_answer(&grown, 0, "a\ns\nt\nu\nv", CRUX_RIGHT));
    keep();
    for (size_t i = 0; i < 4; i++) {
        struct locate_setup setup = setup_of_two(rows, rows);
        uint64_t least, most;

        setup.every = (i & 1) != 0;
        setup.rights = (i & 2) != 0;
        setup.maker = makers[i];
        estimate(&setup, &least, &most);
        cr_assert_eq(pass(&setup, 2), CRUX_OK);
        cr_expect(least <= found.asked.calls && found.asked.calls <= most,
                  "%zu: %u calls, not %u .. %u", i, (unsigned)found.asked.calls, (unsigned)least,
                  (unsigned)most);
        cr_expect(i == 0 || least > 1, "%zu: %u", i, (unsigned)least);
    }
    done();
}
