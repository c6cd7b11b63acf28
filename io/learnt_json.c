/*
 * learnt_json.c - findings of passes as JSON objects, as learnt.c reads them.
 */
#include "io/learnt.h"

#include <assert.h>

#include "io/json.h"

void learnt_pay(struct crux_paid *cost, const struct crux_reply *reply)
{
    cost->calls++;
    cost->prompt_tokens += reply->prompt_tokens;
    cost->completion_tokens += reply->completion_tokens;
    cost->price += reply->price;
}

static char *learnt_finish(struct json *object, const struct crux_paid *cost)
{
    struct json *paid = json_new_object();
    char *text;

    json_put_count(paid, "calls", cost->calls);
    json_put_count(paid, "prompt_tokens", cost->prompt_tokens);
    json_put_count(paid, "completion_tokens", cost->completion_tokens);
    json_put(paid, "price", json_of_integer(cost->price));
    json_put(object, "cost", paid);
    text = json_text(object, false);

    json_free(object);
    return text;
}

static struct json *learnt_probe_object(const struct learnt_probe *probe)
{
    struct json *object = json_new_object();

    json_put(object, "completer", json_of_integer(probe->completer));
    json_put(object, "prefix", json_of_integer(probe->prefix));
    json_put(object, "right", json_of_integer(probe->right));
    json_put(object, "of", json_of_integer(probe->of));
    json_put(object, "from_tree", json_of_integer(probe->from_tree));
    json_put(object, "low", json_of_real(probe->low));
    json_put(object, "high", json_of_real(probe->high));
    return object;
}

char *learnt_location_json(const struct learnt_location *location, const struct crux_paid *cost)
{
    struct json *object = json_new_object(), *probes = json_new_array();

    for (size_t i = 0; i < location->probe_count; i++)
        json_add(probes, learnt_probe_object(&location->probes[i]));
    json_put(object, "how", json_of_string(learnt_how_name(location->how)));
    json_put(object, "step", json_of_integer(location->step));
    json_put(object, "from", json_of_integer(location->from));
    json_put(object, "to", json_of_integer(location->to));
    json_put(object, "why", json_of_string(location->why));
    json_put(object, "probes", probes);
    return learnt_finish(object, cost);
}

static struct json *learnt_critique_object(const struct learnt_critique *critique)
{
    struct json *object = json_new_object(), *steps = json_new_array();

    for (size_t i = 0; i < critique->step_count; i++)
        json_add(steps, json_of_string(crux_verdict_name((enum crux_verdict)critique->steps[i])));
    json_put(object, "style", json_of_string(critique->style));
    json_put(object, "model", json_of_string(critique->model));
    json_put(object, "text", json_of_string(critique->text));
    json_put(object, "error_type", json_of_string(critique->error_type));
    json_put(object, "corrected_step", json_of_string(critique->corrected_step));
    json_put(object, "method", json_of_string(critique->method));
    json_put(object, "step", json_of_integer(critique->step));
    json_put(object, "verdict", json_of_string(crux_verdict_name(critique->verdict)));
    json_put(object, "steps", steps);
    return object;
}

char *learnt_critique_json(const struct learnt_critique *critique, const struct crux_paid *cost)
{
    return learnt_finish(learnt_critique_object(critique), cost);
}

static struct json *learnt_count_object(struct learnt_count count)
{
    struct json *object = json_new_object();

    assert(count.right <= count.of);
    json_put(object, "right", json_of_integer(count.right));
    json_put(object, "of", json_of_integer(count.of));
    return object;
}

char *learnt_verification_json(const struct learnt_verification *verification,
                               const struct crux_paid *cost)
{
    struct json *object = json_new_object();

    json_put(object, "critique", json_of_string(verification->critique));
    json_put(object, "foreign", json_of_string(verification->foreign));
    json_put(object, "with", learnt_count_object(verification->with));
    json_put(object, "without", learnt_count_object(verification->without));
    json_put(object, "control", learnt_count_object(verification->control));
    json_put(object, "verdict_is", json_of_string(crux_verdict_name(verification->verdict_is)));
    json_put(object, "step_is", json_of_string(crux_verdict_name(verification->step_is)));
    return learnt_finish(object, cost);
}

char *learnt_injection_json(const struct learnt_injection *injection, const struct crux_paid *cost)
{
    struct json *object = json_new_object();

    json_put(object, "model", json_of_string(injection->model));
    injected_put(object, &injection->path);
    json_put(object, "answer", json_of_string(injection->answer));
    json_put(object, "verdict", json_of_string(crux_verdict_name(injection->verdict)));
    return learnt_finish(object, cost);
}

char *learnt_detection_json(const struct learnt_detection *detection, const struct crux_paid *cost)
{
    struct json *object = json_new_object();

    json_put(object, "injection", json_of_string(detection->injection));
    json_put(object, "critique", learnt_critique_object(&detection->critique));
    json_put(object, "score", json_of_real(detection->score));
    json_put(object, "first", json_of_bool(detection->first));
    return learnt_finish(object, cost);
}
