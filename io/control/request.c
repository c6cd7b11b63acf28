/*
 * request.c - reads a request's line and writes the answer's.
 */
#include "io/control/request.h"

#include <stdlib.h>
#include <string.h>

static char *request_line(struct json *answer)
{
    char *text = json_text(answer, false), *line = NULL;
    size_t length;

    json_free(answer);
    if (text == NULL)
        return NULL;
    length = strlen(text);
    line = realloc(text, length + 2);
    if (line == NULL) {
        free(text);
        return NULL;
    }
    memcpy(line + length, "\n", 2);
    return line;
}

char *control_request_refuse(int status, const char *sentence)
{
    struct json *answer = json_new_object();

    json_put(answer, "ok", json_of_bool(false));
    json_put(answer, "status", json_of_string(control_status_word(status)));
    json_put(answer, "error", json_of_words(sentence));
    return request_line(answer);
}

/* CRUX_OK: *out is a request. */
static int request_read(struct json **out, const char *line, size_t length,
                        struct crux_error *error)
{
    struct json *request = NULL;
    struct crux_error inner = {""};
    int status = json_parse(&request, line, length, &inner);

    if (status == CRUX_MEMORY)
        return crux_fail(error, status, "no memory for a request");
    if (status != CRUX_OK)
        return crux_fail(error, CRUX_INVALID, "a request is a line of JSON: %.200s", inner.text);
    if (json_type_of(request) != JSON_IS_OBJECT)
        status = crux_fail(error, CRUX_INVALID, "a request is a JSON object, not %s",
                           json_type_name(json_type_of(request)));
    else if (json_as_string(json_get(request, "do")) == NULL)
        status = crux_fail(error, CRUX_INVALID, "a request has a member \"do\", a string");
    if (status == CRUX_OK)
        *out = request;
    else
        json_free(request);
    return status;
}

char *control_request_answer(const struct control_server *server, const struct control_peer *peer,
                             const char *line, size_t length, bool *over)
{
    struct json *request = NULL, *answer;
    struct crux_error error = {""};
    int status = request_read(&request, line, length, &error);

    *over = status != CRUX_OK;
    if (status != CRUX_OK)
        return control_request_refuse(status, error.text);
    answer = json_new_object();
    json_put(answer, "ok", json_of_bool(true));
    status = server->serve(server->context, peer, request, answer, &error);
    json_free(request);
    if (status >= 0)
        return request_line(answer);
    json_free(answer);
    return control_request_refuse(status, error.text);
}
