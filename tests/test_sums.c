/*
 * test_sums.c - what critics/run/sums.h promises: the arithmetic that a text states, recomputed.
 */
#include "critics/run/sums.h"

#include <criterion/criterion.h>
#include <string.h>

static struct sums sums_of(const char *text)
{
    struct sums sums;

    cr_assert(sums_check(&sums, text, strlen(text)));
    return sums;
}

static void insist(const char *text, uint32_t held, uint32_t failed)
{
    struct sums sums = sums_of(text);

    cr_expect_eq(sums.held, held, "`%s`: %u hold", text, sums.held);
    cr_expect_eq(sums.failed, failed, "`%s`: %u do not", text, sums.failed);
}

/* However it is written. */
Test(sums, hold)
{
    insist("3 + 4 = 7", 1, 0);
    insist("So 3*(4+1)=15, which is odd.", 1, 0);
    insist("She pays $1,200 / 4 = $300 each.", 1, 0);
    insist("2 x 3 = 6 and 2x3=6", 2, 0);
    insist("2 \xC3\x97 3 \xE2\x88\x92 1 = 5", 1, 0);
    insist("2 \\times 3 = 6, 8 \\div 2 = 4, 2 \\cdot 2 = 4", 3, 0);
    insist("<<48/2=24>>24", 1, 0);
    insist("1. 3 + 4 = 7\n2. 4 + 3 = 7", 2, 0);
    insist("- 3 + 4 = 7\v* 1 + 1 = 2", 2, 0);
    insist("3 + 4 = 7 = 14 / 2", 2, 0);
    insist("2^3 = 8 and 2**3 = 8", 2, 0);
    insist("10 - 4 = 6 (left: 6 9 13)", 1, 0);
    insist("-3 + 4 = 1", 1, 0);
    insist("3 - 4 = -1 degrees", 1, 0);
    insist(".5 + .5 = 1.", 1, 0);
    insist("50 * 20% = 10", 1, 0);
}

/* One that does not is named, the first. */
Test(sums, fail)
{
    struct sums sums = sums_of("First 1 + 1 = 2, then $3 + $4 = $8, then 1 + 2 = 4.");

    cr_expect_eq(sums.held, 1);
    cr_expect_eq(sums.failed, 2);
    cr_expect_eq(sums.mistake.length, strlen("3 + $4 = $8"));
    cr_expect(memcmp(sums.mistake.start, "3 + $4 = $8", sums.mistake.length) == 0);
    insist("3 * (4 + 1) = 12", 0, 1);
    insist("3 models * 2, 3 * 2 = 7 models", 0, 1);
    insist("10 - 3 = 6 red ones", 0, 1);
    insist("50 * 20% = 11", 0, 1);
    insist("That is too much (3 + 4 = 8).", 0, 1);
    insist("3 + 4 = 7 = 14 / 3", 1, 1);
    insist("9223372036854775807 * 9223372036854775807 = 0", 0, 1);
}

/* Rounding is no mistake, and what is too coarse to tell is not known. */
Test(sums, rounded)
{
    insist("10 / 3 = 3.33", 1, 0);
    insist("10 / 3 = 3.3333333333", 1, 0);
    insist("10 / 3 = 4", 0, 1);
    insist("10 / 3 = 3.44", 0, 1);
    insist("10 / 3 = 3.3", 0, 0);
}

/* What is no equation between numbers, or not clearly one, is none. */
Test(sums, none)
{
    static const char *const texts[] = {
        "",
        "=",
        "x = 7",
        "x + 3 = 7",
        "2x + 3 = 7",
        "3 + 4 = x",
        "3 + 4 = 7x",
        "3 + 4 = 4 + y",
        "5 = 5",
        "f(3) + 2 = 8",
        "a3 + 2 = 8",
        "5 apples * 3 = 15",
        "3 + 4 == 8",
        "3 + 4 >= 8",
        "3 + 4 != 8",
        "2 3 + 4 = 8",
        "3 + 4 =",
        "7 = 14 / 3",
        "3 + = 7",
        "3 + 4 = (2",
        "The answer is 7.",
        ("\xE2\x88\x9A"
         "4 + 1 = 9"),
        "3 + 4 = \xCF\x80",
        "3 + 4 = 7(2)",
        "((((((((((((((((((((1+1)))))))))))))))))))) = 3",
        "12% of 50 = 7",
        "n! + 3 = 5 := 4",
        "10 / 4 = 2 R2",
        "10 / 4 = 2 r 2",
        "10 / 4 = 2 with remainder 2",
        "7 / 2 = 3 1/2",
        "4 + 4 = 8 000",
        "90 / 60 = 1:30",
        "2:30 + 1 = 3:30",
        "3,5 + 2 = 5,5",
        "3 * 5 = 1 (mod 7)",
        "3 * 5 = 1 \\pmod{7}",
        "Modulo 7, 3 * 5 = 1",
        "101 + 110 = 1011 in base 2",
        "20 - 15% = 17",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        insist(texts[i], 0, 0);
}
