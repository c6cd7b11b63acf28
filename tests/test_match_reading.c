/*
 * test_match_reading.c - what critic match says of whole texts, kind by kind of how answers are
 * written.
 *
 * A text is judged as a run judges it: found, read, compared. Each kind has pairs that are equal,
 * pairs that are not, and pairs of which nobody can say.
 */
#include "tests/match_judged.h"

#include <string.h>

/* A root sign, and the word sqrt, take all digits that follow; \sqrt with two bare digits is a
 * slip. */
Test(reading, roots)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{\342\210\23245}", "3\342\210\2325"),
        RIGHT("\\boxed{\342\210\2322.25}", "1.5"),
        WRONG("\\boxed{\342\210\232200}", "2"),
        RIGHT("\\boxed{sqrt27}", "3\\sqrt3"),
        RIGHT("\\boxed{sqrt 50}", "5\\sqrt2"),
        RIGHT("\\boxed{\342\210\23327}", "3"),
        UNKNOWN("\\boxed{\342\210\232x2}", "x"),
        UNKNOWN("\\boxed{\\sqrt12}", "2"),
        RIGHT("\\boxed{\342\210\232(16+9)}", "5"),
        RIGHT("\\boxed{\342\210\2329+16}", "19"),
    };

    JUDGE(pairs);
}

/* Names before `=` are part of a list: the same values under other names are another answer. */
Test(reading, names)
{
    static const struct judged pairs[] = {
        WRONG("\\boxed{u=4, v=9}", "u=9, v=4"),
        RIGHT("\\boxed{v=9, u=4}", "u=4, v=9"),
        RIGHT("\\boxed{a = 2 or a = 5}", "5, 2"),
        WRONG("\\boxed{m=1;n=3}", "m=3;n=1"),
        RIGHT("\\boxed{x=1,y=2}", "1,2"),
        UNKNOWN("\\boxed{x=1,y=2}", "2,1"),
        RIGHT("\\boxed{x=1,y=2}", "(1,2)"),
        UNKNOWN("\\boxed{x=1,y=2}", "(2,1)"),
        UNKNOWN("\\boxed{x=1,y=2}", "a=1,b=2"),
        RIGHT("\\boxed{(x=1,y=2)}", "(y=2,x=1)"),
        WRONG("\\boxed{\\{x=1,y=2\\}}", "x=2,y=1"),
        WRONG("\\boxed{x=1, y=2, z=3}", "x=1, y=3, z=2"),
    };

    JUDGE(pairs);
}

/* What touches a box belongs to the answer; a box that is part of something is none. */
Test(reading, touching)
{
    static const struct judged pairs[] = {
        UNKNOWN("$2\\boxed{7}$", "7"),
        WRONG("$\\boxed{7}^2$", "7"),
        RIGHT("$\\boxed{7}^2$", "49"),
        RIGHT("$\\boxed{7}\\%$", "7\\%"),
        WRONG("$\\boxed{3}\\pi$", "3"),
        RIGHT("$\\boxed{3}\\pi$", "3\\pi"),
        UNKNOWN("$\\frac{\\boxed{3}}{4}$", "3"),
        RIGHT("$x=-\\boxed{8}$", "-8"),
        WRONG("$x=-\\boxed{8}$", "8"),
        RIGHT("the sum is 10 - \\boxed{8}", "8"),
        UNKNOWN("$10-\\boxed{8}$", "8"),
        RIGHT("- \\boxed{8}", "8"),
        RIGHT("Answer:\n- \\boxed{8}", "8"),
        WRONG("$\\boxed{8}!$", "8"),
        RIGHT("So it is \\boxed{8}!", "8"),
        WRONG("$\\boxed{5}$ million people", "5"),
        RIGHT("$\\boxed{5}$ million people", "5000000"),
        WRONG("\\boxed{5} million", "5"),
        RIGHT("$\\boxed{5}$ apples", "5"),
        RIGHT("$5\\cdot 3=\\boxed{15}$", "15"),
        RIGHT("$\\boxed{15} = 5\\cdot 3$", "15"),
        WRONG("$\\boxed{4}+C$", "4"),
        WRONG("$\\boxed{\\frac12}x$", "\\frac12"),
        RIGHT("\\boxed{5}-year-old", "5"),
        RIGHT("(\\boxed{5}, 3)", "5"),
        RIGHT("\\boxed{5} (five)", "5"),
        RIGHT("$\\boxed{30}^\\circ$", "30"),
        UNKNOWN("$\\sqrt{\\boxed{5}}$", "5"),
    };

    JUDGE(pairs);
}

/* Boxes side by side are one list, names and signs with them; boxes apart correct each other. */
Test(reading, boxes)
{
    static const struct judged pairs[] = {
        WRONG("\\boxed{3}, \\boxed{5}", "5"),
        RIGHT("\\boxed{3}, \\boxed{5}", "3, 5"),
        RIGHT("\\boxed{3}\n\n\\boxed{5}", "5"),
        RIGHT("\\boxed{5}\n\\boxed{5}", "5"),
        RIGHT("First \\boxed{3}. Then we get \\boxed{5}.", "5"),
        WRONG("$a = \\boxed{3}$ and $b = \\boxed{5}$", "a=5, b=3"),
        RIGHT("$a = \\boxed{-3}$ and $b = -\\boxed{5}$", "a=-3, b=-5"),
        WRONG("\\boxed{3} and \\boxed{5}", "5"),
        RIGHT("\\boxed{1}, \\boxed{2} and \\boxed{3}", "3,2,1"),
        RIGHT("(i) \\boxed{2} (ii) \\boxed{7}", "2, 7"),
        WRONG("(i) \\boxed{2}\n(ii) \\boxed{7}", "7"),
    };

    JUDGE(pairs);
}

/* A number before `=` is no name. */
Test(reading, equations)
{
    static const struct judged pairs[] = {
        UNKNOWN("\\boxed{13b+d}", "8=13b+d"),
        UNKNOWN("\\boxed{x+1}", "3 = x+1"),
        UNKNOWN("\\boxed{5=2y-1}", "2y-1"),
    };

    JUDGE(pairs);
}

/* A function without brackets ends at the next function or sign; what may mean two things is not
 * known. */
Test(reading, functions)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{\\cos\\frac\\pi3\\cdot\\cos\\frac\\pi3}", "1/4"),
        RIGHT("\\boxed{\\cos\\frac\\pi3\\sin\\frac\\pi6}", "1/4"),
        RIGHT("\\boxed{\\ln 2 \\cdot 3}", "3\\ln 2"),
        WRONG("\\boxed{\\ln 2 \\cdot 3}", "\\ln 6"),
        WRONG("\\boxed{\\sin x\\cos y}", "\\sin(x\\cos y)"),
        RIGHT("\\boxed{\\log_3 9 \\cdot 2}", "4"),
        WRONG("\\boxed{\\sin 2x}", "2\\sin x"),
        UNKNOWN("\\boxed{\\sin x/2}", "\\frac{\\sin x}{2}"),
        RIGHT("\\boxed{\\ln x + 1}", "1+\\ln x"),
        UNKNOWN("\\boxed{\\ln x (x+1)}", "(x+1)\\ln x"),
    };

    JUDGE(pairs);
}

/* Rows of a matrix are rows, however they are written. */
Test(reading, matrices)
{
    static const struct judged pairs[] = {
        UNKNOWN("\\boxed{[5, 6; 7, 8]}", "[5,6,7,8]"),
        RIGHT("\\boxed{[5, 6; 7, 8]}", "\\begin{bmatrix}5&6\\\\7&8\\end{bmatrix}"),
        RIGHT("\\boxed{[[5,6],[7,8]]}", "\\begin{bmatrix}5&6\\\\7&8\\end{bmatrix}"),
        WRONG("\\boxed{[[5,7],[6,8]]}", "\\begin{bmatrix}5&6\\\\7&8\\end{bmatrix}"),
        RIGHT("\\boxed{[[5,6],[7,8]]}", "[5,6],[7,8]"),
        RIGHT("\\boxed{[1;2]}", "[1,2]"),
        RIGHT("\\boxed{((5,6),(7,8))}", "\\begin{bmatrix}5&6\\\\7&8\\end{bmatrix}"),
    };

    JUDGE(pairs);
}

/* A box that a later final answer contradicts is no answer, nor is one that was only thought. */
Test(reading, corrections)
{
    static const struct judged pairs[] = {
        WRONG("Rent is \\boxed{700}. In total, the final answer is $900$.", "700"),
        RIGHT("Rent is \\boxed{700}. In total, the final answer is $900$.", "900"),
        RIGHT("Rent is \\boxed{700}. The answer is 700 dollars.", "700"),
        WRONG("<think>so \\boxed{9}</think>The answer is 8", "9"),
        RIGHT("<think>so \\boxed{9}</think>\n\\boxed{8}", "8"),
        UNKNOWN("<think>so \\boxed{9}</think> I am done", "9"),
    };

    JUDGE(pairs);
}

/* Yes and no are said with or without reasons; other words may say the same. */
Test(reading, yes_and_no)
{
    static const struct judged pairs[] = {
        UNKNOWN("\\boxed{Certainly}", "Yes"),      RIGHT("\\boxed{No, because it diverges}", "No"),
        WRONG("\\boxed{Yes, it converges}", "No"), RIGHT("\\boxed{no, yes, no}", "no, yes, no"),
        UNKNOWN("\\boxed{No solution}", "No"),
    };

    JUDGE(pairs);
}

/* What is joined by `or` is one answer if it is one value. */
Test(reading, alternatives)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{5/2}", "2.5 or 5/2"),
        UNKNOWN("\\boxed{3}", "2 or 3"),
        UNKNOWN("\\boxed{2 or 3}", "2"),
        RIGHT("\\boxed{2 or 3}", "3, 2"),
    };

    JUDGE(pairs);
}

/* Degrees within a function are an angle. */
Test(reading, degrees)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{\\sin 30^\\circ + \\cos 60^\\circ}", "1"),
        RIGHT("\\boxed{\\sin(30\302\260)}", "1/2"),
        RIGHT("\\boxed{\\tan 60 degrees}", "\\sqrt3"),
        WRONG("\\boxed{\\sin 30}", "1/2"),
    };

    JUDGE(pairs);
}

/* A comma may be the point: then nobody knows. */
Test(reading, commas)
{
    static const struct judged pairs[] = {
        UNKNOWN("\\boxed{2,5}", "2.5"),
        WRONG("\\boxed{2,5}", "25"),
        UNKNOWN("\\boxed{2.500,75}", "2500.75"),
        UNKNOWN("\\boxed{-2,5}", "-2.5"),
    };

    JUDGE(pairs);
}

/* A number without unit may be an angle in radians. */
Test(reading, angles)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{180^\\circ}", "\\pi"),
        RIGHT("\\boxed{\\pi/4}", "45^\\circ"),
        RIGHT("\\boxed{2\\pi \\text{ rad}}", "360^\\circ"),
        WRONG("\\boxed{\\pi/4}", "60^\\circ"),
        UNKNOWN("\\boxed{3.14}", "180^\\circ"),
    };

    JUDGE(pairs);
}

/* The exact side of an equation counts, not its rounding. */
Test(reading, exact)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{\\sqrt2 \\approx 1.41}", "\\sqrt2"),
        UNKNOWN("\\boxed{1.41}", "\\sqrt2 \\approx 1.41"),
        RIGHT("\\boxed{\\frac27 \342\211\210 0.29}", "2/7"),
        WRONG("\\boxed{\\frac27 = 0.5}", "2/7"),
        RIGHT("\\boxed{x \\approx 0.29}", "0.29"),
    };

    JUDGE(pairs);
}

/* Times of day, and ratios, which are written alike. */
Test(reading, times)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{9:15}", "9:15:00"),   WRONG("\\boxed{9:15 AM}", "21:15"),
        RIGHT("\\boxed{9 pm}", "21:00"),     RIGHT("\\boxed{noon}", "12:00 pm"),
        RIGHT("\\boxed{9 o'clock}", "9:00"), WRONG("\\boxed{2:00}", "14:00"),
        UNKNOWN("\\boxed{10:20}", "20:40"),  RIGHT("\\boxed{5:10}", "1:2"),
        WRONG("\\boxed{5:10}", "2:1"),       RIGHT("\\boxed{5/10}", "1:2"),
    };

    JUDGE(pairs);
}

/* The same number again in brackets changes nothing. */
Test(reading, remarks)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{7 (seven)}", "7"),
        RIGHT("\\boxed{Seven (7)}", "7"),
        UNKNOWN("\\boxed{7 (eight)}", "7"),
    };

    JUDGE(pairs);
}

/* Numbers may be written out, and mixed. */
Test(reading, numerals)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{two hundred and six}", "206"),
        RIGHT("\\boxed{seventy-two}", "72"),
        RIGHT("\\boxed{three quarters}", "0.75"),
        RIGHT("\\boxed{two and a half}", "2.5"),
        UNKNOWN("\\boxed{4 and 1/2}", "4.5"),
        RIGHT("\\boxed{4 and 1/2}", "4, 0.5"),
        RIGHT("\\boxed{one million two hundred thousand}", "1200000"),
    };

    JUDGE(pairs);
}

/* A minus does not hide a base. */
Test(reading, bases)
{
    static const struct judged pairs[] = {
        UNKNOWN("\\boxed{-110}", "-110_2"),
        UNKNOWN("\\boxed{-110_2}", "-6"),
        RIGHT("\\boxed{-110_2}", "-110_2"),
    };

    JUDGE(pairs);
}

/* Decimals may repeat without end. */
Test(reading, repeating)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{0.\\overline{12}}", "4/33"), RIGHT("\\boxed{0.272727...}", "3/11"),
        RIGHT("\\boxed{0.8333 repeating}", "5/6"),  RIGHT("\\boxed{0.(6)}", "2/3"),
        UNKNOWN("\\boxed{3.14...}", "\\pi"),        RIGHT("\\boxed{1.\\dot{3}}", "4/3"),
    };

    JUDGE(pairs);
}

/* Commas between digits separate thousands, or numbers. */
Test(reading, thousands)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{30,200,45}", "30, 200, 45"),
        RIGHT("\\boxed{30,200}", "30200"),
        UNKNOWN("\\boxed{30, 200}", "30200"),
        RIGHT("\\boxed{2 500}", "2500"),
        RIGHT("\\boxed{2'500'000}", "2500000"),
        RIGHT("\\boxed{12,\\! 500}", "12500"),
        UNKNOWN("\\boxed{100, 200, 300}", "100,200,300"),
    };

    JUDGE(pairs);
}

/* Tags, JSON, headings and other languages name an answer. */
Test(reading, places)
{
    static const struct judged pairs[] = {
        RIGHT("<answer>\\frac{1}{3}</answer>", "1/3"),
        RIGHT("<answer>The answer is 7</answer>", "7"),
        RIGHT("{\"reasoning\": \"x\", \"answer\": \"7 cm\"}", "7"),
        RIGHT("## Final Answer\n\n$x=7$", "7"),
        RIGHT("**Final Answer:**\n\\[ 7 \\]", "7"),
        RIGHT("Die Antwort ist 7.", "7"),
        RIGHT("La respuesta es 7.", "7"),
        RIGHT("A resposta \303\251 7.", "7"),
        RIGHT("La risposta \303\250 7.", "7"),
        RIGHT("\347\255\224\346\241\210\357\274\2327", "7"),
        RIGHT("\347\255\224\346\241\210\344\270\272 7\343\200\202", "7"),
        RIGHT("\347\255\224\343\201\210\343\201\2577\343\201\247\343\201\231\343\200\202", "7"),
        RIGHT("\354\240\225\353\213\265: 7", "7"),
    };

    JUDGE(pairs);
}

/* An answer ends where its reason begins, and not at a title. */
Test(reading, sentences)
{
    static const struct judged pairs[] = {
        RIGHT("The answer should be 7.", "7"),
        RIGHT("The answer is 7, not 8.", "7"),
        WRONG("The answer is not 7 but 8.", "7"),
        RIGHT("The answer is C, since D fails.", "C"),
        RIGHT("The answer is Dr. Watson.", "Dr. Watson"),
        RIGHT("The correct option is (D).", "D"),
        RIGHT("The answers are 2 and 9.", "9,2"),
        UNKNOWN("My answers are many", "5"),
        UNKNOWN("I think the answer island", "5"),
    };

    JUDGE(pairs);
}

/* A letter is the choice, whatever stands with it. */
Test(reading, choices)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{B. Bob went home}", "B"),  RIGHT("\\boxed{C) I, II and IV}", "C"),
        WRONG("\\boxed{C) I, II and IV}", "D"),   RIGHT("\\boxed{(b) \\text{only II}}", "B"),
        RIGHT("\\boxed{D - none of these}", "D"),
    };

    JUDGE(pairs);
}

/* A whole sentence can be right, by its last number, and is never wrong. */
Test(reading, prose)
{
    static const struct judged pairs[] = {
        RIGHT("The answer is The height of the tower is 90 m.", "90"),
        UNKNOWN("The answer is The height is not 90.", "90"),
        UNKNOWN("The answer is more than 90 people.", "90"),
        UNKNOWN("The answer is at least 90.", "90"),
        UNKNOWN("The answer is He has 5 apples and 6 pears.", "5"),
        RIGHT("So the total is 41 dollars.", "41"),
        UNKNOWN("So the total is 41 dollars.", "42"),
        UNKNOWN("We have 41 dollars.", "41"),
    };

    JUDGE(pairs);
}

/* Units convert, alone, together and one after another. */
Test(reading, units)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{72 km/h}", "20 m/s"),
        RIGHT("\\boxed{2 h 15 min}", "135 min"),
        RIGHT("\\boxed{2 hours and 15 minutes}", "2.25 hours"),
        RIGHT("\\boxed{1 cm^2}", "100 mm^2"),
        RIGHT("\\boxed{1 L}", "1000 cm^3"),
        RIGHT("\\boxed{6 ft 2 in}", "74 in"),
        WRONG("\\boxed{2 feet 6 inches}", "2 feet"),
        WRONG("\\boxed{5 kg}", "5 lb"),
        RIGHT("\\boxed{3 dollars and 25 cents}", "3.25"),
        UNKNOWN("\\boxed{12 h^2}", "12"),
        WRONG("\\boxed{7 n}", "7"),
        RIGHT("\\boxed{5\\Omega}", "5"),
    };

    JUDGE(pairs);
}

/* 50% is 50 and is 0.5. */
Test(reading, percent)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{40%}", "40"),  RIGHT("\\boxed{40}", "40%"),  RIGHT("\\boxed{0.4}", "40%"),
        RIGHT("\\boxed{40%}", "0.4"), WRONG("\\boxed{0.4%}", "40"), RIGHT("\\boxed{0.4%}", "0.4"),
    };

    JUDGE(pairs);
}

/* What is no number is wrong for one, but that there is no solution may mean 0. */
Test(reading, nothing)
{
    static const struct judged pairs[] = {
        WRONG("\\boxed{3n}", "3"),
        WRONG("\\boxed{cannot be determined}", "4"),
        WRONG("\\boxed{4}", "cannot be determined"),
        WRONG("\\boxed{infinitely many}", "3"),
        RIGHT("\\boxed{no solutions}", "\\emptyset"),
        UNKNOWN("\\boxed{no solution}", "0"),
        UNKNOWN("\\boxed{none}", "0"),
        UNKNOWN("\\boxed{Alice}", "3"),
    };

    JUDGE(pairs);
}

/* Currencies stand before or behind, and any word may count. */
Test(reading, currencies)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{USD 12}", "12"),
        RIGHT("\\boxed{12\344\270\252}", "12"),
        RIGHT("\\boxed{$2.5k}", "2500"),
    };

    JUDGE(pairs);
}

/* Unions of intervals are compared by what they cover. */
Test(reading, sets)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{[0,2]\\cup[2,5)}", "[0,5)"),
        WRONG("\\boxed{[0,2)\\cup(2,5)}", "[0,5)"),
        RIGHT("\\boxed{(0,2)\\cup[2,5)}", "(0,5)"),
        RIGHT("\\boxed{\\{(4,5)\\}}", "(4,5)"),
        RIGHT("\\boxed{]0,3[}", "(0,3)"),
        RIGHT("\\boxed{\\mathbb{R}\\setminus\\{0,2\\}}", "(-\\infty,0)\\cup(0,2)\\cup(2,\\infty)"),
        RIGHT("\\boxed{+- 7}", "7, -7"),
    };

    JUDGE(pairs);
}

/* LaTeX that changes nothing is gone. */
Test(reading, dress)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{\\\\frac{3}{4}}", "0.75"),     RIGHT("\\boxed{{7 \\over 8}}", "0.875"),
        RIGHT("\\boxed{{6 \\choose 2}}", "15"),       RIGHT("\\boxed{\\color{blue}{9}}", "9"),
        RIGHT("\\boxed{\\lfloor 2.9 \\rfloor}", "2"), RIGHT("\\boxed{\\gcd(8,12)}", "4"),
    };

    JUDGE(pairs);
}

/* What stands before `=` and only names it is no part of the answer. */
Test(reading, labels)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{\\angle ABC = 40^\\circ}", "40"),
        RIGHT("\\boxed{(p,q)=(4,1)}", "(4,1)"),
        RIGHT("\\boxed{g'(x)=3x^2}", "3x^2"),
        RIGHT("\\boxed{P(A)=0.3}", "0.3"),
        RIGHT("\\boxed{AB:CD=3:5}", "3:5"),
    };

    JUDGE(pairs);
}

/* One letter is itself. */
Test(reading, letters)
{
    static const struct judged pairs[] = {
        WRONG("\\boxed{-a}", "a"),
        UNKNOWN("\\boxed{E}", "e"),
        WRONG("\\boxed{2e}", "2"),
    };

    JUDGE(pairs);
}

/* Strict, a percentage does not answer a plain number; all else stays. */
Test(reading, strict_percent)
{
    static const struct judged pairs[] = {
        UNKNOWN("\\boxed{40%}", "40"), RIGHT("\\boxed{40}", "40%"),    RIGHT("\\boxed{0.4}", "40%"),
        WRONG("\\boxed{40%}", "41"),   RIGHT("\\boxed{40.1%}", "0.4"),
    };
    struct crux_critic *critic = NULL;
    struct crux_error error = {""};

    judge_all("match:percent=strict", pairs, 4);
    judge_all("match:percent=strict,tolerance=0.01", pairs, 5);
    judge_all("match:tolerance=0.01,percent=strict", pairs, 5);
    cr_expect_eq(crux_critic_open(&critic, CRUX_ROLE_OUTCOME, "match:percent=lax", NULL, &error),
                 CRUX_INVALID);
    cr_expect_not_null(strstr(error.text, "percent=strict"), "%s", error.text);
    cr_expect_null(critic);
}
