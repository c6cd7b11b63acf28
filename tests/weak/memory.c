/*
 * memory.c - every atomic location with all its stores, so that a load has a choice.
 *
 * The newest value also lies in the memory itself: setup(), judge() and plain reads use
 * that. A location is known from its first atomic access by a thread on; what lay there
 * before happens before everything.
 */
#include "tests/weak/inside.h"

#include <string.h>

#define STORES        48u /* of one location in one execution */
#define PLACES        1024u
#define TABLE         4096u
#define SPURIOUS_MOST 1u /* failures for nothing, in one execution */

struct store {
    uint64_t value;
    uint32_t ordinal;       /* among all stores, from 1; 0: was there before the threads */
    bool sequential;        /* seq_cst */
    struct clock released;  /* what an acquire of it joins */
    uint16_t seen[THREADS]; /* when a thread first read or wrote it; 0: never */
};

struct place {
    uintptr_t address;
    uint32_t size, count;
    uint32_t sequential; /* newest seq_cst store */
    uint8_t visitors;    /* threads, a bit each */
    bool stored, contested, forgotten;
    struct store stores[STORES]; /* oldest first */
};

static struct place places[PLACES];
static uint32_t place_count, store_count, spurious;
static struct {
    uintptr_t address;
    uint32_t execution, place;
} table[TABLE];
static uint32_t execution;
static uintptr_t contested[TABLE]; /* survives executions: a fact about the scene */
static struct clock clocks[THREADS];

/* --- clocks ----------------------------------------------------------------- */

static void join(struct clock *into, const struct clock *from)
{
    for (uint32_t i = 0; i < THREADS; i++)
        if (into->at[i] < from->at[i])
            into->at[i] = from->at[i];
}

static struct clock *own(void)
{
    return &clocks[schedule_self()];
}

static void tick(void)
{
    if (++own()->at[schedule_self()] == 0)
        schedule_fault("a thread has more events than a clock can count");
}

const struct clock *memory_clock(void)
{
    return own();
}

void memory_fork(uint32_t child)
{
    clocks[child] = *own();
    clocks[child].at[child] = 1;
    if (schedule_running())
        tick();
}

void memory_join(uint32_t ended)
{
    join(own(), &clocks[ended]);
}

void memory_release(struct clock *to)
{
    join(to, own());
    tick();
}

void memory_acquire(const struct clock *from)
{
    join(own(), from);
}

static bool acquires(int order)
{
    return order == memory_order_acquire || order == memory_order_consume ||
           order == memory_order_acq_rel || order == memory_order_seq_cst;
}

static bool releases(int order)
{
    return order == memory_order_release || order == memory_order_acq_rel ||
           order == memory_order_seq_cst;
}

/* --- places ------------------------------------------------------------------ */

void memory_reset(void)
{
    execution++;
    place_count = store_count = spurious = 0;
    memset(clocks, 0, sizeof clocks);
}

uint32_t memory_stores(void)
{
    return store_count;
}

static uint64_t peek(struct target target)
{
    uint64_t value = 0;

    memcpy(&value, (const void *)target.address, target.size); /* little endian */
    return value;
}

static void poke(struct target target, uint64_t value)
{
    memcpy((void *)target.address, &value, target.size);
}

static uint32_t hash(uintptr_t address)
{
    return (uint32_t)((address * UINT64_C(0x9E3779B97F4A7C15)) >> 40) % TABLE;
}

/* True: new in the set. */
static bool contested_add(uintptr_t address)
{
    uint32_t at = hash(address);

    while (contested[at] != 0 && contested[at] != address)
        at = (at + 1) % TABLE;
    if (contested[at] == address)
        return false;
    contested[at] = address;
    return true;
}

static bool contested_has(uintptr_t address)
{
    uint32_t at = hash(address);

    while (contested[at] != 0 && contested[at] != address)
        at = (at + 1) % TABLE;
    return contested[at] == address;
}

static void begin_history(struct place *place, struct target target)
{
    place->size = target.size;
    place->count = 1;
    place->sequential = 0;
    place->forgotten = false;
    memset(&place->stores[0], 0, sizeof place->stores[0]);
    place->stores[0].value = peek(target);
}

static struct place *find(uintptr_t address, bool make)
{
    uint32_t at = hash(address);
    struct place *place;

    for (; table[at].execution == execution; at = (at + 1) % TABLE)
        if (table[at].address == address)
            return &places[table[at].place];
    if (!make)
        return NULL;
    if (place_count == PLACES)
        schedule_fault("more than %u atomic locations", PLACES);
    table[at].address = address;
    table[at].execution = execution;
    table[at].place = place_count;
    place = &places[place_count++];
    place->address = address;
    place->visitors = 0;
    place->stored = false;
    place->contested = contested_has(address);
    place->forgotten = true;
    races_atomic_here(address);
    return place;
}

void memory_forget(uintptr_t address)
{
    struct place *place = find(address, false);

    if (place != NULL)
        place->forgotten = true;
}

/* Two threads came here and one of them stores: only there do others' steps matter. */
static void visit(struct place *place, bool stores)
{
    place->visitors |= (uint8_t)(1u << schedule_self());
    place->stored |= stores;
    if (place->contested || !place->stored || (place->visitors & (place->visitors - 1)) == 0)
        return;
    place->contested = true;
    if (contested_add(place->address))
        schedule_again();
}

static struct place *approach(struct target target, enum act act, int order)
{
    struct place *place = find(target.address, true);

    visit(place, act != ACT_LOAD);
    if (place->contested) {
        sites_contested(target.pc);
        schedule_point((struct step){act, target.address, order});
    }
    races_check(target.address, target.size,
                act == ACT_LOAD ? ACCESS_ATOMIC_READ : ACCESS_ATOMIC_WRITE);
    if (place->forgotten)
        begin_history(place, target);
    if (place->size != target.size)
        schedule_fault("an atomic of %u bytes is used as one of %u", place->size, target.size);
    return place;
}

/* --- stores and what can be seen of them ----------------------------------------- */

/* Write-read, read-read and read-from-others' coherence are one rule: no store that is
 * older than one which was read or written by something that happens before. */
static uint32_t oldest_visible(const struct place *place, int order)
{
    const struct clock *now = own();
    uint32_t index = place->count - 1;

    for (; index > 0; index--) {
        const struct store *store = &place->stores[index];

        if (order == memory_order_seq_cst && index == place->sequential)
            break;
        for (uint32_t i = 0; i < THREADS; i++)
            if (store->seen[i] != 0 && store->seen[i] <= now->at[i])
                return index;
    }
    return index;
}

static void see(struct store *store)
{
    uint32_t self = schedule_self();

    if (store->seen[self] == 0)
        store->seen[self] = own()->at[self];
}

static void append(struct place *place, struct target target, uint64_t value, int order,
                   const struct clock *goes_on)
{
    struct store *store;

    if (place->count == STORES)
        schedule_fault("more than %u stores to one location", STORES);
    if (order == memory_order_seq_cst)
        place->sequential = place->count;
    store = &place->stores[place->count++];
    memset(store, 0, sizeof *store);
    poke(target, value);
    store->value = peek(target);
    store->ordinal = ++store_count;
    if (goes_on != NULL)
        store->released = *goes_on;
    if (releases(order))
        join(&store->released, own());
    see(store);
    schedule_did(target.address, true, order == memory_order_seq_cst);
    tick();
}

static uint64_t take(struct place *place, uint32_t index, int order)
{
    struct store *store = &place->stores[index];

    see(store);
    if (acquires(order))
        join(own(), &store->released);
    return store->value;
}

void memory_catch_up(void)
{
    for (uint32_t i = 0; i < place_count; i++)
        if (!places[i].forgotten)
            see(&places[i].stores[places[i].count - 1]);
}

/* --- the operations --------------------------------------------------------------- */

uint64_t memory_load(struct target target, int order)
{
    struct place *place;
    uint32_t oldest, choice;
    uint64_t value;

    if (!schedule_running())
        return peek(target);
    place = approach(target, ACT_LOAD, order);
    oldest = oldest_visible(place, order);
    while (oldest + 1 < place->count && place->stores[oldest].ordinal < schedule_only_from())
        oldest++;
    choice = schedule_choose(place->count - oldest);
    value = take(place, place->count - 1 - choice, order);
    schedule_did(target.address, false, order == memory_order_seq_cst);
    trace_step(choice > 0 ? "load of an old value" : "load", target.address, value, order,
               target.pc);
    tick();
    return value;
}

void memory_store(struct target target, uint64_t value, int order)
{
    if (!schedule_running()) {
        poke(target, value);
        return;
    }
    append(approach(target, ACT_STORE, order), target, value, order, NULL);
    trace_step("store", target.address, value, order, target.pc);
}

static uint64_t changed(uint64_t value, enum change change, uint64_t operand)
{
    switch (change) {
    case CHANGE_SET:
        return operand;
    case CHANGE_ADD:
        return value + operand;
    case CHANGE_SUB:
        return value - operand;
    case CHANGE_AND:
        return value & operand;
    case CHANGE_OR:
        return value | operand;
    case CHANGE_XOR:
        return value ^ operand;
    case CHANGE_NAND:
        return ~(value & operand);
    }
    return value;
}

static uint64_t replace(struct place *place, struct target target, uint64_t value, int order)
{
    struct clock goes_on = place->stores[place->count - 1].released;
    uint64_t was = take(place, place->count - 1, order);

    append(place, target, value, order, &goes_on);
    return was;
}

uint64_t memory_update(struct target target, enum change change, uint64_t operand, int order)
{
    uint64_t was = peek(target), value;

    if (!schedule_running()) {
        poke(target, changed(was, change, operand));
        return was;
    }
    struct place *place = approach(target, ACT_UPDATE, order);

    was = place->stores[place->count - 1].value;
    value = changed(was, change, operand);
    (void)replace(place, target, value, order);
    trace_step("read-modify-write", target.address, peek(target), order, target.pc);
    return was;
}

/* What a compare_exchange may find: success is choice 0 when the newest store is the
 * expected one, then failing for nothing; then each store that is another one. */
struct found {
    uint32_t store[STORES + 1];
    bool fails[STORES + 1];
    uint32_t count;
};

static void find_outcomes(const struct place *place, uint64_t expected, int failure, bool weak,
                          struct found *found)
{
    uint32_t newest = place->count - 1, oldest = oldest_visible(place, failure);

    found->count = 0;
    for (uint32_t i = newest + 1; i-- > oldest;) {
        bool same = place->stores[i].value == expected;

        if (i == newest && same) {
            found->store[found->count] = i;
            found->fails[found->count++] = false;
        }
        if (!same || (i == newest && weak && spurious < SPURIOUS_MOST)) {
            found->store[found->count] = i;
            found->fails[found->count++] = true;
        }
    }
}

bool memory_compare(struct target target, uint64_t *expected, uint64_t desired, int order,
                    int failure, bool weak)
{
    struct found found;
    struct place *place;
    uint32_t choice;
    uint64_t was = peek(target);

    if (!schedule_running()) {
        bool same = was == *expected;

        poke(target, same ? desired : was);
        *expected = was;
        return same;
    }
    place = approach(target, ACT_UPDATE, order);
    find_outcomes(place, *expected, failure, weak, &found);
    choice = schedule_choose(found.count);
    was = place->stores[found.store[choice]].value;
    if (!found.fails[choice]) {
        (void)replace(place, target, desired, order);
        trace_step("compare_exchange", target.address, desired, order, target.pc);
        return true;
    }
    spurious += was == *expected;
    *expected = take(place, found.store[choice], failure);
    schedule_did(target.address, false, failure == memory_order_seq_cst);
    trace_step("compare_exchange fails", target.address, was, failure, target.pc);
    tick();
    return false;
}
