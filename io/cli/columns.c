/*
 * columns.c - asks the C library about characters, and the terminal about itself.
 *
 * wcwidth() goes by the thread's locale. The program has none of its own (its numbers and files are
 * the same everywhere), so it is lent one for the length of the question.
 */
#include "io/cli/columns.h"

#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

#include "io/utf8.h"

enum { COLUMNS_MOST = 100000 };

static pthread_once_t columns_once = PTHREAD_ONCE_INIT;
static locale_t columns_locale; /* (locale_t)0: there is none that knows UTF-8 */

static void columns_open(void)
{
    columns_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

unsigned columns_of_point(uint32_t point)
{
    locale_t before;
    int width;

    if (point < 0x80)
        return 1;
    (void)pthread_once(&columns_once, columns_open);
    if (columns_locale == (locale_t)0)
        return 1;
    before = uselocale(columns_locale);
    width = wcwidth((wchar_t)point);
    (void)uselocale(before);
    return width >= 0 ? (unsigned)width : 1;
}

size_t columns_of(const char *text)
{
    size_t left = strlen(text), columns = 0;

    while (left > 0) {
        uint32_t point = 0;
        size_t bytes = utf8_character(text, left, &point);

        columns += bytes > 0 ? columns_of_point(point) : 1;
        bytes += bytes == 0;
        text += bytes;
        left -= bytes;
    }
    return columns;
}

unsigned columns_here(int descriptor, unsigned otherwise)
{
    const char *said = getenv("COLUMNS");
    long columns = said != NULL ? strtol(said, NULL, 10) : 0;
    struct winsize size;

    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return columns > 0 && columns <= COLUMNS_MOST ? (unsigned)columns : otherwise;
}
