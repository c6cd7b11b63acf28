/*
 * probe.c - one jail in which nothing is run but a look at its walls.
 */
#include "io/sandbox/probe.h"

#include <poll.h>
#include <signal.h>
#include <string.h>

#include "io/clock.h"
#include "io/quote.h"

#define PROBE_NS (30 * CLOCK_SECOND_NS)

/* Its only line; NULL: it has none, and has ended or takes too long. */
static const char *probe_hear(struct jail *jail)
{
    int64_t end_ns = clock_now_ns() + PROBE_NS;
    struct pollfd files[JAIL_FILES];
    const char *line = NULL;
    bool alive = true;
    size_t length;

    while (line == NULL && alive && clock_now_ns() < end_ns) {
        jail_files(jail, files);
        (void)poll(files, JAIL_FILES, 100);
        alive = jail_pump(jail, 4096);
        line = jail_line(jail, &length);
    }
    return line;
}

static int probe_judge(struct jail *jail, enum sandbox_level level, struct crux_error *error)
{
    const char *line = probe_hear(jail);
    char quoted[240];

    if (line != NULL && strcmp(line, "held") == 0)
        return CRUX_OK;
    if (line == NULL)
        line = jail->trouble[0] != '\0' ? jail->trouble : "it says nothing";
    quote_text(quoted, sizeof quoted, line, strlen(line));
    return crux_fail(error, CRUX_INVALID,
                     "this machine has no jail of level %s: %s (bubblewrap needs name spaces of "
                     "users: in a container they must be allowed%s)",
                     sandbox_level_name(level), quoted,
                     level == SANDBOX_STRICT ? "; level=plain asks for less" : "");
}

int probe_jail(const struct jail_plan *plan, struct crux_error *error)
{
    struct jail jail = {.outer = 0};
    struct jail_plan probing = *plan;
    int status;

    probing.script = jail_prober;
    status = jail_start(&jail, &probing, error);
    if (status != CRUX_OK)
        return CRUX_INVALID;
    status = probe_judge(&jail, plan->level, error);
    jail_end(&jail);
    return status;
}
