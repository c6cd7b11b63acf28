/*
 * test_chat_final.c - what policies/chat/final.h promises: a final answer is known by its form, and
 * never by a word in mid-sentence.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "policies/chat/final.h"

static struct chat_prompt *prompt;

static void open_math(void)
{
    cr_assert_eq(chat_prompt_open(&prompt, "math", NULL), CRUX_OK);
}

static void close_final_prompt(void)
{
    chat_prompt_close(prompt);
}

static bool says_final(const char *text, bool went_on)
{
    return final_is(prompt, (struct final_text){text, strlen(text), 0}, went_on);
}

static void assert_all(const char *const *texts, bool went_on, bool want)
{
    for (; *texts != NULL; texts++)
        cr_expect_eq(says_final(*texts, went_on), want, "`%s`", *texts);
}

TestSuite(final, .init = open_math, .fini = close_final_prompt);

/* A final answer is one also where the model went on behind it. */
Test(final, in_a_closing_form)
{
    static const char *const texts[] = {"The answer is 9",
                                        "The ANSWER is 9.",
                                        "The answer is \\boxed{30}.",
                                        "The final answer is: $\\boxed{\\frac{1}{2}}$",
                                        "So, the answer is **30**.",
                                        "Therefore, the answer is 1,234.50 dollars.",
                                        "4 + 5 = 9. Thus the answer is 9.",
                                        "Since 3 + 4 = 7, the answer is 7.",
                                        "Step 2: The answer is $x = -3$.",
                                        "The answer is (C).",
                                        "The answer is Paris.",
                                        "The answer is yes.",
                                        "The answer is\n\\[\n\\boxed{9}\n\\]",
                                        "We conclude that the answer is \\boxed{5} square feet.",
                                        "The answer is \\boxed{1}, \\boxed{2}.",
                                        "The answer is x + y.",
                                        "#### 72",
                                        "72 clips in all.\n#### 72",
                                        "#### -1,234.5",
                                        "#### 72 clips",
                                        "#### \\frac{3}{4}",
                                        "The answer is \\boxed{30}. \xEF\xBF\xBD",
                                        "The answer is 30. \xF0\x9F\x8E\x89",
                                        "The answer is 30.\xE2\x9C\x85 ",
                                        "\xE2\x9C\x85 The answer is 30.",
                                        "\xEF\xBF\xBD The answer is \\boxed{30}.",
                                        "The answer is 30. \xE2\x9D\xA4\xEF\xB8\x8F",
                                        NULL};

    assert_all(texts, false, true);
    assert_all(texts, true, true);
}

/* Of these only the end of the text could tell that they are final. */
Test(final, unless_the_model_went_on)
{
    static const char *const texts[] = {"\\boxed{9}",
                                        "$$\\boxed{9}$$",
                                        "So:\n\\[\n\\boxed{9}\n\\]",
                                        "**\\boxed{9}**.",
                                        "The answer is photosynthesis.",
                                        "#### A",
                                        NULL};

    assert_all(texts, false, true);
    assert_all(texts, true, false);
}

/* Remarks, headings and intermediate results. */
Test(final, never_for_a_word)
{
    static const char *const texts[] = {
        "The first number has \\boxed{7} in its ones place.",
        "So \\boxed{7} is the first digit.",
        "$7 + 23 = \\boxed{30}$, which we check.",
        "\\boxed{7}\nNow the tens.",
        "#### Step 1: Understand the problem",
        "#### 1. Understand the problem",
        "#### Step 1",
        "#### (a) First part",
        "#### Solution",
        "#### 2 Setup",
        "#### 5\nWe add.",
        "##### 9",
        "### 9",
        "Use #### 9 as a mark",
        "To see whether the answer is even, we look at the ones digit.",
        "To see whether the answer is 5.",
        "The answer is expected to be a whole number.",
        "The answer is a whole number.",
        "The answer is even.",
        "The answer is positive.",
        "The answer is not 5.",
        "The answer is less than 10.",
        "The answer is between 3 and 5.",
        "The answer is 7 if we ignore the sign.",
        "The answer is 7, but that is only half.",
        "The answer is the number of apples.",
        "The answer is 9. Let me check that.",
        "If x is even, the answer is 2.",
        "For part (a), the answer is 7.",
        "In this case the answer is 4.",
        "Suppose the answer is 5.",
        "The answer isn't 5.",
        "The answer is",
        "The answer is .",
        "",
        NULL};

    assert_all(texts, false, false);
    assert_all(texts, true, false);
}

/* What stands in code is code, whatever it looks like, and a fence inside of a step counts from the
 * step where it began. */
Test(final, not_in_code)
{
    const char *text = "```python\n#### 9\n", *closed = "~~~\n```\n~~~\n#### 9",
               *longer = "````\n```\n#### 9";
    struct final_text both = {"```python\n\n#### 9", 16, 11};

    cr_assert_not(says_final(text, false));
    cr_assert(says_final(closed, false));
    cr_assert_not(says_final(longer, false));
    cr_assert(says_final("Step 3: ~~~\nx\n~~~\n#### 9", false));
    cr_assert_not(final_is(prompt, both, false));
}

/* The line that a piece goes on with counts, what was said before it not. */
Test(final, with_the_line_before)
{
    const char *text = "The answer is 5.\n\nThe answer is 9.";

    cr_assert(final_is(prompt, (struct final_text){text, strlen(text), 28}, false));
    cr_assert_not(final_is(prompt, (struct final_text){"The answer is 5.\n\nSo", 20, 18}, false));
}

/* With the prompt for programs a closed block is the answer, unless the model went on. */
Test(final, a_block_of_code)
{
    chat_prompt_close(prompt);
    cr_assert_eq(chat_prompt_open(&prompt, "code", NULL), CRUX_OK);
    cr_assert(says_final("So:\n```c\nint x;\n```\n", false));
    cr_assert(says_final("~~~\nx\n~~~", false));
    cr_assert(says_final("1. So:\n   ```\n   x\n   ```", false));
    cr_assert_not(says_final("```c\nint x;\n```", true));
    cr_assert_not(says_final("```c\nint x;\n```\nNow this.", false));
    cr_assert_not(says_final("```c\nint x;", false));
    cr_assert_not(says_final("````\n```\n", false));
    cr_assert_not(says_final("The answer is 9.", false));
}

/* A user's own text is final where it begins the last line or sentence, or ends the text. */
Test(final, a_text_of_the_users_own)
{
    chat_prompt_close(prompt);
    cr_assert_eq(chat_prompt_open(&prompt,
                                  "=--- user\n{{problem}}\n--- final\nVerdict:\nQ.E.D.\n"
                                  "die Antwort ist\n",
                                  NULL),
                 CRUX_OK);
    cr_assert(says_final("Verdict: the treaty was signed because nobody else would.", true));
    cr_assert(says_final("It follows. Verdict:\nyes, it does", false));
    cr_assert(says_final("and so on, Q.E.D.", true));
    cr_assert(says_final("**Die Antwort ist** 9.", true));
    cr_assert_not(says_final("We come to Verdict: later.", false));
    cr_assert_not(says_final("Verdict: yes\nBut\nno", false));
    cr_assert_not(says_final("Whether die Antwort ist 9?", false));
    cr_assert_not(says_final("The answer is 9.", false));
}

static size_t length_of(const char *text, bool cut)
{
    return final_length(prompt, (struct final_text){text, strlen(text), 0}, cut);
}

/* A whole answer is as long as it is, unless it asks a new question behind its final answer. */
Test(final, length)
{
    const char *whole = "The answer is 5.\nWait. The answer is 9.",
               *asks = "The answer is 5.\n\nQuestion 2: What is 1 + 1?\nThe answer is 2.",
               *first = "**Problem:** add.\n\nThe answer is 5.", *code = "#### 5\n```\nQ: x\n```";

    cr_assert_eq(length_of(whole, false), strlen(whole));
    cr_assert_eq(length_of(asks, false), 18);
    cr_assert_eq(length_of("\\boxed{5}\n<|im_start|>user", false), 10);
    cr_assert_eq(length_of(first, false), strlen(first));
    cr_assert_eq(length_of(code, false), strlen(code));
}

/* One that was cut off ends behind its first final line, which is whole. */
Test(final, length_of_what_was_cut)
{
    const char *box = "It has \\boxed{7}.\n\n#### Step 1\n\nThe answer is 9.\nBut";

    cr_assert_eq(length_of(box, true), strlen(box) - 4);
    cr_assert_eq(length_of("a\nThe answer is 9", true), 17);
    cr_assert_eq(final_length(prompt, (struct final_text){"#### 5\nb\nc", 10, 7}, true), 10);
}
