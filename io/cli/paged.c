/*
 * paged.c - a page goes into a file a piece at a time: it may be larger than memory.
 */
#include "io/cli/paged.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/cli/terminal.h"
#include "io/whole_file.h"

const char *paged_tell(char out[PAGED_TELL], const struct crux_paged *page)
{
    (void)snprintf(out, PAGED_TELL,
                   "%" PRIu64 " problems, %" PRIu64 " trees with %" PRIu64 " nodes", page->problems,
                   page->bodies, page->nodes);
    if (page->left_nodes + page->left_rollouts > 0)
        (void)snprintf(out + strlen(out), PAGED_TELL - strlen(out),
                       "; %" PRIu64 " nodes, %" PRIu64 " answers and %" PRIu64
                       " whole trees are left out: --nodes holds more",
                       page->left_nodes, page->left_rollouts, page->left_problems);
    return out;
}

/* --- the file --------------------------------------------------------------------------------- */

struct paged_stream {
    const struct paged_file *file;
    FILE *stream;
};

static int paged_fail(const struct paged_file *file, struct crux_error *error)
{
    return crux_fail(error, CRUX_STORE, "cannot write %.300s: %s", file->path, strerror(errno));
}

static int paged_put(void *context, const char *bytes, size_t length, struct crux_error *error)
{
    const struct paged_stream *out = context;

    return fwrite(bytes, 1, length, out->stream) == length ? CRUX_OK : paged_fail(out->file, error);
}

static int paged_fill(const struct paged_file *file, const char *partial, struct crux_store *store,
                      struct crux_paged *paged, struct crux_error *error)
{
    struct paged_stream out = {file, fopen(partial, "we")};
    const struct crux_page page = {.stores = &store,
                                   .store_count = 1,
                                   .ids = file->ids,
                                   .id_count = file->id_count,
                                   .nodes = file->nodes,
                                   .put = paged_put,
                                   .context = &out};
    int status;

    if (out.stream == NULL)
        return paged_fail(file, error);
    status = crux_page_write(&page, paged, error);
    if (fclose(out.stream) != 0 && status == CRUX_OK)
        status = paged_fail(file, error);
    return status;
}

static void paged_say(const struct paged_file *file, const struct crux_paged *paged)
{
    char text[PAGED_TELL];

    (void)fputs("crux: wrote ", stderr);
    terminal_put(stderr, file->path, strlen(file->path));
    (void)fprintf(stderr, ": %s\n", paged_tell(text, paged));
}

int paged_write(const struct paged_file *file, struct crux_store *store, struct crux_error *error)
{
    struct whole_file whole;
    struct crux_paged paged;
    int status = whole_file_begin(&whole, file->path, file->force, 0, error);

    if (status != CRUX_OK)
        return status;
    status = whole_file_end(&whole, paged_fill(file, whole.partial, store, &paged, error), error);
    if (status == CRUX_OK)
        paged_say(file, &paged);
    return status;
}
