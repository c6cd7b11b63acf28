/*
 * scan.c - computing the selection scores of a node's children, plainly or with AVX2.
 *
 * The vector way takes no shortcut that would round differently: the same
 * operations in the same order, without fused multiply-add, so trees are the same
 * on machines with and without it.
 */
#include "search/tree/scan.h"

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define SCAN_AVX2 1
#include <assert.h>
#include <immintrin.h>
#else
#define SCAN_AVX2 0
#endif

/* --- plain C ----------------------------------------------------------------- */

float scan_slot(const struct select_parent *parent, const struct slot *slot, uint32_t more)
{
    struct tally tally = tree_tally(slot);

    return tally.prior == 0 ? -INFINITY : select_score(parent, scan_child(tally, more));
}

/* One tile, or what is left of one. */
static inline void plain_tile(const struct select_parent *parent, const struct slot *slots,
                              uint32_t count, struct scan_view *view, float *score)
{
    assert(count <= SCAN_TILE);
    assert(score != NULL || view->best == SCAN_NONE || view->best < view->count);
    for (uint32_t i = 0; i < count; i++, view->count++) {
        struct tally tally = tree_tally(&slots[i]);
        float found = tally.prior == 0 ? -INFINITY : select_score(parent, scan_child(tally, 0));

        view->untried += tally.visits + tally.pending == 0 && tally.prior != 0;
        if (score != NULL) {
            score[view->count] = found;
        } else if (found > view->highest) {
            view->highest = found;
            view->best = view->count;
        }
    }
}

static inline void plain_tiles(const struct select_parent *parent, const struct slot *slots,
                               uint32_t count, struct scan_view *view, float *score)
{
    for (uint32_t i = 0; i < count && view->untried == 0; i += SCAN_TILE)
        plain_tile(parent, slots + i, count - i < SCAN_TILE ? count - i : SCAN_TILE, view, score);
}

static void plain_take_best(const struct select_parent *parent, const struct slot *slots,
                            uint32_t count, struct scan_view *view, float *score)
{
    (void)score;
    plain_tiles(parent, slots, count, view, NULL);
}

static uint32_t plain_best(const float *score, uint32_t count)
{
    uint32_t best = SCAN_NONE;
    float highest = -INFINITY;

    for (uint32_t i = 0; i < count; i++) {
        if (score[i] > highest) {
            highest = score[i];
            best = i;
        }
    }
    return best;
}

static void plain_put(float *score, uint32_t index, float value)
{
    score[index] = value;
}

/* --- AVX2 ---------------------------------------------------------------------- */

#if SCAN_AVX2

#define AVX2   __attribute__((target("avx2")))
#define VECTOR AVX2 static inline

/* Eight children, in the order 0 2 4 6 1 3 5 7 that unpacking leaves them in. */
struct eight {
    __m256 visits, pending, sum, prior;
    __m256i closed, untried;
};

/* Two slots at once. C11 has no atomic load of two words, nor is one needed: each
 * word is read whole (aligned to 8 bytes: Intel SDM 8.1.1, AMD APM 7.3.2), which is
 * all that a relaxed load promises. The compiler must not know better, so the load hides in
 * assembly. */
VECTOR __m256i load_two(const struct slot *slots)
{
    __m256i words;

    assert((uintptr_t)slots % sizeof words == 0); /* vmovdqa faults otherwise */
    __asm__ volatile("vmovdqa %1, %0" : "=x"(words) : "m"(*(const __m256i *)(const void *)slots));
    return words;
}

/* The low halves of eight words. */
VECTOR __m256i low_halves(__m256i four, __m256i other)
{
    return _mm256_castps_si256(
        _mm256_shuffle_ps(_mm256_castsi256_ps(four), _mm256_castsi256_ps(other), 0x88));
}

VECTOR void load_eight(const struct slot *slots, struct eight *out)
{
    __m256i a = load_two(slots), b = load_two(slots + 2);
    __m256i c = load_two(slots + 4), d = load_two(slots + 6);
    __m256i tally = _mm256_unpacklo_epi64(a, b), other = _mm256_unpacklo_epi64(c, d);
    __m256i link = low_halves(_mm256_unpackhi_epi64(a, b), _mm256_unpackhi_epi64(c, d));
    __m256i visits = low_halves(_mm256_srli_epi64(tally, TREE_SUM_BITS),
                                _mm256_srli_epi64(other, TREE_SUM_BITS));
    __m256i high = low_halves(_mm256_srli_epi64(tally, 16), _mm256_srli_epi64(other, 16));
    __m256i low = low_halves(tally, other), word = _mm256_set1_epi32(0xFFFF);
    __m256i prior = _mm256_and_si256(link, word), zero = _mm256_setzero_si256();

    /* 40 bits in two parts, each exact; their sum rounds once, as a conversion does. */
    high = _mm256_and_si256(high, _mm256_set1_epi32(0xFFFFFF));
    low = _mm256_and_si256(low, word);
    out->sum = _mm256_mul_ps(
        _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(high), _mm256_set1_ps(65536.0F)),
                      _mm256_cvtepi32_ps(low)),
        _mm256_set1_ps(1.0F / TREE_ONE));
    out->visits = _mm256_cvtepi32_ps(visits);
    link = _mm256_srli_epi32(link, 16);
    out->pending = _mm256_cvtepi32_ps(link);
    out->prior = _mm256_mul_ps(_mm256_cvtepi32_ps(prior), _mm256_set1_ps(1.0F / TREE_ONE));
    out->closed = _mm256_cmpeq_epi32(prior, zero);
    out->untried =
        _mm256_andnot_si256(out->closed, _mm256_cmpeq_epi32(_mm256_or_si256(visits, link), zero));
}

VECTOR __m256 choose(__m256 when, __m256 yes, __m256 no)
{
    return _mm256_blendv_ps(no, yes, when);
}

/* select_mean() */
VECTOR __m256 eight_means(const struct select_parent *parent, const struct eight *child, float none)
{
    __m256 seen =
        _mm256_add_ps(child->visits, _mm256_mul_ps(_mm256_set1_ps(parent->loss), child->pending));

    return choose(_mm256_cmp_ps(seen, _mm256_setzero_ps(), _CMP_GT_OQ),
                  _mm256_div_ps(child->sum, seen), _mm256_set1_ps(none));
}

/* select_score() */
VECTOR __m256 eight_scores(const struct select_parent *parent, const struct eight *child)
{
    __m256 tries = _mm256_add_ps(child->visits, child->pending);
    __m256 tried = _mm256_cmp_ps(tries, _mm256_setzero_ps(), _CMP_GT_OQ);
    __m256 weight = _mm256_set1_ps(parent->weight), first = _mm256_set1_ps(parent->first);

    switch (parent->rule) {
    case CRUX_UCT:
        return choose(tried,
                      _mm256_add_ps(eight_means(parent, child, parent->mean),
                                    _mm256_div_ps(weight, _mm256_sqrt_ps(tries))),
                      first);
    case CRUX_PUCT:
        return _mm256_add_ps(
            eight_means(parent, child, parent->first),
            _mm256_mul_ps(weight,
                          _mm256_div_ps(child->prior, _mm256_add_ps(_mm256_set1_ps(1.0F), tries))));
    case CRUX_BUDGET: /* scan_choose() has chosen plain C */
    case CRUX_GREEDY:
        break;
    }
    return choose(tried, _mm256_div_ps(child->sum, tries), first);
}

VECTOR __m256 in_order(__m256 values)
{
    return _mm256_permutevar8x32_ps(values, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

VECTOR __m256 scores_of(const struct select_parent *parent, const struct eight *child)
{
    return choose(_mm256_castsi256_ps(child->closed), _mm256_set1_ps(-INFINITY),
                  eight_scores(parent, child));
}

VECTOR uint32_t count_untried(const struct eight *child)
{
    return (uint32_t)__builtin_popcount(
        (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(child->untried)));
}

/* Scores in order of the slots; how many are untried. */
VECTOR __m256 tile_scores(const struct select_parent *parent, const struct slot *slots,
                          uint32_t *untried)
{
    struct eight child;

    load_eight(slots, &child);
    *untried = count_untried(&child);
    return in_order(scores_of(parent, &child));
}

/* The highest, in all eight places. */
VECTOR __m256 highest_of(__m256 scores)
{
    scores = _mm256_max_ps(scores, _mm256_permute2f128_ps(scores, scores, 1));
    scores = _mm256_max_ps(scores, _mm256_permute_ps(scores, 0x4E));
    return _mm256_max_ps(scores, _mm256_permute_ps(scores, 0xB1));
}

/* Where it is first. */
VECTOR uint32_t place_of(__m256 scores, __m256 highest)
{
    int equal = _mm256_movemask_ps(_mm256_cmp_ps(scores, highest, _CMP_EQ_OQ));

    assert(equal != 0); /* no score is NaN */
    return (uint32_t)__builtin_ctz((unsigned)equal);
}

VECTOR void avx2_tile(const struct select_parent *parent, const struct slot *slots,
                      struct scan_view *view)
{
    __m256 scores = tile_scores(parent, slots, &view->untried), highest = highest_of(scores);
    float found = _mm256_cvtss_f32(highest);
    bool better = found > view->highest;
    uint32_t place = view->count + place_of(scores, highest);

    assert(view->best == SCAN_NONE || view->best < view->count);
    view->best = better ? place : view->best;
    view->highest = better ? found : view->highest;
    view->count += SCAN_TILE;
}

AVX2 static void avx2_take_best(const struct select_parent *parent, const struct slot *slots,
                                uint32_t count, struct scan_view *view, float *score)
{
    (void)score;
    for (; count >= SCAN_TILE && view->untried == 0; count -= SCAN_TILE, slots += SCAN_TILE)
        avx2_tile(parent, slots, view);
    if (count > 0 && count < SCAN_TILE && view->untried == 0)
        plain_tile(parent, slots, count, view, NULL);
}

AVX2 static void avx2_scores(const struct select_parent *parent, const struct slot *slots,
                             uint32_t count, struct scan_view *view, float *score)
{
    for (; count >= SCAN_TILE && view->untried == 0; count -= SCAN_TILE, slots += SCAN_TILE) {
        _mm256_storeu_ps(score + view->count, tile_scores(parent, slots, &view->untried));
        view->count += SCAN_TILE;
    }
    if (count > 0 && count < SCAN_TILE && view->untried == 0)
        plain_tile(parent, slots, count, view, score);
}

AVX2 static uint32_t avx2_best(const float *score, uint32_t count)
{
    uint32_t whole = count / SCAN_TILE * SCAN_TILE;
    __m256 highest = _mm256_set1_ps(-INFINITY);
    float most;

    for (uint32_t i = 0; i < whole; i += SCAN_TILE)
        highest = _mm256_max_ps(highest, _mm256_loadu_ps(score + i));
    highest = highest_of(highest);
    most = _mm256_cvtss_f32(highest);
    for (uint32_t i = whole; i < count; i++)
        if (score[i] > most)
            return whole + plain_best(score + whole, count - whole);
    for (uint32_t i = 0; i < whole && most > -INFINITY; i += SCAN_TILE) {
        __m256 tile = _mm256_loadu_ps(score + i);

        if (_mm256_movemask_ps(_mm256_cmp_ps(tile, highest, _CMP_EQ_OQ)) != 0)
            return i + place_of(tile, highest);
    }
    return SCAN_NONE;
}

/* The tile of the last, cut-off children may reach over their end: there is room. */
AVX2 static void avx2_put(float *score, uint32_t index, float value)
{
    float *tile = score + index / SCAN_TILE * SCAN_TILE;
    __m256i places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i here = _mm256_cmpeq_epi32(places, _mm256_set1_epi32((int)(index % SCAN_TILE)));

    _mm256_storeu_ps(
        tile, choose(_mm256_castsi256_ps(here), _mm256_set1_ps(value), _mm256_loadu_ps(tile)));
}

/* The first place with the highest score, in all eight places. What is chosen next waits for
 * this: the way through a general register would be longer. */
VECTOR __m256i first_of(__m256 scores, __m256 highest, __m256i places)
{
    __m256i equal = _mm256_castps_si256(_mm256_cmp_ps(scores, highest, _CMP_EQ_OQ));
    __m256i found = _mm256_blendv_epi8(_mm256_set1_epi32((int)SCAN_TILE), places, equal);

    found = _mm256_min_epi32(found, _mm256_permute2x128_si256(found, found, 1));
    found = _mm256_min_epi32(found, _mm256_shuffle_epi32(found, 0x4E));
    return _mm256_min_epi32(found, _mm256_shuffle_epi32(found, 0xB1));
}

/* One mark more, and it is tried. */
VECTOR void mark_one(struct eight *child, __m256i here)
{
    __m256 one = _mm256_and_ps(_mm256_castsi256_ps(here), _mm256_set1_ps(1.0F));

    child->pending = _mm256_add_ps(child->pending, one);
    child->untried = _mm256_andnot_si256(here, child->untried);
}

AVX2 static uint32_t avx2_share(const struct select_parent *parent, const struct slot *slots,
                                bool whole, struct scan_view *view, float *score, uint32_t *choices,
                                uint32_t count)
{
    const __m256i places = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7); /* as they are loaded */
    struct eight child;
    uint32_t chosen = 0;
    __m256 scores;

    assert(view->count == 0 && count > 0);
    load_eight(slots, &child);
    scores = scores_of(parent, &child);
    view->untried = count_untried(&child);
    while (chosen < count && (whole || view->untried > 0)) {
        __m256 highest = highest_of(scores);
        __m256i first = first_of(scores, highest, places);

        if (_mm256_cvtss_f32(highest) == -INFINITY)
            break;
        choices[chosen++] = (uint32_t)_mm256_cvtsi256_si32(first);
        mark_one(&child, _mm256_cmpeq_epi32(places, first));
        scores = scores_of(parent, &child);
        view->untried = count_untried(&child);
    }
    _mm256_storeu_ps(score, in_order(scores));
    view->count = SCAN_TILE;
    return chosen;
}

#endif

struct scan scan_choose(bool plain)
{
#if SCAN_AVX2
    if (!plain && __builtin_cpu_supports("avx2"))
        return (struct scan){avx2_take_best, avx2_scores, avx2_best, avx2_put, avx2_share};
#endif
    (void)plain;
    return (struct scan){plain_take_best, plain_tiles, plain_best, plain_put, NULL};
}
