/*
 * prompt.c - `crux prompt`: a request to a served model, shown in place of being sent.
 *
 * It is made like a real request, from the options to a plan to the bytes; only it is not sent.
 * With a profile given, no server is asked anything.
 */
#include "io/cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/model.h"
#include "io/cli/options/backend.h"
#include "io/cli/options/values.h"
#include "io/cli/session.h"
#include "io/cli/terminal.h"
#include "io/json.h"

static int no_prompt_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a request");
}

static int end_output(struct crux_error *error)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        return crux_fail(error, CRUX_STORE, "cannot write standard output: %s", strerror(errno));
    return CRUX_OK;
}

/* STEP: not said, and --whole decides. */
enum prompt_kind { PROMPT_STEP, PROMPT_RATIONALE, PROMPT_QUERY, PROMPT_ANSWER };

static const char *const prompt_kinds[] = {"step", "rationale", "query", "answer", NULL};

struct prompt_options {
    char *problem, *text, *critique;
    enum prompt_kind kind;
    struct options_list steps;
    bool whole;
};

/* --- what is shown ---------------------------------------------------------------------- */

/* Line by line: a terminal must not obey what stands in a problem. */
static void show_prompt(const char *prompt)
{
    (void)fputs("\nprompt:\n", stdout);
    for (;;) {
        size_t length = strcspn(prompt, "\n");

        terminal_put(stdout, prompt, length);
        (void)putchar('\n');
        if (prompt[length] == '\0')
            return;
        prompt += length + 1;
    }
}

/* The request for reading: indented, and a prompt once more as the model reads it. */
static int show_request(const struct crux_request *request, const char *url,
                        struct crux_error *error)
{
    struct json *object = NULL;
    const char *prompt;
    char *text = NULL;
    int status = json_parse(&object, request->body, strlen(request->body), error);

    if (status == CRUX_OK) {
        text = json_text(object, true);
        status = text == NULL ? no_prompt_memory(error) : CRUX_OK;
    }
    if (status == CRUX_OK) {
        (void)fputs("POST ", stdout);
        terminal_put(stdout, url, strlen(url));
        (void)printf("%s%s\n", *url == '\0' ? "" : "/", request->path);
        terminal_put_json(stdout, text);
        prompt = json_as_string(json_get(object, "prompt"));
        if (prompt != NULL)
            show_prompt(prompt);
    }
    free(text);
    json_free(object);
    return status;
}

/* --- what it is about --------------------------------------------------------------------- */

static int find_problem(const struct crux_problem **out, const struct crux_problems *problems,
                        const char *id, struct crux_error *error)
{
    for (size_t i = 0; i < problems->count; i++)
        if (id == NULL || strcmp(problems->items[i].id, id) == 0) {
            *out = &problems->items[i];
            return CRUX_OK;
        }
    return crux_fail(error, CRUX_INPUT, "there is no problem `%.200s`", id);
}

/* What was typed as query=TEXT or doc=TEXT was looked up, where a kind is asked for; *text goes to
 * TEXT. */
static enum crux_kind typed_kind(const char **text)
{
    static const struct {
        const char *mark;
        enum crux_kind kind;
    } marks[] = {{"query=", CRUX_QUERY}, {"doc=", CRUX_DOC}, {"rationale=", CRUX_RATIONALE}};

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strncmp(*text, marks[i].mark, strlen(marks[i].mark)) == 0) {
            *text += strlen(marks[i].mark);
            return marks[i].kind;
        }
    return CRUX_RATIONALE;
}

/* The steps that were typed, each after the one before; the last one. */
static const struct crux_step *chain(struct crux_step *steps, const struct options_list *list,
                                     bool kinds)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->items[i];
        enum crux_kind kind = kinds ? typed_kind(&text) : CRUX_STEP;

        steps[i] = (struct crux_step){.previous = i == 0 ? NULL : &steps[i - 1],
                                      .text = text,
                                      .length = (uint32_t)strlen(text),
                                      .depth = (uint32_t)i + 1,
                                      .kind = (uint8_t)kind};
    }
    return list->count == 0 ? NULL : &steps[list->count - 1];
}

/* With a profile a request can be shown without a server: stand-ins replace what it would report.
 */
static int stand_in(struct options_backend *chat, struct crux_error *error)
{
    bool text = chat->route == NULL
                    ? strcmp(chat->profile, "ollama") != 0 && strcmp(chat->profile, "openai") != 0
                    : strcmp(chat->route, "completions") == 0;

    if (chat->model == NULL)
        chat->model = strdup("MODEL");
    if (chat->chat_template == NULL && text) {
        chat->chat_template = strdup("chatml");
        (void)fputs("crux: shown with the chat template chatml: a run asks the server for its "
                    "own\n",
                    stderr);
    }
    if (chat->model == NULL || (chat->chat_template == NULL && text))
        return no_prompt_memory(error);
    return CRUX_OK;
}

/* The served model that policy chat asks. */
static size_t shown_backend(const struct options *options)
{
    const char *name =
        options->policy[CRUX_STEP] != NULL ? crux_policy_backend(options->policy[CRUX_STEP]) : NULL;
    const struct options_backend *backend = options_backend(options, name);

    return backend != NULL ? (size_t)(backend - options->backends) : 0;
}

static int prompt_fill_in(struct options *options, size_t which, struct crux_error *error)
{
    struct model_said said = {"", ""};
    int status = options->backends[which].profile != NULL
                     ? stand_in(&options->backends[which], error)
                     : model_find_out(options, which, &said, error);

    if (said.chosen[0] != '\0')
        terminal_say(said.chosen);
    return status;
}

/* A whole answer has no other kind. */
static int prompt_check_kind(const struct prompt_options *own, struct crux_error *error)
{
    bool whole = own->whole || own->critique != NULL;

    if (!whole || (own->kind != PROMPT_RATIONALE && own->kind != PROMPT_QUERY))
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID,
                     "%s shows the request for an answer: --kind %s is another",
                     own->whole ? "--whole" : "--critique", prompt_kinds[own->kind]);
}

static enum crux_kind shown_kind(const struct prompt_options *own)
{
    static const enum crux_kind kinds[] = {CRUX_STEP, CRUX_RATIONALE, CRUX_QUERY, CRUX_ANSWER};

    return own->whole || own->critique != NULL ? CRUX_ANSWER : kinds[own->kind];
}

static int show_problem(const struct options *options, size_t which,
                        const struct crux_problem *problem, struct crux_error *error)
{
    const struct prompt_options *own = options->own;
    struct crux_step steps[OPTIONS_LISTED];
    const struct crux_step *last = chain(steps, &own->steps, own->kind != PROMPT_STEP);
    const bool revises = own->critique != NULL;
    const struct crux_revision revision = {last, own->critique};
    const struct crux_call call = {.verb = CRUX_PROPOSE,
                                   .kind = shown_kind(own),
                                   .count = options->setup.children,
                                   .seed = options->setup.seed,
                                   .state = {.problem = problem, .last = revises ? NULL : last},
                                   .revision = revises ? &revision : NULL};
    const struct crux_chat chat = model_chat(options, which);
    const struct options_list *urls = &options->backends[which].endpoints;
    struct crux_request request = {.body = NULL};
    int status = crux_chat_request(&request, &chat, &call, error);

    if (status == CRUX_OK && options->json)
        terminal_put_json(stdout, request.body);
    else if (status == CRUX_OK)
        status = show_request(&request, urls->count == 0 ? "" : urls->items[0], error);
    free(request.body);
    return status == CRUX_OK ? end_output(error) : status;
}

/* --- the command ----------------------------------------------------------------------------- */

static int print_builtin(const char *name, struct crux_error *error)
{
    const char *text = crux_prompt_text(name);

    if (text == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "there is no built-in prompt '%.60s'; there are math, code and plain",
                         name);
    (void)fputs(text, stdout);
    return end_output(error);
}

static int prompt_run(struct options *options, struct crux_error *error)
{
    const struct prompt_options *own = options->own;
    struct crux_problems problems = {.items = NULL};
    const struct crux_problem *problem = NULL;
    size_t which = shown_backend(options);
    int status;

    if (own->text != NULL)
        return print_builtin(own->text, error);
    if (options->operand_count == 0)
        return crux_fail(error, CRUX_INVALID, "crux prompt needs FILE or --text NAME");
    status = prompt_check_kind(own, error);
    if (status == CRUX_OK)
        status = session_problems(&problems, options, error);
    if (status == CRUX_OK)
        status = find_problem(&problem, &problems, own->problem, error);
    if (status == CRUX_OK)
        status = prompt_fill_in(options, which, error);
    if (status == CRUX_OK)
        status = show_problem(options, which, problem, error);
    crux_problems_free(&problems);
    return status;
}

static const struct options_row prompt_own_rows[] = {
    {"problem", "ID", &values_text, OPTIONS_COMMAND, offsetof(struct prompt_options, problem), 0, 0,
     NULL, true, "Which problem of FILE. The default is the first one."},
    {"step", "TEXT", &values_list, OPTIONS_COMMAND, offsetof(struct prompt_options, steps), 0, 0,
     NULL, true, "A step that has been written. May be repeated."},
    {"whole", "", &values_flag, OPTIONS_COMMAND, offsetof(struct prompt_options, whole), 0, 0, NULL,
     true, "Show the request for a whole answer in place of that for the next step."},
    {"kind", "KIND", &values_choice, OPTIONS_COMMAND, offsetof(struct prompt_options, kind), 0, 0,
     prompt_kinds, true,
     "Show the request for a step of this kind. rationale, query and answer are those of --grammar "
     "cr-planner: then a --step is a rationale, query=TEXT is a query and doc=TEXT a document."},
    {"critique", "TEXT", &values_text, OPTIONS_COMMAND, offsetof(struct prompt_options, critique),
     0, 0, NULL, true,
     "Show the request for an answer that is better than the one that the --step's are, of which "
     "TEXT is said."},
    {"text", "NAME", &values_text, OPTIONS_COMMAND, offsetof(struct prompt_options, text), 0, 0,
     NULL, true,
     "Print the built-in prompt math, code or plain, to start a prompt of your own from, and "
     "nothing else."},
    {.name = NULL}};

static const struct options_group prompt_group = {&table_topic_input, OPTIONS_OWN, prompt_own_rows};

static const struct options_group *const prompt_groups[] = {
    &prompt_group, &table_model,    &table_prompt, &table_server, &table_backends,
    &table_ports,  &table_children, &table_seed,   &table_strict, &table_config,
    &table_preset, &table_json,     &table_help,   NULL};

const struct command prompt_command = {
    .name = "prompt",
    .options = {OPTIONS_PROMPT, prompt_groups, sizeof(struct prompt_options), NULL},
    .operands = "FILE",
    .least_operands = 0,
    .most_operands = 1,
    .summary = "show what would be sent to a model server",
    .description =
        "Shows the request for the next steps of a problem of FILE, as policy chat would send it: "
        "where to, the JSON, and on route completions the prompt as the model reads it. Nothing is "
        "sent. With --profile no server is asked either; without it the one at --endpoint is asked "
        "what it is.\n"
        "A prompt is a file in parts, each behind a line like '--- user': system and user are the "
        "turns of a chat; next and rest are put behind the user's on route next and ask for the "
        "next step and for all that is missing; revise is put there on every route where an answer "
        "is to be made better; rationale, query and answer are those of --grammar cr-planner; stop "
        "has the texts at which a step ends, a line each; final those "
        "by which a final answer is known. All but these two are templates: {{problem}} is the "
        "problem, {{#steps}}{{@number}}. {{.}}{{/steps}} its steps so far, {{number}} the number "
        "of the next one. In revise steps are those of the answer before, {{answer}} is that "
        "answer "
        "as it was written, {{critique}} what is said of it, {{#critique}} ... {{/critique}} is "
        "there where something is, {{^critique}} ... {{/critique}} where nothing is. In rationale, "
        "query and answer steps are the rationales; {{rationale}}, {{query}} and {{document}} are "
        "the latest ones, and in {{#path}} ... {{/path}}, all of the path, one of them is there, "
        "as in {{#found}}, which leaves rationales out; {{continues}} says yes on routes where the "
        "model goes on with its rationales. Rationale and answer stand behind user, query stands "
        "alone. Only user is "
        "needed; what is left out is as in the prompt math.",
    .examples = "crux prompt problems.jsonl --profile vllm --chat-template chatml\n"
                "crux prompt problems.jsonl --endpoint http://127.0.0.1:8000/v1\n"
                "crux prompt --text math > mine.prompt\n"
                "crux prompt problems.jsonl --profile openai --step '4 + 5 = 9.'\n"
                "crux prompt problems.jsonl --config run.yaml --policy chat:judge",
    .exits = {EXIT_INPUT, EXIT_STORE},
    .run = prompt_run,
};
