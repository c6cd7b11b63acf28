/*
 * catalogue.c - critics by role and name, a row for each, and how a description is opened.
 */
#include "critics/crux_critics.h"

#include "critics/annotate/annotate.h"
#include "critics/annotate/plan.h"
#include "critics/judge/judge.h"
#include "critics/match/match.h"
#include "critics/linear/linear.h"
#include "critics/numbers/numbers.h"
#include "critics/process.h"
#include "critics/adversary.h"
#include "critics/consistency.h"
#include "critics/ensemble.h"
#include "critics/http/http.h"
#include "critics/reward/reward.h"
#include "critics/mixed.h"
#include "critics/numbers/annotate.h"
#include "critics/ratio/ratio.h"
#include "critics/run/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* argument is what stood behind the colon, NULL without one; backends may be NULL. */
typedef int critic_open(struct crux_critic **out, enum crux_role role, const char *argument,
                        struct crux_backends *backends, struct crux_error *error);

static critic_open open_match, open_linear, open_process, open_http;

/* Could it be opened, as far as is known without backends? */
typedef int critic_check(enum crux_role role, const char *argument, struct crux_error *error);

/* Those that stand on critics of the catalogue again, each with an argument of its own. */
static critic_open open_mixed, open_ensemble, open_agree, open_adversary;
static critic_check check_mixed, check_ensemble, check_agree, check_adversary;

#define CATALOGUE_OUTCOME   (1U << CRUX_ROLE_OUTCOME)
#define CATALOGUE_EXECUTION (1U << CRUX_ROLE_EXECUTION)
#define CATALOGUE_VALUE     (1U << CRUX_ROLE_VALUE)
#define CATALOGUE_ANNOTATE  (1U << CRUX_ROLE_ANNOTATE)
#define CATALOGUE_SUBGOAL   (1U << CRUX_ROLE_SUBGOAL)
#define CATALOGUE_STEPS     (CATALOGUE_EXECUTION | CATALOGUE_VALUE) /* what scores partial paths */
#define CATALOGUE_ALL       ((1U << CRUX_ROLES) - 1)
#define CATALOGUE_SCORES    (CATALOGUE_ALL & ~CATALOGUE_ANNOTATE) /* all that give numbers */

/* Whom a critic asks, by its argument. */
enum critic_asks {
    ASKS_NOBODY,
    READS_FILE,   /* nobody, but the argument is a file */
    ASKS_ITSELF,  /* a backend of its own, which nobody defines ... */
    ASKS_BACKEND, /* whose name its argument begins with, up to a comma; a setting is none */
    ASKS_MODEL,   /* the same, in words */
    ASKS_NAMED,   /* the same, but their names may be settings (annotate/plan.h) */
    ASKS_TWO,     /* of which the first two words of its argument are the names */
    ASKS_SERVICE, /* ... and which a file describes: the argument */
    ASKS_CRITIC,  /* of which the whole argument is a description */
    ASKS_MEMBERS  /* critics between brackets (critics/members.h) */
};

static const struct critic_row {
    const char *name;
    unsigned roles;                    /* a set */
    struct crux_critic *(*make)(void); /* takes no argument, or ... */
    critic_open *open;
    enum critic_asks asks;
    critic_check *check; /* NULL: it is opened, which asks nobody */
} critic_rows[] = {
    {"numbers", CATALOGUE_OUTCOME, numbers_outcome_new, NULL, ASKS_NOBODY, NULL},
    {"numbers", CATALOGUE_STEPS, numbers_reach_new, NULL, ASKS_NOBODY, NULL},
    {"numbers", CATALOGUE_ANNOTATE, numbers_annotate_new, NULL, ASKS_NOBODY, NULL},
    {"match", CATALOGUE_OUTCOME, NULL, open_match, ASKS_NOBODY, NULL},
    {"consistency", CATALOGUE_OUTCOME, consistency_new, NULL, ASKS_NOBODY, NULL},
    {"mixed", CATALOGUE_OUTCOME | CATALOGUE_ANNOTATE, NULL, open_mixed, ASKS_CRITIC, check_mixed},
    {"linear", CATALOGUE_OUTCOME | CATALOGUE_STEPS | CATALOGUE_SUBGOAL, NULL, open_linear,
     READS_FILE, NULL},
    {"run", CATALOGUE_OUTCOME, NULL, run_new, ASKS_ITSELF, run_critic_check},
    {"run", CATALOGUE_STEPS, NULL, run_new, ASKS_NOBODY, NULL}, /* recomputes */
    {"process", CATALOGUE_ALL, NULL, open_process, ASKS_ITSELF, process_critic_check},
    {"http", CATALOGUE_SCORES, NULL, open_http, ASKS_SERVICE, http_critic_check},
    {"ratio", CATALOGUE_SCORES, NULL, ratio_open, ASKS_TWO, ratio_critic_check},
    {"ensemble", CATALOGUE_SCORES, NULL, open_ensemble, ASKS_MEMBERS, check_ensemble},
    {"agree", CATALOGUE_SCORES, NULL, open_agree, ASKS_MEMBERS, check_agree},
    {"adversary", CATALOGUE_SCORES, NULL, open_adversary, ASKS_MEMBERS, check_adversary},
    {"judge", CATALOGUE_SCORES, NULL, judge_critic_open, ASKS_MODEL, judge_critic_check},
    {"critique", CATALOGUE_ANNOTATE, NULL, annotate_critic_open, ASKS_NAMED, annotate_critic_check},
    {"reward", CATALOGUE_SCORES, NULL, reward_critic_open, ASKS_BACKEND, reward_critic_check},
};

enum { CRITIC_ROWS = sizeof critic_rows / sizeof *critic_rows };

static bool critic_has_role(const struct critic_row *row, enum crux_role role)
{
    return (unsigned)role < CRUX_ROLES && (row->roles >> role & 1) != 0;
}

static int open_critic_row(struct crux_critic **out, const struct critic_row *row,
                           enum crux_role role, const char *argument,
                           struct crux_backends *backends, struct crux_error *error)
{
    struct crux_critic *critic;

    if (row->open != NULL)
        return row->open(out, role, argument, backends, error);
    if (argument != NULL)
        return crux_fail(error, CRUX_INVALID, "critic %s takes no argument, and got `%s`",
                         row->name, argument);
    critic = row->make();
    if (critic == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic %s", row->name);
    *out = critic;
    return CRUX_OK;
}

const char *crux_critic_name(enum crux_role role, size_t index)
{
    for (size_t i = 0; i < CRITIC_ROWS; i++)
        if (critic_has_role(&critic_rows[i], role) && index-- == 0)
            return critic_rows[i].name;
    return NULL;
}

/* The names that a role has, separated by commas. */
static void list_critics(enum crux_role role, char *out, size_t room)
{
    const char *name;
    size_t length = 0;

    out[0] = '\0';
    for (size_t i = 0; (name = crux_critic_name(role, i)) != NULL && length < room; i++)
        length +=
            (size_t)snprintf(out + length, room - length, "%s%s", length > 0 ? ", " : "", name);
}

static int no_such_critic(enum crux_role role, const char *description, struct crux_error *error)
{
    char names[256];

    list_critics(role, names, sizeof names);
    return crux_fail(error, CRUX_INVALID, "there is no %s critic `%s`; there is: %s",
                     crux_role_name(role), description, names);
}

/* The row that a description begins with, or NULL; *argument: what stands behind its colon, which
 * has no start without one. */
static const struct critic_row *find_critic(enum crux_role role, struct crux_text description,
                                            struct crux_text *argument)
{
    const char *start = description.start;
    const char *colon = description.length > 0 ? memchr(start, ':', description.length) : NULL;
    size_t length = colon != NULL ? (size_t)(colon - start) : description.length;

    *argument = colon != NULL ? (struct crux_text){colon + 1, description.length - length - 1}
                              : (struct crux_text){NULL, 0};
    for (size_t i = 0; i < CRITIC_ROWS; i++)
        if (critic_has_role(&critic_rows[i], role) && strlen(critic_rows[i].name) == length &&
            memcmp(critic_rows[i].name, start, length) == 0)
            return &critic_rows[i];
    return NULL;
}

static struct crux_text catalogue_text(const char *text)
{
    return (struct crux_text){text, strlen(text)};
}

/* --- what a description names --------------------------------------------------------------- */

/* MODELS: of the backends those that are asked in words, as policies ask. */
enum critic_names { NAMES_BACKENDS, NAMES_MODELS, NAMES_FILES };

/* What is looked for in a description and those inside of it. */
struct critic_sought {
    enum critic_names names;
    size_t left; /* of them that are passed over */
};

static bool find_named(enum crux_role role, struct crux_text description,
                       struct critic_sought *sought, struct crux_text *out);

/* The next word of an argument, if it is the name of a backend: "" before a setting, which has a
 * '='. */
static struct crux_text take_backend(struct crux_text *argument)
{
    const char *start = argument->start != NULL ? argument->start : "";
    const char *comma = argument->length > 0 ? memchr(start, ',', argument->length) : NULL;
    struct crux_text word = {start, comma != NULL ? (size_t)(comma - start) : argument->length};
    size_t used = word.length + (comma != NULL);

    if (word.length > 0 && memchr(start, '=', word.length) != NULL)
        word.length = 0;
    *argument = (struct crux_text){start + used, argument->length - used};
    return word;
}

/* Names of so many backends. */
static bool find_named_backends(struct crux_text argument, uint32_t count,
                                struct critic_sought *sought, struct crux_text *out)
{
    while (sought->names != NAMES_FILES && count-- > 0) {
        *out = take_backend(&argument);
        if (sought->left-- == 0)
            return true;
    }
    return false;
}

/* Names of the backends of an annotator. */
static bool find_named_annotators(struct crux_text argument, struct critic_sought *sought,
                                  struct crux_text *out)
{
    for (size_t i = 0; annotate_plan_backend(argument, i, out); i++)
        if (sought->left-- == 0)
            return true;
    return false;
}

/* The file of a setting template=FILE behind the name of a backend, as described.h has settings. */
static bool find_named_template(struct crux_text argument, struct critic_sought *sought,
                                struct crux_text *out)
{
    static const char key[] = "template=";

    while (sought->names == NAMES_FILES && argument.length > 0) {
        const char *comma = memchr(argument.start, ',', argument.length);
        size_t length = comma != NULL ? (size_t)(comma - argument.start) : argument.length;
        size_t used = length + (comma != NULL);

        *out = (struct crux_text){argument.start + sizeof key - 1, length - (sizeof key - 1)};
        if (length >= sizeof key && memcmp(argument.start, key, sizeof key - 1) == 0)
            return sought->left-- == 0;
        argument = (struct crux_text){argument.start + used, argument.length - used};
    }
    return false;
}

static bool find_named_by_members(enum crux_role role, struct crux_text argument,
                                  struct critic_sought *sought, struct crux_text *out)
{
    struct members members;

    (void)members_read(&members, argument.start, argument.length, "", NULL);
    for (uint32_t i = 0; i < members.count; i++) {
        enum crux_role own = members_take_role(&members.items[i], role);

        if (find_named(own, members.items[i], sought, out))
            return true;
    }
    return false;
}

static bool find_named(enum crux_role role, struct crux_text description,
                       struct critic_sought *sought, struct crux_text *out)
{
    struct crux_text argument;
    const struct critic_row *row = find_critic(role, description, &argument);
    bool files = sought->names == NAMES_FILES, models = sought->names == NAMES_MODELS;

    switch (row != NULL ? row->asks : ASKS_NOBODY) {
    case READS_FILE:
        *out = argument;
        return files && argument.start != NULL && sought->left-- == 0;
    case ASKS_ITSELF:
        *out = catalogue_text(row->name);
        return !files && !models && sought->left-- == 0;
    case ASKS_SERVICE:
        *out = files ? argument : catalogue_text(row->name);
        return out->start != NULL && !models && sought->left-- == 0;
    case ASKS_BACKEND:
    case ASKS_MODEL:
        if (files)
            return find_named_template(argument, sought, out);
        return (row->asks == ASKS_MODEL || !models) &&
               find_named_backends(argument, 1, sought, out);
    case ASKS_NAMED:
        return !files && find_named_annotators(argument, sought, out);
    case ASKS_TWO:
        return find_named_backends(argument, 2, sought, out);
    case ASKS_CRITIC:
        return find_named(role, argument, sought, out);
    case ASKS_MEMBERS:
        return find_named_by_members(role, argument, sought, out);
    default:
        return false;
    }
}

bool crux_critic_backend(enum crux_role role, const char *description, size_t index,
                         struct crux_text *out)
{
    struct critic_sought sought = {NAMES_BACKENDS, index};

    return find_named(role, catalogue_text(description), &sought, out);
}

bool crux_critic_chats(enum crux_role role, const char *description, size_t index,
                       struct crux_text *out)
{
    struct critic_sought sought = {NAMES_MODELS, index};

    return find_named(role, catalogue_text(description), &sought, out);
}

bool crux_critic_file(enum crux_role role, const char *description, size_t index,
                      struct crux_text *out)
{
    struct critic_sought sought = {NAMES_FILES, index};

    return find_named(role, catalogue_text(description), &sought, out);
}

/* --- checking ------------------------------------------------------------------------------ */

static int check_text(enum crux_role role, struct crux_text description, struct crux_error *error)
{
    char *copy = strndup(description.start, description.length);
    int status;

    if (copy == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a critic's description");
    status = crux_critic_check(role, copy, error);
    free(copy);
    return status;
}

int crux_critic_check(enum crux_role role, const char *description, struct crux_error *error)
{
    struct crux_text argument;
    const struct critic_row *row = find_critic(role, catalogue_text(description), &argument);
    struct crux_critic *critic = NULL;
    int status;

    if (row == NULL)
        return no_such_critic(role, description, error);
    if (row->check != NULL)
        return row->check(role, argument.start, error);
    status = open_critic_row(&critic, row, role, argument.start, NULL, error);
    crux_critic_close(critic);
    return status;
}

/* --- opening ------------------------------------------------------------------------------- */

int crux_critic_open(struct crux_critic **out, enum crux_role role, const char *description,
                     struct crux_backends *backends, struct crux_error *error)
{
    struct crux_text argument;
    const struct critic_row *row = find_critic(role, catalogue_text(description), &argument);

    return row != NULL ? open_critic_row(out, row, role, argument.start, backends, error)
                       : no_such_critic(role, description, error);
}

static int open_match(struct crux_critic **out, enum crux_role role, const char *argument,
                      struct crux_backends *backends, struct crux_error *error)
{
    (void)role;
    return match_new(out, argument, backends, error);
}

static int open_linear(struct crux_critic **out, enum crux_role role, const char *argument,
                       struct crux_backends *backends, struct crux_error *error)
{
    (void)backends;
    return linear_critic_new(out, role, argument, error);
}

static int open_process(struct crux_critic **out, enum crux_role role, const char *argument,
                        struct crux_backends *backends, struct crux_error *error)
{
    (void)role; /* the program is told by each question */
    return process_critic_new(out, argument, backends, error);
}

static enum crux_verb verb_of(enum crux_role role)
{
    return role == CRUX_ROLE_OUTCOME ? CRUX_JUDGE : CRUX_SCORE;
}

static int open_http(struct crux_critic **out, enum crux_role role, const char *argument,
                     struct crux_backends *backends, struct crux_error *error)
{
    return http_critic_open(out, verb_of(role), argument, backends, error);
}

static int open_mixed(struct crux_critic **out, enum crux_role role, const char *argument,
                      struct crux_backends *backends, struct crux_error *error)
{
    struct crux_critic *others = NULL;
    int status;

    if (role == CRUX_ROLE_ANNOTATE)
        return argument == NULL
                   ? mixed_annotate_new(out, error)
                   : crux_fail(error, CRUX_INVALID, "critic mixed annotates without an argument");
    status =
        crux_critic_open(&others, role, argument != NULL ? argument : "match", backends, error);
    return status == CRUX_OK ? mixed_outcome_new(out, others, error) : status;
}

/* --- critics of critics ------------------------------------------------------------------- */

static void close_members(struct crux_critic *const *critics, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        crux_critic_close(critics[i]);
}

/* One of them. name is the critic's that asks it. */
static int open_member(struct crux_critic **out, struct crux_text member, enum crux_role role,
                       const char *name, struct crux_backends *backends, struct crux_error *error)
{
    char *description = strndup(member.start, member.length);
    struct crux_error why = {""};
    int status = description != NULL ? crux_critic_open(out, role, description, backends, &why)
                                     : crux_fail(&why, CRUX_MEMORY, "no memory for a description");

    free(description);
    return status == CRUX_OK ? status
                             : crux_fail(error, status, "critic %s: %.480s", name, why.text);
}

/* All of them, or none. */
static int open_members(struct crux_critic *critics[MEMBERS_MOST], const struct members *members,
                        enum crux_role role, const char *name, struct crux_backends *backends,
                        struct crux_error *error)
{
    int status = CRUX_OK;
    uint32_t opened = 0;

    while (opened < members->count) {
        status = open_member(&critics[opened], members->items[opened], role, name, backends, error);
        if (status != CRUX_OK)
            break;
        opened++;
    }
    if (status != CRUX_OK)
        close_members(critics, opened);
    return status;
}

static int open_on_members(struct crux_critic **out, enum crux_role role, const char *name,
                           const struct ensemble_manner *manner, const struct members *members,
                           struct crux_backends *backends, struct crux_error *error)
{
    struct crux_critic *critics[MEMBERS_MOST];
    int status = open_members(critics, members, role, name, backends, error);

    return status == CRUX_OK
               ? ensemble_new(out, name, manner, critics, members->count, verb_of(role), error)
               : status;
}

static int read_ensemble(struct ensemble_manner *manner, struct members *members,
                         const char *argument, struct crux_error *error)
{
    int status =
        members_read(members, argument, argument != NULL ? strlen(argument) : 0, "ensemble", error);

    return status == CRUX_OK ? ensemble_manner_read(manner, members->word, error) : status;
}

static int open_ensemble(struct crux_critic **out, enum crux_role role, const char *argument,
                         struct crux_backends *backends, struct crux_error *error)
{
    struct ensemble_manner manner;
    struct members members;
    int status = read_ensemble(&manner, &members, argument, error);

    return status == CRUX_OK
               ? open_on_members(out, role, "ensemble", &manner, &members, backends, error)
               : status;
}

static int open_agree(struct crux_critic **out, enum crux_role role, const char *argument,
                      struct crux_backends *backends, struct crux_error *error)
{
    static const struct ensemble_manner manner = {RULE_AGREE, 1};
    struct members members;
    int status = members_read_bare(&members, argument, "agree", error);

    return status == CRUX_OK
               ? open_on_members(out, role, "agree", &manner, &members, backends, error)
               : status;
}

/* A validator judges what the adversary does, or scores the step that is accused. */
static int open_validator(struct adversary_validator *out, struct crux_text member,
                          enum crux_role role, struct crux_backends *backends,
                          struct crux_error *error)
{
    enum crux_role own = members_take_role(&member, role);

    out->verb = verb_of(own);
    return open_member(&out->critic, member, own, "adversary", backends, error);
}

static int read_adversary(struct members *out, enum crux_role role, const char *argument,
                          struct crux_error *error)
{
    int status = members_read_bare(out, argument, "adversary", error);

    if (status == CRUX_OK && out->count < 2)
        return crux_fail(error, CRUX_INVALID,
                         "critic adversary needs one that accuses and one that validates: "
                         "adversary:[judge][match]");
    for (uint32_t i = 1; status == CRUX_OK && i < out->count; i++) {
        struct crux_text member = out->items[i];
        enum crux_role own = members_take_role(&member, role);

        if (own != role && own != CRUX_ROLE_EXECUTION)
            return crux_fail(error, CRUX_INVALID,
                             "critic adversary: a validator has the adversary's role or "
                             "execution=, not %s=",
                             crux_role_name(own));
    }
    return status;
}

static int open_adversary(struct crux_critic **out, enum crux_role role, const char *argument,
                          struct crux_backends *backends, struct crux_error *error)
{
    struct adversary_validator validators[MEMBERS_MOST];
    struct crux_critic *accuser = NULL;
    struct members members;
    uint32_t opened = 0;
    int status = read_adversary(&members, role, argument, error);

    if (status == CRUX_OK)
        status = open_member(&accuser, members.items[0], role, "adversary", backends, error);
    while (status == CRUX_OK && opened + 1 < members.count) {
        status =
            open_validator(&validators[opened], members.items[opened + 1], role, backends, error);
        opened += status == CRUX_OK;
    }
    if (status == CRUX_OK)
        return adversary_new(out, role, accuser, validators, opened, error);
    while (opened > 0)
        crux_critic_close(validators[--opened].critic);
    crux_critic_close(accuser);
    return status;
}

/* --- checking those ------------------------------------------------------------------------ */

static int check_mixed(enum crux_role role, const char *argument, struct crux_error *error)
{
    if (argument == NULL)
        return CRUX_OK;
    return role == CRUX_ROLE_ANNOTATE ? open_mixed(NULL, role, argument, NULL, error)
                                      : crux_critic_check(role, argument, error);
}

/* Each as it was written: only a validator has a role of its own. */
static int check_members(enum crux_role role, const struct members *members, bool validators,
                         struct crux_error *error)
{
    int status = CRUX_OK;

    for (uint32_t i = 0; i < members->count && status == CRUX_OK; i++) {
        struct crux_text member = members->items[i];
        enum crux_role own = validators && i > 0 ? members_take_role(&member, role) : role;

        status = check_text(own, member, error);
    }
    return status;
}

static int check_ensemble(enum crux_role role, const char *argument, struct crux_error *error)
{
    struct ensemble_manner manner;
    struct members members;
    int status = read_ensemble(&manner, &members, argument, error);

    return status == CRUX_OK ? check_members(role, &members, false, error) : status;
}

static int check_agree(enum crux_role role, const char *argument, struct crux_error *error)
{
    struct members members;
    int status = members_read_bare(&members, argument, "agree", error);

    return status == CRUX_OK ? check_members(role, &members, false, error) : status;
}

static int check_adversary(enum crux_role role, const char *argument, struct crux_error *error)
{
    struct members members;
    int status = read_adversary(&members, role, argument, error);

    return status == CRUX_OK ? check_members(role, &members, true, error) : status;
}

void crux_critic_close(struct crux_critic *critic)
{
    if (critic != NULL && critic->port.close != NULL)
        critic->port.close(&critic->port);
}
