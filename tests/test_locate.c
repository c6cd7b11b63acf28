/*
 * test_locate.c - what io/passes/locate.h promises of one path and of two completers: which
 * questions are asked, in which order and how often, and what is said of a path, on stores of both
 * kinds.
 */
#include "tests/world/locate_suite.h"

TestSuite(locate, .init = store_fixture_set_up, .fini = store_fixture_tear_down);
TestSuite(locate_in_memory, .init = store_fixture_set_up_in_memory,
          .fini = store_fixture_tear_down);

/* --- one completer ---------------------------------------------------------------------------
 */

/* Binary search, the tree's own answers first: the root is alive by them, and is not asked. */
ON_BOTH(locate, order)
{
    const struct letters_row rows[] = {{"a", "R"}, {"a/b", "WWR"}, {NULL, NULL}};
    const struct locate_setup setup = setup_of(rows);
    uint32_t wrong = four_steps();

    locate(&setup);
    insist(wrong, LEARNT_ESTIMATED, 2, LOCATE_FOUND);
    cr_expect_str_eq(weak.log, "a/b 0+4 a/b/c 0+4 a/b/c 4+8 a/b/c 12+16 a/b/c 28+8 ");
    insist_probes(wrong, "0:0=1/2 0:2=2/4 0:3=0/36");
    cr_expect_eq(of(wrong)->probes[0].from_tree, 2);
    cr_expect_eq(of(wrong)->probes[1].from_tree, 0);
    cr_expect_leq(of(wrong)->probes[2].high, setup.below);
    cr_expect_eq(found.how[LEARNT_ESTIMATED], 1);
    cr_expect_eq(counts.kept, 1);
    cr_expect_eq(found.asked.calls, weak.calls);
    cr_expect_eq(found.asked.asked, 40);
    cr_expect_eq(found.asked.judged, weak.judged);
    cr_expect_eq(found.asked.probes, 3);
    cr_expect_eq(found.asked.by_tree, 1);
    done();
}

/* A policy that did not search has no answers in the tree: the root is asked about. */
ON_BOTH(locate, of_another_policy)
{
    const struct letters_row rows[] = {{"", "R"}, {NULL, NULL}};
    struct locate_setup setup = setup_of(rows);
    uint32_t wrong = four_steps();

    setup.completers[0].searched = false;
    locate(&setup);
    insist(wrong, LEARNT_ESTIMATED, 0, LOCATE_FOUND);
    insist_probes(wrong, "0:0=4/4 0:1=0/36 0:2=0/36");
    done();
}

/* The last step: alive before it, and the answer with it is wrong by its verdict. */
ON_BOTH(locate, last_step)
{
    const struct letters_row rows[] = {{"a/b", "R"}, {"a/b/c", "WWWWWWR"}, {NULL, NULL}};
    const struct locate_setup setup = setup_of(rows);
    uint32_t wrong = four_steps();

    locate(&setup);
    insist(wrong, LEARNT_ESTIMATED, 3, LOCATE_FOUND);
    cr_expect_str_eq(weak.log, "a/b 0+4 a/b/c 0+4 a/b/c 4+8 ");
    insist_probes(wrong, "0:0=1/2 0:2=4/4 0:3=6/12");
    done();
}

/* A path of one step goes wrong with it, if something right begins where it begins. */
ON_BOTH(locate, one_step)
{
    const struct letters_row rows[] = {{NULL, NULL}};
    const struct locate_setup setup = setup_of(rows);
    uint32_t right, wrong;

    begin();
    right = grown_answer(&grown, 0, "r", CRUX_RIGHT);
    grown_answers(&grown, 0, "r", CRUX_RIGHT, 2);
    wrong = grown_answer(&grown, 0, "x", CRUX_WRONG);
    (void)grown_pair(&grown, wrong, right, 0);
    locate(&setup);
    insist(wrong, LEARNT_ESTIMATED, 0, LOCATE_FOUND);
    cr_expect_eq(weak.calls, 0);
    done();
}

/* Nothing right from the problem itself: step 0 is not called wrong, nor is anything else. */
ON_BOTH(locate, never_step_0)
{
    const struct letters_row rows[] = {{"a", "R"}, {NULL, NULL}};
    struct locate_setup setup = setup_of(rows);
    uint32_t wrong = four_steps();

    setup.completers[0].searched = false;
    locate(&setup);
    insist(wrong, LEARNT_NOT, -1, LOCATE_HOPELESS);
    insist_probes(wrong, "0:0=0/36");
    cr_expect_eq(counts.nothing, 1);
    cr_expect_eq(counts.kept, 0);
    cr_expect_eq(found.how[LEARNT_NOT], 1);
    cr_expect_eq(found.why[LOCATE_HOPELESS], 1);
    done();
}

ON_BOTH(locate, shared_steps)
{
    const struct letters_row rows[] = {{"a/b/c", "R"}, {NULL, NULL}};
    const struct locate_setup setup = setup_of(rows);
    uint32_t wrong = share_two();

    locate(&setup);
    insist(wrong, LEARNT_ESTIMATED, 3, LOCATE_FOUND);
    cr_expect_str_eq(weak.log, "a/b/c 0+4 ");
    insist_probes(wrong, "0:2=1/1 0:3=4/4");
    done();
}

ON_BOTH(locate, shared_steps_are_dead)
{
    const struct letters_row rows[] = {{NULL, NULL}};
    struct locate_setup setup = setup_of(rows);
    uint32_t wrong = share_two();

    setup.completers[0].searched = false;
    locate(&setup);
    insist(wrong, LEARNT_NOT, -1, LOCATE_SHARED_DEAD);
    insist_probes(wrong, "0:2=0/36");
    done();
}

/* A right path goes on where the wrong one ends: it only ends too soon. */
ON_BOTH(locate, a_beginning_of_a_right_one)
{
    const struct letters_row rows[] = {{NULL, NULL}};
    const struct locate_setup setup = setup_of(rows);
    uint32_t right, wrong, empty;

    begin();
    right = grown_answer(&grown, 0, "a\nb\nc", CRUX_RIGHT);
    wrong = grown_answer(&grown, 0, "a\nb", CRUX_WRONG);
    empty = grown_answer(&grown, 0, "", CRUX_WRONG);
    (void)grown_pair(&grown, wrong, right, 2);
    (void)grown_pair(&grown, empty, right, 0);
    locate(&setup);
    insist(wrong, LEARNT_NOT, -1, LOCATE_UNENDED);
    insist(empty, LEARNT_NOT, -1, LOCATE_UNENDED);
    cr_expect_eq(weak.calls, 0);
    done();
}

/* A path that gave no answer may only lack its end: all of it is gone on with. */
ON_BOTH(locate, without_an_answer)
{
    const struct letters_row ends[] = {{"a", "R"}, {"a/b", "R"}, {"a/b/c/d", "WR"}, {NULL, NULL}};
    const struct letters_row fails[] = {{"a", "R"}, {"a/b", "R"}, {NULL, NULL}};
    struct locate_setup setup = setup_of(ends);
    uint32_t wrong = four_steps();

    grown.rollouts[wrong].answer = "";
    locate(&setup);
    insist(wrong, LEARNT_NOT, -1, LOCATE_WHOLE);
    cr_expect_str_eq(weak.log, "a/b/c/d 0+4 ");
    setup = setup_of(fails);
    setup.maker = "other";
    cr_assert_eq(pass(&setup, 1), CRUX_OK);
    assert_contains(weak.log, "a/b/c/d 28+8 a/b 0+4 a/b/c 0+4 ");
    cr_expect_eq(found.how[LEARNT_ESTIMATED], 1);
    done();
}

/* The node itself ends the answer, as the policy said: nothing is asked behind it, though it has no
 * canonical form. */
ON_BOTH(locate, terminal_node)
{
    const struct letters_row rows[] = {{NULL, NULL}};
    const struct locate_setup setup = setup_of(rows);
    uint32_t x, right, wrong;

    begin();
    x = grown_node(&grown, 0, "x");
    grown.nodes[x].terminal = true;
    right = grown_answer(&grown, 0, "r", CRUX_RIGHT);
    grown_answers(&grown, 0, "r", CRUX_RIGHT, 2);
    wrong = grown_answer(&grown, x, "", CRUX_WRONG);
    grown.rollouts[wrong].answer = "";
    (void)grown_pair(&grown, wrong, right, 0);
    locate(&setup);
    insist(wrong, LEARNT_ESTIMATED, 0, LOCATE_FOUND);
    cr_expect_eq(weak.calls, 0);
    done();
}

/* --- how many completions ---------------------------------------------------------------------
 */

/* The tree's wrong answers at the node count, so only the rest is asked for; enough of them are
 * dead without a question. Those of unknown verdict do not count. */
ON_BOTH(locate, answers_of_the_tree)
{
    const struct letters_row rows[] = {{NULL, NULL}};
    const struct locate_setup setup = setup_of(rows);
    uint32_t a, b, right, wrong;

    begin();
    a = grown_node(&grown, 0, "a");
    b = grown_node(&grown, a, "b");
    right = grown_answer(&grown, 0, "r", CRUX_RIGHT);
    (void)grown_answer(&grown, 0, "r", CRUX_RIGHT);
    grown_answers(&grown, a, "z", CRUX_WRONG, 30);
    grown_answers(&grown, a, "z", CRUX_UNKNOWN, 9);
    grown_answers(&grown, b, "z", CRUX_WRONG, ENOUGH);
    wrong = grown_answer(&grown, b, "c\nd", CRUX_WRONG);
    (void)grown_pair(&grown, wrong, right, 0);
    locate(&setup);
    insist(wrong, LEARNT_ESTIMATED, 0, LOCATE_FOUND);
    cr_expect_str_eq(weak.log, "a 0+4 a 4+2 ");
    insist_probes(wrong, "0:0=2/2 0:1=0/36 0:2=0/37");
    cr_expect_eq(of(wrong)->probes[1].from_tree, 30);
    cr_expect_eq(found.asked.by_tree, 2);
    done();
}

/* Unknown verdicts decide nothing: the probe asks for `most`, and stays undecided. */
ON_BOTH(locate, unknown_verdicts)
{
    const struct letters_row rows[] = {{"", "U"}, {NULL, NULL}};
    struct locate_setup setup = setup_of(rows);
    uint32_t wrong = four_steps();

    setup.completers[0].searched = false;
    locate(&setup);
    insist(wrong, LEARNT_NOT, -1, LOCATE_UNCLEAR);
    insist_probes(wrong, "0:0=0/0");
    cr_expect_str_eq(weak.log, " 0+4  4+8  12+16  28+8  36+28 ");
    cr_expect(of(wrong)->probes[0].low == 0.0 && of(wrong)->probes[0].high == 1.0);
    cr_expect_eq(found.asked.undecided, 1);
    cr_expect_eq(found.asked.judged, 0);
    done();
}

/* Fewer than it takes are undecided, and what lies around is said. */
ON_BOTH(locate, too_few)
{
    const struct letters_row rows[] = {{"a", "R"}, {NULL, NULL}};
    struct locate_setup setup = setup_of(rows);
    uint32_t wrong = four_steps();

    setup.most = 10;
    locate(&setup);
    insist(wrong, LEARNT_BETWEEN, -1, LOCATE_UNDECIDED);
    cr_expect(of(wrong)->from == 1 && of(wrong)->to == 3);
    cr_expect_str_eq(weak.log, "a/b 0+4 a/b 4+6 a 0+4 a/b/c 0+4 a/b/c 4+6 ");
    cr_expect_eq(counts.kept, 1);
    cr_expect_eq(found.how[LEARNT_BETWEEN], 1);
    done();
}

/* A policy that has nothing to go on with is asked once. */
ON_BOTH(locate, nothing_to_go_on_with)
{
    const struct letters_row rows[] = {{"a/b", "."}, {"a", "R"}, {"a/b/c", "."}, {NULL, NULL}};
    const struct locate_setup setup = setup_of(rows);
    uint32_t wrong = four_steps();

    locate(&setup);
    insist(wrong, LEARNT_BETWEEN, -1, LOCATE_UNDECIDED);
    cr_expect_str_eq(weak.log, "a/b 0+4 a 0+4 a/b/c 0+4 ");
    done();
}

/* Fewer answers than were asked for are those that there are. */
ON_BOTH(locate, short_replies)
{
    const struct letters_row rows[] = {{"a/b", "WW.WWR"}, {"a", "R"}, {NULL, NULL}};
    const struct locate_setup setup = setup_of(rows);
    uint32_t wrong = four_steps();

    locate(&setup);
    insist(wrong, LEARNT_ESTIMATED, 2, LOCATE_FOUND);
    insist_probes(wrong, "0:0=1/2 0:2=7/10 0:3=0/36");
    done();
}

/* One right answer of four, and none of 36 behind the next step, may be chance: as many as may be
 * are asked for before it, once. Where they are right the step is located. */
ON_BOTH(locate, filled)
{
    const struct letters_row rows[] = {{"a", "RWWWWWWWWWWWR"}, {NULL, NULL}};
    const struct locate_setup setup = setup_of(rows);
    uint32_t wrong = four_steps();

    locate(&setup);
    insist(wrong, LEARNT_ESTIMATED, 1, LOCATE_FOUND);
    cr_expect_str_eq(weak.log, "a/b 0+4 a/b 4+8 a/b 12+16 a/b 28+8 a 0+4 a 4+60 ");
    insist_probes(wrong, "0:0=1/2 0:1=53/64 0:2=0/36");
    cr_expect_eq(found.asked.probes, 3);
    cr_expect_eq(found.asked.asked, 100);
    done();
}

/* Where they are not nothing is known, and no second completer is asked. */
ON_BOTH(locate, too_weak)
{
    const struct letters_row rows[] = {{"a", "RW"}, {NULL, NULL}};
    const struct locate_setup setup = setup_of_two(rows, rows);
    uint32_t wrong = four_steps();

    locate(&setup);
    insist(wrong, LEARNT_NOT, -1, LOCATE_WEAK);
    insist_probes(wrong, "0:0=1/2 0:1=1/64 0:2=0/36");
    cr_expect_eq(strong.calls, 0);
    done();
}

/* Nor where the tree alone has said both. */
ON_BOTH(locate, too_weak_in_the_tree)
{
    const struct letters_row rows[] = {{NULL, NULL}};
    const struct locate_setup setup = setup_of(rows);
    uint32_t a, right, wrong;

    begin();
    a = grown_node(&grown, 0, "a");
    right = grown_answer(&grown, 0, "r", CRUX_RIGHT);
    grown_answers(&grown, 0, "z", CRUX_WRONG, 79);
    grown_answers(&grown, a, "z", CRUX_WRONG, ENOUGH);
    wrong = grown_answer(&grown, a, "b", CRUX_WRONG);
    (void)grown_pair(&grown, wrong, right, 0);
    locate(&setup);
    insist(wrong, LEARNT_NOT, -1, LOCATE_WEAK);
    cr_expect_eq(weak.calls, 0, "more are in the tree than may be asked for");
    done();
}

/* Behind all steps is the path's own answer; but before them one of many may be luck, too. */
ON_BOTH(locate, last_step_too_weak)
{
    const struct letters_row luck[] = {{"a/b", "R"}, {"a/b/c", "RW"}, {NULL, NULL}};
    const struct letters_row rows[] = {{"a/b", "R"}, {"a/b/c", "RWWWWR"}, {NULL, NULL}};
    struct locate_setup setup = setup_of(luck);
    uint32_t wrong = four_steps();

    locate(&setup);
    insist(wrong, LEARNT_NOT, -1, LOCATE_WEAK);
    insist_probes(wrong, "0:0=1/2 0:2=4/4 0:3=1/64");
    setup = setup_of(rows);
    setup.maker = "other";
    cr_assert_eq(pass(&setup, 1), CRUX_OK);
    cr_expect_eq(found.how[LEARNT_ESTIMATED], 1);
    done();
}

/* Nor is a range known where what it begins behind may be luck. */
ON_BOTH(locate, range_too_weak)
{
    const struct letters_row rows[] = {{"a", "RW"}, {"a/b", "U"}, {NULL, NULL}};
    const struct locate_setup setup = setup_of(rows);
    uint32_t wrong = four_steps();

    locate(&setup);
    insist(wrong, LEARNT_NOT, -1, LOCATE_WEAK);
    insist_probes(wrong, "0:0=1/2 0:1=1/64 0:2=0/0 0:3=0/36");
    done();
}

/* The second completer is too weak: nothing is known. */
ON_BOTH(locate, second_is_too_weak)
{
    const struct letters_row rows[] = {{"a", "R"}, {"a/b", "R"}, {NULL, NULL}};
    const struct letters_row less[] = {{"a", "R"}, {"a/b", "RW"}, {NULL, NULL}};
    const struct locate_setup setup = setup_of_two(rows, less);
    uint32_t wrong = four_steps();

    locate(&setup);
    insist(wrong, LEARNT_NOT, -1, LOCATE_WEAK);
    done();
}
