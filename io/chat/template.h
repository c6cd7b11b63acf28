/*
 * template.h - chat templates: the marks that a model expects around the turns of a chat.
 *
 * Route completions sends one text: what a chat template makes of a system and a user turn, with
 * the assistant's turn open at its end. A chat template of ours is that text with {{system}} and
 * {{user}} in it (io/mustache.h). It is given by a name (chatml, llama3, mistral, gemma, deepseek,
 * or none: plain text), by the path of a file, or as text after a "=". The last form records what
 * a server has shown: it is asked once to render a chat whose turns are two words that no
 * template would touch, and the text around these words is the template.
 *
 * The server would take marks in a problem or a step for real ones, since it reads the whole
 * text. chat_template_guard() breaks them with a space, always in the same way.
 *
 * Threads. Pure; any thread.
 * Errors.  CRUX_INVALID with a sentence. The caller frees the template.
 */
#ifndef IO_CHAT_TEMPLATE_H
#define IO_CHAT_TEMPLATE_H

#include "io/mustache.h"
#include "io/chat/profile.h"

/* The contents of the two turns that the server is asked to render. */
#define CHAT_TEMPLATE_SYSTEM "CruxSystemTurn"
#define CHAT_TEMPLATE_USER   "CruxUserTurn"

/* From a name, a path, or "=" and the text. The profile says whether its servers add a
 * beginning-of-text mark by themselves; then the template loses its own. */
int chat_template_open(struct mustache **out, const char *name, const struct chat_profile *profile,
                       struct crux_error *error);

/* "=" and the template behind a server's rendering of the two words. The caller frees *out. */
int chat_template_of(char **out, const char *rendered, struct crux_error *error);

/* system: "" for none. The caller frees *out. */
int chat_template_render(char **out, const struct mustache *template, const char *system,
                         const char *user, struct crux_error *error);

/* A copy of text without marks; NULL: no memory. The caller frees it. */
char *chat_template_guard(const char *text);

#endif
