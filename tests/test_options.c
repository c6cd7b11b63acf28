/*
 * test_options.c - what io/cli/options/options.h promises, one promise per test. What is recorded
 * is in test_options_record.c.
 */
#include "io/cli/options/options.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "io/cli/commands.h"
#include "io/cli/options/backend.h"
#include "io/cli/options/suggest.h"
#include "tests/world/options_suite.h"

/* --- flags ------------------------------------------------------------------------ */

TestSuite(flags, .init = set_up, .fini = tear_down, .timeout = 10);

/* A value may stand behind '=' or as the next word. */
Test(flags, values_stand_either_way)
{
    assert_parsed("--simulations=12", "--depth", "3");
    cr_assert_eq(options.setup.simulations, 12);
    cr_assert_eq(options.setup.depth, 3);
}

/* Everything else is an operand, '-' too, and all that follows '--'. */
Test(flags, the_rest_are_operands)
{
    assert_parsed("a", "-", "--", "--seed");
    cr_assert_eq(options.operand_count, 3);
    cr_assert_str_eq(options.operands[1], "-");
    cr_assert_str_eq(options.operands[2], "--seed");
}

/* A flag that takes no value is true by standing there. */
Test(flags, switches_need_no_value)
{
    assert_parsed("--strict", "file");
    cr_assert(options.strict);
    cr_assert_eq(options.operand_count, 1);
}

/* Of a flag given twice the last one counts. */
Test(flags, the_last_one_counts)
{
    assert_parsed("--seed", "1", "--seed", "2");
    cr_assert_eq(options.setup.seed, 2);
}

/* Both ends of a range belong to it; the refusal names them. */
Test(flags, ranges_are_inclusive)
{
    assert_parsed("--rollouts", "1024", "--workers", "1");
    assert_refused("--workers must be a whole number from 1 to 256, not '0'", "--workers", "0");
    assert_refused("from 0 to 1024", "--rollouts", "1025");
}

/* A number is a number to its last letter. */
Test(flags, numbers_are_whole_texts)
{
    const char *bad[] = {"", "x", "1x", " 1", "0x10", "1e3", "99999999999999999999", "-", "--1"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char word[64];

        (void)snprintf(word, sizeof word, "--simulations=%s", bad[i]);
        assert_refused("--simulations must be", word);
    }
}

/* Not a number and infinity are no numbers here. */
Test(flags, reals_are_finite)
{
    assert_parsed("--exploration", "0.5");
    cr_assert_eq(options.setup.exploration, 0.5);
    assert_refused("--exploration must be a number from 0 to 1000", "--exploration", "nan");
    assert_refused("--exploration", "--exploration", "inf");
    assert_refused("--exploration", "--exploration", "1e9");
}

/* Choices are listed when none fits. */
Test(flags, choices_are_listed)
{
    assert_parsed("--selection", "greedy");
    cr_assert_eq(options.setup.selection, CRUX_GREEDY);
    assert_refused("must be uct, puct, greedy or budget, not 'best'", "--selection", "best");
}

/* A misspelt flag is answered with the nearest. */
Test(flags, misspelt_flags_are_suggested)
{
    assert_refused("did you mean --simulations?", "--simulatoins", "3");
}

/* A flag of another command says that it is one. */
Test(flags, flags_of_others_are_told_apart)
{
    assert_refused("other commands have", "--force");
}

/* The last flag's value may not be missing, nor may the next flag be taken for it. */
Test(flags, values_are_not_forgotten)
{
    assert_refused("--seed needs a value", "--seed");
    assert_refused("--store needs a value", "--store", "--strict");
}

/* Shards count from 1 and I is at most N. */
Test(flags, shards_count_from_one)
{
    assert_parsed("--shard", "2/3");
    cr_assert_eq(options.shard.index, 2);
    cr_assert_eq(options.shard.count, 3);
    assert_refused("--shard must be I/N", "--shard", "0/3");
    assert_refused("--shard must be I/N", "--shard", "4/3");
    assert_refused("--shard must be I/N", "--shard", "1");
}

/* A stop has quotas for right and wrong, in either order. */
Test(flags, stops_have_quotas)
{
    assert_parsed("--stop", "wrong=4,right=2");
    cr_assert_eq(options.setup.stop_right, 2);
    cr_assert_eq(options.setup.stop_wrong, 4);
    assert_refused("--stop must be right=R,wrong=W", "--stop", "3");
}

/* Seconds become nanoseconds. */
Test(flags, seconds_become_nanoseconds)
{
    assert_parsed("--limit-seconds", "1e-12", "--limit-price", "1e-12");
    cr_assert(options.setup.limit_ns == 1 && options.paid.limit_price == 1,
              "what is less than can be counted is no 0, which would be no limit");
    assert_parsed("--limit-seconds", "1.5");
    cr_assert_eq(options.setup.limit_ns, 1500000000);
}

/* A deadline may be a fraction of a second. */
Test(flags, deadlines_have_fractions)
{
    assert_parsed("--deadline", "0.25");
    cr_assert_eq(options.setup.deadline_ns, 250000000);
    assert_refused("--deadline must be a number from 0", "--deadline", "-1");
    assert_refused("--deadline must be a number from 0", "--deadline", "soon");
}

/* What an untried child is worth: a word, its parent's mean less something, or a value. */
Test(flags, first_play_has_four_forms)
{
    static const struct {
        const char *text;
        enum crux_first_play first;
        double worth;
    } rows[] = {{"rule", CRUX_FIRST_RULE, 0.0},         {"parent", CRUX_FIRST_PARENT, 0.0},
                {"parent-0.2", CRUX_FIRST_PARENT, 0.2}, {"0.45", CRUX_FIRST_VALUE, 0.45},
                {"parent-1", CRUX_FIRST_PARENT, 1.0},   {"0", CRUX_FIRST_VALUE, 0.0},
                {"1", CRUX_FIRST_VALUE, 1.0},           {"rule", CRUX_FIRST_RULE, 0.0}};
    static const char *const bad[] = {"rules", "parent-", "parent0.2", "parent--0.2", "parent-1.1",
                                      "1.1",   "-0.1",    "nan",       "parent-nan",  ""};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_parsed("--first-play", (char *)(uintptr_t)rows[i].text);
        cr_assert_eq(options.setup.first, rows[i].first, "%s", rows[i].text);
        cr_assert_eq(options.setup.first_play, rows[i].worth, "%s", rows[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char word[64];

        (void)snprintf(word, sizeof word, "--first-play=%s", bad[i]);
        assert_refused("--first-play must be one of rule, parent, parent-X and X", word);
    }
}

/* Widening has a factor and a power, or is 0; nothing in between is taken. */
Test(flags, widening_has_two_numbers)
{
    static const char *const bad[] = {"2",       "2,",      "2,0", "2,1",     "2,nan",
                                      "-1,0.5",  "inf,0.5", ",.5", "4097,.5", "2;0.5",
                                      "2,0.5,3", "",        "0,"};

    assert_parsed("--widen", "1.5,0.4");
    cr_assert_eq(options.setup.widen, 1.5);
    cr_assert_eq(options.setup.widen_power, 0.4);
    assert_parsed("--widen", "0");
    cr_assert_eq(options.setup.widen, 0.0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char word[64];

        (void)snprintf(word, sizeof word, "--widen=%s", bad[i]);
        assert_refused("--widen must be K,A with K from 0 to 4096", word);
    }
    cr_assert_eq(options.setup.widen, 0.0, "what is refused leaves no trace");
}

/* Branching is by entropy, between two that are in order, or is off; nothing else is taken. */
Test(flags, branching_has_two_entropies)
{
    static const char *const bad[] = {"",
                                      "entropy",
                                      "entropy:",
                                      "entropy:1",
                                      "entropy:1,",
                                      "entropy:,1",
                                      "entropy:2,1",
                                      "entropy:0,0",
                                      "entropy:-1,1",
                                      "entropy:nan,1",
                                      "entropy:0,nan",
                                      "entropy:0,inf",
                                      "entropy:0,101",
                                      "entropy:0;1",
                                      "entropy:0,1,2",
                                      "entropy:0.0000000000000000000000000000001,1",
                                      "0,1",
                                      "always"};

    assert_parsed("--branch", "entropy:0.3,1.2");
    cr_assert_eq(options.setup.branch_low, 0.3);
    cr_assert_eq(options.setup.branch_high, 1.2);
    assert_parsed("--branch", "entropy:1,1");
    cr_assert_eq(options.setup.branch_low, 1.0);
    assert_parsed("--branch", "all");
    cr_assert_eq(options.setup.branch_high, 0.0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char word[64];

        (void)snprintf(word, sizeof word, "--branch=%s", bad[i]);
        assert_refused("--branch must be all, or entropy:LOW,HIGH in nats", word);
    }
    cr_assert_eq(options.setup.branch_high, 0.0, "what is refused leaves no trace");
}

/* The words of the variants stand in the order of their enums. */
Test(flags, variants_have_their_words)
{
    assert_parsed("--correction", "virtual-loss", "--root", "gumbel", "--root-children", "4",
                  "--transpositions", "--group", "8");
    cr_assert_eq(options.setup.correction, CRUX_VIRTUAL_LOSS);
    cr_assert_eq(options.setup.root, CRUX_ROOT_GUMBEL);
    cr_assert_eq(options.setup.root_children, 4);
    cr_assert(options.setup.transpositions);
    cr_assert_eq(options.setup.group, 8);
    assert_refused("must be unobserved or virtual-loss, not 'none'", "--correction", "none");
    assert_refused("must be rule or gumbel, not 'puct'", "--root", "puct");
    assert_refused("--group must be a whole number from 1 to 64", "--group", "65");
    assert_refused("--root-children must be a whole number from 1", "--root-children", "0");
}

/* --help needs nothing else to be right. */
Test(flags, help_asks_for_nothing)
{
    assert_parsed("--config", "no such file", "--help");
    cr_assert(options.help);
}

/* Selection budget has the exploration of its paper, unless another is given, and excludes what
 * shares out simulations otherwise. */
Test(flags, selection_budget)
{
    assert_parsed("--selection", "budget");
    cr_assert_eq(options.setup.exploration, 1.0);
    assert_refused("--selection budget excludes --root gumbel, --widen and --branch", "--root",
                   "gumbel");
    assert_refused("--selection budget and --workers-per-tree above 1", "--root", "rule",
                   "--workers-per-tree", "2");
    assert_parsed("--workers-per-tree", "1", "--exploration", "2.5");
    cr_assert_eq(options.setup.exploration, 2.5);
}

/* Tokens alone are kept to, whatever calls that takes; beside calls both hold. */
Test(flags, tokens_or_calls)
{
    assert_parsed("--tokens", "9000");
    cr_assert_eq(options.setup.tokens, 9000);
    cr_assert_eq(options.setup.calls, 0);
    assert_parsed("--tokens", "9000", "--calls", "70");
    cr_assert_eq(options.setup.calls, 70);
}

/* --- policies and critics ----------------------------------------------------------- */

TestSuite(ports, .init = set_up, .fini = tear_down, .timeout = 10);

/* A bare critic judges outcomes; others are left open until the problems are known. */
Test(ports, a_bare_critic_judges_outcomes)
{
    assert_parsed("--critic", "numbers:x=1");
    cr_assert_str_eq(options.critic[CRUX_ROLE_OUTCOME], "numbers:x=1");
    cr_assert_null(options.critic[CRUX_ROLE_ANNOTATE]);
}

/* A role that there is not is refused with those that there are. */
Test(ports, roles_are_listed)
{
    assert_refused("where ROLE is outcome, execution, value, annotate, subgoal or execution:KIND",
                   "--critic", "judge=x");
}

/* Steps of one kind may have an execution critic of their own. */
Test(ports, a_kind_may_have_its_own_critic)
{
    assert_parsed("--critic", "execution:doc=numbers:x=1", "--critic", "execution=numbers");
    cr_assert_str_eq(options.critic[CRUX_ROLES + CRUX_DOC], "numbers:x=1");
    cr_assert_str_eq(options.critic[CRUX_ROLE_EXECUTION], "numbers");
    cr_assert_eq(options_critic_role(CRUX_ROLES + CRUX_DOC), CRUX_ROLE_EXECUTION);
    cr_assert_str_eq(options_critic_name(CRUX_ROLES + CRUX_DOC), "execution:doc");
    for (unsigned kind = 0; kind < CRUX_KINDS; kind++)
        cr_assert_str_eq(strchr(options_critic_name(CRUX_ROLES + kind), ':') + 1,
                         crux_kind_name((enum crux_kind)kind));
}

/* A value critic takes the place of rollouts that nobody asked for. */
Test(ports, a_value_critic_replaces_rollouts)
{
    assert_parsed("--critic", "value=numbers");
    cr_assert_eq(options.setup.rollouts, 0);
}

/* Rollouts and a value critic exclude each other, and both are named. */
Test(ports, rollouts_and_values_exclude_each_other)
{
    assert_refused("--rollouts above 0 and --critic value= exclude each other", "--critic",
                   "value=numbers", "--rollouts", "2");
}

/* Without rollouts a value critic is needed. */
Test(ports, no_rollouts_need_a_value)
{
    assert_refused("--rollouts 0 needs --critic value=", "--rollouts", "0");
}

/* What shapes a tree is nothing for samples, which have none. */
Test(ports, samples_have_no_variants)
{
    assert_refused("excludes --root gumbel, --widen, --branch and --transpositions", "--strategy",
                   "sample", "--root", "gumbel");
    begin(&generate_command);
    assert_refused("excludes --root gumbel", "--strategy", "sample", "--widen", "1,0.5");
    begin(&generate_command);
    assert_refused("excludes --root gumbel", "--strategy", "sample", "--transpositions");
    begin(&generate_command);
    assert_refused("excludes --root gumbel", "--strategy", "sample", "--branch", "entropy:0,1");
    assert_refused("--strategy refine excludes --root gumbel, --widen, --branch, --transpositions "
                   "and --workers-per-tree above 1",
                   "--strategy", "refine", "--root", "gumbel");
    assert_refused("--workers-per-tree above 1", "--strategy", "refine", "--workers-per-tree", "2");
}

/* A judge whose verdict is one word, or that is to write no reason, has nothing to send back. */
Test(ports, refine_needs_words)
{
    static char *const silent[] = {"judge", "judge:large", "judge:mode=pair",
                                   "judge:by=score,why=no", "outcome=judge:mode=point"};
    static char *const others[] = {"judge:by=score", "judge:mode=steps", "judge:mode=first",
                                   "judge:votes=3", "process:judge"};

    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
        begin(&generate_command);
        assert_refused("nothing else: say --critic judge:by=score", "--strategy", "refine",
                       "--endpoint", "x", "--backend", "large.endpoint=y", "--critic", silent[i]);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        begin(&generate_command);
        assert_parsed("--strategy", "refine", "--endpoint", "x", "--critic", others[i]);
    }
}

/* Lanes that share a tree share its root as well. */
Test(ports, a_gumbel_root_and_lanes_exclude_each_other)
{
    assert_refused("--root gumbel and --workers-per-tree above 1", "--root", "gumbel",
                   "--workers-per-tree", "2");
}

/* An order cannot be kept in a tree that workers share. */
Test(ports, order_and_lanes_exclude_each_other)
{
    assert_refused("exclude each other", "--order", "issued", "--workers-per-tree", "2");
}

/* --- the file ------------------------------------------------------------------------- */

TestSuite(file, .init = set_up, .fini = tear_down, .timeout = 10);

/* The file sets what no flag does. */
Test(file, flags_win)
{
    write_file("simulations: 20\ndepth: 5\n");
    assert_parsed("--depth", "6", "--config", "run.yaml");
    cr_assert_eq(options.setup.simulations, 20);
    cr_assert_eq(options.setup.depth, 6);
    cr_assert(options_given(&options, "simulations"));
    cr_assert_not(options_given(&options, "seed"));
}

/* The variants stand in a file as they stand behind a flag. */
Test(file, variants_have_keys)
{
    write_file("first-play: 0.4\nwiden: 1,0.5\ncorrection: virtual-loss\nroot: gumbel\n"
               "root-children: 8\ntranspositions: true\ngroup: 4\ndeadline: 30\n");
    assert_parsed("--config", "run.yaml");
    cr_assert_eq(options.setup.first, CRUX_FIRST_VALUE);
    cr_assert_eq(options.setup.first_play, 0.4);
    cr_assert_eq(options.setup.widen, 1.0);
    cr_assert_eq(options.setup.correction, CRUX_VIRTUAL_LOSS);
    cr_assert_eq(options.setup.root, CRUX_ROOT_GUMBEL);
    cr_assert_eq(options.setup.root_children, 8);
    cr_assert(options.setup.transpositions);
    cr_assert_eq(options.setup.group, 4);
    cr_assert_eq(options.setup.deadline_ns, 30000000000);
}

/* A refusal names the line and column of the value. */
Test(file, refusals_have_a_place)
{
    write_file("depth: 5\nsimulations: many\n");
    assert_refused("run.yaml:2:14: simulations must be a whole number", "--config", "run.yaml");
}

/* A misspelt key is answered with the nearest. */
Test(file, misspelt_keys_are_suggested)
{
    write_file("explorations: 5\n");
    assert_refused("did you mean 'exploration'?", "--config", "run.yaml");
}

/* One file serves several commands: keys of others are let through. */
Test(file, keys_of_others_pass)
{
    write_file("branching: 5\nforce: true\n");
    assert_parsed("--config", "run.yaml");
}

/* Lists are for options that may be repeated. */
Test(file, lists_are_for_what_repeats)
{
    write_file("critic: [outcome=numbers, execution=numbers]\n");
    assert_parsed("--config", "run.yaml");
    cr_assert_str_eq(options.critic[CRUX_ROLE_EXECUTION], "numbers");
    write_file("seed: [1, 2]\n");
    assert_refused("'seed' takes one value", "--config", "run.yaml");
}

/* A list by flags puts the file's list aside. */
Test(file, flags_replace_lists)
{
    write_file("endpoint: [a, b]\n");
    assert_parsed("--config", "run.yaml", "--endpoint", "c");
    cr_assert_eq(options.backends[0].endpoints.count, 1);
    cr_assert_str_eq(options.backends[0].endpoints.items[0], "c");
}

/* In a file a list may have its plural's name; what takes one value has no plural. */
Test(file, lists_have_plurals)
{
    write_file("endpoints: [a, b]\n");
    assert_parsed("--config", "run.yaml");
    cr_assert_eq(options.backends[0].endpoints.count, 2);
    write_file("models: a\n");
    assert_refused("did you mean 'model'?", "--config", "run.yaml");
}

/* What has no settings of its own takes no mapping. */
Test(file, plain_keys_take_no_mapping)
{
    write_file("seed:\n  x: 1\n");
    assert_refused("run.yaml:2:6: 'seed' takes a plain value", "--config", "run.yaml");
}

/* A switch in a file is true or false. */
Test(file, switches_are_true_or_false)
{
    write_file("strict: perhaps\n");
    assert_refused("run.yaml:1:9: strict must be true or false", "--config", "run.yaml");
}

/* A file cannot name a further one. */
Test(file, files_do_not_nest)
{
    write_file("config: other.yaml\n");
    assert_refused("cannot be set by a file", "--config", "run.yaml");
}

/* --- presets -------------------------------------------------------------------------- */

TestSuite(preset, .init = set_up, .fini = tear_down, .timeout = 10);

/* A preset sets what neither the file nor a flag does, wherever its flag stands. */
Test(preset, file_and_flags_win)
{
    write_file("children: 7\ndepth: 5\n");
    assert_parsed("--depth", "6", "--config", "run.yaml", "--preset", "mmc");
    cr_assert_eq(options.setup.selection, CRUX_GREEDY);
    cr_assert_eq(options.setup.pairs, CRUX_PAIRS_REFERENCE);
    cr_assert_eq(options.backends[0].step_tokens, 30);
    cr_assert_eq(options.setup.children, 7);
    cr_assert_eq(options.setup.depth, 6);
    cr_assert(options_given(&options, "selection"));
    cr_assert_eq(options.setup.calls, 0, "simulations are given, calls are not");
}

/* There must be one of that name, and a file cannot name one. */
Test(preset, names)
{
    assert_refused("there is no preset 'mcc'; there are: cr-planner, mmc", "--preset", "mcc");
    write_file("preset: mmc\n");
    assert_refused("cannot be set by a file", "--config", "run.yaml");
}

/* --- backends ------------------------------------------------------------------------- */

TestSuite(backends, .init = set_up, .fini = tear_down, .timeout = 10);

/* A backend's settings go to the one of that name, others have their defaults. */
Test(backends, have_names)
{
    const struct options_backend *judge;

    assert_parsed("--policy", "chat:judge", "--backend", "judge.endpoint=URL", "--backend",
                  "judge.temperature=0", "--backend", "judge.insecure", "--backend",
                  "judge.in-flight=2");
    judge = options_backend(&options, "judge");
    cr_assert_not_null(judge);
    cr_assert_str_eq(judge->endpoints.items[0], "URL");
    cr_assert_eq(judge->temperature, 0.0);
    cr_assert(judge->insecure);
    cr_assert_eq(judge->in_flight, 2);
    cr_assert_eq(judge->max_tokens, options.backends[0].max_tokens);
    cr_assert_eq(options.backends[0].temperature, 0.7);
}

/* Without a name it is the one of the plain flags; a name that was not given has none. */
/* However a server's address is written, it is given once to each backend. */
Test(backends, have_a_server_once)
{
    assert_refused("--endpoint http://a:1/v1/ is given twice: ", "--policy", "chat", "--endpoint",
                   "http://a:1", "--endpoint", "http://b:1", "--endpoint", "http://a:1/v1/");
}

Test(backends, have_a_server_twice_by_name)
{
    assert_refused("http://a:1 is given twice for backend judge", "--policy", "chat:judge",
                   "--backend", "judge.endpoint=http://a:1", "--backend",
                   "judge.endpoint=http://a:1");
}

Test(backends, share_a_server)
{
    assert_parsed("--policy", "chat", "--endpoint", "http://a:1", "--critic", "judge:judge",
                  "--backend", "judge.endpoint=http://a:1");
}

Test(backends, are_found_by_name)
{
    assert_parsed("--model", "small");
    cr_assert_eq(options_backend(&options, NULL), &options.backends[0]);
    cr_assert_eq(options_backend(&options, ""), &options.backends[0]);
    cr_assert_null(options_backend(&options, "judge"));
}

/* Flags win over the file key by key, and a flag's list puts the file's aside. */
Test(backends, flags_win_key_by_key)
{
    const struct options_backend *judge;

    write_file("policy: chat:judge\nbackends:\n  judge:\n    endpoints: [a, b]\n"
               "    model: large\n    temperature: 0.2\n");
    assert_parsed("--config", "run.yaml", "--backend", "judge.temperature=0.5", "--backend",
                  "judge.endpoint=c");
    judge = options_backend(&options, "judge");
    cr_assert_eq(options.backend_count, 2);
    cr_assert_str_eq(judge->model, "large");
    cr_assert_eq(judge->temperature, 0.5);
    cr_assert_eq(judge->endpoints.count, 1);
    cr_assert_str_eq(judge->endpoints.items[0], "c");
}

/* What was given is known of each backend apart. */
Test(backends, know_what_was_given)
{
    assert_parsed("--policy", "chat:judge", "--backend", "judge.price-cached=1");
    cr_assert(options_backend_given(&options, &options.backends[1], "price-cached"));
    cr_assert_not(options_backend_given(&options, &options.backends[1], "price-prompt"));
    cr_assert_not(options_backend_given(&options, &options.backends[0], "price-cached"));
}

/* A value goes through the same check as the plain flag's; sentences name backend and key. */
Test(backends, values_are_checked)
{
    assert_refused("--backend judge.temperature must be a number from 0 to 100, not '-1'",
                   "--backend", "judge.temperature=-1");
    assert_refused("must be NAME.KEY=VALUE", "--backend", "judge");
    assert_refused("judge.model needs a value: judge.model=NAME", "--backend", "judge.model");
    write_file("backends:\n  judge:\n    temperature: hot\n");
    assert_refused("run.yaml:3:18: backends.judge.temperature must be a number", "--config",
                   "run.yaml");
}

/* A key that no backend has is answered with the nearest that one has. */
Test(backends, misspelt_keys_are_suggested)
{
    assert_refused("no setting 'modle'; did you mean 'model'?", "--backend", "judge.modle=x");
    assert_refused("no setting 'seed'", "--backend", "judge.seed=1");
    write_file("backends:\n  judge:\n    tempreature: 1\n");
    assert_refused("run.yaml:3:18: a backend has no setting 'tempreature'; did you mean "
                   "'temperature'?",
                   "--config", "run.yaml");
}

/* A name has letters that a key can have, and is not the one of the plain flags. */
Test(backends, names_are_plain)
{
    assert_refused("name has 1 to 32 letters", "--backend", "Judge.model=x");
    assert_refused("name has 1 to 32 letters", "--backend", ".model=x");
    assert_refused("name has 1 to 32 letters", "--backend",
                   "a23456789012345678901234567890123.model=x");
    assert_refused("choose another name", "--backend", "chat.model=x");
}

/* There is room for that number; one more is refused, not forgotten. */
Test(backends, too_many_are_refused)
{
    char words[OPTIONS_BACKENDS][32], *arguments[2 * OPTIONS_BACKENDS + 1] = {NULL};

    for (int i = 0; i < OPTIONS_BACKENDS; i++) {
        (void)snprintf(words[i], sizeof words[i], "b%d.model=x", i);
        arguments[2 * i] = "--backend";
        arguments[2 * i + 1] = words[i];
    }
    cr_assert_eq(options_parse(&options, arguments, &error), CRUX_INVALID);
    cr_assert_not_null(strstr(error.text, "16 backends already"), "%s", error.text);
}

/* Who is asked must be there, and who is there must be asked. */
Test(backends, are_defined_and_used)
{
    assert_refused("asks backend 'judge', which is not defined", "--policy", "chat:judge");
    begin(&generate_command);
    assert_refused("asks backend 'none', which", "--critic", "value=ratio:none,other");
    begin(&generate_command);
    assert_refused("backend 'judge' is defined, and no port asks it", "--backend",
                   "judge.endpoint=URL");
    begin(&generate_command);
    assert_parsed("--backend", "judge.endpoint=URL", "--backend", "weak.endpoint=URL", "--critic",
                  "value=agree:[numbers][ratio:judge,weak]");
}

/* A model of the plain flags that only backends with a name stand beside is asked by nobody. */
Test(backends, the_plain_one_is_used_too)
{
    assert_refused("--endpoint is for policy chat", "--endpoint", "URL", "--policy", "chat:judge",
                   "--backend", "judge.endpoint=URL");
}

/* A file for several commands: those without backends let them through. */
Test(backends, pass_where_nobody_needs_them)
{
    begin(&show_command);
    write_file("backends:\n  judge:\n    model: large\n");
    assert_parsed("--config", "run.yaml");
    begin(&doctor_command);
    write_file("backends:\n  judge:\n    model: large\n    max-tokens: 3\n");
    assert_parsed("--config", "run.yaml");
    cr_assert_str_eq(options_backend(&options, "judge")->model, "large");
}

/* --- the nearest word ---------------------------------------------------------------------- */

TestSuite(suggest, .timeout = 10);

/* One letter wrong is near; a different word is not, and nor is a huge one. */
Test(suggest, near_is_near)
{
    char huge[4096];
    struct suggest near = {.word = "genrate"}, far = {.word = "xyz"}, long_one = {.word = huge};

    memset(huge, 'a', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    suggest_offer(&near, "export");
    suggest_offer(&near, "generate");
    suggest_offer(&far, "generate");
    suggest_offer(&long_one, "generate");
    cr_assert_str_eq(near.best, "generate");
    cr_assert_null(far.best);
    cr_assert_null(long_one.best);
}
