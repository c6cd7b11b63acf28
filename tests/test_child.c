/*
 * test_child.c - small shell programs that behave, misbehave and die.
 */
#include "io/process/child.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/child_environment.h"

/* --- fixture --------------------------------------------------------------------------- */

enum { LINE_MOST = 4096, RESTARTS = 2 };

/* What a child has said and done, as text: lines `out:...;`, `err:...;`, `end:...;`, and
 * `gone:...;` for a permanent end. */
struct story {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char text[8192];
    const char *to_say[16]; /* lines for the child, in their order */
    size_t say_count, said;
    bool well;         /* it does its work with every line */
    const char *fault; /* what look() finds, once */
    struct child *child;
};

static struct story story;

static void tell(const char *what, const char *text, size_t length)
{
    size_t used;

    (void)pthread_mutex_lock(&story.lock);
    used = strlen(story.text);
    (void)snprintf(story.text + used, sizeof story.text - used, "%s:%.*s;", what, (int)length,
                   text);
    (void)pthread_cond_broadcast(&story.changed);
    (void)pthread_mutex_unlock(&story.lock);
}

static const char *next(void *context, size_t *length)
{
    const char *line = NULL;

    (void)context;
    (void)pthread_mutex_lock(&story.lock);
    if (story.said < story.say_count)
        line = story.to_say[story.said++];
    (void)pthread_mutex_unlock(&story.lock);
    *length = line != NULL ? strlen(line) : 0;
    return line;
}

static void heard(void *context, struct child *child, const struct lines_line *line)
{
    (void)context;
    if (story.well)
        child_well(child);
    tell("out", line->overlong ? "(too long)" : line->text, line->overlong ? 10 : line->length);
}

static void aside(void *context, const struct lines_line *line)
{
    (void)context;
    tell("err", line->text, line->length);
}

static void ended(void *context, const char *why, bool for_good)
{
    (void)context;
    tell(for_good ? "gone" : "end", why, strlen(why));
}

static int64_t look(void *context, struct child *child, int64_t now_ns)
{
    const char *fault;

    (void)context;
    (void)pthread_mutex_lock(&story.lock);
    fault = story.fault;
    story.fault = NULL;
    (void)pthread_mutex_unlock(&story.lock);
    if (fault != NULL)
        child_fail(child, fault);
    return now_ns + 20000000;
}

static void start(const char *command)
{
    struct child_setup setup = {.command = command,
                                .line_most = LINE_MOST,
                                .restarts = RESTARTS,
                                .next = next,
                                .heard = heard,
                                .aside = aside,
                                .ended = ended,
                                .look = look};
    struct crux_error error = {""};

    cr_assert_eq(child_open(&story.child, &setup, &error), CRUX_OK, "%s", error.text);
}

static void say(const char *line)
{
    (void)pthread_mutex_lock(&story.lock);
    story.to_say[story.say_count++] = line;
    (void)pthread_mutex_unlock(&story.lock);
    child_wake(story.child);
}

/* Wait until the story has that part; the test's own time limit is the other end. */
static void wait_for(const char *part)
{
    (void)pthread_mutex_lock(&story.lock);
    while (strstr(story.text, part) == NULL)
        (void)pthread_cond_wait(&story.changed, &story.lock);
    (void)pthread_mutex_unlock(&story.lock);
}

static void begin(void)
{
    story = (struct story){.well = false};
    (void)pthread_mutex_init(&story.lock, NULL);
    (void)pthread_cond_init(&story.changed, NULL);
}

static void finish(void)
{
    child_close(story.child);
    story.child = NULL;
}

TestSuite(child, .init = begin, .fini = finish, .timeout = 60);

/* Is there such a process, and not only its remains? */
static bool is_alive(long pid)
{
    char path[64], state = 'X';
    FILE *file;

    (void)snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    file = fopen(path, "r");
    if (file == NULL)
        return false;
    cr_assert_eq(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
    (void)fclose(file);
    return state != 'Z' && state != 'X';
}

/* --- lines ------------------------------------------------------------------------------- */

/* Lines go in and out, in their order. */
Test(child, lines_go_to_and_fro)
{
    start("cat");
    say("one\n");
    say("two\n");
    wait_for("out:one;out:two;");
    say("three\n");
    wait_for("out:two;out:three;");
}

/* A line may be longer than any pipe holds. */
Test(child, more_than_a_pipe_holds)
{
    static char large[3 << 20];

    for (size_t i = 0; i < sizeof large - 1; i++)
        large[i] = i % 1000 == 999 ? '\n' : 'x';
    (void)memcpy(large + sizeof large - 6, "\nend\n", 5);
    start("cat | grep --line-buffered -v x");
    say(large);
    wait_for("out:end;");
}

/* What it says aside is kept apart, and quoted when it ends. */
Test(child, asides_are_told)
{
    start("echo careful >&2; exit 3");
    wait_for("err:careful;end:ended with status 3; it last wrote: careful;");
}

/* Of a line that is too long nothing is kept, and the next one is heard. */
Test(child, a_line_too_long_is_told)
{
    start("head -c 100000 /dev/zero | tr '\\0' x; echo; echo next; cat");
    wait_for("out:(too long);out:next;");
}

/* Whatever it said before it died is heard first, also a line that it did not end. */
Test(child, last_lines_are_heard)
{
    start("echo one; printf two; exit 0");
    wait_for("out:one;out:two;end:ended with status 0;");
}

/* --- ends ----------------------------------------------------------------------------------- */

/* A program that ends all the time is started again a few times, and then no more. */
Test(child, it_is_started_again_a_few_times)
{
    start("exit 5");
    wait_for("gone:");
    cr_assert_str_eq(story.text, "end:ended with status 5;end:ended with status 5;"
                                 "gone:ended with status 5;");
}

/* One that does its work in between may end as often as it likes. */
Test(child, one_that_works_may_end)
{
    story.well = true;
    start("read line; echo $line");
    for (int i = 0; i < 3 * RESTARTS; i++) {
        char part[32];

        (void)snprintf(part, sizeof part, "out:%d;end:", i);
        say((const char *[]){"0\n", "1\n", "2\n", "3\n", "4\n", "5\n"}[i]);
        wait_for(part);
    }
    cr_assert_null(strstr(story.text, "gone:"));
}

/* A command that is not there is not tried again. */
Test(child, what_is_not_there_is_not_tried_again)
{
    start("/nowhere/program");
    wait_for("gone:ended with status 127, there is no such command; it last wrote: ");
    cr_assert_null(strstr(story.text, "end:"));
}

/* A death by a signal is reported by its name. */
Test(child, signals_are_named)
{
    start("kill -SEGV $$");
    wait_for("end:was killed by signal 11 (Segmentation fault");
}

/* Its end is noticed although a process that it left behind holds its pipes; that one dies
 * with it. */
Test(child, its_offspring_dies_with_it)
{
    long pid = 0;

    start("sleep 1000 & echo $!; exit 6");
    wait_for("end:ended with status 6;");
    cr_assert_eq(sscanf(story.text, "out:%ld;", &pid), 1);
    cr_assert_gt(pid, 1);
    while (is_alive(pid)) /* a killed process takes a moment to go */
        (void)usleep(1000);
}

/* A program without output or input is none: it is killed. */
Test(child, closed_streams_are_an_end)
{
    start("exec >&-; sleep 1000");
    wait_for("end:was killed: it has closed its standard output;");
}

/* It writes to a program that has closed its input; we live on, and it does not. */
Test(child, a_broken_pipe_harms_nobody)
{
    start("exec <&-; echo closed; exec sleep 1000");
    wait_for("out:closed;");
    say("hello\n");
    wait_for("end:was killed: it has closed its standard input;");
}

/* Whoever watches it can have it killed, with a reason. */
Test(child, it_can_be_given_up)
{
    start("exec sleep 1000");
    (void)pthread_mutex_lock(&story.lock);
    story.fault = "it dreams";
    (void)pthread_mutex_unlock(&story.lock);
    child_wake(story.child);
    wait_for("end:was killed: it dreams;");
}

/* --- closing -----------------------------------------------------------------------------------
 */

/* At the end its input is closed, and it may put its things in order. */
Test(child, it_may_finish)
{
    start("cat; echo tidied");
    say("one\n");
    wait_for("out:one;");
    finish();
    cr_assert_str_eq(story.text, "out:one;out:tidied;");
}

/* One that never reads and never ends is killed, with its group. */
Test(child, it_is_killed_when_it_does_not_end)
{
    static char large[1 << 20];
    long pid = 0;

    (void)memset(large, 'x', sizeof large - 2);
    large[sizeof large - 2] = '\n';
    start("trap '' TERM; sleep 1000 & echo $!; wait");
    wait_for("out:");
    cr_assert_eq(sscanf(story.text, "out:%ld;", &pid), 1);
    say(large);
    finish();
    while (is_alive(pid))
        (void)usleep(1000);
}

/* It can be closed while it rests, and when it is gone. */
Test(child, it_can_be_closed_at_any_time)
{
    start("exit 1");
    wait_for("end:");
    finish();
    begin();
    start("exit 127");
    wait_for("gone:");
}

/* --- what it gets
 * ---------------------------------------------------------------------------------- */

/* No file of ours but the three pipes, even one that its flags would hand down. */
Test(child, no_other_file_is_handed_down)
{
    int file = open("/dev/null", O_RDONLY); /* NOLINT(android-cloexec-open): that is the test */
    char name[64];

    cr_assert_geq(file, 3);
    (void)snprintf(name, sizeof name, "test -e /proc/self/fd/%d && echo seen || echo unseen; cat",
                   file);
    start(name);
    wait_for("out:");
    cr_assert_str_eq(story.text, "out:unseen;");
    (void)close(file);
}

/* Our environment, and signals as a program expects them, whatever our host did to its own. */
Test(child, environment_and_signals)
{
    (void)setenv("CRUX_TEST_WORD", "handed down", 1);
    (void)signal(SIGPIPE, SIG_IGN);
    start(
        "echo $CRUX_TEST_WORD; yes | head -n 1; grep SigBlk /proc/self/status | tr -d '\\t'; cat");
    wait_for("out:handed down;out:y;out:SigBlk:0000000000000000;");
    (void)signal(SIGPIPE, SIG_DFL);
}

/* A variable that holds a secret of ours is not handed down; others that begin like it are. */
Test(child, secrets_are_not_handed_down)
{
    (void)setenv("CRUX_TEST_KEY", "secret", 1);
    (void)setenv("CRUX_TEST_KEYS", "many", 1);
    cr_assert(child_environment_hide("CRUX_TEST_KEY"));
    cr_assert(child_environment_hide("CRUX_TEST_KEY"));
    start("echo ${CRUX_TEST_KEY-unset} $CRUX_TEST_KEYS; cat");
    wait_for("out:unset many;");
}

/* A host that has closed its own standard streams can have a child too. */
Test(child, a_host_without_streams)
{
    int kept[3];

    for (int i = 0; i < 3; i++) {
        kept[i] = fcntl(i, F_DUPFD_CLOEXEC, 100);
        (void)close(i);
    }
    start("echo aside >&2; cat");
    say("hello\n");
    wait_for("out:hello;");
    wait_for("err:aside;");
    finish();
    for (int i = 0; i < 3; i++)
        (void)dup2(kept[i], i);
}
