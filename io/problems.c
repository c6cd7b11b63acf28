/*
 * problems.c - a file of problems, read as a stream.
 *
 * The input may be a pipe, as long as it likes, and its lines may be anything. So
 * bytes are hashed as they come, and never more than one line of at most
 * LONGEST_LINE is kept beside the problems already read: the rest of a longer
 * line goes by unseen. What is kept lives in a chain of large blocks that nothing
 * in them ever leaves, so strings may point at each other freely and die together.
 */
#include "io/problem_line.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/crux_io.h"
#include "io/hash.h"
#include "io/problem_ends.h"
#include "io/problem_file.h"
#include "io/problem_shape.h"

enum { LONGEST_LINE = 64 << 20, LONGEST_ARRAY = 1 << 30, CHUNK = 64 << 10, BLOCK = 1 << 20 };

struct block {
    struct block *next;
    size_t used, size;
    int64_t bytes[];
};

/* An id and the line it was first seen on. */
struct seen {
    const char *id;
    uint64_t line;
};

/* --- what is kept --------------------------------------------------------- */

struct reader {
    struct crux_problems problems; /* memory: the newest struct block */
    size_t room;                   /* of problems.items */
    const char *name;              /* of the input, as sentences call it */
    bool strict;
    struct problem_fields fields;
    struct problem_complaints complaints;
    struct hash hash;
    bool ends;       /* it is kept at the end of each line */
    bool begun;      /* the first bytes have been seen ... */
    bool is_array;   /* ... and are those of a JSON array, which is one line */
    void *ids;       /* a tree of struct seen (tsearch) */
    uint64_t number; /* of the line being read, from 1 */
    char *line;
    size_t length, capacity;
    bool overlong; /* the line is longer than LONGEST_LINE: nothing of it is kept */
};

static int problems_no_memory(struct reader *reader, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the problems of %s", reader->name);
}

static void *problems_keep(struct reader *reader, size_t size)
{
    struct block *block = reader->problems.memory;
    void *memory;

    size = (size + 7) / 8 * 8;
    if (block == NULL || block->size - block->used < size) {
        size_t room = size < BLOCK ? BLOCK : size;

        block = malloc(sizeof *block + room);
        if (block == NULL)
            return NULL;
        *block = (struct block){reader->problems.memory, 0, room};
        reader->problems.memory = block;
    }
    memory = (char *)block->bytes + block->used;
    block->used += size;
    return memory;
}

/* Room for one item more. */
static bool problems_make_room(struct reader *reader)
{
    struct crux_problems *problems = &reader->problems;
    size_t room = reader->room == 0 ? 1024 : reader->room * 2;
    struct crux_problem *items;

    if (problems->count < reader->room)
        return true;
    items = realloc(problems->items, room * sizeof *items);
    if (items == NULL)
        return false;
    problems->items = items;
    reader->room = room;
    return true;
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(((const struct seen *)a)->id, ((const struct seen *)b)->id);
}

/* The line on which id was first seen, 0: never. */
static uint64_t first_seen(const struct reader *reader, const char *id)
{
    struct seen key = {id, 0};
    void *found = tfind(&key, &reader->ids, compare_ids);

    return found == NULL ? 0 : (*(struct seen *const *)found)->line;
}

static int keep_problem(struct reader *reader, const struct crux_problem *problem,
                        struct crux_error *error)
{
    struct crux_problems *problems = &reader->problems;
    void *memory = problems_keep(reader, problem_bytes(problem));
    struct seen *seen = problems_keep(reader, sizeof *seen);

    if (memory == NULL || seen == NULL || !problems_make_room(reader))
        return problems_no_memory(reader, error);
    problem_copy(&problems->items[problems->count], memory, problem);
    problems->items[problems->count].ordinal = reader->number - 1;
    *seen = (struct seen){problems->items[problems->count].id, reader->number};
    if (tsearch(seen, &reader->ids, compare_ids) == NULL)
        return problems_no_memory(reader, error);
    problems->count++;
    return CRUX_OK;
}

/* --- a line --------------------------------------------------------------- */

/* The line is bad: end the reading, or report it and go on. */
static int reject(struct reader *reader, const char *why, struct crux_error *error)
{
    struct crux_error sentence;

    (void)crux_fail(&sentence, CRUX_INPUT, "%s:%s%llu: %s", reader->name,
                    reader->is_array ? " item " : "", (unsigned long long)reader->number, why);
    if (reader->strict)
        return crux_fail(error, CRUX_INPUT, "%s", sentence.text);
    reader->problems.skipped++;
    return problem_complain(&reader->complaints, sentence.text, why)
               ? CRUX_OK
               : problems_no_memory(reader, error);
}

static bool problems_is_blank(const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (strchr(" \t\r", line[i]) == NULL || line[i] == '\0')
            return false;
    return true;
}

/* Windows ends lines in CR LF and begins files with a byte order mark. */
static void strip(struct reader *reader)
{
    if (reader->length > 0 && reader->line[reader->length - 1] == '\r')
        reader->length--;
    if (reader->number == 1 && reader->length >= 3 &&
        memcmp(reader->line, "\xef\xbb\xbf", 3) == 0) {
        reader->length -= 3;
        memmove(reader->line, reader->line + 3, reader->length);
    }
}

static bool problems_is_empty(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

/* A parsed line becomes a problem, or is rejected. */
static int judge_problem(struct reader *reader, const struct crux_problem *problem,
                         struct crux_error *error)
{
    uint64_t first = first_seen(reader, problem->id);
    struct crux_error why;

    if (first > 0)
        (void)crux_fail(&why, CRUX_INPUT,
                        "field `id`: expected one that is new, found `%s` of line %llu again",
                        problem->id, (unsigned long long)first);
    else if (problems_is_empty(problem->prompt))
        (void)crux_fail(&why, CRUX_INPUT,
                        "field `problem`: expected a question, found no word in it");
    else
        return keep_problem(reader, problem, error);
    return reject(reader, why.text, error);
}

/* A line of another shape is rewritten; *out NULL: it is one of ours, or no object at all. */
static int problems_shape_line(struct reader *reader, const char *line, size_t length, char **out,
                               bool *numbered, struct crux_error *error)
{
    struct json *object = NULL;
    int status = json_parse(&object, line, length, NULL);

    *out = NULL;
    *numbered = false;
    if (status == CRUX_OK && json_type_of(object) == JSON_IS_OBJECT)
        status = problem_shape(out, object, &reader->fields, reader->number, numbered, error);
    else if (status == CRUX_INPUT)
        status = CRUX_OK; /* what is wrong with it is said by whoever reads it next */
    json_free(object);
    return status;
}

static int judge_line(struct reader *reader, struct crux_error *error)
{
    const char *line = reader->line;
    size_t length = reader->length;
    struct problem_line parsed;
    struct crux_error why;
    char *shaped;
    bool numbered;
    int status = problems_shape_line(reader, line, length, &shaped, &numbered, &why);

    if (status == CRUX_OK)
        status = problem_line_open(&parsed, shaped != NULL ? shaped : line,
                                   shaped != NULL ? strlen(shaped) : length, &why);
    if (status == CRUX_OK) {
        status = judge_problem(reader, &parsed.problem, error);
        reader->problems.numbered += numbered;
        problem_line_close(&parsed);
    } else if (status == CRUX_INPUT) {
        status = reject(reader, why.text, error);
    } else {
        status = crux_fail(error, status, "%s", why.text);
    }
    free(shaped);
    return status;
}

static int problems_end_line(struct reader *reader, struct crux_error *error)
{
    int status = CRUX_OK;

    reader->number++;
    if (reader->overlong) {
        status = reject(reader, "expected a line of at most 64 MiB, found a longer one", error);
    } else {
        strip(reader);
        if (!problems_is_blank(reader->line, reader->length)) {
            reader->line[reader->length] = '\0';
            status = judge_line(reader, error);
        }
    }
    reader->length = 0;
    reader->overlong = false;
    return status;
}

/* A JSON array: its items are lines, counted from 1. */
static int problems_judge_array(struct reader *reader, struct crux_error *error)
{
    struct crux_error why;
    struct json *array = NULL;
    int status = CRUX_OK;

    if (reader->overlong)
        return crux_fail(error, CRUX_INPUT,
                         "%s: expected a JSON array of at most 1 GiB, found a longer one; as JSON "
                         "lines it may be of any length: jq -c '.[]'",
                         reader->name);
    reader->number = 1;
    strip(reader); /* its byte order mark */
    reader->line[reader->length] = '\0';
    reader->number = 0;
    if (json_parse(&array, reader->line, reader->length, &why) != CRUX_OK)
        return crux_fail(error, CRUX_INPUT,
                         "%s: expected a JSON array, found text that is not JSON: %s", reader->name,
                         why.text);
    for (size_t i = 0; i < json_count(array) && status == CRUX_OK; i++) {
        free(reader->line);
        reader->line = json_text(json_at(array, i), false);
        reader->length = reader->line == NULL ? 0 : strlen(reader->line);
        reader->number++;
        status =
            reader->line == NULL ? problems_no_memory(reader, error) : judge_line(reader, error);
    }
    json_free(array);
    return status;
}

/* --- a stream ------------------------------------------------------------- */

static int add_bytes(struct reader *reader, const char *bytes, size_t size,
                     struct crux_error *error)
{
    size_t capacity = reader->capacity, most = reader->is_array ? LONGEST_ARRAY : LONGEST_LINE;
    char *line;

    reader->overlong = reader->overlong || size > most - reader->length;
    if (reader->overlong || size == 0)
        return CRUX_OK;
    while (capacity <= reader->length + size) /* a NUL comes behind the line */
        capacity = capacity == 0 ? CHUNK : capacity * 2;
    if (capacity > reader->capacity) {
        line = realloc(reader->line, capacity);
        if (line == NULL)
            return problems_no_memory(reader, error);
        reader->line = line;
        reader->capacity = capacity;
    }
    memcpy(reader->line + reader->length, bytes, size);
    reader->length += size;
    return CRUX_OK;
}

/* No part of an array is a shorter one. */
static int problems_hash(struct reader *reader, const char *chunk, size_t size,
                         struct crux_error *error)
{
    struct crux_problems *problems = &reader->problems;

    if (reader->is_array || !reader->ends) {
        hash_add(&reader->hash, chunk, size);
        return CRUX_OK;
    }
    if (problems->ends == NULL)
        problems->ends = problem_ends_new();
    return problems->ends != NULL && problem_ends_add(problems->ends, &reader->hash, chunk, size)
               ? CRUX_OK
               : problems_no_memory(reader, error);
}

static int take_chunk(struct reader *reader, const char *chunk, size_t size,
                      struct crux_error *error)
{
    const char *end = chunk + size;
    int status = CRUX_OK;

    if (!reader->begun) {
        reader->begun = true;
        reader->is_array = problem_file_is_array(chunk, size);
        status = problem_file_check(chunk, size, reader->name, error);
    }
    if (status == CRUX_OK)
        status = problems_hash(reader, chunk, size, error);
    if (reader->is_array)
        return status == CRUX_OK ? add_bytes(reader, chunk, size, error) : status;
    while (chunk < end && status == CRUX_OK) {
        const char *stop = memchr(chunk, '\n', (size_t)(end - chunk));
        const char *next = stop == NULL ? end : stop;

        status = add_bytes(reader, chunk, (size_t)(next - chunk), error);
        if (status == CRUX_OK && stop != NULL)
            status = problems_end_line(reader, error);
        chunk = stop == NULL ? end : stop + 1;
    }
    return status;
}

static int problems_read_all(struct reader *reader, int file, struct crux_error *error)
{
    static const size_t size = CHUNK;
    char *chunk = malloc(size);
    int status = chunk == NULL ? problems_no_memory(reader, error) : CRUX_OK;
    ssize_t got = 1;

    while (status == CRUX_OK && got != 0) {
        got = read(file, chunk, size);
        if (got > 0)
            status = take_chunk(reader, chunk, (size_t)got, error);
        else if (got < 0 && errno != EINTR)
            status =
                crux_fail(error, CRUX_INPUT, "cannot read %s: %s", reader->name, strerror(errno));
    }
    if (status == CRUX_OK && reader->is_array)
        status = problems_judge_array(reader, error);
    else if (status == CRUX_OK && reader->length > 0) /* the last line needs no end */
        status = problems_end_line(reader, error);
    if (status == CRUX_OK)
        problem_complain_rest(&reader->complaints, reader->name);
    free(chunk);
    return status;
}

static int judge_whole(const struct reader *reader, struct crux_error *error)
{
    const struct crux_problems *problems = &reader->problems;

    if (problems->count > 0)
        return CRUX_OK;
    if (problems->skipped > 0)
        return crux_fail(error, CRUX_INPUT, "%s has no problems: all of its %zu lines are bad",
                         reader->name, problems->skipped);
    return crux_fail(error, CRUX_INPUT, "%s has no problems: expected a JSON object a line",
                     reader->name);
}

static void ignore(void *seen)
{
    (void)seen; /* it lives in a block */
}

int crux_problems_read(struct crux_problems *out, const char *path, bool strict,
                       crux_complaint *complain, void *context, struct crux_error *error)
{
    const struct crux_reading how = {.strict = strict, .complain = complain, .context = context};

    return crux_problems_read_as(out, path, &how, error);
}

int crux_problems_read_as(struct crux_problems *out, const char *path,
                          const struct crux_reading *how, struct crux_error *error)
{
    bool standard = strcmp(path, "-") == 0;
    struct reader reader = {.name = standard ? "standard input" : path,
                            .strict = how->strict,
                            .ends = how->ends,
                            .complaints = {.complain = how->complain, .context = how->context}};
    int file, status = problem_fields_read(&reader.fields, how->fields, error);

    if (status != CRUX_OK)
        return status;
    file = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return crux_fail(error, CRUX_INPUT, "cannot open %s: %s", path, strerror(errno));
    hash_begin(&reader.hash);
    status = problems_read_all(&reader, file, error);
    if (status == CRUX_OK)
        status = judge_whole(&reader, error);
    hash_end(&reader.hash, reader.problems.sha256);
    if (status == CRUX_OK)
        *out = reader.problems;
    else
        crux_problems_free(&reader.problems);
    problem_complaints_free(&reader.complaints);
    tdestroy(reader.ids, ignore);
    free(reader.line);
    if (!standard)
        (void)close(file);
    return status;
}

void crux_problems_free(struct crux_problems *problems)
{
    struct block *block = problems->memory;

    while (block != NULL) {
        struct block *next = block->next;

        free(block);
        block = next;
    }
    problem_ends_free(problems->ends);
    free(problems->items);
    *problems = (struct crux_problems){.items = NULL};
}

bool crux_problems_begin_with(const struct crux_problems *problems, const char *sha256,
                              uint64_t *lines)
{
    uint64_t found = problems->ends == NULL ? 0 : problem_ends_find(problems->ends, sha256);

    if (found > 0)
        *lines = found;
    return found > 0;
}

bool crux_in_shard(const char *id, uint32_t index, uint32_t count)
{
    char hex[HASH_HEX];

    hash_hex(id, strlen(id), hex);
    hex[16] = '\0';
    return strtoull(hex, NULL, 16) % count == index - 1;
}
