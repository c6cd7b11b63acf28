/*
 * particles.c - strategy `particles`: steps are sampled, and particles drawn by their odds.
 */
#include "search/strategies/particles.h"

#include "search/open_tree.h"
#include "search/run.h"
#include "search/strategies/front.h"

#include <assert.h>

/* Scores of 0 and 1 are no certainty: none is lost for ever, none drives out all others. */
#define PARTICLES_EDGE 1e-3

static uint32_t particles_width(const struct crux_setup *setup)
{
    return setup->particles;
}

static double particles_odds(double score)
{
    if (score < 0.0)
        return 1.0;
    score = score < PARTICLES_EDGE ? PARTICLES_EDGE : score;
    score = score > 1.0 - PARTICLES_EDGE ? 1.0 - PARTICLES_EDGE : score;
    return score / (1.0 - score);
}

/* Where one of them stands after its step. */
struct particle {
    const struct front_place *place;
    struct front_child child; /* slot NULL: it took no step */
    double odds;
};

/* Its number among those of its place is n. False: it has come to a dead end. */
static bool particles_step(struct open_tree *open, const struct front_place *place, uint32_t n,
                           struct particle *out)
{
    uint32_t count, first;

    *out = (struct particle){.place = place, .odds = particles_odds(place->score)};
    if (place->way != FRONT_GOES)
        return true;
    count = front_child_count(open, place);
    if (count == 0)
        return false;
    first = place->before < count ? place->before : 0; /* nothing fresh came: any will do */
    if (!front_child_at(open, place, first + n % (count - first), &out->child))
        return false;
    out->odds = particles_odds(front_score(&out->child));
    return true;
}

/* Calls visit() for each particle until it says so; returns whether it has. */
static bool particles_each(struct open_tree *open, const struct front *front,
                           bool (*visit)(void *context, const struct particle *particle),
                           void *context)
{
    for (uint32_t i = 0; i < front->count; i++) {
        for (uint32_t n = 0; n < front->places[i].share; n++) {
            struct particle particle;

            if (particles_step(open, &front->places[i], n, &particle) && visit(context, &particle))
                return true;
        }
    }
    return false;
}

static bool particles_add_odds(void *context, const struct particle *particle)
{
    *(double *)context += particle->odds;
    return false;
}

struct particle_draw {
    double left; /* of the odds, until the one that is drawn */
    struct particle drawn;
};

static bool particles_pass_by(void *context, const struct particle *particle)
{
    struct particle_draw *draw = context;

    draw->drawn = *particle;
    draw->left -= particle->odds;
    return draw->left < 0.0;
}

static const struct slot *particles_slot(const struct particle *particle)
{
    return particle->child.slot != NULL ? particle->child.slot : particle->place->slot;
}

/* It joins those that stand there already. */
static void particles_put(struct open_tree *open, struct front *front,
                          const struct particle *particle)
{
    for (uint32_t i = 0; i < front->next_count; i++) {
        if (front->next[i].slot == particles_slot(particle)) {
            front->next[i].share++;
            return;
        }
    }
    if (particle->child.slot == NULL)
        front_keep(front, particle->place)->share = 1;
    else
        (void)front_take(open, front, particle->place, &particle->child, front->next_count);
}

/* After the answers nothing follows. */
static bool particles_have_ended(const struct front *front)
{
    for (uint32_t i = 0; i < front->count; i++)
        if (front->places[i].way != FRONT_ENDS)
            return false;
    return true;
}

static void particles_choose(struct open_tree *open, struct front *front)
{
    double total = 0.0;

    if (particles_have_ended(front))
        return;
    (void)particles_each(open, front, particles_add_odds, &total);
    for (uint32_t n = 0; total > 0.0 && n < front->width; n++) {
        struct particle_draw draw = {.left = total * front_draw(front, &front->places[0], n)};

        (void)particles_each(open, front, particles_pass_by, &draw);
        particles_put(open, front, &draw.drawn);
    }
}

static const struct front_rule particles_rule = {
    .width = particles_width, .choose = particles_choose, .holds = true};

static bool particles_open(void **state, const struct crux_setup *setup)
{
    return front_open(state, setup, &particles_rule);
}

const struct strategy particles_strategy = {
    .name = "particles",
    FRONT_ROW,
    .width = particles_width,
    .open = particles_open,
};
