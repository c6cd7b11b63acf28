/*
 * answers.c - who asks, for what, and what there is to say.
 */
#include "io/cli/watch/answers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/hash.h"
#include "io/views/html_text.h"

enum {
    ANSWERS_OK = 200,
    ANSWERS_FORBIDDEN = 403,
    ANSWERS_NOT_FOUND = 404,
    ANSWERS_METHOD = 405,
    ANSWERS_BODY = 413,
    ANSWERS_MISDIRECTED = 421,
    ANSWERS_UNAVAILABLE = 503
};

/* --- the page's policy ------------------------------------------------------------------------ */

/* RFC 4648, of a SHA-256: 43 characters and '='. */
static void answers_base64(const unsigned char bytes[HASH_BYTES], char out[45])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < 43; i++) {
        size_t at = i * 6 / 8, shift = i * 6 % 8;
        unsigned next = at + 1 < HASH_BYTES ? bytes[at + 1] : 0;

        out[i] = digits[(((unsigned)bytes[at] << 8 | next) >> (10 - shift)) & 63];
    }
    out[43] = '=';
    out[44] = '\0';
}

static void answers_write_policy(struct answers *answers)
{
    struct crux_text program = page_program();
    unsigned char bytes[HASH_BYTES];
    struct hash hash;
    char text[45];

    hash_begin(&hash);
    hash_add(&hash, program.start, program.length);
    hash_end_bytes(&hash, bytes);
    answers_base64(bytes, text);
    (void)snprintf(answers->policy, sizeof answers->policy,
                   "default-src 'none'; script-src 'sha256-%s'; style-src 'unsafe-inline'; "
                   "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                   "frame-ancestors 'none'",
                   text);
}

int answers_open(struct answers *out, struct live *live, struct crux_error *error)
{
    *out = (struct answers){.live = live};
    answers_write_policy(out);
    return guard_token(out->token, error);
}

/* --- answers ---------------------------------------------------------------------------------- */

static int answers_text(struct answer *out, unsigned status, const char *type, const char *text,
                        size_t length, struct crux_error *error)
{
    out->status = status;
    out->type = type;
    out->body = malloc(length + 1);
    if (out->body == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to answer");
    memcpy(out->body, text, length);
    out->length = length;
    return CRUX_OK;
}

/* A sentence for people. */
static int answers_say(struct answer *out, unsigned status, const char *sentence,
                       struct crux_error *error)
{
    char line[sizeof error->text + 2];

    (void)snprintf(line, sizeof line, "%s\n", sentence);
    return answers_text(out, status, "text/plain; charset=utf-8", line, strlen(line), error);
}

static int answers_put(void *context, const char *bytes, size_t length, struct crux_error *error)
{
    return html_text_add(context, bytes, length, error);
}

/* What one of live's functions writes. */
static int answers_written(const struct answers *answers, struct answer *out, const char *type,
                           int (*write)(const struct live *live, const struct page_sink *sink,
                                        struct crux_error *error),
                           struct crux_error *error)
{
    struct html_text text = {.text = NULL};
    const struct page_sink sink = {answers_put, &text};
    int status = write(answers->live, &sink, error);

    if (status == CRUX_OK)
        *out = (struct answer){
            .status = ANSWERS_OK, .type = type, .body = text.text, .length = text.length};
    else
        free(text.text);
    return status;
}

static int answers_problem(const struct answers *answers, const char *number, struct answer *out,
                           struct crux_error *error)
{
    char *end = NULL;
    unsigned long long n;
    struct crux_text body;
    int status;

    errno = 0;
    n = number == NULL || strspn(number, "0123456789") == 0 ? 0 : strtoull(number, &end, 10);
    if (end == NULL || *end != '\0' || errno != 0)
        return answers_say(out, ANSWERS_NOT_FOUND,
                           "problem.json wants ?n=N, the number of a problem", error);
    status = live_body(answers->live, n, &body, error);
    if (status == CRUX_OK)
        status = answers_text(out, ANSWERS_OK, "application/json; charset=utf-8", body.start,
                              body.length, error);
    return status;
}

enum answers_thing { ANSWERS_PAGE, ANSWERS_INDEX, ANSWERS_PROBLEM, ANSWERS_NOTHING };

static enum answers_thing answers_named(const char *name)
{
    static const char *const names[] = {"", "index.json", "problem.json"};
    int thing = ANSWERS_PAGE;

    while (thing < ANSWERS_NOTHING && strcmp(name, names[thing]) != 0)
        thing++;
    return (enum answers_thing)thing;
}

static int answers_read(const struct answers *answers, enum answers_thing thing, const char *number,
                        struct answer *out, struct crux_error *error)
{
    int status = live_look(answers->live, NULL, error);

    if (status != CRUX_OK)
        return status;
    if (thing == ANSWERS_PAGE)
        return answers_written(answers, out, "text/html; charset=utf-8", live_page, error);
    if (thing == ANSWERS_INDEX)
        return answers_written(answers, out, "application/json; charset=utf-8", live_index, error);
    return answers_problem(answers, number, out, error);
}

/* What stands behind the token. */
static int answers_found(const struct answers *answers, const char *name, const char *number,
                         struct answer *out, struct crux_error *error)
{
    enum answers_thing thing = answers_named(name);
    int status;

    if (thing == ANSWERS_NOTHING)
        return answers_say(out, ANSWERS_NOT_FOUND, "there is nothing of this name", error);
    status = answers_read(answers, thing, number, out, error);
    live_rest(answers->live);
    if (status == CRUX_OK || status == CRUX_MEMORY)
        return status;
    return answers_say(out, status == CRUX_INPUT ? ANSWERS_NOT_FOUND : ANSWERS_UNAVAILABLE,
                       error->text, error);
}

/* --- who asks --------------------------------------------------------------------------------- */

/* What stands behind "/TOKEN/"; NULL: that is not there. */
static const char *answers_behind(const struct answers *answers, const char *path)
{
    const char *end = path[0] == '/' ? strchr(path + 1, '/') : NULL;

    return end != NULL && guard_same(answers->token, path + 1, (size_t)(end - path - 1)) ? end + 1
                                                                                         : NULL;
}

int answers_make(const struct answers *answers, const struct answers_asked *asked,
                 struct answer *out, struct crux_error *error)
{
    const char *name;

    *out = (struct answer){.status = 0};
    if (asked->peer == GUARD_FOREIGN)
        return answers_say(out, ANSWERS_FORBIDDEN, "this page is another user's", error);
    if (asked->peer == GUARD_UNKNOWN)
        return answers_say(out, ANSWERS_FORBIDDEN,
                           "the system does not say whose connection this is", error);
    if (!guard_host(asked->host, answers->port))
        return answers_say(out, ANSWERS_MISDIRECTED,
                           "this is the server of the address that was printed, and of no other "
                           "host's name",
                           error);
    if (strcmp(asked->method, "GET") != 0 && strcmp(asked->method, "HEAD") != 0) {
        out->allow = "GET, HEAD";
        return answers_say(out, ANSWERS_METHOD, "this page is only read: GET and HEAD", error);
    }
    if (asked->has_body)
        return answers_say(out, ANSWERS_BODY, "a request here has no body", error);
    name = answers_behind(answers, asked->path);
    if (name == NULL)
        return answers_say(out, ANSWERS_NOT_FOUND,
                           "there is nothing here: the address is the whole one that was printed",
                           error);
    return answers_found(answers, name, asked->number, out, error);
}
