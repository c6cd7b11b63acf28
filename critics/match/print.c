/*
 * print.c - writes the canonical form of an answer.
 *
 * What has an exact value is written as that value and nothing else: an integer, a
 * decimal number where it ends, else a fraction. Everything else is written with its
 * structure, with the fewest brackets that keep it, so that what is read back is the
 * same.
 */
#include "critics/match/print.h"
#include "critics/match/spelling.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* How tightly things bind; what binds less than its place asks for gets brackets. */
enum binding { BINDS_LIST, BINDS_SUM, BINDS_PRODUCT, BINDS_POWER, BINDS_ATOM };

struct printer {
    const struct match_form *form;
    char *out;
    size_t room, length;
};

static void print_put(struct printer *printer, const char *text)
{
    size_t length = strlen(text);

    if (length >= printer->room - printer->length)
        length = printer->room - printer->length - 1;
    memcpy(printer->out + printer->length, text, length);
    printer->length += length;
    printer->out[printer->length] = '\0';
}

/* --- exact numbers ----------------------------------------------------------------- */

/* How many decimal places a fraction with this divisor has; -1: it never ends. */
static int decimal_places(int64_t under)
{
    int twos = 0, fives = 0;

    for (; under % 2 == 0; under /= 2)
        twos++;
    for (; under % 5 == 0; under /= 5)
        fives++;
    if (under != 1 || twos > 18 || fives > 18)
        return -1;
    return twos > fives ? twos : fives;
}

static void put_exact(struct printer *printer, struct rational ratio)
{
    int places = decimal_places(ratio.under);
    __int128 scaled = ratio.over < 0 ? -(__int128)ratio.over : ratio.over;
    int64_t ten = 1;
    char text[64], behind[24];

    if (places <= 0) {
        (void)snprintf(text, sizeof text, places == 0 ? "%" PRId64 : "%" PRId64 "/%" PRId64,
                       ratio.over, ratio.under);
        print_put(printer, text);
        return;
    }
    for (int i = 0; i < places; i++)
        ten *= 10;
    scaled = scaled * (ten / ratio.under);
    /* A one before the places keeps their zeros, and is not shown. */
    (void)snprintf(behind, sizeof behind, "%" PRId64, (int64_t)(scaled % ten) + ten);
    (void)snprintf(text, sizeof text, "%s%" PRId64 ".%s", ratio.over < 0 ? "-" : "",
                   (int64_t)(scaled / ten), behind + 1);
    print_put(printer, text);
}

static enum binding exact_binds(struct rational ratio)
{
    if (ratio.over < 0)
        return BINDS_SUM;
    return decimal_places(ratio.under) < 0 ? BINDS_PRODUCT : BINDS_ATOM;
}

/* --- structure ---------------------------------------------------------------------- */

static void print_structure(struct printer *printer, const struct match_node *node);
static void print(struct printer *printer, uint32_t at, enum binding least);

static const char *printed_word(const struct printer *printer, const struct match_node *node)
{
    return printer->form->words + node->word;
}

/* A number that no 64 bits hold: its digits, as they were given. */
static void print_literal(struct printer *printer, const struct match_node *node)
{
    const char *text = printed_word(printer, node);
    char scaled[40];

    if (strpbrk(text, ".e") == NULL || node->value.worth == MATCH_NOTHING) {
        print_put(printer, text + (strpbrk(text, ".e") == NULL ? strspn(text, "0") : 0));
        return;
    }
    (void)snprintf(scaled, sizeof scaled, "%.15g", creal(node->value.z));
    print_put(printer, scaled);
}

static void print_children(struct printer *printer, const struct match_node *node,
                           const char *between, enum binding least)
{
    for (uint32_t child = node->first; child != 0; child = printer->form->nodes[child].next) {
        if (child != node->first)
            print_put(printer, between);
        print(printer, child, least);
    }
}

static void print_between(struct printer *printer, const struct match_node *node, const char *open,
                          const char *between, const char *close)
{
    print_put(printer, open);
    print_children(printer, node, between, BINDS_LIST);
    print_put(printer, close);
}

static void print_operation(struct printer *printer, const struct match_node *node)
{
    static const struct {
        const char *sign;
        enum binding left, right;
    } rows[] = {[MATCH_SUM] = {" + ", BINDS_SUM, BINDS_PRODUCT},
                [MATCH_DIFFERENCE] = {" - ", BINDS_SUM, BINDS_PRODUCT},
                [MATCH_PRODUCT] = {"*", BINDS_PRODUCT, BINDS_POWER},
                [MATCH_QUOTIENT] = {"/", BINDS_PRODUCT, BINDS_POWER},
                [MATCH_POWER] = {"^", BINDS_ATOM, BINDS_POWER}};

    const struct match_node *left = &printer->form->nodes[node->first];

    if (node->doubtful) /* the doubt is in the slash, which a value would not show */
        print_structure(printer, left);
    else
        print(printer, node->first, rows[node->kind].left);
    print_put(printer, node->doubtful ? " " : rows[node->kind].sign);
    print(printer, node->last, rows[node->kind].right);
}

static void print_root(struct printer *printer, const struct match_node *node)
{
    int64_t degree = 0;

    if (match_is_integer(&printer->form->nodes[node->last].value, &degree) && degree == 2) {
        print_put(printer, "sqrt(");
    } else {
        print_put(printer, "sqrt[");
        print(printer, node->last, BINDS_LIST);
        print_put(printer, "](");
    }
    print(printer, node->first, BINDS_LIST);
    print_put(printer, ")");
}

static void print_applied(struct printer *printer, const struct match_node *node)
{
    print_put(printer, printed_word(printer, node));
    if (node->last != node->first) {
        print_put(printer, "_{");
        print(printer, node->last, BINDS_LIST);
        print_put(printer, "}");
    }
    print_put(printer, "(");
    print(printer, node->first, BINDS_LIST);
    print_put(printer, ")");
}

static void print_relation(struct printer *printer, const struct match_node *node)
{
    char ascii[2];

    for (uint32_t child = node->first; child != 0; child = printer->form->nodes[child].next) {
        if (child != node->first) {
            print_put(printer, " ");
            print_put(printer, match_spelling_of_sign(printer->form->nodes[child].sign, ascii));
            print_put(printer, " ");
        }
        print(printer, child, BINDS_SUM);
    }
}

static void print_matrix(struct printer *printer, const struct match_node *node)
{
    uint32_t column = 0;

    print_put(printer, "\\begin{matrix}");
    for (uint32_t child = node->first; child != 0; child = printer->form->nodes[child].next) {
        print(printer, child, BINDS_LIST);
        column = (column + 1) % node->digits;
        if (printer->form->nodes[child].next != 0)
            print_put(printer, column == 0 ? "\\\\" : "&");
    }
    print_put(printer, "\\end{matrix}");
}

/* x = 1, y = 2: the names are part of what is said. */
static void print_named(struct printer *printer, const struct match_node *node)
{
    for (uint32_t item = node->first; item != 0; item = printer->form->nodes[item].next) {
        print_put(printer, item != node->first ? ", " : "");
        if (printer->form->nodes[item].label != 0) {
            print_put(printer, printer->form->words + printer->form->nodes[item].label);
            print_put(printer, " = ");
        }
        print(printer, item, BINDS_SUM);
    }
}

static void print_tuple(struct printer *printer, const struct match_node *node)
{
    const char open[2] = {node->open, '\0'}, close[2] = {node->close, '\0'};

    print_put(printer, open);
    if (match_form_named(printer->form, node))
        print_named(printer, node);
    else
        print_children(printer, node, ", ", BINDS_LIST);
    print_put(printer, close);
}

static void print_choice(struct printer *printer, const struct match_node *node)
{
    print_put(printer, printed_word(printer, node));
    if (node->first != 0) {
        print_put(printer, ") ");
        print(printer, node->first, BINDS_LIST);
    }
}

static void print_behind(struct printer *printer, const struct match_node *node, const char *space,
                         const char *behind)
{
    print(printer, node->first, BINDS_SUM);
    print_put(printer, space);
    print_put(printer, behind);
}

static void print_word(struct printer *printer, const struct match_node *node)
{
    print_put(printer, printed_word(printer, node));
}

static void print_negative(struct printer *printer, const struct match_node *node)
{
    print_put(printer, "-");
    print(printer, node->first, BINDS_PRODUCT);
}

static void print_factorial(struct printer *printer, const struct match_node *node)
{
    print(printer, node->first, BINDS_ATOM);
    print_put(printer, "!");
}

static void print_absolute(struct printer *printer, const struct match_node *node)
{
    print_between(printer, node, "|", "", "|");
}

static void print_choose(struct printer *printer, const struct match_node *node)
{
    print_between(printer, node, "\\binom{", "}{", "}");
}

static void print_indexed(struct printer *printer, const struct match_node *node)
{
    print(printer, node->first, BINDS_ATOM);
    print_put(printer, "_{");
    print(printer, node->last, BINDS_LIST);
    print_put(printer, "}");
}

static void print_percent(struct printer *printer, const struct match_node *node)
{
    print_behind(printer, node, "", "%");
}

/* An amount without its unit is taken for dollars, so they need not be named. */
static void print_quantity(struct printer *printer, const struct match_node *node)
{
    const char *unit = printed_word(printer, node);

    if (strcmp(unit, "dollar") == 0)
        print_behind(printer, node, "", "");
    else if (strcmp(unit, "degree") == 0)
        print_behind(printer, node, "", "\xC2\xB0");
    else
        print_behind(printer, node, " ", unit);
}

static void print_ratio(struct printer *printer, const struct match_node *node)
{
    print_children(printer, node, ":", BINDS_POWER);
    if (node->word != 0) {
        print_put(printer, " ");
        print_word(printer, node);
    }
}

/* Sets are the same in any order; a canonical one has its numbers ascending. Returns how
 * many there are, 0 if they are not all real numbers. */
static uint32_t print_ascending(const struct match_form *form, const struct match_node *set,
                                uint16_t items[MATCH_NODES])
{
    uint32_t count = 0;

    for (uint32_t item = set->first; item != 0; item = form->nodes[item].next) {
        const struct match_number *value = &form->nodes[item].value;
        uint32_t at = count++;

        if (value->worth == MATCH_NOTHING || cimag(value->z) != 0.0)
            return 0;
        for (; at > 0 && creal(form->nodes[items[at - 1]].value.z) > creal(value->z); at--)
            items[at] = items[at - 1];
        items[at] = (uint16_t)item;
    }
    return count;
}

static void print_list(struct printer *printer, const struct match_node *node)
{
    uint16_t items[MATCH_NODES];
    uint32_t count;

    if (match_form_named(printer->form, node)) {
        print_named(printer, node);
        return;
    }
    count = print_ascending(printer->form, node, items);

    for (uint32_t i = 0; i < count; i++) {
        print_put(printer, i > 0 ? ", " : "");
        print(printer, items[i], BINDS_LIST);
    }
    if (count == 0)
        print_children(printer, node, ", ", BINDS_LIST);
}

static void print_set(struct printer *printer, const struct match_node *node)
{
    print_put(printer, "\\{");
    print_list(printer, node);
    print_put(printer, "\\}");
}

static void print_united(struct printer *printer, const struct match_node *node)
{
    print_children(printer, node, " \xE2\x88\xAA ", BINDS_SUM);
}

static const struct {
    void (*print)(struct printer *, const struct match_node *);
    enum binding binds;
} kinds[] = {
    [MATCH_VOID] = {print_word, BINDS_ATOM},
    [MATCH_LITERAL] = {print_literal, BINDS_ATOM},
    [MATCH_SYMBOL] = {print_word, BINDS_ATOM},
    [MATCH_SUM] = {print_operation, BINDS_SUM},
    [MATCH_DIFFERENCE] = {print_operation, BINDS_SUM},
    [MATCH_PRODUCT] = {print_operation, BINDS_PRODUCT},
    [MATCH_QUOTIENT] = {print_operation, BINDS_PRODUCT},
    [MATCH_POWER] = {print_operation, BINDS_POWER},
    [MATCH_NEGATIVE] = {print_negative, BINDS_SUM},
    [MATCH_ROOT] = {print_root, BINDS_ATOM},
    [MATCH_APPLIED] = {print_applied, BINDS_ATOM},
    [MATCH_FACTORIAL] = {print_factorial, BINDS_ATOM},
    [MATCH_ABSOLUTE] = {print_absolute, BINDS_ATOM},
    [MATCH_CHOOSE] = {print_choose, BINDS_ATOM},
    [MATCH_INDEXED] = {print_indexed, BINDS_ATOM},
    [MATCH_BASED] = {print_indexed, BINDS_ATOM},
    [MATCH_PERCENT] = {print_percent, BINDS_LIST},
    [MATCH_QUANTITY] = {print_quantity, BINDS_LIST},
    [MATCH_RATIO] = {print_ratio, BINDS_LIST},
    [MATCH_CHOICE] = {print_choice, BINDS_LIST},
    [MATCH_WORDS] = {print_word, BINDS_ATOM},
    [MATCH_TUPLE] = {print_tuple, BINDS_ATOM},
    [MATCH_SET] = {print_set, BINDS_ATOM},
    [MATCH_LIST] = {print_list, BINDS_LIST},
    [MATCH_UNITED] = {print_united, BINDS_LIST},
    [MATCH_MATRIX] = {print_matrix, BINDS_ATOM},
    [MATCH_RELATION] = {print_relation, BINDS_LIST},
    [MATCH_OPAQUE] = {print_word, BINDS_ATOM},
};

static void print_structure(struct printer *printer, const struct match_node *node)
{
    kinds[node->kind].print(printer, node);
}

/* A number in a base is its digits, also with a minus. */
static bool is_based(const struct match_form *form, const struct match_node *node)
{
    return node->kind == MATCH_BASED ||
           (node->kind == MATCH_NEGATIVE && form->nodes[node->first].kind == MATCH_BASED);
}

static void print(struct printer *printer, uint32_t at, enum binding least)
{
    const struct match_node *node = &printer->form->nodes[at];
    bool exact = node->value.worth == MATCH_EXACT && !is_based(printer->form, node);
    bool wrapped = (exact ? exact_binds(node->value.ratio) : kinds[node->kind].binds) < least;

    if (wrapped)
        print_put(printer, "(");
    if (exact)
        put_exact(printer, node->value.ratio);
    else
        print_structure(printer, node);
    if (wrapped)
        print_put(printer, ")");
}

void match_print_node(const struct match_form *form, uint32_t node, char *out, size_t room)
{
    struct printer printer = {.form = form, .out = out, .room = room};

    out[0] = '\0';
    print(&printer, node, BINDS_LIST);
}
