/*
 * test_closing.c - who cuts a text into steps and who grades it know the same final answers
 * (io/closing.h, io/answer_mark.h).
 */
#include "policies/chat/final.h"
#include "tests/match_judged.h"

#include <stdio.h>

/* Pieces that mislead, none of which ends a text. */
static const char *const misleading[] = {
    "The first number has \\boxed{2} in its ones place.",
    "To see whether the answer is even, we look at the ones digit.",
    "The answer is expected to be a whole number.",
    "For the first half, the answer is 12.",
    "#### Step 2: Add the numbers",
    "#### (b) Check",
    "#### Part 1: the answer so far",
    "```python\ndef f(a):\n    # the answer is 37.\n    return a\n```",
    "~~~\n#### 37\n\n    \\boxed{37}\n~~~",
    "Is the answer $37$? No.",
    "    print(37)\n    # the answer is 37.",
    "**Answer to the first part:** 12",
    "If we forget a carry, the answer is 20.",
    "The answer cannot be 29.",
    "The answer is not 12.",
    "Let the answer be $x$.",
    "La r\xC3\xA9ponse de la premi\xC3\xA8re partie est 12.",
    "\\[\n\\boxed{2}\n\\]\nis the last digit.",
};

/* Pieces that end one. */
static const char *const closing_pieces[] = {
    "The answer is 30.",
    "So, the answer is $\\boxed{30}$.",
    "Therefore, the final answer is: **\\boxed{30}**",
    "\\[\n\\boxed{30}\n\\]",
    "#### 30",
    "####30",
    "#### **30**",
    "**Final Answer**\n30",
    "### Answer\n30",
    "**Answer:** 30",
    "<answer>30</answer>",
    "<answer>\n\\boxed{30}\n</answer>",
    "{\"answer\": \"30\"}",
    "The answer is:\n\\[ 30 \\]",
    "Hence, the correct answer is 30.",
    "Step 5: #### 30",
    "La r\xC3\xA9ponse finale est : 30",
    "Die Antwort ist 30.",
    ("\xE7\xAD\x94\xE6\xA1\x88\xE6\x98\xAF"
     "30\xE3\x80\x82"),
    "\xEC\xA0\x95\xEB\x8B\xB5\xEC\x9D\x80 30\xEC\x9E\x85\xEB\x8B\x88\xEB\x8B\xA4.",
};

#define MISLEADING (sizeof misleading / sizeof *misleading)
#define CLOSING    (sizeof closing_pieces / sizeof *closing_pieces)

static bool closes(const char *text)
{
    struct chat_prompt *prompt;
    bool final;

    cr_assert_eq(chat_prompt_open(&prompt, "math", NULL), CRUX_OK);
    final = final_is(prompt, (struct final_text){text, strlen(text), 0}, false);
    chat_prompt_close(prompt);
    return final;
}

/* A step ends a text with what closes, and never with what misleads. */
Test(closing, ends_a_text)
{
    for (size_t i = 0; i < CLOSING; i++)
        cr_expect(closes(closing_pieces[i]), "`%s`", closing_pieces[i]);
    for (size_t i = 0; i < MISLEADING; i++)
        cr_expect_not(closes(misleading[i]), "`%s`", misleading[i]);
}

/* And what closes is graded, whatever two misleading pieces stand before it. */
Test(closing, is_what_is_graded)
{
    static char texts[MISLEADING * MISLEADING][512];
    static struct judged pairs[MISLEADING * MISLEADING * 2];

    for (size_t end = 0; end < CLOSING; end++) {
        for (size_t i = 0; i < MISLEADING * MISLEADING; i++) {
            (void)snprintf(texts[i], sizeof texts[i], "%s\n\n%s\n\n%s\n",
                           misleading[i % MISLEADING], misleading[i / MISLEADING],
                           closing_pieces[end]);
            pairs[2 * i] = (struct judged){texts[i], "30", CRUX_RIGHT};
            pairs[2 * i + 1] = (struct judged){texts[i], "31", CRUX_WRONG};
        }
        JUDGE(pairs);
    }
}

/* A remark behind a final answer takes it back, or does not; a box whose sentence goes on does
 * neither, and is none. */
Test(closing, remarks_behind_it)
{
    static const struct judged pairs[] = {
        RIGHT("The answer is 30.\n\nThe answer is reasonable.", "30"),
        UNKNOWN("The answer is 30.\n\nThe answer is wrong.", "30"),
        UNKNOWN("The answer is 30.\n\nSo the total is 42 dollars.", "30"),
        RIGHT("The answer is 30.\n\nSo the total is 30 dollars.", "30"),
        RIGHT("The answer is 30.\n\nSo she has 12 of them.", "30"),
        UNKNOWN("The answer is 30.\n\nThe digit \\boxed{0} is its last.", "30"),
        RIGHT("The answer is 30.\n\nNo: \\boxed{32}", "32"),
        RIGHT("#### 30\n\n**Answer:** 31", "31"),
        WRONG("Interest is \\boxed{255}. Therefore, the answer is 10455.", "255"),
        RIGHT("```json\n{\"answer\": 30}\n```", "30"),
        RIGHT("```\n#### 30\n```", "30"),
        RIGHT("Step 4:     print(411)\n    # the answer is 411.\n\nStep 5: #### 30", "30"),
        RIGHT("Step 1: ```python\nx = 1\n# the answer is 411.\n```\n\nStep 2: #### 30", "30"),
        RIGHT("~~~\n#### 30", "30"), /* a block that is never closed */
    };

    JUDGE(pairs);
}
