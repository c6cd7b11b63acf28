/*
 * heads.c - checks of header lines and queries: the syntax, the names that are taken, the names of
 * keys.
 */
#include "io/http/heads.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"
#define REMEDY                                                                                     \
    "a key is given by --api-key-env or --api-key-file, with --api-key-header NAME where it is "   \
    "not in Authorization"

enum { NAME_MOST = 80, LINE_MOST = 1000 };

/* --- names of keys ------------------------------------------------------------------------- */

/* In lower case, without - and _, as far as it fits. */
static void plain_name(char *out, size_t room, const char *name, size_t length)
{
    size_t used = 0;

    for (size_t i = 0; i < length && used + 1 < room; i++)
        if (name[i] != '-' && name[i] != '_')
            out[used++] = (char)tolower((unsigned char)name[i]);
    out[used] = '\0';
}

bool http_is_key_name(const char *name, size_t length)
{
    static const char *const parts[] = {"authorization", "apikey",  "accesskey", "subscriptionkey",
                                        "secret",        "passwor", "cookie",    "credential"};
    static const char *const wholes[] = {"key", "auth", "token", "sig", "signature", "jwt"};
    char plain[NAME_MOST];
    size_t size;

    plain_name(plain, sizeof plain, name, length);
    size = strlen(plain);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(plain, parts[i]) != NULL)
            return true;
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++)
        if (strcmp(plain, wholes[i]) == 0)
            return true;
    return size > 5 && strcmp(plain + size - 5, "token") == 0;
}

static bool begins_like_a_key(const char *value)
{
    static const char *const beginnings[] = {"Bearer ", "Basic ", "sk-"};

    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (strncasecmp(value, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return false;
}

/* --- header lines ---------------------------------------------------------------------------- */

static bool is_taken(const char *name, size_t length)
{
    static const char *const taken[] = {"Content-Type",
                                        "Content-Length",
                                        "Content-Encoding",
                                        "Accept",
                                        "Accept-Encoding",
                                        "Expect",
                                        "Transfer-Encoding",
                                        "Connection",
                                        "Host",
                                        "Idempotency-Key",
                                        "Upgrade",
                                        "Keep-Alive",
                                        "TE"};

    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strlen(taken[i]) == length && strncasecmp(taken[i], name, length) == 0)
            return true;
    return false;
}

static bool is_printable(const char *text)
{
    while (*text >= ' ' && *text <= '~')
        text++;
    return *text == '\0';
}

static int check_line(const char *line, struct crux_error *error)
{
    size_t length = strspn(line, NAME_LETTERS);
    const char *value = line + length + 1;

    if (length == 0 || line[length] != ':' || length >= NAME_MOST || strlen(line) > LINE_MOST)
        return crux_fail(error, CRUX_INVALID, "a header is `Name: value`, of at most %d bytes",
                         LINE_MOST);
    if (http_is_key_name(line, length))
        return crux_fail(error, CRUX_INVALID,
                         "header %.*s would be written into the store: " REMEDY, (int)length, line);
    if (is_taken(line, length))
        return crux_fail(error, CRUX_INVALID, "header %.*s is written by crux itself", (int)length,
                         line);
    value += strspn(value, " ");
    if (begins_like_a_key(value))
        return crux_fail(error, CRUX_INVALID,
                         "what header %.*s holds looks like a key, and would be written into the "
                         "store: " REMEDY,
                         (int)length, line);
    if (*value == '\0' || !is_printable(value))
        return crux_fail(error, CRUX_INVALID,
                         "header %.*s: expected a value of visible ASCII characters", (int)length,
                         line);
    return CRUX_OK;
}

static int check_lines(const char *const *lines, uint32_t count, struct crux_error *error)
{
    int status = CRUX_OK;

    if (count > HTTP_HEADS)
        return crux_fail(error, CRUX_INVALID, "an endpoint has at most %d headers of its own",
                         HTTP_HEADS);
    for (uint32_t i = 0; i < count && status == CRUX_OK; i++)
        status = check_line(lines[i], error);
    return status;
}

static int check_key_header(const char *name, struct crux_error *error)
{
    size_t length = strlen(name);

    if (length == 0 || length >= NAME_MOST || strspn(name, NAME_LETTERS) != length)
        return crux_fail(error, CRUX_INVALID,
                         "--api-key-header is the name of a header, like api-key");
    return is_taken(name, length)
               ? crux_fail(error, CRUX_INVALID,
                           "--api-key-header %s: crux writes that header itself", name)
               : CRUX_OK;
}

int http_check_headers(const char *const *headers, uint32_t count, const char *key_header,
                       struct crux_error *error)
{
    int status = check_lines(headers, count, error);

    if (status == CRUX_OK && key_header != NULL)
        status = check_key_header(key_header, error);
    return status;
}

int http_heads_check_query(const char *query, struct crux_error *error)
{
    while (*query != '\0') {
        size_t whole = strcspn(query, "&"), name = strcspn(query, "=&");

        if (http_is_key_name(query, name))
            return crux_fail(error, CRUX_INVALID,
                             "an endpoint's address has a query `%.*s=...`, and addresses are "
                             "printed and kept: " REMEDY,
                             (int)(name < NAME_MOST ? name : NAME_MOST), query);
        query += whole + (query[whole] == '&');
    }
    return CRUX_OK;
}
