/*
 * secrecy.c - finds what looks like an API key in the value of an option.
 */
#include "io/cli/options/secrecy.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
    SECRECY_KEY_LEAST = 16, /* letters behind its prefix: no word is so long */
    SECRECY_VALUE_LEAST = 12
};

static const char *const secrecy_prefixes[] = {
    "sk-",  "sk_",  "hf_", "ghp_",   "gho_",  "github_pat_", "xai-",  "gsk_",
    "AIza", "AKIA", "r8_", "nvapi-", "pplx-", "glpat-",      "xoxb-", "api_org_"};

static const char *const secrecy_names[] = {"key",    "token",  "secret",    "password",
                                            "passwd", "bearer", "credential"};

#define SECRECY_COUNT(list) (sizeof(list) / sizeof(list)[0])

static bool secrecy_is_key_letter(char c)
{
    return isalnum((unsigned char)c) != 0 || c == '-' || c == '_';
}

/* At the beginning of a word: a prefix, and enough letters behind it of which one is a digit. */
static bool secrecy_begins_key(const char *word)
{
    for (size_t i = 0; i < SECRECY_COUNT(secrecy_prefixes); i++) {
        size_t length = strlen(secrecy_prefixes[i]), more = 0;
        bool digit = false;

        if (strncmp(word, secrecy_prefixes[i], length) != 0)
            continue;
        for (; secrecy_is_key_letter(word[length + more]); more++)
            digit |= isdigit((unsigned char)word[length + more]) != 0;
        if (more >= SECRECY_KEY_LEAST && digit)
            return true;
    }
    return false;
}

static bool secrecy_has_key(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if ((at == text || !secrecy_is_key_letter(at[-1])) && secrecy_begins_key(at))
            return true;
    return false;
}

/* A name that ends in one of those that keys have: OPENAI_API_KEY, access_token. */
static bool secrecy_names_key(const char *name, size_t length)
{
    for (size_t i = 0; i < SECRECY_COUNT(secrecy_names); i++) {
        size_t size = strlen(secrecy_names[i]);

        if (length >= size && strncasecmp(name + length - size, secrecy_names[i], size) == 0)
            return true;
    }
    return false;
}

/* NAME=VALUE with such a name and a value of its own: not `$NAME`, which the shell fills in. */
static bool secrecy_assigns_key(const char *text)
{
    for (const char *equals = strchr(text, '='); equals != NULL; equals = strchr(equals + 1, '=')) {
        const char *name = equals;

        while (name > text && secrecy_is_key_letter(name[-1]))
            name--;
        if (strchr(" \t'\"$&", equals[1]) == NULL && equals[1] != '\0' &&
            secrecy_names_key(name, (size_t)(equals - name)))
            return true;
    }
    return false;
}

/* `--token VALUE` with such a name, and a value that is long and has a digit, as keys are. */
static bool secrecy_passes_key(const char *text)
{
    static const char blanks[] = " \t\n";
    size_t length;

    for (const char *word = text; *word != '\0'; word += strspn(word, blanks)) {
        const char *value = word + strcspn(word, blanks);
        bool named = *word == '-' && secrecy_names_key(word, (size_t)(value - word));

        word = value;
        value += strspn(value, blanks);
        length = strcspn(value, blanks);
        if (named && length >= SECRECY_VALUE_LEAST && *value != '$' &&
            strcspn(value, "0123456789") < length && strcspn(value, "/") >= length)
            return true;
    }
    return false;
}

static bool secrecy_is_variable(const char *text)
{
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    return length > 0 && text[length] == '\0' && isdigit((unsigned char)text[0]) == 0;
}

const char *secrecy_fault(const struct options_row *row, const char *text)
{
    const char *name = row != NULL ? row->name : "";

    if (strcmp(name, "api-key-env") == 0 && (!secrecy_is_variable(text) || secrecy_has_key(text)))
        return "must be the name of an environment variable, of letters, digits and _; what was "
               "given is not repeated here, since it may be the key itself";
    if (strcmp(name, "endpoint") == 0 || strcmp(name, "policy") == 0 || strcmp(name, "critic") == 0)
        if (secrecy_assigns_key(text) || secrecy_passes_key(text))
            return "has what looks like a key in it, and such values are kept and printed: a "
                   "server's key comes from --api-key-env NAME or --api-key-file FILE, a program's "
                   "from a variable that is exported to it";
    if (secrecy_has_key(text))
        return "has what looks like an API key in it, and such values are kept and printed: keys "
               "come from --api-key-env NAME or --api-key-file FILE";
    return NULL;
}

const char *secrecy_shown(const char *word)
{
    return secrecy_has_key(word) ? "(not repeated: it looks like an API key)" : word;
}
