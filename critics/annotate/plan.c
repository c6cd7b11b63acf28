/*
 * plan.c - the description of critic `critique`, a row for each setting.
 */
#include "critics/annotate/plan.h"

#include <stdio.h>
#include <string.h>

/* --- settings ---------------------------------------------------------------------------- */

/* The plan, and what was said of backends. */
struct plan_said {
    struct annotate_plan plan;
    bool one, several; /* backend=, backends= */
};

static bool take_style(void *into, const char *value)
{
    static const char *const styles[] = {"mmc", "deliberate", "blind", "panel", NULL};

    return described_word(&((struct plan_said *)into)->plan.style, value, styles);
}

static bool plan_add_backend(struct annotate_plan *plan, const char *name, size_t length)
{
    if (length == 0 || length >= DESCRIBED_NAME || plan->backend_count == ANNOTATE_MEMBERS)
        return false;
    (void)snprintf(plan->backends[plan->backend_count++], DESCRIBED_NAME, "%.*s", (int)length,
                   name);
    return true;
}

static bool take_one_backend(void *into, const char *value)
{
    struct plan_said *said = into;
    bool first = !said->one && !said->several;

    said->one = true;
    return first && plan_add_backend(&said->plan, value, strlen(value));
}

static bool take_backends(void *into, const char *value)
{
    struct plan_said *said = into;
    bool good = !said->one && !said->several;

    said->several = true;
    while (good) {
        size_t length = strcspn(value, "+");

        good = plan_add_backend(&said->plan, value, length);
        if (value[length] == '\0')
            break;
        value += length + 1;
    }
    return good;
}

static bool take_tries(void *into, const char *value)
{
    return described_count(&((struct plan_said *)into)->plan.tries, value, 1, ANNOTATE_TRIES);
}

static bool take_temperature(void *into, const char *value)
{
    double *temperature = &((struct plan_said *)into)->plan.temperature;

    return described_real(temperature, value) && *temperature >= 0.0 && *temperature <= 2.0;
}

static bool take_most_tokens(void *into, const char *value)
{
    return described_count(&((struct plan_said *)into)->plan.max_tokens, value, 1, 1000000);
}

static const struct described_setting plan_settings[] = {
    {"style", "mmc, deliberate, blind or panel", take_style},
    {"backend", "the name of a backend, said once", take_one_backend},
    {"backends", "2 to 8 names with a + between two, said once", take_backends},
    {"tries", "a whole number 1 .. 16", take_tries},
    {"temperature", "a number 0 .. 2", take_temperature},
    {"max", "a whole number of tokens", take_most_tokens},
    {NULL, NULL, NULL},
};

/* Who is asked, once all is read. first: who stood in front of all settings. */
static int settle_backends(struct plan_said *said, const char *first, struct crux_error *error)
{
    struct annotate_plan *plan = &said->plan;

    if (first[0] != '\0' && (said->one || said->several))
        return crux_fail(error, CRUX_INVALID,
                         "critic critique: backend `%s` stands in front, so there is no backend= "
                         "and no backends=",
                         first);
    if (first[0] != '\0')
        (void)plan_add_backend(plan, first, strlen(first));
    if (plan->style == ANNOTATE_PANEL && plan->backend_count < 2)
        return crux_fail(error, CRUX_INVALID,
                         "critic critique: style=panel asks several backends: "
                         "backends=ONE+ANOTHER");
    if (plan->style != ANNOTATE_PANEL && said->several)
        return crux_fail(error, CRUX_INVALID,
                         "critic critique: backends= is for style=panel; others ask one");
    if (plan->backend_count == 0)
        plan->backend_count = 1;
    return CRUX_OK;
}

int annotate_plan_read(struct annotate_plan *out, const char *argument, struct crux_error *error)
{
    struct plan_said said = {.plan = {.style = ANNOTATE_MMC, .tries = 3, .temperature = -1.0}};
    char first[DESCRIBED_NAME];
    int status = described_read(first, &said, "critique", argument, plan_settings, error);

    if (status == CRUX_OK)
        status = settle_backends(&said, first, error);
    if (status == CRUX_OK)
        *out = said.plan;
    return status;
}

/* --- names of backends --------------------------------------------------------------------- */

static bool plan_begins(struct crux_text text, const char *word)
{
    return text.length >= strlen(word) && memcmp(text.start, word, strlen(word)) == 0;
}

/* What stands in front of a mark, which is taken away with it. */
static struct crux_text plan_take_piece(struct crux_text *text, char mark)
{
    const char *end = text->length > 0 ? memchr(text->start, mark, text->length) : NULL;
    struct crux_text piece = {text->start,
                              end != NULL ? (size_t)(end - text->start) : text->length};
    size_t used = piece.length + (end != NULL);

    *text = (struct crux_text){text->start + used, text->length - used};
    return piece;
}

/* The value of a piece of a description that names backends; no text: it names none. */
static struct crux_text plan_names(struct crux_text piece, bool first)
{
    static const char *const keys[] = {"backend=", "backends="};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (plan_begins(piece, keys[i]))
            return (struct crux_text){piece.start + strlen(keys[i]),
                                      piece.length - strlen(keys[i])};
    if (first && piece.length > 0 && memchr(piece.start, '=', piece.length) == NULL)
        return piece;
    return (struct crux_text){NULL, 0};
}

bool annotate_plan_backend(struct crux_text argument, size_t index, struct crux_text *out)
{
    bool first = true, named = false;

    if (argument.start == NULL)
        argument = (struct crux_text){"", 0};
    while (argument.length > 0) {
        struct crux_text names = plan_names(plan_take_piece(&argument, ','), first);

        first = false;
        while (names.length > 0) {
            *out = plan_take_piece(&names, '+');
            named = true;
            if (index-- == 0)
                return true;
        }
    }
    *out = (struct crux_text){"", 0};
    return !named && index == 0;
}
