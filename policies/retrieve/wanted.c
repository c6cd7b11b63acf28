/*
 * wanted.c - reads the query off a path, and keeps out what must not come.
 */
#include "policies/retrieve/wanted.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/steps.h"
#include "policies/retrieve/found.h"

/* --- the query -------------------------------------------------------------------------------- */

/* A text with '\n' where lines end. NULL: no memory. */
static char *query_text(const char *text, size_t length)
{
    char *copy = strndup(text, length);

    for (char *at = copy; copy != NULL && (at = strchr(at, '\v')) != NULL;)
        *at = '\n';
    return copy;
}

static const struct crux_step *latest_of(const struct crux_step *last, enum crux_kind kind)
{
    while (last != NULL && last->kind != kind)
        last = last->previous;
    return last;
}

/* All queries of the path, a line each, in their order. NULL: no memory. */
static char *all_queries(const struct crux_step *last)
{
    size_t length = 0;
    char *text, *end;

    for (const struct crux_step *step = last; step != NULL; step = step->previous)
        length += step->kind == CRUX_QUERY ? step->length + 1 : 0;
    text = malloc(length + 1);
    if (text == NULL)
        return NULL;
    end = text + length;
    *end = '\0';
    for (const struct crux_step *step = last; step != NULL; step = step->previous) {
        if (step->kind != CRUX_QUERY)
            continue;
        *--end = '\n';
        end -= step->length;
        memcpy(end, step->text, step->length);
    }
    text[length - 1] = '\0'; /* there is one query at least */
    for (char *at = text; (at = strchr(at, '\v')) != NULL;)
        *at = '\n';
    return text;
}

static char *query_of(const struct retrieve_plan *plan, const struct crux_state *state)
{
    const struct crux_step *step = latest_of(state->last, CRUX_QUERY);

    if (step != NULL && plan->all_queries)
        return all_queries(state->last);
    if (step == NULL)
        step = latest_of(state->last, CRUX_RATIONALE);
    return step != NULL ? query_text(step->text, step->length)
                        : query_text(state->problem->prompt, strlen(state->problem->prompt));
}

/* --- texts without case and blanks ------------------------------------------------------------ */

/* Without blanks at its ends. NULL: no memory. */
static char *wanted_fold(const char *text)
{
    char *folded = malloc(strlen(text) + 1), *end = folded;
    bool blank = false;

    if (folded == NULL)
        return NULL;
    for (const char *at = text; *at != '\0'; at++) {
        if (isspace((unsigned char)*at)) {
            blank = end > folded;
            continue;
        }
        if (blank)
            *end++ = ' ';
        blank = false;
        *end++ = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
    }
    *end = '\0';
    return folded;
}

/* A byte of a letter that is not ASCII is one of a word, too. */
static bool is_of_word(char byte)
{
    return isalnum((unsigned char)byte) || (unsigned char)byte >= 0x80;
}

/* Is part in text, neither torn out of a word? What begins or ends with a sign may stand anywhere
 * there. */
static bool says_words(const char *text, const char *part)
{
    size_t length = strlen(part);

    for (const char *at = text; length > 0 && (at = strstr(at, part)) != NULL; at++)
        if (!(at > text && is_of_word(at[-1]) && is_of_word(part[0])) &&
            !(is_of_word(part[length - 1]) && is_of_word(at[length])))
            return true;
    return false;
}

static int wanted_refuses(bool *refused, const struct wanted *wanted, const char *text)
{
    char *folded = wanted_fold(text);

    if (folded == NULL)
        return CRUX_MEMORY;
    *refused |= wanted->problem != NULL && wanted->problem[0] != '\0' &&
                strstr(folded, wanted->problem) != NULL;
    *refused |= wanted->answer != NULL && says_words(folded, wanted->answer);
    free(folded);
    return CRUX_OK;
}

/* --- ids ---------------------------------------------------------------------------------------
 */

static bool is_excluded(const struct wanted *wanted, const char *id)
{
    for (size_t i = 0; i < json_count(wanted->excluded); i++) {
        const struct json *item = json_at(wanted->excluded, i);
        const char *text = json_as_string(item);
        char number[24];

        if (json_type_of(item) == JSON_IS_INTEGER) {
            (void)snprintf(number, sizeof number, "%lld", (long long)json_as_integer(item));
            text = number;
        }
        if (text != NULL && strcmp(text, "N/A") != 0 && strcmp(text, id) == 0)
            return true;
    }
    return false;
}

static bool is_on_path(const struct wanted *wanted, const char *id)
{
    for (const struct crux_step *step = wanted->last; step != NULL; step = step->previous)
        if (step->kind == CRUX_DOC && found_is_of(step->text, id))
            return true;
    return false;
}

int wanted_allows(bool *allowed, const struct wanted *wanted, const struct retrieved *document)
{
    bool refused = is_excluded(wanted, document->id) || is_on_path(wanted, document->id);
    int status = CRUX_OK;

    if (!refused && (wanted->problem != NULL || wanted->answer != NULL)) {
        status = wanted_refuses(&refused, wanted, document->text);
        if (status == CRUX_OK)
            status = wanted_refuses(&refused, wanted, document->title);
    }
    *allowed = !refused;
    return status;
}

uint32_t wanted_most(const struct wanted *wanted)
{
    uint64_t most = wanted->count + json_count(wanted->excluded);

    for (const struct crux_step *step = wanted->last; step != NULL; step = step->previous)
        most += step->kind == CRUX_DOC;
    if (wanted->problem != NULL || wanted->answer != NULL)
        most += wanted->count;
    return most < 10000 ? (uint32_t)most : 10000;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

int wanted_check(struct crux_call *call)
{
    call->reply.sentence = "policy retrieve proposes documents and nothing else: "
                           "--policy doc=retrieve:..., and another policy for the other steps";
    return call->kind == CRUX_DOC ? CRUX_OK : CRUX_FAILED;
}

/* A line that a program has made up for a problem may be none. */
static int wanted_read_line(struct wanted *wanted, const char *line, struct crux_error *error)
{
    const struct json *excluded;
    int status;

    if (line == NULL || strstr(line, "excluded_ids") == NULL)
        return CRUX_OK;
    status = json_parse_loose(&wanted->line, line, strlen(line), error);
    if (status != CRUX_OK)
        return status == CRUX_MEMORY ? status : CRUX_OK;
    excluded = json_get(wanted->line, "excluded_ids");
    if (json_type_of(excluded) == JSON_IS_ARRAY)
        wanted->excluded = excluded;
    else if (json_type_of(excluded) > JSON_IS_NULL)
        return crux_fail(error, CRUX_FAILED,
                         "the problem's excluded_ids: expected an array of ids, found %s",
                         json_type_name(json_type_of(excluded)));
    return CRUX_OK;
}

int wanted_open(struct wanted *out, const struct retrieve_plan *plan, const struct crux_call *call,
                struct crux_error *error)
{
    const struct crux_problem *problem = call->state.problem;
    struct wanted wanted = {.last = call->state.last, .count = call->count};
    bool whole = true;
    int status;

    wanted.query = query_of(plan, &call->state);
    whole = wanted.query != NULL;
    if ((plan->refuse & RETRIEVE_REFUSE_PROBLEM) != 0)
        whole &= (wanted.problem = wanted_fold(problem->prompt)) != NULL;
    if ((plan->refuse & RETRIEVE_REFUSE_ANSWER) != 0 && problem->answer != NULL)
        whole &= (wanted.answer = wanted_fold(problem->answer)) != NULL;
    status = whole ? wanted_read_line(&wanted, problem->line, error)
                   : crux_fail(error, CRUX_MEMORY, "no memory for a query");
    if (status == CRUX_OK)
        *out = wanted;
    else
        wanted_close(&wanted);
    return status;
}

void wanted_close(struct wanted *wanted)
{
    free(wanted->query);
    json_free(wanted->line);
    free(wanted->problem);
    free(wanted->answer);
}
