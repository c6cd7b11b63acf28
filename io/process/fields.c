/*
 * fields.c - members of a program's reply: each read with its type, or named with what was
 * expected.
 */
#include "io/process/fields.h"

#include "io/skim.h"

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

uint64_t process_line_number(const char *text, size_t length, struct crux_error *why)
{
    struct skim skim = {text, text + length}, name, value;
    struct json *line = NULL;
    int64_t number = 0;

    if (skim_pass(&skim, '{'))
        while (number == 0 && skim_member(&skim, &name, &value))
            if (skim_spells(name, "id"))
                (void)skim_integer(value, &number);
    if (number != 0 || json_parse(&line, text, length, why) == CRUX_OK)
        (void)crux_fail(why, CRUX_FAILED, "its id is not that of a call that is out");
    json_free(line);
    return (uint64_t)number;
}
