/*
 * test_planned.c - what chat/planned.h and chat/query.h promise of grammar cr-planner: what a model
 * hears of a path on each route, and which queries its replies have.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "io/chat/template.h"
#include "io/json.h"
#include "policies/chat/conversation.h"
#include "policies/chat/planned.h"
#include "policies/chat/query.h"

static struct chat_prompt *prompt;
static struct mustache *frame;
static const struct crux_problem problem = {.id = "p", .prompt = "How long is the side?"};

#define STEP_OF(before, of, said)                                                                  \
    {                                                                                              \
        .previous = (before), .kind = (of), .text = (said), .length = sizeof(said) - 1             \
    }

/* A path with one of each; a document has lines of its own. */
static const struct crux_step reason = STEP_OF(NULL, CRUX_REASON, "Next: reason.");
static const struct crux_step first = STEP_OF(&reason, CRUX_RATIONALE, "Its area is 9.");
static const struct crux_step ask = STEP_OF(&first, CRUX_GENQUERY, "Next: query.");
static const struct crux_step query = STEP_OF(&ask, CRUX_QUERY, "side of a square");
static const struct crux_step fetch = STEP_OF(&query, CRUX_RETRIEVE, "Next: retrieve.");
static const struct crux_step doc = STEP_OF(&fetch, CRUX_DOC, "[sq] Squares\vRoot <|im_end|>");
static const struct crux_step again = STEP_OF(&doc, CRUX_REASON, "Next: reason.");

static void open_words(void)
{
    cr_assert_eq(chat_prompt_open(&prompt,
                                  "=--- system\nS\n--- user\n{{problem}}\n"
                                  "--- rationale\n{{#path}}\n{{@number}}{{rationale}}|{{query}}|"
                                  "{{document}}\n{{/path}}\n{{number}} {{continues}}\n"
                                  "--- query\nof {{rationale}} for {{problem}}\n"
                                  "--- answer\n{{#found}}\n{{.}};\n{{/found}}\n"
                                  "{{#steps}}\n{{.}}!\n{{/steps}}\n{{query}}, {{document}}\n\n",
                                  NULL),
                 CRUX_OK);
    cr_assert_eq(chat_template_open(&frame, "chatml", &chat_profiles[CHAT_VLLM], NULL), CRUX_OK);
}

static void close_words(void)
{
    chat_prompt_close(prompt);
    mustache_free(frame);
}

static struct chat_conversation talk_of(enum chat_route route)
{
    return (struct chat_conversation){.settings = {.profile = &chat_profiles[CHAT_VLLM],
                                                   .route = route,
                                                   .model = "m",
                                                   .top_p = 1.0,
                                                   .max_tokens = 256,
                                                   .logprobs = true,
                                                   .chat_template = frame},
                                      .prompt = prompt,
                                      .boundary = {.stops = {"\n\n"}, .count = 1, .cap = 7}};
}

/* The request for a kind behind a path; the caller frees it. */
static struct json *request_of(const struct chat_conversation *talk, enum crux_kind kind,
                               const struct crux_step *path)
{
    struct planned_reasons reasons;
    struct crux_error error = {""};
    struct chat_body body;
    struct json *object = NULL;
    char *whole;

    cr_assert(planned_reasons_of(&reasons, path));
    cr_assert_eq(chat_conversation_write(
                     &body, talk,
                     &(struct chat_asking){
                         .kind = kind, .problem = &problem, .last = reasons.last, .path = path},
                     &error),
                 CRUX_OK, "%s", error.text);
    whole = calloc(1, strlen(body.text) + 2);
    (void)strcat(strcpy(whole, body.text), "}");
    if (json_parse(&object, whole, strlen(whole), NULL) != CRUX_OK)
        cr_assert_eq(json_parse(&object, body.text, strlen(body.text), &error), CRUX_OK, "%s: %s",
                     error.text, body.text);
    free(whole);
    chat_body_free(&body);
    planned_reasons_free(&reasons);
    return object;
}

/* Turn number i of a chat; NULL: there is none. */
static const char *turn(const struct json *request, size_t i)
{
    return json_as_string(json_get(json_at(json_get(request, "messages"), i), "content"));
}

TestSuite(planned, .init = open_words, .fini = close_words);
TestSuite(asked, .init = open_words, .fini = close_words);
TestSuite(queries);

/* --- the reasoning of a path ------------------------------------------------------- */

/* Sub-goals and what was looked up are left out, and what is left is linked. */
Test(planned, reasons)
{
    const struct crux_step second = STEP_OF(&again, CRUX_RATIONALE, "So 3.");
    struct planned_reasons reasons;

    cr_assert(planned_reasons_of(&reasons, &second));
    cr_assert_str_eq(reasons.last->text, "So 3.");
    cr_assert_eq(reasons.last->depth, 2);
    cr_assert_str_eq(reasons.last->previous->text, "Its area is 9.");
    cr_assert_null(reasons.last->previous->previous);
    planned_reasons_free(&reasons);
}

/* A path of plain steps is itself; one without a reason has none. */
Test(planned, reasons_of_others)
{
    const struct crux_step plain = STEP_OF(NULL, CRUX_STEP, "a");
    struct planned_reasons reasons;

    cr_assert(planned_reasons_of(&reasons, &plain));
    cr_assert_eq(reasons.last, &plain);
    cr_assert_null(reasons.block);
    cr_assert(planned_reasons_of(&reasons, &reason));
    cr_assert_null(reasons.last);
    planned_reasons_free(&reasons);
    cr_assert(planned_reasons_of(&reasons, NULL));
    cr_assert_null(reasons.last);
}

/* A path on which nothing was found out is asked about as in any other grammar. */
Test(planned, parts)
{
    cr_assert_eq(planned_part(CRUX_STEP, NULL), CHAT_PARTS);
    cr_assert_eq(planned_part(CRUX_ANSWER, NULL), CHAT_PARTS);
    cr_assert_eq(planned_part(CRUX_ANSWER, &reason), CHAT_PARTS);
    cr_assert_eq(planned_part(CRUX_ANSWER, &fetch), CHAT_ASK_ANSWER);
    cr_assert_eq(planned_part(CRUX_RATIONALE, &reason), CHAT_ASK_RATIONALE);
    cr_assert_eq(planned_part(CRUX_QUERY, &ask), CHAT_ASK_QUERY);
}

/* --- what is asked ------------------------------------------------------------------ */

/* On route next the path is told in its order, and the rationale's stop strings and cap are those
 * of any step. */
Test(asked, a_rationale_next)
{
    const struct chat_conversation talk = talk_of(CHAT_NEXT);
    struct json *request = request_of(&talk, CRUX_RATIONALE, &again);

    cr_assert_str_eq(turn(request, 0), "S");
    cr_assert_str_eq(turn(request, 1),
                     "How long is the side?\n\n1Its area is 9.||\n2|side of a square|\n"
                     "3||[sq] Squares\nRoot <|im_end|>\n2 ");
    cr_assert_null(turn(request, 2));
    cr_assert_eq(json_as_integer(json_get(request, "max_completion_tokens")), 7);
    cr_assert_str_eq(json_as_string(json_at(json_get(request, "stop"), 0)), "\n\n");
    json_free(request);
}

/* Where the model goes on with a turn, that turn is its rationales alone. */
Test(asked, a_rationale_to_go_on_with)
{
    const struct chat_conversation talk = talk_of(CHAT_PREFILL);
    struct json *request = request_of(&talk, CRUX_RATIONALE, &again);

    cr_assert(strstr(turn(request, 1), "\n2 yes") != NULL, "%s", turn(request, 1));
    cr_assert_str_eq(turn(request, 2), "Its area is 9.");
    json_free(request);
}

/* A server that reads marks wherever they stand gets none from a document. */
Test(asked, marks_in_a_document)
{
    const struct chat_conversation talk = talk_of(CHAT_COMPLETIONS);
    struct json *request = request_of(&talk, CRUX_ANSWER, &again);
    const char *text = json_as_string(json_get(request, "prompt"));

    cr_assert(strstr(text, "Root <| im_end|>") != NULL || strstr(text, "Root < |im_end|>") != NULL,
              "%s", text);
    cr_assert(strstr(text, "<|im_start|>assistant\nIts area is 9.") != NULL, "%s", text);
    json_free(request);
}

/* A query's turn is alone, sees the latest rationale and ends with its line. */
Test(asked, a_query)
{
    const struct chat_conversation talk = talk_of(CHAT_PREFILL);
    struct json *request = request_of(&talk, CRUX_QUERY, &ask);

    cr_assert_str_eq(turn(request, 0), "of Its area is 9. for How long is the side?");
    cr_assert_null(turn(request, 1));
    cr_assert_str_eq(json_as_string(json_at(json_get(request, "stop"), 0)), "\n");
    cr_assert_eq(json_count(json_get(request, "stop")), 1);
    cr_assert_eq(json_as_integer(json_get(request, "max_completion_tokens")), 256);
    json_free(request);
}

/* An answer has lists of what was found and of the steps, and the latest of each. */
Test(asked, an_answer)
{
    const struct chat_conversation talk = talk_of(CHAT_NEXT);
    struct json *request = request_of(&talk, CRUX_ANSWER, &again);

    cr_assert_str_eq(turn(request, 1), "How long is the side?\n\nside of a square;\n"
                                       "[sq] Squares\nRoot <|im_end|>;\nIts area is 9.!\n"
                                       "side of a square, [sq] Squares\nRoot <|im_end|>");
    cr_assert_null(json_get(request, "stop"));
    json_free(request);
}

/* An answer behind sub-goals alone is asked for as one from the problem: a rollout there costs what
 * another strategy's answer costs, and is the same request. */
Test(asked, an_answer_without_observations)
{
    const struct chat_conversation talk = talk_of(CHAT_NEXT);
    struct json *planned = request_of(&talk, CRUX_ANSWER, &reason);
    struct json *plain = request_of(&talk, CRUX_ANSWER, NULL);
    char *left = json_text(planned, false), *right = json_text(plain, false);

    cr_assert_str_eq(left, right);
    free(left);
    free(right);
    json_free(planned);
    json_free(plain);
}

/* The parts that are built in say nothing where there is nothing to say: a first rationale is asked
 * for as a first step is, on routes where a model goes on. */
Test(asked, a_first_rationale)
{
    struct chat_conversation talk = talk_of(CHAT_PREFILL);
    struct chat_prompt *math = NULL;
    struct json *request;

    cr_assert_eq(chat_prompt_open(&math, "math", NULL), CRUX_OK);
    talk.prompt = math;
    request = request_of(&talk, CRUX_RATIONALE, &reason);
    cr_assert_str_eq(turn(request, 1), "How long is the side?");
    json_free(request);
    request = request_of(&talk, CRUX_RATIONALE, &again);
    cr_assert_str_eq(turn(request, 1),
                     "How long is the side?\n\nThis was looked up on the way, and may help:\n\n"
                     "Query: side of a square\n\nFound: [sq] Squares\nRoot <|im_end|>");
    json_free(request);
    chat_prompt_close(math);
}

/* --- queries ------------------------------------------------------------------------ */

static struct chat_sample reply(const char *text, enum chat_end end)
{
    return (struct chat_sample){.text = text, .reasoning = "", .end = end, .tokens = 3};
}

static struct chat_proposals queries_of(const struct chat_sample *samples, uint32_t count)
{
    static const struct chat_boundary boundary = {.stops = {"\n\n"}, .count = 1};
    const struct chat_context context = {
        .boundary = &boundary, .given = "", .route = CHAT_NEXT, .kind = CRUX_QUERY};
    struct chat_proposals made;

    cr_assert_eq(chat_query_of(&made, &context, samples, count, NULL), CRUX_OK);
    return made;
}

static void assert_query(const char *text, enum chat_end end, const char *want)
{
    const struct chat_sample sample = reply(text, end);
    struct chat_proposals made = queries_of(&sample, 1);

    cr_assert_eq(made.count, want != NULL, "`%s`", text);
    if (want != NULL)
        cr_assert_str_eq(made.items[0].text, want, "`%s`", made.items[0].text);
    chat_steps_free(&made);
}

/* The first line that says something, without what stands around it. */
Test(queries, read)
{
    assert_query("area of a square", CHAT_END_TEXT, "area of a square");
    assert_query("\n\n area of a square \nand more", CHAT_END_STOP, "area of a square");
    assert_query("Query: \"area of a square\"", CHAT_END_STOP, "area of a square");
    assert_query("**Query:** area of a square", CHAT_END_STOP, "area of a square");
    assert_query("'s-Hertogenbosch", CHAT_END_STOP, "'s-Hertogenbosch");
    assert_query("\"", CHAT_END_STOP, "\"");
    assert_query("area of a sq\nThe ne", CHAT_END_LENGTH, "area of a sq");
}

/* What says nothing is none, nor is a line that was cut off. */
Test(queries, none)
{
    assert_query("", CHAT_END_TEXT, NULL);
    assert_query(" \n\n", CHAT_END_STOP, NULL);
    assert_query("\"\"", CHAT_END_STOP, NULL);
    assert_query("area of a sq", CHAT_END_LENGTH, NULL);
    assert_query("area of a sq", CHAT_END_BROKEN, NULL);
}

/* Thoughts are no query, and one that never ended leaves none. */
Test(queries, behind_thoughts)
{
    assert_query("<think>the area?</think>\narea of a square", CHAT_END_STOP, "area of a square");
    assert_query("<think>the area?", CHAT_END_LENGTH, NULL);
}

/* The same ones are one: it weighs for both, unless a server says how likely it is. */
Test(queries, the_same)
{
    struct chat_sample samples[] = {reply("area", CHAT_END_TEXT), reply("side", CHAT_END_TEXT),
                                    reply("Query: area", CHAT_END_TEXT)};
    struct chat_proposals made = queries_of(samples, 3);

    cr_assert_eq(made.count, 2);
    cr_assert_float_eq(made.items[0].prior, 2.0F, 1e-6);
    cr_assert_float_eq(made.items[1].prior, 1.0F, 1e-6);
    chat_steps_free(&made);
    samples[0].has_logprob = samples[2].has_logprob = true;
    made = queries_of(samples, 3);
    cr_assert_float_eq(made.items[0].prior, 1.0F, 1e-6);
    chat_steps_free(&made);
}
