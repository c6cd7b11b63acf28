/*
 * slots.c - how many samples a server works on at a time, where its kind tells.
 */
#include "io/crux_io.h"

#include "io/chat/hear.h"

/* llama.cpp: its slots are set when it begins. */
static uint32_t slots_of_props(const struct json *props)
{
    return chat_heard_count(props, "total_slots");
}

/* SGLang tells it of each of its copies of the model (data parallel). */
static uint32_t slots_of_info(const struct json *info)
{
    const struct json *states = json_get(info, "internal_states");
    uint64_t sum = 0;

    for (size_t i = 0; i < json_count(states); i++)
        sum += chat_heard_count(json_at(states, i), "effective_max_running_requests_per_dp");
    return sum <= UINT32_MAX ? (uint32_t)sum : 0;
}

static const struct {
    enum chat_kind kind;
    const char *path;
    uint32_t (*read)(const struct json *json);
} slots_rows[] = {{CHAT_LLAMACPP, "/props", slots_of_props},
                  {CHAT_SGLANG, "/get_server_info", slots_of_info}};

uint32_t chat_slots(const struct chat_probe *probe)
{
    uint32_t slots = 0;

    for (size_t i = 0; i < sizeof slots_rows / sizeof *slots_rows; i++) {
        struct chat_heard heard;

        if (probe->profile != &chat_profiles[slots_rows[i].kind])
            continue;
        if (chat_hear(probe, slots_rows[i].path, NULL, &heard))
            slots = slots_rows[i].read(heard.json);
        chat_heard_free(&heard);
    }
    return slots;
}

uint32_t crux_server_slots(const struct crux_endpoint *endpoint, const struct crux_chat *chat,
                           int64_t wait_ns)
{
    struct crux_error error = {""};
    struct chat_probe probe = {
        .url = endpoint->url, .known = chat, .wait_ns = wait_ns, .error = &error};
    uint32_t slots = 0;

    if (chat_hear_open(&probe, endpoint) == CRUX_OK)
        slots = chat_slots(&probe);
    chat_hear_close(&probe);
    return slots;
}
