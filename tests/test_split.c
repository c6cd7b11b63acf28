/*
 * test_split.c - where steps part, what opens and what is invented. Cuts are written into the
 * texts, as |; the shapes are those of answers that models really gave.
 */
#include "io/split.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/opening.h"

static struct crux_text split_text_of(const char *text)
{
    return (struct crux_text){text, strlen(text)};
}

/* The text with a | wherever it is cut; the caller frees. */
static char *cut_of(enum split_way way, const char *text, size_t from)
{
    struct split split = split_begin(way, split_text_of(text), from);
    char *out = calloc(2, strlen(text) + 1), *at = out;
    struct crux_text step;

    memcpy(at, text, from);
    at += from;
    while (split_next(&split, &step)) {
        if (at > out + from)
            *at++ = '|';
        memcpy(at, step.start, step.length);
        at += step.length;
    }
    return out;
}

static void assert_cut(enum split_way way, const char *want, int line)
{
    char *text = strdup(want), *at = text, *found;

    for (const char *from = want; *from != '\0'; from++)
        if (*from != '|')
            *at++ = *from;
    *at = '\0';
    found = cut_of(way, text, 0);
    cr_assert_str_eq(found, want, "line %d: `%s`", line, found);
    free(found);
    free(text);
}

#define CUT(way, want) assert_cut(way, want, __LINE__)

/* --- ways ------------------------------------------------------------------------- */

Test(split, names)
{
    enum split_way way = SPLIT_LINES;

    cr_assert(split_way_of(&way, "model") && way == SPLIT_MODEL);
    cr_assert(split_way_of(&way, "paragraphs") && way == SPLIT_PARAGRAPHS);
    cr_assert(split_way_of(&way, "lines") && way == SPLIT_LINES);
    cr_assert(split_way_of(&way, "sentences") && way == SPLIT_SENTENCES);
    cr_assert(!split_way_of(&way, "words") && !split_way_of(&way, "") && way == SPLIT_SENTENCES);
}

Test(split, edges)
{
    for (int i = SPLIT_MODEL; i <= SPLIT_SENTENCES; i++) {
        enum split_way way = (enum split_way)i;

        CUT(way, "");
        CUT(way, " ");
        CUT(way, "\n\n \n");
        CUT(way, "x");
        CUT(way, "  x = 1\n\n");
        CUT(way, "\n\n  x = 1");
    }
    CUT(SPLIT_MODEL, "Two. Three.\n\nFour.\n");
}

/* --- paragraphs ------------------------------------------------------------------- */

Test(split, paragraphs)
{
    CUT(SPLIT_PARAGRAPHS, "He has 2.\nShe has 3.\n\n|Together 5.\n \t\n\n|#### 5");
    CUT(SPLIT_PARAGRAPHS, "He has 2.\vShe has 3.\v\v|Together 5."); /* as in stores */
    CUT(SPLIT_PARAGRAPHS, "Here's how to solve it:\n\n2 + 3 = 5\n\n|So 5.");
    CUT(SPLIT_PARAGRAPHS, "## Step 1\n\n2 + 3 = 5\n\n|**Step 2**\n\n5 + 1 = 6");
    CUT(SPLIT_PARAGRAPHS,
        "Let's think step by step.\n\nFirst, we need to find the cost.\n\n2 * 3 = 6");
}

/* A list that counts its items, or works something out in two of them, is cut; what is further in,
 * or goes on in small letters, is part of an item. */
Test(split, lists)
{
    CUT(SPLIT_PARAGRAPHS, "Let's break it down:\n1. He has 2.\n|2. She has 3.\n|3. So 5.");
    CUT(SPLIT_PARAGRAPHS, "1. She pays:\n   6 * 2 = 12\n|2. He pays:\n   - 3\n   - 4\n|Both: 19");
    CUT(SPLIT_PARAGRAPHS, "Given information:\n- A robe takes 2 bolts.\n- Half of that is white.");
    CUT(SPLIT_PARAGRAPHS, "- Blue: 2 = 2\n|- White: 2 / 2 = 1\n|* In all 3");
    CUT(SPLIT_PARAGRAPHS, "1. He has 2\nand finds 3.\n|2. So 5.");
    CUT(SPLIT_PARAGRAPHS, "1. Only one.\nAnd a remark.");
    CUT(SPLIT_PARAGRAPHS,
        "He says:\n\n1. **Find the cost:**\n   * 2 * 3 = 6\n\n|2. **Add:** 6 + 1 = 7");
}

/* --- lines ------------------------------------------------------------------------ */

Test(split, lines)
{
    CUT(SPLIT_LINES, "He has 2.\n|She has 3.\n\n|Together 5.");
    CUT(SPLIT_LINES, "Step 1: Find the cost.\n2 * 3 = 6\n|Step 2:\n6 + 1 = 7\n");
    CUT(SPLIT_LINES, "**1. Calculate the profit:**\n* 5 - 3 = 2\n|---\nSo 2.\n|#### 2");
    CUT(SPLIT_LINES, "So 2.\n|Let's check:\n"); /* nothing follows */
}

/* --- sentences -------------------------------------------------------------------- */

Test(split, sentences)
{
    CUT(SPLIT_SENTENCES, "He has 2. |She has 3! |Do both have 5? |They do.");
    CUT(SPLIT_SENTENCES, "It costs $3.50. |That is 3.5 * 2 = 7.0 in all.");
    CUT(SPLIT_SENTENCES, "Fruit, e.g. Apples, i.e. 3, cost approx. two coins. |So 2.");
    CUT(SPLIT_SENTENCES, "At Dr. Wertz's school J. R. Smith has 2. |Mr. X has 3.");
    CUT(SPLIT_SENTENCES, "1. He has 2. |He finds 3.\n|2. So 5.");
    CUT(SPLIT_SENTENCES, "So 5! = 120. |Therefore it is 120.");
    CUT(SPLIT_SENTENCES, "The answer is B. |Therefore we take B. |He left.");
    CUT(SPLIT_SENTENCES, "He said \"It is 3.\" |She said (it is 4.) |**So 5.** |End.");
    CUT(SPLIT_SENTENCES, "The costs are 5, 3, ..., 5, 3. |In all 8... |So 8.");
    CUT(SPLIT_SENTENCES, "他有2个。|她有3个。|一共5个。");
    CUT(SPLIT_SENTENCES, "It is $x = 2.$ |So $x$ is even.");
    CUT(SPLIT_SENTENCES, "Let's find the cost. Each is 3. |So 6.");
}

/* A line's end is a sentence's, unless the text was wrapped there. */
Test(split, wrapped)
{
    CUT(SPLIT_SENTENCES, "The number of\neggs is 3. |It is odd.");
    CUT(SPLIT_SENTENCES, "20 = 5x\n|x = 4\n|So 4.");
    CUT(SPLIT_SENTENCES, "He has 2\n\n|and more");
    CUT(SPLIT_SENTENCES, "For bleach:\n8 * 2 = 16");
}

/* --- code and formulas ------------------------------------------------------------ */

Test(split, code)
{
    static const char text[] =
        "The program:\n\n```python\ndef f(x):\n\n    # Step 1:\n    return x. y\n"
        "```\n\n|It is right.";
    static const char open[] = "Here it is.\n\n|```\na\n\nb\n";

    CUT(SPLIT_PARAGRAPHS, text);
    CUT(SPLIT_LINES, text);
    CUT(SPLIT_SENTENCES, text);
    CUT(SPLIT_PARAGRAPHS, open);
    CUT(SPLIT_LINES, "So:\n~~~\n```\n\n```\n~~~\n|Done.");
}

/* What is before the place of the first step says whether that is in code. */
Test(split, in_code)
{
    static const char text[] = "```\na = 1\nb = 2\n```\nIt is 3.\nSo 3.";
    char *found = cut_of(SPLIT_LINES, text, 10);

    cr_assert_str_eq(found, "```\na = 1\nb = 2\n```\n|It is 3.\n|So 3.", "`%s`", found);
    free(found);
}

Test(split, formulas)
{
    CUT(SPLIT_LINES, "We get\n\\[\nx = 1.\n\ny = 2\n\\]\n|So 3.");
    CUT(SPLIT_PARAGRAPHS, "We get\n\n$$x = 1$$\n\n|So 3.");
    CUT(SPLIT_SENTENCES, "We get $$x = 1. Y = 2$$ there. |So 3.");
    CUT(SPLIT_LINES, "Then\n\\begin{align*}\na &= b\\\\[2pt]\n\\begin{cases} 1 \\\\ 2 "
                     "\\end{cases}\n\\end{align*}\n|So.");
    CUT(SPLIT_LINES, "[asy]\ndraw(A);\n\nlabel(B);\n[/asy]\n|So 3.");
    CUT(SPLIT_LINES, "It is done.\n|\\[ x = 1 \\]\n|So 3."); /* it was no beginning of a sentence */
}

/* What never ends is no formula: prices are not. */
Test(split, no_formulas)
{
    CUT(SPLIT_LINES, "It costs $$5.\n|So 3.");
    CUT(SPLIT_LINES, "Open \\[ here.\n|So 3.\n|\\begin{x} \\begin{y} \\end{y}\n|Done.");
}

/* --- openings --------------------------------------------------------------------- */

Test(opening, heads)
{
    static const char *const lines[] = {"For bleach:",
                                        "**1. Calculate the profit:**",
                                        "## Step 2",
                                        "### Find the cost of 8 pens",
                                        "**Total cost**",
                                        "**Step 3: Find the total**",
                                        "2. **Find the rest**",
                                        "Step 1",
                                        "Step 2.",
                                        "Part (a)",
                                        "Solution",
                                        "Solution.",
                                        "**Solution**",
                                        "---",
                                        "***",
                                        "1.",
                                        "-",
                                        "(b)",
                                        "Also gilt：",
                                        "Therefore we get",
                                        "so that",
                                        "**Thursday's revenue**:"};

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        cr_assert_eq(opening_of(split_text_of(lines[i])), OPENING_HEADS, "`%s`", lines[i]);
}

Test(opening, announcements)
{
    static const char *const lines[] = {
        "Let's think step by step.",
        "Let’s break this down.",
        "Okay, let's solve the problem.",
        "Here's how to solve this problem.",
        "Here is how we can solve this problem.",
        "Sure! Here's the solution.",
        "First, we need to find the cost of the 8 pens.",
        "To solve this problem, we need to find the number of cars that drove through.",
        "To find the cost, we first need to determine the price.",
        "Step 1: Find the cost.",
        "1. Calculate the number of attendees.",
        "Next, we calculate the distance.",
        "Finally, let's find out how many oranges Kael brought.",
        "Okay.",
        "We can solve this by following these steps.",
        "Now, let me check the answer."};

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        cr_assert_eq(opening_of(split_text_of(lines[i])), OPENING_ANNOUNCES, "`%s`", lines[i]);
}

Test(opening, claims)
{
    static const char *const lines[] = {
        "2 + 3 = 5",
        "So 5.",
        "#### 72",
        "#### 3 apples",
        "**Answer: 72**",
        "**So she has 3 left.**",
        "2. **Since a pen costs as much, it costs $1.50.**",
        "## Answer: \\boxed{5}",
        "**Charlie is not making a profit.**",
        "Let's calculate 3 * 4 = 12.",
        "Let's denote the number of cars as x.",
        "First, he buys 3 pens.",
        "To find the price, we subtract the discount from the price.",
        "First, calculate the cost: 8 * 2 is 16.",
        "We know that Ann is older than Bob.",
        "We find the total is even.",
        "We now look at ABCD, whose angles sum to 360.",
        "1. He has 3.",
        "Step 1: He has 3.",
        "Final answer: 5",
        "The answer is 5.",
        "Step by step she walked 5 miles.",
        "Here are 5 apples.",
        "x",
        "}",
        "Let's think. He has 3.",
        "I know this place."};

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        cr_assert_eq(opening_of(split_text_of(lines[i])), OPENING_NONE, "`%s`", lines[i]);
}

/* Titles behind hashes and between stars, and what only looks like one. */
Test(opening, titles)
{
    static const struct {
        const char *line;
        enum opening is;
    } rows[] = {
        {"### Step 2: Cost", OPENING_HEADS},
        {"####### too many", OPENING_NONE},
        {"#", OPENING_NONE},
        {"#5", OPENING_NONE},
        {"# 5 = 3", OPENING_NONE},
        {"## 12", OPENING_NONE},
        {"**3 eggs**", OPENING_NONE},
        {"**Find the 3 eggs**", OPENING_HEADS},
        {"1. **Total cost**", OPENING_HEADS},
        {"x **Total cost**", OPENING_NONE},
        {"**Total cost** *.", OPENING_HEADS},
        {"**Total cost** 5", OPENING_NONE},
        {"** **", OPENING_HEADS},
        {"Part (a)", OPENING_HEADS},
        {"Solution #3:", OPENING_HEADS},
        {"Step 2 is done", OPENING_NONE},
        {"ab：", OPENING_HEADS},
        {"the so", OPENING_HEADS},
        {"xso", OPENING_NONE},
        {"Let\xe2\x80\x99s *find*  the cost \r", OPENING_ANNOUNCES},
        {"find", OPENING_ANNOUNCES},
        {"find-out", OPENING_NONE},
        {"finds 3", OPENING_NONE},
        {"Calculate the cost", OPENING_ANNOUNCES},
        {"Calculate the 3 costs", OPENING_NONE},
        {"1. Calculate the 3 costs", OPENING_ANNOUNCES},
        {"Here are the 3 steps", OPENING_NONE},
        {"We start by finding the cost", OPENING_ANNOUNCES},
        {"To find the cost,we add", OPENING_NONE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(opening_of(split_text_of(rows[i].line)), rows[i].is, "`%s`", rows[i].line);
}

/* A goal is an announcement if what follows its comma is one; what says how, or what it is, is
 * none. */
Test(opening, goals)
{
    static const char *const plans[] = {
        "To find the cost, we need to calculate the price.",
        "To find the cost, let's calculate the price.",
        "To find the cost, of all, we need to calculate it.",
        "To find the cost,then, let us calculate",
        "In order to find it, we first calculate the cost",
    };
    static const char *const claims[] = {
        "To find the cost, he pays",
        "To find the cost",
        "We calculate by 3",
        "We calculate what it is worth",
        "We are to add",
        "He has 8 - 2 left",
        "8 -2",
        "8, 9 eggs",
        "I can't say",
        "Total: x",
        "**Total",
        "By adding, we find the cost",
    };

    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        cr_expect_eq(opening_of(split_text_of(plans[i])), OPENING_ANNOUNCES, "`%s`", plans[i]);
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        cr_expect_eq(opening_of(split_text_of(claims[i])), OPENING_NONE, "`%s`", claims[i]);
}

/* What is longer than any announcement is none, whatever it begins with. */
Test(opening, long_lines)
{
    char line[3000] = "Let's calculate the cost";

    memset(line + strlen(line), 'x', sizeof line - strlen(line) - 1);
    cr_assert_eq(opening_of(split_text_of(line)), OPENING_NONE);
    memcpy(line, "# ", 2);
    cr_assert_eq(opening_of(split_text_of(line)), OPENING_NONE);
    memcpy(line, "**", 2);
    memcpy(line + sizeof line - 3, "**", 2);
    cr_assert_eq(opening_of(split_text_of(line)), OPENING_NONE);
}

/* Where a full stop is none: items, initials, formulas, calls; and where it is one all the same. */
Test(split, full_stops)
{
    CUT(SPLIT_SENTENCES, "He has 3.\r\n|She has 4.\r\n");
    CUT(SPLIT_SENTENCES, "1234. |Then 5 is it.");
    CUT(SPLIT_SENTENCES, "Step 2: He has 3. |She has 4.");
    CUT(SPLIT_SENTENCES, "2: He has 3. |She has 4.");
    CUT(SPLIT_SENTENCES, "1.**Sum** is 3. |It is.");
    CUT(SPLIT_SENTENCES, "He has 3.\n|Step 2");
    CUT(SPLIT_SENTENCES, " * He has 3. |She has 4.");
    CUT(SPLIT_SENTENCES, "Part A. It is 3.");
    CUT(SPLIT_SENTENCES, "(a) He has 3. |(b) She has 4.");
    CUT(SPLIT_SENTENCES, "iv) He has 3. |She has 4.");
    CUT(SPLIT_SENTENCES, "He eats ...a. |Then 3.");
    CUT(SPLIT_SENTENCES, "It is x. |Then 3.");
    CUT(SPLIT_SENTENCES, "It is x+Y. |Go on.");
    CUT(SPLIT_SENTENCES, "J. Smith has 3. |He eats.");
    CUT(SPLIT_SENTENCES, "John J. |5 apples.");
    CUT(SPLIT_SENTENCES, "It is 3! 5 is left.");
    CUT(SPLIT_SENTENCES, "It is (3)! 5 is left. |So 5.");
    CUT(SPLIT_SENTENCES, "It is 3! |We go.");
    CUT(SPLIT_SENTENCES, "Yes.”a");
    CUT(SPLIT_SENTENCES, "He has 3. a few are left.");
    CUT(SPLIT_SENTENCES, "中文。|它是3。 |好！");
}

/* --- steps that are cut already --------------------------------------------------- */

Test(split, opens)
{
    cr_assert(split_opens(split_text_of("")) && split_opens(split_text_of(" \v")));
    cr_assert(split_opens(split_text_of("Let's see.\v\v**Step 1**")));
    cr_assert(split_opens(split_text_of("He has 3.\vNow his sister:")));
    cr_assert(!split_opens(split_text_of("He has 3.\vLet's go on.")));
    cr_assert(!split_opens(split_text_of("For bleach:\v8 * 2 = 16")));
    cr_assert(split_opens(split_text_of("It is\v```python\va = 1\v\v")));
    cr_assert(!split_opens(split_text_of("```\va = 1:\v```")));
    cr_assert(split_opens(split_text_of("\\[ x = 1")) && !split_opens(split_text_of("\\[ x \\]")));
}

/* Code and formulas that go on from a step to the next are one step; a fence that closes is not
 * taken for one that opens. */
Test(split, joins)
{
    static const char *const texts[] = {
        "Let's see.", "He has 3.", "```python", "a = 1:",  "b = 2\n",
        "```",        "So:",       "\\[ a",     "= b \\]", "Note:"};
    static const bool want[] = {true, false, true, true, true, false, true, true, false, false};
    struct crux_text steps[10];
    bool belongs[10];

    for (size_t i = 0; i < 10; i++)
        steps[i] = split_text_of(texts[i]);
    cr_assert(split_joins(steps, 10, belongs));
    for (size_t i = 0; i < 10; i++)
        cr_assert_eq(belongs[i], want[i], "%zu", i);
    cr_assert(split_joins(steps, 0, belongs));
    cr_assert(split_joins(steps, 1, belongs) && !belongs[0]);
}

Test(split, inside)
{
    static const char text[] = "```\na\n\nb\n```\n";
    bool inside = false;

    cr_assert(split_opens_from((struct crux_text){text, 7}, 0, &inside) && inside);
    cr_assert(split_opens_from((struct crux_text){text, 9}, 7, &inside) && inside);
    cr_assert(!split_opens_from((struct crux_text){text, 13}, 9, &inside) && !inside);
    cr_assert(split_opens_from(split_text_of("So 3.\nLet's see."), 6, &inside) && !inside);
}

/* --- invented output -------------------------------------------------------------- */

static void assert_invented(const char *text, const char *one, const char *two)
{
    struct crux_text found[2] = {{"", 0}, {"", 0}};
    size_t count = split_invented(split_text_of(text), found, 2);

    cr_assert_eq(count, (size_t)(one != NULL) + (two != NULL), "%zu: %s", count, text);
    for (size_t i = 0; i < count; i++) {
        const char *want = i == 0 ? one : two;

        cr_assert(found[i].length == strlen(want) &&
                      memcmp(found[i].start, want, found[i].length) == 0,
                  "`%.*s`", (int)found[i].length, found[i].start);
    }
}

#define PROGRAM "```python\nprint(1)\n```\n"

Test(split, invented)
{
    assert_invented("", NULL, NULL);
    assert_invented(PROGRAM "It prints one.", NULL, NULL);
    assert_invented(PROGRAM "```output\n1\n```\nSo 1.", "```output\n1\n```\n", NULL);
    assert_invented(PROGRAM "\nOutput:\n```\n1\n```\nSo 1.", "Output:\n```\n1\n```\n", NULL);
    assert_invented(PROGRAM "\n**Output:**\n\n1\n2\n\nSo 1.", "**Output:**\n\n1\n2\n", NULL);
    assert_invented(PROGRAM "Output: 1\nSo 1.\n\nYes", "Output: 1\nSo 1.\n", NULL);
    assert_invented(PROGRAM "```output\v1\v```\v" PROGRAM "Output:\v2", "```output\v1\v```\v",
                    "Output:\v2");
    assert_invented(PROGRAM "Output:", "Output:", NULL);
    /* Before any program it is part of the question, or another matter. */
    assert_invented("Output:\n1\n\n" PROGRAM, NULL, NULL);
    assert_invented("```output\n1\n```\nOutput: 2", NULL, NULL);
    assert_invented(PROGRAM "The output: of this.", NULL, NULL);
    assert_invented(PROGRAM "```text\n1\n```\n", NULL, NULL);
    cr_assert_eq(split_invented(split_text_of(PROGRAM "Output: 1\n\nOutput: 2"), NULL, 0), 2);
}
