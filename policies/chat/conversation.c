/*
 * conversation.c - the request for a question: prompt and steps become messages, messages a body.
 */
#include "policies/chat/conversation.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/chat/template.h"
#include "io/steps.h"
#include "policies/chat/planned.h"

static int no_conversation_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a request");
}

bool chat_conversation_stops(const struct chat_conversation *conversation, enum crux_kind kind)
{
    return kind != CRUX_ANSWER && conversation->boundary.count > 0 &&
           !chat_settings_removed(&conversation->settings, "stop");
}

/* --- words ------------------------------------------------------------------------ */

/* On route completions the server reads a template's marks wherever they stand, so a text is
 * guarded against them. */
static char *guarded_words(const struct chat_conversation *conversation, const char *text)
{
    return conversation->settings.route == CHAT_COMPLETIONS ? chat_template_guard(text)
                                                            : strdup(text);
}

static int render_part(char **out, const struct chat_conversation *conversation,
                       const struct chat_asking *asking, enum chat_part part,
                       struct crux_error *error)
{
    struct mustache_scope *steps = NULL;
    size_t count = 0;
    char *problem = guarded_words(conversation, asking->problem->prompt);
    int status = problem == NULL ? CRUX_MEMORY : chat_steps_list(asking->last, &steps, &count);

    if (status != CRUX_OK)
        status = no_conversation_memory(error);
    else
        status = chat_prompt_render(out, conversation->prompt, part, problem, steps, count, error);
    free(steps);
    free(problem);
    return status;
}

/* The answer that is to be made better: its steps, a link each, and it and its critique as texts,
 * all of them guarded. */
struct chat_revised {
    struct crux_step *steps;
    char **texts; /* of the steps */
    size_t count;
    char *critique;
};

static void revised_free(struct chat_revised *revised)
{
    for (size_t i = 0; i < revised->count && revised->texts != NULL; i++)
        free(revised->texts[i]);
    free(revised->texts);
    free(revised->steps);
    free(revised->critique);
}

/* A critique may quote steps of several lines. */
static char *revised_critique(const struct chat_conversation *conversation, const char *critique)
{
    char *text = guarded_words(conversation, critique != NULL ? critique : "");

    for (char *at = text; at != NULL && (at = strchr(at, '\v')) != NULL;)
        *at = '\n';
    return text;
}

/* False: no memory. What there is by then is freed by revised_free(), too. */
static bool revised_make(struct chat_revised *out, const struct chat_conversation *conversation,
                         const struct crux_revision *revision)
{
    size_t count = 0;
    struct crux_text *lines = steps_of_answer(revision->answer, &count);

    *out = (struct chat_revised){.count = lines != NULL ? count : 0};
    out->critique = revised_critique(conversation, revision->critique);
    out->steps = calloc(count + 1, sizeof *out->steps);
    out->texts = calloc(count + 1, sizeof *out->texts);
    for (size_t i = 0; i < out->count && out->steps != NULL && out->texts != NULL; i++) {
        char *line = strndup(lines[i].start, lines[i].length);

        out->texts[i] = line != NULL ? guarded_words(conversation, line) : NULL;
        free(line);
        if (out->texts[i] == NULL)
            break;
        out->steps[i] = (struct crux_step){.previous = i > 0 ? &out->steps[i - 1] : NULL,
                                           .text = out->texts[i],
                                           .length = (uint32_t)strlen(out->texts[i])};
    }
    free(lines);
    return lines != NULL && out->critique != NULL && out->steps != NULL && out->texts != NULL &&
           (count == 0 || out->texts[count - 1] != NULL);
}

static int revised_render(char **out, const struct chat_conversation *conversation,
                          const struct chat_revised *revised, const char *problem,
                          struct crux_error *error)
{
    const struct crux_step *last = revised->count > 0 ? &revised->steps[revised->count - 1] : NULL;
    struct chat_prompt_revision said = {.problem = problem, .critique = revised->critique};
    char *answer = chat_steps_join(&conversation->boundary, last, false);
    struct mustache_scope *steps = NULL;
    int status = answer == NULL ? CRUX_MEMORY : chat_steps_list(last, &steps, &said.step_count);

    said.answer = answer;
    said.steps = steps;
    if (status != CRUX_OK)
        status = no_conversation_memory(error);
    else
        status = chat_prompt_render_revision(out, conversation->prompt, &said, error);
    free(steps);
    free(answer);
    return status;
}

static int render_revision(char **out, const struct chat_conversation *conversation,
                           const struct chat_asking *asking, struct crux_error *error)
{
    char *problem = guarded_words(conversation, asking->problem->prompt);
    struct chat_revised revised;
    int status;

    if (revised_make(&revised, conversation, asking->revision) && problem != NULL)
        status = revised_render(out, conversation, &revised, problem, error);
    else
        status = no_conversation_memory(error);
    revised_free(&revised);
    free(problem);
    return status;
}

static const struct crux_step *asking_path(const struct chat_asking *asking)
{
    return asking->path != NULL ? asking->path : asking->last;
}

/* What is wanted behind a path of grammar cr-planner. */
static int render_planned(char **out, const struct chat_conversation *conversation,
                          const struct chat_asking *asking, enum chat_part part,
                          struct crux_error *error)
{
    char *problem = guarded_words(conversation, asking->problem->prompt);
    const struct planned_asking said = {.part = part,
                                        .last = asking_path(asking),
                                        .problem = problem,
                                        .continues = conversation->settings.route != CHAT_NEXT,
                                        .guard = conversation->settings.route == CHAT_COMPLETIONS};
    int status = problem == NULL ? no_conversation_memory(error)
                                 : planned_render(out, conversation->prompt, &said, error);

    free(problem);
    return status;
}

/* What follows in the user's turn: what is wanted, where the turn itself does not say it. */
static int render_wish(char **out, const struct chat_conversation *conversation,
                       const struct chat_asking *asking, struct crux_error *error)
{
    enum chat_part part = planned_part(asking->kind, asking_path(asking));

    if (asking->revision != NULL)
        return render_revision(out, conversation, asking, error);
    if (part != CHAT_PARTS)
        return render_planned(out, conversation, asking, part, error);
    if (conversation->settings.route != CHAT_NEXT)
        return CRUX_OK;
    return render_part(out, conversation, asking,
                       asking->kind == CRUX_ANSWER ? CHAT_ASK_REST : CHAT_ASK_NEXT, error);
}

/* The second text behind the first, with an empty line in between; where it says something. */
static char *behind(const char *user, const char *wish)
{
    const char *said = wish != NULL ? wish + strspn(wish, "\n") : "";
    char *both = malloc(strlen(user) + strlen(said) + 3);

    if (both != NULL)
        (void)stpcpy(stpcpy(stpcpy(both, user), *said != '\0' ? "\n\n" : ""), said);
    return both;
}

/* The user's turn; behind the prompt's own words what is wanted, and on route next the steps. A
 * query is asked for in a turn of its own. */
static int render_user(char **out, const struct chat_conversation *conversation,
                       const struct chat_asking *asking, struct crux_error *error)
{
    char *user = NULL, *wish = NULL;
    int status;

    if (asking->kind == CRUX_QUERY)
        return render_wish(out, conversation, asking, error);
    status = render_part(&user, conversation, asking, CHAT_USER, error);
    if (status == CRUX_OK)
        status = render_wish(&wish, conversation, asking, error);
    if (status == CRUX_OK) {
        *out = behind(user, wish);
        status = *out == NULL ? no_conversation_memory(error) : CRUX_OK;
    }
    free(user);
    free(wish);
    return status;
}

char *chat_conversation_given(const struct chat_conversation *conversation, enum crux_kind kind,
                              const struct crux_step *last)
{
    char *text, *guarded;

    if (conversation->settings.route == CHAT_NEXT || kind == CRUX_QUERY)
        return strdup("");
    text = chat_steps_join(&conversation->boundary, last, true);
    if (text == NULL || conversation->settings.route == CHAT_PREFILL)
        return text;
    guarded = chat_template_guard(text);
    free(text);
    return guarded;
}

/* --- what is wanted ----------------------------------------------------------------- */

/* Does the question need log-probabilities? For a step they are the prior. For an answer they are
 * used only where nothing else says how it ended, how many tokens it has, where a cap of them is
 * reached, or where they are kept beside the numbers of tokens; and they are most of a reply, so
 * they are not asked for without need. */
static bool wants_logprobs(const struct chat_conversation *conversation, enum crux_kind kind)
{
    const struct chat_profile *profile = conversation->settings.profile;

    return conversation->settings.logprobs &&
           (kind != CRUX_ANSWER || conversation->boundary.cap > 0 || profile->end_is_token ||
            profile->counts_one || conversation->settings.token_ids);
}

bool chat_conversation_lists(const struct chat_conversation *conversation,
                             const struct chat_asking *asking)
{
    return conversation->settings.entropy && asking->kind != CRUX_ANSWER && asking->sample == 0;
}

static uint32_t tokens_wanted(const struct chat_conversation *conversation, enum crux_kind kind)
{
    uint32_t cap = planned_is_step(kind) ? conversation->boundary.cap : 0;
    uint32_t most = conversation->settings.max_tokens;

    return cap > 0 && cap < most ? cap : most;
}

int chat_conversation_check(const struct chat_conversation *conversation, struct crux_error *error)
{
    const struct chat_profile *profile = conversation->settings.profile;
    const struct chat_boundary *boundary = &conversation->boundary;
    int status = chat_settings_check(&conversation->settings, error);

    if (status != CRUX_OK)
        return status;
    if (boundary->count > profile->stops_most)
        return crux_fail(error, CRUX_INVALID, "profile %s takes at most %u stop strings, not %u",
                         profile->name, profile->stops_most, boundary->count);
    if (boundary->count == 0 && boundary->cap == 0)
        return crux_fail(error, CRUX_INVALID,
                         "steps need an end: stop strings or a number of tokens (where a server "
                         "refuses stop, say --body '{\"stop\": null}': steps are cut at them then, "
                         "and they are not sent)");
    return CRUX_OK;
}

/* Where a reply ends, if it ends at texts: a query is a line. */
static uint32_t conversation_stops(const char *const **stops,
                                   const struct chat_conversation *conversation,
                                   enum crux_kind kind)
{
    static const char *const line[] = {"\n"};

    *stops = kind == CRUX_QUERY ? line : conversation->boundary.stops;
    if (!chat_conversation_stops(conversation, kind))
        return 0;
    return kind == CRUX_QUERY ? 1 : conversation->boundary.count;
}

/* The words of a request, the caller's to free, also where it failed. */
static int conversation_words(char **system, char **user, char **given,
                              const struct chat_conversation *conversation,
                              const struct chat_asking *asking, struct crux_error *error)
{
    int status = CRUX_OK;

    if (asking->kind != CRUX_QUERY)
        status = render_part(system, conversation, asking, CHAT_SYSTEM, error);
    if (status == CRUX_OK)
        status = render_user(user, conversation, asking, error);
    if (status != CRUX_OK)
        return status;
    *given = chat_conversation_given(conversation, asking->kind, asking->last);
    return *given == NULL ? no_conversation_memory(error) : CRUX_OK;
}

int chat_conversation_write(struct chat_body *out, const struct chat_conversation *conversation,
                            const struct chat_asking *asking, struct crux_error *error)
{
    char *system = NULL, *user = NULL, *given = NULL;
    struct chat_request request = {.images = asking->images,
                                   .image_count = asking->image_count,
                                   .max_tokens = tokens_wanted(conversation, asking->kind),
                                   .logprobs = wants_logprobs(conversation, asking->kind),
                                   .listed = chat_conversation_lists(conversation, asking),
                                   .token_ids = conversation->settings.token_ids};
    int status;

    assert(planned_is_step(asking->kind) || asking->kind == CRUX_QUERY ||
           asking->kind == CRUX_ANSWER);
    assert(asking->revision == NULL || (asking->kind == CRUX_ANSWER && asking->last == NULL));
    status = conversation_words(&system, &user, &given, conversation, asking, error);
    if (status == CRUX_OK) {
        request.system = system != NULL ? system : "";
        request.user = user;
        request.given = given;
        request.stop_count = conversation_stops(&request.stops, conversation, asking->kind);
        status = chat_request_write(out, &conversation->settings, &request, error);
    }
    free(system);
    free(user);
    free(given);
    return status;
}
