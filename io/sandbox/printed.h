/*
 * printed.h - is what a program printed what was expected?
 *
 * Blanks at the ends of lines and empty lines at the end of all do not count. Pure; any thread.
 */
#ifndef IO_SANDBOX_PRINTED_H
#define IO_SANDBOX_PRINTED_H

#include <stdbool.h>

/* printed: bytes, two hexadecimal digits each, to the end of the text. False, too, if they are not.
 */
bool printed_same(const char *printed, const char *expected);

#endif
