/*
 * facts.h - the model of the fake server in a world whose facts it does not know: it needs
 * documents.
 *
 * The problems. "Mia buys 3 Orlan crates of pears. She gives 5 away. How many pears does Mia have
 *     now?", where a document says "Each Orlan crate holds 14 pears."; or "Mia buys 3 crates of
 *     pears at the Halden farm. ...", where one says "The Halden farm packs its pears in crates of
 *     14.", or "The Halden farm packs its pears in Orlan crates.", and then another what such a
 *     crate holds. tests/fact_world.py writes problems and documents. The first step of a solution
 *     multiplies by that number, later ones are operations as in brain.h.
 * The model.    It reads in a prompt the last such problem, all sentences of documents that are of
 *     use, wherever a template has put them, and the steps behind the problem. Then it writes
 *     what is missing up to "The answer is \boxed{37}.", with an empty line between two steps:
 *     - where a fact is missing, it says which ("How many pears each Orlan crate holds has to be
 *       found out first.", or in two other ways) with a probability that depends on the problem, or
 *       makes the number up; it seldom says so twice, so a whole answer without the fact has
 *       one that is made up;
 *     - a number that is made up is that of another thing of the same name where a document has
 *       one, else any; half of them are admitted to be guesses, the others look like knowledge;
 *     - a fact that stands there is used, but for one time in twelve;
 *     - equations slip as those of brain.h do.
 *     Where a query is asked for, be it by a step alone or behind the problem, it writes one for
 *     what has to be found out: one that names it, or, two times in five, a vague one. A step that
 *     needs nothing gets a query that is of no use.
 *
 * Log-probabilities are those of the equations' slips; of all else the model is sure. All that is
 * written is a function of seed, prompt and skill. Pure; any thread.
 */
#ifndef TESTS_WORLD_SERVER_FACTS_H
#define TESTS_WORLD_SERVER_FACTS_H

#include "tests/world/server/brain.h"

/* Is it a problem of this world, or is a query for a search asked for, be it of any world? */
bool facts_is_asked(const char *prompt);

/* The reply's text is cleared first. */
void facts_think(struct brain_reply *reply, const struct brain *brain, const char *prompt);

#endif
