/*
 * page.h - the frame of the HTML page: one file that holds its style, its data and its program.
 *
 *     page_begin() -> page_problem()... -> page_index_begin() page_index_add()... page_index_end()
 *                  -> page_end()
 *
 * All data are JSON in `<script type="application/json">` blocks, one for each problem, then the
 * index. Whatever texts they hold, no byte of them ends a block or is markup: '<', '>', '&',
 * U+2028 and U+2029 are written as escapes of JSON, which leave the data what they were. All five
 * stand in texts of JSON only, so nobody has to understand the JSON to write them so.
 *
 * What the JSON says, the page's program and whoever calls this agree upon; nothing here knows it.
 * Style, program and the frame itself (page.html, page.css, *.js of this folder) are text of the
 * library: the page is made and opened without a network, a file or another program.
 *
 * Threads. One at a time for each sink; nothing is kept here.
 * Errors.  What the sink answers, which ends the page.
 */
#ifndef IO_PAGE_PAGE_H
#define IO_PAGE_PAGE_H

#include "search/crux.h"

/* Takes the next bytes of the page; a negative status ends it. */
typedef int page_put(void *context, const char *bytes, size_t length, struct crux_error *error);

struct page_sink {
    page_put *put;
    void *context;
};

/* The frame down to the data, and what stands behind them: style and program included. */
int page_begin(const struct page_sink *sink, struct crux_error *error);
int page_end(const struct page_sink *sink, struct crux_error *error);

/* A problem by its number, as a JSON object. */
int page_problem(const struct page_sink *sink, uint64_t number, struct crux_text json,
                 struct crux_error *error);

/* The index, a JSON object in pieces: escapes do not need to see a whole one, but a character of
 * UTF-8 is whole in its piece. */
int page_index_begin(const struct page_sink *sink, struct crux_error *error);
int page_index_add(const struct page_sink *sink, struct crux_text json, struct crux_error *error);
int page_index_end(const struct page_sink *sink, struct crux_error *error);

/* JSON as it stands in a block. */
int page_escaped(const struct page_sink *sink, struct crux_text json, struct crux_error *error);

/* The program as it stands between its tags: for who allows a browser this program alone. */
struct crux_text page_program(void);

/* Texts that the build makes of the files of this folder; end in NUL. */
extern const char page_text_frame[], page_text_style[], page_text_program[];

#endif
