/*
 * numbers.c - the members `numbers`, `target` and `use` of a problem's line.
 */
#include "io/numbers.h"

#include <string.h>

#include "io/skim.h"

/* What the line says of the three; a member that is left out or null stays empty. */
struct numbers_members {
    struct skim numbers, target, use;
};

/* Which of the three is it? NULL: none of them. */
static struct skim *member_named(struct numbers_members *members, struct skim name)
{
    if (skim_spells(name, "numbers"))
        return &members->numbers;
    if (skim_spells(name, "target"))
        return &members->target;
    return skim_spells(name, "use") ? &members->use : NULL;
}

static void find_numbers(struct numbers_members *out, struct skim line)
{
    struct skim name, value, *member;

    if (!skim_pass(&line, '{'))
        return;
    while (skim_member(&line, &name, &value)) {
        member = member_named(out, name);
        if (member != NULL && !skim_is(value, "null"))
            *member = value;
    }
}

static bool read_numbers(struct numbers_problem *out, struct skim list)
{
    struct skim item;

    if (!skim_pass(&list, '['))
        return false;
    while (skim_item(&list, &item)) {
        if (out->count == NUMBERS_MOST || !skim_integer(item, &out->numbers[out->count]))
            return false;
        out->count++;
    }
    return out->count > 0;
}

/* "all", which is also meant where nothing is said, or "any". */
static bool read_use(struct numbers_problem *out, struct skim value)
{
    struct skim word;

    out->use_all = true;
    if (value.at == value.end)
        return true;
    if (!skim_string(&value, &word))
        return false;
    out->use_all = skim_spells(word, "all");
    return out->use_all || skim_spells(word, "any");
}

bool numbers_problem_read(struct numbers_problem *out, const char *line)
{
    struct numbers_members members = {.numbers = {NULL, NULL}};
    struct numbers_problem found = {.target = NUMBERS_USUAL_TARGET};

    if (line != NULL)
        find_numbers(&members, (struct skim){line, line + strlen(line)});
    if (read_numbers(&found, members.numbers) && read_use(&found, members.use) &&
        (members.target.at == members.target.end || skim_integer(members.target, &found.target))) {
        *out = found;
        return true;
    }
    memset(out, 0, sizeof *out);
    return false;
}
