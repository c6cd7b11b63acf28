/*
 * plan.c - reads the settings of policy retrieve.
 */
#include "policies/retrieve/plan.h"

#include <stdlib.h>
#include <string.h>

static const char plan_http[] = "http=";

static bool retrieve_take_number(uint32_t *out, const char *text, uint32_t least, uint32_t most)
{
    char *end;
    unsigned long number;

    if (text[0] < '0' || text[0] > '9')
        return false;
    number = strtoul(text, &end, 10);
    if (*end != '\0' || number < least || number > most)
        return false;
    *out = (uint32_t)number;
    return true;
}

/* What a setting says behind its name; NULL: it is another one. */
static const char *setting_value(const char *setting, const char *name)
{
    size_t length = strlen(name);

    return strncmp(setting, name, length) == 0 ? setting + length : NULL;
}

/* The words' places are the values of the setting; true: value is one of them. */
static bool retrieve_take_word(unsigned *out, const char *value, const char *const words[])
{
    for (unsigned i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], value) == 0) {
            *out = i;
            return true;
        }
    return false;
}

static bool retrieve_take_setting(struct retrieve_plan *plan, const char *setting)
{
    static const char *const refuse[] = {"nothing", "problem", "answer", "both", NULL};
    static const char *const queries[] = {"last", "all", NULL};
    const char *value;
    unsigned word = 0;
    bool good;

    if ((value = setting_value(setting, "bytes=")) != NULL)
        return retrieve_take_number(&plan->bytes, value, 100, 1000000);
    if ((value = setting_value(setting, "threads=")) != NULL)
        return !plan->http && retrieve_take_number(&plan->threads, value, 1, 64);
    if ((value = setting_value(setting, "refuse=")) != NULL)
        return retrieve_take_word(&plan->refuse, value, refuse);
    if ((value = setting_value(setting, "queries=")) == NULL)
        return false;
    good = retrieve_take_word(&word, value, queries);
    plan->all_queries = word == 1;
    return good;
}

bool retrieve_plan_asks(const char *arg)
{
    return strncmp(arg, plan_http, sizeof plan_http - 1) == 0;
}

struct crux_text retrieve_plan_file(const char *arg)
{
    const char *start = retrieve_plan_asks(arg) ? arg + sizeof plan_http - 1 : arg;

    return (struct crux_text){start, strcspn(start, ",")};
}

int retrieve_plan_read(struct retrieve_plan *out, const char *arg, struct crux_error *error)
{
    struct retrieve_plan plan = {.bytes = RETRIEVE_BYTES, .threads = RETRIEVE_THREADS};
    struct crux_text file = retrieve_plan_file(arg != NULL ? arg : "");
    const char *at = file.start + file.length;
    char *copy, *rest, *setting;
    int status = CRUX_OK;

    if (file.length == 0)
        return crux_fail(error, CRUX_INVALID,
                         "policy retrieve takes an index that crux index has made, or a service: "
                         "retrieve:CORPUS.db or retrieve:http=SERVICE.yaml");
    plan.http = retrieve_plan_asks(arg);
    plan.file = strndup(file.start, file.length);
    copy = strdup(*at == ',' ? at + 1 : at);
    if (plan.file == NULL || copy == NULL)
        status = crux_fail(error, CRUX_MEMORY, "no memory for policy retrieve");
    rest = *at == ',' ? copy : NULL;
    while (status == CRUX_OK && (setting = strsep(&rest, ",")) != NULL)
        if (!retrieve_take_setting(&plan, setting))
            status = crux_fail(error, CRUX_INVALID,
                               "behind its file policy retrieve takes bytes=N from 100 to "
                               "1,000,000, refuse= with problem, answer, both or nothing, queries= "
                               "with last or all, and for an index threads=N from 1 to 64; not "
                               "`%.60s`",
                               setting);
    free(copy);
    if (status == CRUX_OK)
        *out = plan;
    else
        retrieve_plan_free(&plan);
    return status;
}

void retrieve_plan_free(struct retrieve_plan *plan)
{
    free(plan->file);
    plan->file = NULL;
}
