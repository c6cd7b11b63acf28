/*
 * evaluated.c - how figures of a critic are written.
 */
#include "io/passes/evaluated.h"

struct json *evaluated_real(double value)
{
    return value < 0.0 ? json_of_null() : json_of_real(value);
}

struct json *evaluated_share(uint64_t right, uint64_t of)
{
    struct figures_share share;
    struct json *object;

    if (of == 0)
        return json_of_null();
    share = figures_wilson(right, of);
    object = json_new_object();
    json_put_count(object, "right", right);
    json_put_count(object, "of", of);
    json_put(object, "share", json_of_real(share.value));
    json_put(object, "low", json_of_real(share.low));
    json_put(object, "high", json_of_real(share.high));
    return object;
}
