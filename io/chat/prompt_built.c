/*
 * prompt_built.c - the prompts that are built in, as the texts of files.
 */
#include <stddef.h>
#include <string.h>

#include "io/crux_io.h"

/* Steps in a list are numbered from 1, as their writer would. */
#define WRITTEN_SO_FAR                                                                             \
    "{{#steps}}\n"                                                                                 \
    "{{#@first}}\n"                                                                                \
    "\n"                                                                                           \
    "These steps have been written so far:\n"                                                      \
    "\n"                                                                                           \
    "{{/@first}}\n"                                                                                \
    "{{@number}}. {{.}}\n"                                                                         \
    "{{/steps}}\n"

#define NEXT_AND_REST                                                                              \
    "--- next\n" WRITTEN_SO_FAR "\n"                                                               \
    "Write step {{number}} and nothing else: no number before it, no repetition, no word about "   \
    "what comes after it. If the answer follows from the steps, write the final answer in the "    \
    "form that was asked for.\n"                                                                   \
    "--- rest\n" WRITTEN_SO_FAR "\n"                                                               \
    "Go on from there to the final answer, with an empty line between two steps. Do not repeat "   \
    "what is written.\n"

/* Parts of grammar cr-planner. Where the steps so far are the assistant's turn only what was looked
 * up is said; where they are not, the path is told in its order, so that it is clear what led to
 * what. */
#define LOOKED_UP                                                                                  \
    "{{#query}}\n"                                                                                 \
    "\n"                                                                                           \
    "Query: {{query}}\n"                                                                           \
    "{{/query}}\n"                                                                                 \
    "{{#document}}\n"                                                                              \
    "\n"                                                                                           \
    "Found: {{document}}\n"                                                                        \
    "{{/document}}\n"

#define PLANNED                                                                                    \
    "{{#continues}}\n"                                                                             \
    "{{#found}}\n"                                                                                 \
    "{{#@first}}\n"                                                                                \
    "This was looked up on the way, and may help:\n"                                               \
    "{{/@first}}\n" LOOKED_UP "{{/found}}\n"                                                       \
    "{{/continues}}\n"                                                                             \
    "{{^continues}}\n"                                                                             \
    "{{#path}}\n"                                                                                  \
    "{{#@first}}\n"                                                                                \
    "This has been written and looked up so far; what was looked up may help or not:\n"            \
    "{{/@first}}\n"                                                                                \
    "{{#rationale}}\n"                                                                             \
    "\n"                                                                                           \
    "Step: {{rationale}}\n"                                                                        \
    "{{/rationale}}\n" LOOKED_UP "{{/path}}\n"

#define RATIONALE_QUERY_ANSWER                                                                     \
    "--- rationale\n" PLANNED "\n"                                                                 \
    "Write exactly one next step and nothing else: no label before it, no repetition, no word "    \
    "about what comes after it. If the answer follows from what is written, write the final "      \
    "answer in the form that was asked for.\n"                                                     \
    "{{/continues}}\n"                                                                             \
    "--- query\n"                                                                                  \
    "{{#rationale}}\n"                                                                             \
    "This is one step of somebody's reasoning:\n"                                                  \
    "\n"                                                                                           \
    "{{rationale}}\n"                                                                              \
    "{{/rationale}}\n"                                                                             \
    "{{^rationale}}\n"                                                                             \
    "{{problem}}\n"                                                                                \
    "{{/rationale}}\n"                                                                             \
    "\n"                                                                                           \
    "Which concept, rule or method should one look up to get this right? Write one query for a "   \
    "search engine, on one line and in general words, without the numbers and the names that "     \
    "stand here. Write the query and nothing else.\n"                                              \
    "--- answer\n" PLANNED "\n"                                                                    \
    "Go on from there to the final answer, with an empty line between two steps, and no label "    \
    "before them. Do not repeat what is written.\n"                                                \
    "{{/continues}}\n"

/* The answer before as it was written, without numbers: the model is to write one like it. */
#define REVISE                                                                                     \
    "--- revise\n"                                                                                 \
    "This answer was given before:\n"                                                              \
    "\n"                                                                                           \
    "{{answer}}\n"                                                                                 \
    "\n"                                                                                           \
    "{{#critique}}\n"                                                                              \
    "A critic says of it:\n"                                                                       \
    "\n"                                                                                           \
    "{{critique}}\n"                                                                               \
    "\n"                                                                                           \
    "{{/critique}}\n"                                                                              \
    "{{^critique}}\n"                                                                              \
    "It may be wrong.\n"                                                                           \
    "\n"                                                                                           \
    "{{/critique}}\n"                                                                              \
    "Write a complete corrected answer, from its first step to its last, in the form that was "    \
    "asked for. Write nothing about the answer before or its critic.\n"

static const struct {
    const char *name, *text;
} built_in[] = {
    {"math", "--- system\n"
             "You solve problems of mathematics. Think in short steps, one thought each, and leave "
             "an empty line between two steps. When you know the answer, end with one line: The "
             "answer is \\boxed{ANSWER}.\n"
             "--- user\n"
             "{{problem}}\n" NEXT_AND_REST REVISE RATIONALE_QUERY_ANSWER "--- stop\n"
             "\\n\\n\n"
             "--- final\n"
             "\\boxed{\n"
             "####\n"
             "answer is\n"},
    {"code", "--- system\n"
             "You write programs. First think in short steps, in plain words, and leave an empty "
             "line between two steps. Then write the whole program in one block of code between "
             "two lines of ```, and nothing after it.\n"
             "--- user\n"
             "{{problem}}\n" NEXT_AND_REST REVISE RATIONALE_QUERY_ANSWER "--- stop\n"
             "\\n\\n\n"
             "--- final\n"
             "```\n"},
    {"plain", "--- system\n"
              "Answer the question. Think in short steps, one thought each, and leave an empty "
              "line between two steps. When you know the answer, end with one line: The answer is "
              "ANSWER.\n"
              "--- user\n"
              "{{problem}}\n" NEXT_AND_REST REVISE RATIONALE_QUERY_ANSWER "--- stop\n"
              "\\n\\n\n"
              "--- final\n"
              "answer is\n"},
};

enum { BUILT_IN = sizeof built_in / sizeof built_in[0] };

const char *crux_prompt_text(const char *name)
{
    for (size_t i = 0; i < BUILT_IN; i++)
        if (strcmp(built_in[i].name, name) == 0)
            return built_in[i].text;
    return NULL;
}
