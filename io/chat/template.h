/*
 * template.h - the marks that a model knows around the turns of a chat, as a template.
 *
 * Route completions sends one text: what a chat template makes of a system and a user turn,
 * with the assistant's turn open at its end. A frame is that text with {{system}} and {{user}} in
 * it. It comes from a name (chatml, llama3, mistral, gemma, deepseek, or none: plain text), from
 * a file of one's own, or as it stands behind a "=". That is how a frame is written down that came
 * from the server: it is asked once to render a chat whose turns are two words that no
 * template would touch, and what stands around them is the frame.
 *
 * Marks in a problem or a step would be taken for the real ones, since the server reads the
 * whole text. chat_frame_guard() breaks them with a space, always in the same way.
 *
 * Threads. Pure; any thread.
 * Errors.  CRUX_INVALID with a sentence. The caller frees the template.
 */
#ifndef IO_CHAT_TEMPLATE_H
#define IO_CHAT_TEMPLATE_H

#include "io/mustache.h"
#include "io/chat/profile.h"

/* What the server is to render, as the contents of the two turns. */
#define CHAT_FRAME_SYSTEM "CruxSystemTurn"
#define CHAT_FRAME_USER   "CruxUserTurn"

/* A name, a file, or "=" and the frame. profile: whose server adds a beginning-of-text mark by
 * itself or does not. */
int chat_frame_open(struct template **out, const char *name, const struct chat_profile *profile,
                    struct crux_error *error);

/* What a server made of the two words, as "=" and a frame. The caller frees *out. */
int chat_frame_of(char **out, const char *rendered, struct crux_error *error);

/* system: "" for none. The caller frees *out. */
int chat_frame_render(char **out, const struct template *frame, const char *system,
                      const char *user, struct crux_error *error);

/* A copy of text without marks; NULL: no memory. The caller frees it. */
char *chat_frame_guard(const char *text);

#endif
