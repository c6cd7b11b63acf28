/*
 * words.c - comparison of answers in words, and the phrases that have a meaning of their own.
 */
#include "critics/match/words.h"

#include <string.h>

#define STEM         4u
#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool phrase_in(const char *words, const char *const *phrases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words, phrases[i]) == 0)
            return true;
    return false;
}

static bool phrase_begins(const char *words, const char *const *phrases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(words, phrases[i], strlen(phrases[i])) == 0)
            return true;
    return false;
}

bool match_words_all(const char *words)
{
    static const char *const phrases[] = {"all real numbers",  "all reals",
                                          "any real number",   "all real",
                                          "every real number", "set of all real numbers"};

    return phrase_in(words, phrases, COUNT(phrases));
}

bool match_words_empty(const char *words)
{
    static const char *const phrases[] = {"no solution",       "no solutions",  "no real solution",
                                          "no real solutions", "no real roots", "empty set",
                                          "no valid"};

    return phrase_begins(words, phrases, COUNT(phrases));
}

bool match_words_many(const char *words)
{
    static const char *const phrases[] = {"infinitely many", "infinite",
                                          "infinitely many solutions"};

    return phrase_in(words, phrases, COUNT(phrases));
}

static bool undecided(const char *words)
{
    static const char *const phrases[] = {
        "cannot be determined", "cannot determine",        "can not be determined",
        "can't be determined",  "not enough information",  "insufficient information",
        "not enough data",      "impossible to determine", "not possible to determine",
        "cannot be calculated", "cannot be found",         "not enough info"};

    return phrase_begins(words, phrases, COUNT(phrases));
}

static bool missing(const char *words)
{
    static const char *const phrases[] = {"does not exist", "dne", "doesn't exist", "do not exist"};

    return phrase_begins(words, phrases, COUNT(phrases));
}

bool match_words_refuse(const char *words)
{
    static const char *const phrases[] = {"undefined",      "not defined",     "indeterminate",
                                          "not applicable", "a finite number", "finite number"};

    return undecided(words) || missing(words) || phrase_begins(words, phrases, COUNT(phrases));
}

static size_t common(const char *a, const char *b)
{
    size_t length = 0;

    while (a[length] != '\0' && a[length] == b[length])
        length++;
    return length;
}

static bool plain_word(const char *word)
{
    for (; *word != '\0'; word++)
        if ((unsigned char)*word >= 0x80 || *word == ' ')
            return false;
    return true;
}

/* `not prime` and `prime`. */
static bool denies(const char *a, const char *b)
{
    return (strncmp(a, "not ", 4) == 0 && strcmp(a + 4, b) == 0) ||
           (strncmp(b, "not ", 4) == 0 && strcmp(b + 4, a) == 0);
}

/* Without `on` and the like, which say nothing about what follows. */
static const char *bare_words(const char *words)
{
    static const char *const fillers[] = {"on ", "in ", "at ", "both ", "its "};

    for (size_t i = 0; i < COUNT(fillers); i++)
        if (strncmp(words, fillers[i], strlen(fillers[i])) == 0)
            return words + strlen(fillers[i]);
    return words;
}

/* Months, days: by their first three letters. */
static bool same_date_word(const char *a, const char *b)
{
    static const char *const names[] = {
        "january",   "february",  "march",   "april",    "may",      "june",   "july",
        "august",    "september", "october", "november", "december", "monday", "tuesday",
        "wednesday", "thursday",  "friday",  "saturday", "sunday"};

    for (size_t i = 0; i < COUNT(names); i++) {
        size_t one = strlen(a), two = strlen(b);

        if (one >= 3 && two >= 3 && strncmp(names[i], a, one) == 0 &&
            strncmp(names[i], b, two) == 0)
            return true;
    }
    return false;
}

/* Word by word: jan 5 and january 5. */
static bool same_dates(const char *a, const char *b)
{
    char one[16], two[16];
    size_t length_a = strcspn(a, " "), length_b = strcspn(b, " ");

    if (a[length_a] == '\0' || strcmp(a + length_a, b + length_b) != 0 || length_a >= sizeof one ||
        length_b >= sizeof two)
        return false;
    memcpy(one, a, length_a);
    memcpy(two, b, length_b);
    one[length_a] = '\0';
    two[length_b] = '\0';
    return same_date_word(one, two);
}

/* yes and no answer a question; any other word may say the same. */
static bool yes_or_no(const char *word)
{
    return strcmp(word, "yes") == 0 || strcmp(word, "no") == 0;
}

static enum match compare_single(const char *a, const char *b)
{
    size_t shared = common(a, b);

    if (same_date_word(a, b))
        return MATCH_EQUAL;
    if (!plain_word(a) || !plain_word(b) || shared >= STEM || a[shared] == '\0' ||
        b[shared] == '\0' || yes_or_no(a) != yes_or_no(b))
        return MATCH_UNKNOWN;
    return MATCH_UNEQUAL;
}

/* The same word but for the number in it: plan a and plan b, january 5 and january 6. */
static bool differ_in_number(const char *a, const char *b)
{
    size_t shared = common(a, b);
    const char *one = a + shared, *two = b + shared;

    while (one > a && one[-1] != ' ') {
        one--;
        two--;
    }
    if (one == a || strchr(one, ' ') != NULL || strchr(two, ' ') != NULL)
        return false;
    return (one[strspn(one, "0123456789")] == '\0' && two[strspn(two, "0123456789")] == '\0' &&
            *one != '\0' && *two != '\0') ||
           (one[0] != '\0' && one[1] == '\0' && two[0] != '\0' && two[1] == '\0');
}

enum match match_words_compare(const char *a, const char *b)
{
    a = bare_words(a);
    b = bare_words(b);
    if (strcmp(a, b) == 0 || (undecided(a) && undecided(b)) || (missing(a) && missing(b)) ||
        (match_words_many(a) && match_words_many(b)))
        return MATCH_EQUAL;
    if (same_dates(a, b))
        return MATCH_EQUAL;
    if (denies(a, b) || differ_in_number(a, b))
        return MATCH_UNEQUAL;
    if (strchr(a, ' ') != NULL || strchr(b, ' ') != NULL)
        return MATCH_UNKNOWN;
    return compare_single(a, b);
}
