/*
 * final.c - final answers in a text: looks at its last line and last sentence for what a prompt
 * names as such; what they say is judged where it is graded as well (io/closing.h).
 */
#include "policies/chat/final.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "io/answer_mark.h"
#include "io/fence.h"
#include "policies/chat/boundary.h"

#define ANSWER_IS "answer is"

static const char *const new_questions[] = {"question", "problem", "exercise",    "example", "task",
                                            "user",     "human",   "instruction", "q",       NULL};

static const char *const turn_marks[] = {
    "<|im_start|>", "<|im_end|>", "<|user|>", "[INST]", "<|eot_id|>", "<|start_header_id|>", NULL};

/* --- pieces of a text ------------------------------------------------------------- */

/* The last place of a word; NULL: there is none. */
static const char *final_last(struct crux_text text, const char *word)
{
    size_t length = strlen(word);

    for (size_t at = text.length; at-- > 0;)
        if (text.length - at >= length && strncasecmp(text.start + at, word, length) == 0)
            return text.start + at;
    return NULL;
}

/* --- forms of a final answer ------------------------------------------------------ */

/* The line that is a box and nothing else, at the end of the text. */
static bool final_is_box(struct crux_text text)
{
    const char *end = text.start + text.length, *box = final_last(text, "\\boxed{");
    const char *close = box == NULL ? NULL : closing_box_end(box, end);

    return close != NULL && closing_bare(close, end).length == 0 &&
           closing_bare(closing_line_start(text.start, box), box).length == 0;
}

/* The last words that say an answer, `answer is` or the like, and a value behind them. boxes: only
 * such values count. */
static enum closing_value final_said(struct crux_text text, bool boxes)
{
    const char *end = text.start + text.length;
    struct answer_mark mark;
    enum closing_value closes, value;

    if (boxes && final_last(text, "\\boxed") == NULL)
        return CLOSING_NONE;
    if (!boxes && answer_mark_is_tagged(text))
        return CLOSING_SURE;
    if (!answer_mark_last(&mark, text))
        return CLOSING_NONE;
    closes = answer_mark_closes(&mark, text.start);
    value = closing_value_of(mark.behind, end);
    return closes < value ? closes : value;
}

/* A sentence of the user's own, that ends in `answer is`. */
static enum closing_value final_own_said(struct crux_text text, const char *word)
{
    const char *end = text.start + text.length, *at = final_last(text, word), *behind;

    if (at == NULL || !closing_closes(text.start, at))
        return CLOSING_NONE;
    behind = at + strlen(word);
    if (behind < end && closing_is_letter(*behind))
        return CLOSING_NONE;
    return closing_value_of(behind, end);
}

/* A text of the user's own. */
static bool final_own(struct crux_text text, const char *word)
{
    const char *end = text.start + text.length, *at = final_last(text, word), *behind, *sentence;
    uint32_t lines = 0;

    if (at == NULL)
        return false;
    behind = at + strlen(word);
    if (closing_bare(behind, end).length == 0)
        return true;
    sentence = closing_sentence(text.start, at);
    if (closing_bare(sentence, at).length > 0)
        return false;
    for (; behind < end; behind = closing_line_end(behind, end) + 1)
        lines += closing_bare(behind, closing_line_end(behind, end)).length > 0;
    return lines <= 1;
}

static bool final_by_word(struct crux_text text, const char *word, bool went_on)
{
    enum closing_value needed = went_on ? CLOSING_SURE : CLOSING_MAYBE;
    size_t length = strlen(word), said = strlen(ANSWER_IS);

    if (word[strspn(word, "#")] == '\0')
        return closing_marked(text, word) >= needed;
    if (strstr(word, "\\boxed") != NULL || strstr(word, "\\fbox") != NULL)
        return (!went_on && final_is_box(text)) || final_said(text, true) >= needed;
    if (strcasecmp(word, ANSWER_IS) == 0)
        return final_said(text, false) >= needed;
    if (length >= said && strcasecmp(word + length - said, ANSWER_IS) == 0)
        return final_own_said(text, word) >= needed;
    return final_own(text, word);
}

/* --- the whole -------------------------------------------------------------------- */

static bool final_text_is(const struct chat_prompt *prompt, struct crux_text text, bool went_on)
{
    for (uint32_t i = 0; i < prompt->final_count; i++)
        if (strcmp(prompt->finals[i], "```") != 0 &&
            final_by_word(text, prompt->finals[i], went_on))
            return true;
    return false;
}

static bool final_wants_code(const struct chat_prompt *prompt)
{
    for (uint32_t i = 0; i < prompt->final_count; i++)
        if (strcmp(prompt->finals[i], "```") == 0)
            return true;
    return false;
}

bool final_is(const struct chat_prompt *prompt, struct final_text text, bool went_on)
{
    const char *end = text.start + text.length, *from = text.start + text.from;
    const char *line = closing_line_start(text.start, from);
    struct fence fence = fence_read(text.start, end);

    if (fence.closed && fence.mark == '\0')
        return !went_on && final_wants_code(prompt);
    return fence.mark == '\0' &&
           final_text_is(prompt, (struct crux_text){line, (size_t)(end - line)}, went_on);
}

/* `Question 2:`, `**Problem**: ...`, or a turn's mark: a model that goes on for its own sake. */
static bool final_asks(const char *at, const char *end)
{
    struct crux_text word;

    while (at < end && (boundary_is_blank(*at) || *at == '#' || *at == '*'))
        at++;
    for (const char *const *mark = turn_marks; *mark != NULL; mark++)
        if (closing_begins(at, end, *mark))
            return true;
    if (at == end || !closing_is_letter(*at))
        return false;
    word = closing_word(&at, end);
    while (at < end && (boundary_is_blank(*at) || *at == '*' || isdigit((unsigned char)*at) != 0))
        at++;
    return closing_listed(new_questions, word) && at < end && (*at == ':' || *at == '.');
}

size_t final_length(const struct chat_prompt *prompt, struct final_text text, bool cut)
{
    const char *end = text.start + text.length, *from = text.start + text.from, *next;
    struct fence fence = {.mark = '\0'};
    bool answered = false;

    for (const char *line = text.start; line < end; line = next + 1) {
        struct crux_text said;
        bool code = fence.mark != '\0';

        next = closing_line_end(line, end);
        said = (struct crux_text){line, (size_t)(next - line)};
        if (answered && !code && line >= from && final_asks(line, next))
            return (size_t)(line - text.start);
        fence_read_line(&fence, line, next);
        if (code || fence.mark != '\0' || !final_text_is(prompt, said, false))
            continue;
        answered = true;
        if (cut && next < end && next > from && final_text_is(prompt, said, true))
            return (size_t)(next - text.start);
    }
    return text.length;
}
