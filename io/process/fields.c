/*
 * fields.c - members of a program's reply: each read with its type, or named with what was
 * expected.
 */
#include "io/process/fields.h"

int process_bad_field(struct crux_error *error, const char *field, const char *expected,
                      const struct json *found)
{
    return crux_fail(error, CRUX_FAILED, "field `%s` of a reply: expected %s, found %s", field,
                     expected, json_type_name(json_type_of(found)));
}

bool process_is_number(const struct json *value)
{
    return json_type_of(value) == JSON_IS_INTEGER || json_type_of(value) == JSON_IS_REAL;
}

/* A member that may be left out, or null. */
const struct json *process_member(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, key);

    return json_type_of(value) == JSON_IS_NULL ? NULL : value;
}

int process_take_count(uint32_t *out, const struct json *object, const char *key,
                       struct crux_error *error)
{
    const struct json *value = process_member(object, key);
    int64_t count = json_as_integer(value);

    if (value == NULL)
        return CRUX_OK;
    if (json_type_of(value) != JSON_IS_INTEGER || count < 0 || count > UINT32_MAX)
        return process_bad_field(error, key, "an integer from 0 to 4294967295", value);
    *out = (uint32_t)count;
    return CRUX_OK;
}

bool process_is_share(const struct json *value)
{
    return process_is_number(value) && json_as_real(value) >= 0.0 && json_as_real(value) <= 1.0;
}

/* A member that is a text or left out: "". */
int process_take_text(const char **out, const struct json *object, const char *key,
                      struct crux_error *error)
{
    const struct json *value = process_member(object, key);

    *out = value != NULL ? json_as_string(value) : "";
    return *out != NULL ? CRUX_OK : process_bad_field(error, key, "a text", value);
}
