/*
 * test_http_turns.c - which call is sent next: a queue without a network, asked call by call.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/clock.h"
#include "io/draw.h"
#include "io/http/places.h"
#include "io/http/queue.h"

enum { ASKED = 64 };

struct desk {
    struct http_queue queue;
    char texts[ASKED][64];
    uint32_t count;
    char sent[ASKED * 40]; /* the texts, with a blank behind each */
    struct http_call *flying[ASKED];
    uint32_t flying_count;
    uint32_t ended[HTTP_CLASSES];
};

static void on_done(void *context, struct http_reply *reply)
{
    ((struct desk *)context)->ended[reply->class]++;
}

static bool drop_nothing(void *context, struct http_call *call)
{
    (void)context;
    (void)call;
    return false;
}

static void open_desk(struct desk *desk, struct http_options options, uint32_t servers,
                      uint32_t slots)
{
    static const char *const urls[] = {"http://127.0.0.1:1", "http://127.0.0.1:2"};
    struct http_server where[2];
    struct crux_error error = {""};

    memset(desk, 0, sizeof *desk);
    for (uint32_t i = 0; i < servers; i++)
        where[i] = (struct http_server){.url = urls[i], .slots = slots};
    options.servers = where;
    options.server_count = servers;
    cr_assert_eq(http_queue_open(&desk->queue, &options, &error), CRUX_OK, "%s", error.text);
    desk->queue.now_ns = clock_now_ns();
    desk->queue.drop = drop_nothing;
}

static struct http_options one_at_a_time(void)
{
    struct http_options options = http_options_default();

    options.in_flight = 1;
    return options;
}

static struct http_request request_of(struct desk *desk, uint64_t problem, const char *text)
{
    char *kept = desk->texts[desk->count++];

    (void)snprintf(kept, sizeof desk->texts[0], "%s", text);
    return (struct http_request){.path = "x",
                                 .pieces = {{kept, strlen(kept)}},
                                 .piece_count = 1,
                                 .sticky = problem,
                                 .endpoint = HTTP_ANY_ENDPOINT,
                                 .done = on_done,
                                 .context = desk};
}

static void put(struct desk *desk, const struct http_request *request)
{
    http_ticket ticket;
    bool wake;

    cr_assert_eq(http_calls_put(&desk->queue.calls, request, desk->queue.now_ns, &ticket, &wake),
                 CRUX_OK);
    http_queue_take(&desk->queue);
}

static void ask(struct desk *desk, uint64_t problem, const char *text)
{
    const struct http_request request = request_of(desk, problem, text);

    put(desk, &request);
}

/* Send one, if there is one; its text goes to the end of what was sent. */
static struct http_call *send_one(struct desk *desk)
{
    struct http_call *call = http_queue_next(&desk->queue);

    if (call == NULL)
        return NULL;
    (void)strncat(desk->sent, call->request.pieces[0].bytes, 30);
    (void)strcat(desk->sent, " ");
    return call;
}

static void answer(struct desk *desk, struct http_call *call, enum http_class class, int status)
{
    struct http_result result = {.status = status, .wait_ns = -1, .verdict = {.class = class}};

    http_queue_came(&desk->queue, call, &result);
}

/* Send and answer until nothing waits. */
static const char *run_dry(struct desk *desk)
{
    struct http_call *call;

    while ((call = send_one(desk)) != NULL)
        answer(desk, call, HTTP_DONE, 200);
    return desk->sent;
}

static void close_desk(struct desk *desk)
{
    http_queue_close(&desk->queue);
}

/* --- the order ------------------------------------------------------------------------------ */

/* Six calls of two problems come one after the other. */
static void ask_six(struct desk *desk)
{
    ask(desk, 7, "a1");
    ask(desk, 9, "b1");
    ask(desk, 7, "a3");
    ask(desk, 9, "b0");
    ask(desk, 7, "a2");
    ask(desk, 7, "a0");
}

Test(turns, a_problem_is_sent_together_and_by_its_text)
{
    struct desk desk;

    open_desk(&desk, one_at_a_time(), 1, 0);
    ask_six(&desk);
    cr_expect_str_eq(run_dry(&desk), "a0 a1 a2 a3 b0 b1 ");
    cr_expect_eq(desk.ended[HTTP_DONE], 6);
    close_desk(&desk);
}

Test(turns, by_arrival_if_that_is_asked_for)
{
    struct http_options options = one_at_a_time();
    struct desk desk;

    options.arrival = true;
    open_desk(&desk, options, 1, 0);
    ask_six(&desk);
    cr_expect_str_eq(run_dry(&desk), "a1 b1 a3 b0 a2 a0 ");
    close_desk(&desk);
}

/* Between two problems, the one that was begun; of several, the one that was sent last. */
Test(turns, what_was_begun_comes_before_what_is_older)
{
    struct desk desk;

    open_desk(&desk, one_at_a_time(), 1, 0);
    ask(&desk, 7, "a1");
    ask(&desk, 9, "b1");
    answer(&desk, send_one(&desk), HTTP_DONE, 200);
    answer(&desk, send_one(&desk), HTTP_DONE, 200);
    ask(&desk, 5, "c1");
    ask(&desk, 7, "a2");
    ask(&desk, 9, "b2");
    cr_expect_str_eq(run_dry(&desk), "a1 b1 b2 a2 c1 ");
    close_desk(&desk);
}

/* What comes while a problem is sent joins its walk. */
Test(turns, newcomers_join_the_walk)
{
    struct desk desk;

    open_desk(&desk, one_at_a_time(), 1, 0);
    ask(&desk, 7, "a2");
    ask(&desk, 7, "a4");
    answer(&desk, send_one(&desk), HTTP_DONE, 200);
    ask(&desk, 7, "a3");
    ask(&desk, 7, "a1");
    ask(&desk, 7, "a3"); /* a sibling with the same words */
    cr_expect_str_eq(run_dry(&desk), "a2 a1 a3 a3 a4 ");
    close_desk(&desk);
}

/* Bodies in pieces are compared as what they are together; calls of no problem go as they came. */
Test(turns, pieces_and_no_problem)
{
    struct desk desk;
    struct http_request request;

    open_desk(&desk, one_at_a_time(), 1, 0);
    ask(&desk, 0, "z");
    ask(&desk, 3, "ab");
    request = request_of(&desk, 3, "aaz");
    request.pieces[1] = (struct http_piece){request.pieces[0].bytes + 1, 2};
    request.pieces[0].length = 1;
    request.pieces[2] = request.pieces[1];
    request.pieces[1].length = 0; /* an empty one */
    request.piece_count = 3;
    put(&desk, &request);
    ask(&desk, 3, "aa");
    ask(&desk, 0, "y");
    cr_expect_str_eq(run_dry(&desk), "z aa aaz ab y ");
    close_desk(&desk);
}

/* --- exceptions ------------------------------------------------------------------------------ */

/* Half of the time to a deadline: its call goes before the problem that was begun. */
Test(turns, a_deadline_counts)
{
    struct desk desk;
    struct http_request request;

    open_desk(&desk, one_at_a_time(), 1, 0);
    ask(&desk, 7, "a1");
    answer(&desk, send_one(&desk), HTTP_DONE, 200);
    request = request_of(&desk, 9, "b1");
    request.deadline_ns = desk.queue.now_ns + 10 * CLOCK_SECOND_NS;
    put(&desk, &request);
    ask(&desk, 7, "a2");
    ask(&desk, 7, "a3");
    answer(&desk, send_one(&desk), HTTP_DONE, 200);
    cr_expect_str_eq(desk.sent, "a1 a2 ");
    desk.queue.now_ns += 6 * CLOCK_SECOND_NS;
    cr_expect_str_eq(run_dry(&desk), "a1 a2 b1 a3 ");
    close_desk(&desk);
}

/* A problem that never ends holds nobody up for ever. */
Test(turns, everybody_has_a_turn)
{
    struct desk desk;
    uint32_t turns = 0;

    open_desk(&desk, one_at_a_time(), 1, 0);
    ask(&desk, 7, "a");
    answer(&desk, send_one(&desk), HTTP_DONE, 200);
    ask(&desk, 9, "b");
    ask(&desk, 7, "a");
    for (const char *text = "a"; *text == 'a' && turns < 10000; turns++) {
        struct http_call *call = http_queue_next(&desk.queue);

        text = call->request.pieces[0].bytes;
        answer(&desk, call, HTTP_DONE, 200);
        desk.count = 3;
        ask(&desk, 7, "a");
    }
    cr_expect_gt(turns, 1000);
    cr_expect_lt(turns, 10000, "the other problem never had its turn");
    (void)run_dry(&desk);
    close_desk(&desk);
}

/* A retry is ahead of what was never sent, whatever was begun. */
Test(turns, a_retry_is_ahead)
{
    struct desk desk;
    struct http_call *call;

    open_desk(&desk, one_at_a_time(), 1, 0);
    ask(&desk, 9, "b1");
    call = send_one(&desk);
    ask(&desk, 7, "a1");
    ask(&desk, 9, "b0");
    desk.queue.endpoints.items[0].trouble_ns = 0;
    http_places_leave(&desk.queue, call);
    http_places_wait_again(&desk.queue, call);
    cr_expect_str_eq(run_dry(&desk), "b1 b1 b0 a1 ");
    close_desk(&desk);
}

/* --- how much ----------------------------------------------------------------------------------
 */

/* Slots and 128 more, in samples; one that asks for more than all is sent when nothing else is. */
Test(turns, slots_and_some_more)
{
    struct http_options options = http_options_default();
    struct desk desk;
    struct http_request request;
    struct http_call *calls[ASKED];
    uint32_t sent = 0;

    open_desk(&desk, options, 1, 8);
    for (uint32_t i = 0; i < 20; i++) {
        request = request_of(&desk, 1 + i, "x");
        request.samples = i == 19 ? 1000 : 10;
        put(&desk, &request);
    }
    while ((calls[sent] = http_queue_next(&desk.queue)) != NULL)
        sent++;
    cr_expect_eq(sent, (8 + HTTP_BESIDE) / 10);
    cr_expect_eq(desk.queue.endpoints.items[0].samples, 130);
    for (uint32_t i = 0; i < sent; i++)
        answer(&desk, calls[i], HTTP_DONE, 200);
    sent = 0;
    while ((calls[sent] = http_queue_next(&desk.queue)) != NULL)
        sent++;
    cr_expect_eq(sent, 6, "the wide one waits");
    for (uint32_t i = 0; i < sent; i++)
        answer(&desk, calls[i], HTTP_DONE, 200);
    calls[0] = http_queue_next(&desk.queue);
    cr_assert_not_null(calls[0]);
    cr_expect_eq(calls[0]->request.samples, 1000);
    answer(&desk, calls[0], HTTP_DONE, 200);
    cr_expect_eq(desk.queue.endpoints.items[0].samples, 0);
    close_desk(&desk);
}

/* An endpoint for which nothing waits helps one that is far behind: with a problem that the other
 * has not begun, and then with that problem's other calls. */
Test(turns, helping_is_by_problem)
{
    struct http_options options = http_options_default();
    struct desk desk;
    uint64_t problems[2] = {0, 0}, key = 1;
    uint32_t mine = 0;

    open_desk(&desk, options, 2, 1);
    for (uint32_t found = 0; found < 2; key++)
        if (http_endpoints_home(&desk.queue.endpoints, key) == 0)
            problems[found++] = key;
    desk.queue.endpoints.items[0].adapt.limit = 1.0;
    for (uint32_t i = 0; i < 12; i++)
        ask(&desk, problems[0], "a");
    for (uint32_t i = 0; i < 12; i++)
        ask(&desk, problems[1], "b");
    for (struct http_call *call; (call = send_one(&desk)) != NULL;)
        mine += call->endpoint == 0;
    cr_expect_eq(mine, 1);
    cr_expect_eq(strncmp(desk.sent, "a b b b b b b b b b b b b ", 26), 0, "%s", desk.sent);
    while (desk.queue.flying.first != NULL)
        answer(&desk, desk.queue.flying.first, HTTP_DONE, 200);
    (void)run_dry(&desk);
    cr_expect_eq(desk.ended[HTTP_DONE], 24);
    close_desk(&desk);
}

/* --- many ------------------------------------------------------------------------------------ */

/* Calls come, go and are called off at random: none is lost, and none is sent twice. */
Test(turns, nobody_is_lost)
{
    enum { MANY = 3000 };
    static char texts[MANY][8];
    static struct desk desk;
    http_ticket tickets[MANY];
    uint32_t ended = 0;

    open_desk(&desk, http_options_default(), 2, 3);
    for (uint32_t i = 0; i < MANY; i++) {
        uint64_t word = draw(17, i);
        struct http_request request = {.path = "x",
                                       .pieces = {{texts[i], 3}},
                                       .piece_count = 1,
                                       .sticky = word % 9,
                                       .endpoint = HTTP_ANY_ENDPOINT,
                                       .done = on_done,
                                       .context = &desk};
        bool wake;

        (void)snprintf(texts[i], sizeof texts[i], "%03u", (unsigned)(word >> 20) % 200);
        (void)http_calls_put(&desk.queue.calls, &request, desk.queue.now_ns, &tickets[i], &wake);
        if (word % 5 == 0)
            (void)http_calls_cancel(&desk.queue.calls, tickets[i / 2]);
        http_queue_take(&desk.queue);
        if (word % 3 == 0)
            (void)http_queue_next(&desk.queue);
        while (word % 7 == 0 && desk.queue.flying.first != NULL)
            answer(&desk, desk.queue.flying.first, HTTP_DONE, 200);
    }
    do {
        while (desk.queue.flying.first != NULL)
            answer(&desk, desk.queue.flying.first, HTTP_DONE, 200);
    } while (http_queue_next(&desk.queue) != NULL);
    for (int i = 0; i < HTTP_CLASSES; i++)
        ended += desk.ended[i];
    cr_expect_eq(ended, MANY);
    cr_expect_eq(desk.ended[HTTP_DONE] + desk.ended[HTTP_CANCELLED], MANY);
    cr_expect_gt(desk.ended[HTTP_CANCELLED], 0);
    for (int i = 0; i < 2; i++)
        cr_expect_eq(desk.queue.endpoints.items[i].order.count, 0);
    close_desk(&desk);
}
