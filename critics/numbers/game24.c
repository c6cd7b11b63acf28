/*
 * game24.c - the list of all Game of 24 puzzles that have a solution, made with the solver.
 */
#include "critics/crux_critics.h"
#include "critics/numbers/solver.h"

#define HIGHEST 13
#define TARGET  24

static bool next_puzzle(int64_t numbers[4])
{
    int at = 3;

    while (at >= 0 && numbers[at] == HIGHEST)
        at--;
    if (at < 0)
        return false;
    numbers[at]++;
    for (int i = at + 1; i < 4; i++)
        numbers[i] = numbers[at];
    return true;
}

static bool solvable(struct numbers_solver *solver, const struct numbers_problem *problem)
{
    struct numbers_state state;

    return numbers_begin(problem, &state) && numbers_reach(solver, &state, NULL) == NUMBERS_YES;
}

int crux_game24_each(int (*each)(void *context, const int64_t numbers[4]), void *context)
{
    struct numbers_problem puzzle = {
        .numbers = {1, 1, 1, 1}, .count = 4, .use_all = true, .target = TARGET};
    struct numbers_solver *solver = numbers_solver_open(&puzzle);
    int answer = 0;

    if (solver == NULL)
        return CRUX_MEMORY;
    do {
        if (solvable(solver, &puzzle))
            answer = each(context, puzzle.numbers);
    } while (answer == 0 && next_puzzle(puzzle.numbers));
    numbers_solver_close(solver);
    return answer;
}
