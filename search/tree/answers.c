/*
 * answers.c - a hash set of the distinct answers of a problem, cleared between problems.
 */
#include "search/tree/answers.h"

#include "search/rng.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 256u

void answers_reset(struct answers *answers)
{
    uint64_t *slots = answers->slots;
    uint32_t room = answers->room;

    assert(slots != NULL || room == 0);
    if (slots != NULL)
        memset(slots, 0, room * sizeof *slots);
    *answers = (struct answers){.slots = slots, .room = room};
}

void answers_close(struct answers *answers)
{
    free(answers->slots);
    *answers = (struct answers){0};
}

uint64_t answers_path(uint64_t node_path, const char *lines)
{
    assert(lines != NULL);
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");

        if (length > 0)
            node_path = rng_join(node_path, rng_text(lines, length));
        lines += length + (lines[length] == '\n');
    }
    return node_path;
}

/* True: it was not there. There is room. */
static bool answers_put(uint64_t *slots, uint32_t room, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & (room - 1);

    assert(room > 0 && (room & (room - 1)) == 0);
    assert(hash != 0); /* 0 is a free entry */
    while (slots[at] != 0 && slots[at] != hash)
        at = (at + 1) & (room - 1);
    if (slots[at] == hash)
        return false;
    slots[at] = hash;
    return true;
}

static bool answers_make_room(struct answers *answers)
{
    uint32_t room = answers->room == 0 ? ROOM_FIRST : answers->room * 2;
    uint64_t *slots;

    assert(answers->used * 2 <= answers->room);
    if (answers->used * 2 < answers->room)
        return true;
    slots = calloc(room, sizeof *slots);
    if (slots == NULL)
        return false;
    for (uint32_t i = 0; i < answers->room; i++)
        if (answers->slots[i] != 0)
            (void)answers_put(slots, room, answers->slots[i]);
    free(answers->slots);
    answers->slots = slots;
    answers->room = room;
    return true;
}

bool answers_add(struct answers *answers, uint64_t path, enum crux_verdict verdict)
{
    uint64_t hash = rng_join(path, (uint64_t)verdict) | 1;

    assert((unsigned)verdict <= CRUX_WRONG);
    answers->first++;
    answers->first_right += verdict == CRUX_RIGHT;
    answers->first_wrong += verdict == CRUX_WRONG;
    if (verdict == CRUX_UNKNOWN)
        return true;
    if (!answers_make_room(answers))
        return false;
    if (!answers_put(answers->slots, answers->room, hash))
        return true;
    answers->used++;
    answers->right += verdict == CRUX_RIGHT;
    answers->wrong += verdict == CRUX_WRONG;
    return true;
}

int answers_end(const struct answers *answers, const struct crux_setup *setup)
{
    bool stop = setup->stop_right > 0 || setup->stop_wrong > 0;

    assert(answers->right + answers->wrong == answers->used);
    assert(answers->first_right + answers->first_wrong <= answers->first);
    if (stop && answers->right >= setup->stop_right && answers->wrong >= setup->stop_wrong)
        return CRUX_REASON_STOP;
    if (setup->probe > 0 && answers->first == setup->probe &&
        (answers->first_right == setup->probe || answers->first_wrong == setup->probe))
        return CRUX_REASON_PROBE;
    return -1;
}
