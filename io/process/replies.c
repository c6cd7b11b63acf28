/*
 * replies.c - a question without its number is the same question.
 */
#include "io/process/replies.h"

#include <stdlib.h>
#include <string.h>

#include "io/hash.h"
#include "io/process/process.h"
#include "io/process/message.h"

/* A reply on its way into the ledger. */
struct kept {
    struct ledger_entry entry; /* first: an entry is its reply */
    struct ledger_row row;
    struct wire_ledger at;
    struct crux_call *call;
    uint64_t ticket;
    char *text;
};

static int key_of(const struct wire_ledger *at, const struct crux_call *call,
                  unsigned char key[LEDGER_KEY], struct crux_error *error)
{
    char *line;
    struct hash hash;
    size_t length;
    int status = wire_question(&line, &length, call, 0, error);

    if (status != CRUX_OK)
        return status;
    hash_begin(&hash);
    hash_add(&hash, at->name, strlen(at->name) + 1);
    hash_add(&hash, at->command, strlen(at->command) + 1);
    hash_add(&hash, line, length);
    hash_end_bytes(&hash, key);
    free(line);
    return CRUX_OK;
}

/* CRUX_DONE, CRUX_END, or negative. */
static int read_known(const struct wire_ledger *at, struct crux_call *call,
                      const unsigned char key[LEDGER_KEY], struct crux_error *error)
{
    struct ledger_found found;
    struct json *line = NULL;
    int status = ledger_find(at->ledger, key, &found, error);

    if (status != CRUX_OK)
        return status;
    status = json_parse(&line, found.text, found.length, error);
    if (status == CRUX_OK)
        status = wire_reply(call, line, error);
    json_free(line);
    free(found.text);
    return status;
}

int wire_ledger_find(const struct wire_ledger *at, struct crux_call *call, struct crux_error *error)
{
    unsigned char key[LEDGER_KEY];
    int status;

    if (at->ledger == NULL)
        return CRUX_END;
    status = key_of(at, call, key, error);
    if (status == CRUX_OK)
        status = read_known(at, call, key, error);
    if (status == CRUX_END && ledger_replays(at->ledger))
        return crux_fail(
            error, CRUX_FAILED,
            "the ledger does not know this reply of `%.100s`, and a replay asks nobody",
            at->command);
    return status;
}

/* Another equal question may have been answered first: then that is the reply. */
static int settle(struct kept *kept, int status, const char *sentence)
{
    struct crux_error error = {""};

    if (status == CRUX_OK && !kept->row.known)
        return CRUX_DONE;
    wire_release(&kept->call->reply);
    kept->call->reply = (struct crux_reply){.count = 0};
    if (status == CRUX_OK)
        status = read_known(&kept->at, kept->call, kept->row.key, &error);
    else
        (void)crux_fail(&error, status, "%s", sentence);
    if (status == CRUX_DONE)
        return CRUX_DONE;
    account_halt(kept->at.account, status < 0 ? status : CRUX_STORE, error.text);
    return CRUX_CANCELLED;
}

static void kept(struct ledger_entry *entry, int status, const char *sentence)
{
    struct kept *kept = (struct kept *)(void *)entry;

    status = settle(kept, status, sentence);
    (void)crux_complete(kept->call, kept->ticket, status);
    free(kept->text);
    free(kept);
}

int wire_ledger_keep(const struct wire_ledger *at, struct crux_call *call, uint64_t ticket,
                     const struct json *line, struct crux_error *error)
{
    struct kept *made = calloc(1, sizeof *made);
    int status;

    if (made != NULL)
        made->text = json_text(line, false);
    if (made == NULL || made->text == NULL) {
        free(made);
        return crux_fail(error, CRUX_MEMORY, "no memory to keep a reply");
    }
    status = key_of(at, call, made->row.key, error);
    if (status != CRUX_OK) {
        free(made->text);
        free(made);
        return status;
    }
    made->at = *at;
    made->call = call;
    made->ticket = ticket;
    made->row.text = made->text;
    made->row.length = strlen(made->text);
    made->row.prompt = call->reply.prompt_tokens;
    made->row.completion = call->reply.completion_tokens;
    made->row.price = call->reply.price;
    made->row.first = true;
    made->entry = (struct ledger_entry){.backend = at->name,
                                        .problem = call->state.problem->ordinal,
                                        .rows = &made->row,
                                        .count = 1,
                                        .kept = kept};
    ledger_keep(at->ledger, &made->entry);
    return CRUX_PENDING;
}
