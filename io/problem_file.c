/*
 * problem_file.c - tells what is no file of problems by its first bytes, and counts complaints.
 */
#include "io/problem_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

/* --- the first bytes ------------------------------------------------------------------- */

#define TO_LINES " > problems.jsonl"

static const struct problem_magic {
    const char *bytes;
    size_t length;
    const char *what, *remedy; /* a command; the file's name follows its words */
} problem_magics[] = {
    {"\x1f\x8b", 2, "is compressed with gzip", "gunzip -c FILE" TO_LINES},
    {"BZh", 3, "is compressed with bzip2", "bunzip2 -c FILE" TO_LINES},
    {"\xfd"
     "7zXZ",
     5, "is compressed with xz", "xz -dc FILE" TO_LINES},
    {"\x28\xb5\x2f\xfd", 4, "is compressed with zstd", "zstd -dc FILE" TO_LINES},
    {"PK\x03\x04", 4, "is a ZIP file", "unzip -p FILE" TO_LINES},
    {"PAR1", 4, "is a Parquet file",
     "python3 -c \"import pandas, sys; pandas.read_parquet(sys.argv[1]).to_json(sys.stdout, "
     "orient='records', lines=True)\" FILE" TO_LINES},
    {"ARROW1", 6, "is an Arrow file",
     "python3 -c \"import pandas, sys; pandas.read_feather(sys.argv[1]).to_json(sys.stdout, "
     "orient='records', lines=True)\" FILE" TO_LINES},
    {"\xff\xfe", 2, "is UTF-16", "iconv -f UTF-16 -t UTF-8 FILE" TO_LINES},
    {"\xfe\xff", 2, "is UTF-16", "iconv -f UTF-16 -t UTF-8 FILE" TO_LINES},
    {"SQLite format 3", 15, "is a SQLite database", "sqlite3 -json FILE 'SELECT ...'" TO_LINES},
    {"<", 1, "is HTML or XML", "a download of the file itself, not of the page that shows it"},
};

enum { PROBLEM_MAGICS = sizeof problem_magics / sizeof problem_magics[0] };

/* Behind a byte order mark and blanks. */
static size_t problem_file_start(const char *bytes, size_t size)
{
    size_t at = size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    while (at < size && strchr(" \t\r\n", bytes[at]) != NULL && bytes[at] != '\0')
        at++;
    return at;
}

bool problem_file_is_array(const char *bytes, size_t size)
{
    size_t at = problem_file_start(bytes, size);

    return at < size && bytes[at] == '[';
}

static int problem_file_refuse(struct crux_error *error, const char *name, const char *what,
                               const char *remedy)
{
    return crux_fail(error, CRUX_INPUT,
                     "%.120s %s, and not JSON lines, an object a line; they are made by: %s", name,
                     what, remedy);
}

/* A line of names with one of these between them, and no sign of JSON. */
static bool problem_file_is_table(const char *line, size_t length, char between)
{
    return length > 0 && isgraph((unsigned char)line[0]) != 0 && strchr("{[", line[0]) == NULL &&
           memchr(line, between, length) != NULL && memchr(line, '\0', length) == NULL;
}

int problem_file_check(const char *bytes, size_t size, const char *name, struct crux_error *error)
{
    size_t at = problem_file_start(bytes, size), length;
    const char *line = bytes + at, *end;

    for (size_t i = 0; i < PROBLEM_MAGICS; i++)
        if (size - at >= problem_magics[i].length &&
            memcmp(line, problem_magics[i].bytes, problem_magics[i].length) == 0)
            return problem_file_refuse(error, name, problem_magics[i].what,
                                       problem_magics[i].remedy);
    end = memchr(line, '\n', size - at);
    length = end == NULL ? size - at : (size_t)(end - line);
    while (length > 0 && strchr(" \t\r", line[length - 1]) != NULL)
        length--;
    if (end != NULL && length == 1 && line[0] == '{')
        return problem_file_refuse(error, name, "is one JSON value over several lines",
                                   "jq -c '.' FILE" TO_LINES
                                   " (or jq -c '.NAME[]' for a list in it)");
    if (problem_file_is_table(line, length, '\t'))
        return problem_file_refuse(
            error, name, "looks like a table with tabs",
            "python3 -c \"import csv, json, sys; [print(json.dumps(row)) for "
            "row in csv.DictReader(sys.stdin, delimiter='\\t')]\" "
            "< FILE" TO_LINES);
    if (end != NULL && problem_file_is_table(line, length, ','))
        return problem_file_refuse(
            error, name, "looks like a CSV file",
            "python3 -c \"import csv, json, sys; [print(json.dumps(row)) for "
            "row in csv.DictReader(sys.stdin)]\" < FILE" TO_LINES);
    return CRUX_OK;
}

/* --- complaints ---------------------------------------------------------------------------- */

struct problem_complaint {
    char *kind;
    uint64_t count;
    struct problem_complaint *next;
};

/* The sentence without its numbers, and without what stands in backquotes. NULL: no memory. */
static char *problem_kind_of(const char *why)
{
    char *kind = malloc(strlen(why) + 1), *at = kind;
    bool quoted = false;

    for (; kind != NULL && *why != '\0'; why++) {
        bool mark = *why == '`';

        if (!quoted && !mark)
            *at++ = isdigit((unsigned char)*why) != 0 ? '#' : *why;
        quoted ^= mark;
    }
    if (kind != NULL)
        *at = '\0';
    return kind;
}

/* The kind of a sentence; the last one there is stands for all that are too many. NULL: no
 * memory. */
static struct problem_complaint *problem_kind_add(struct problem_complaints *complaints,
                                                  const char *why)
{
    char *kind = problem_kind_of(why);
    struct problem_complaint *found = NULL;
    size_t count = 0;

    LL_FOREACH (complaints->kinds, found) {
        if (kind == NULL || strcmp(found->kind, kind) == 0 || ++count == COMPLAINTS_KINDS)
            break;
    }
    if (found != NULL || kind == NULL) {
        free(kind);
        return kind == NULL ? NULL : found;
    }
    found = calloc(1, sizeof *found);
    if (found == NULL) {
        free(kind);
        return NULL;
    }
    found->kind = kind;
    LL_APPEND(complaints->kinds, found);
    return found;
}

bool problem_complain(struct problem_complaints *complaints, const char *sentence, const char *why)
{
    struct problem_complaint *kind = problem_kind_add(complaints, why);

    if (kind != NULL && ++kind->count <= COMPLAINTS_OF_A_KIND && complaints->complain != NULL)
        complaints->complain(complaints->context, sentence);
    return kind != NULL;
}

void problem_complain_rest(struct problem_complaints *complaints, const char *name)
{
    struct crux_error sentence;

    for (struct problem_complaint *kind = complaints->kinds; kind != NULL; kind = kind->next) {
        if (kind->count <= COMPLAINTS_OF_A_KIND || complaints->complain == NULL)
            continue;
        (void)crux_fail(&sentence, CRUX_INPUT, "%.120s: %llu more of this kind: %s", name,
                        (unsigned long long)(kind->count - COMPLAINTS_OF_A_KIND), kind->kind);
        complaints->complain(complaints->context, sentence.text);
    }
}

void problem_complaints_free(struct problem_complaints *complaints)
{
    struct problem_complaint *kind, *next;

    LL_FOREACH_SAFE (complaints->kinds, kind, next) {
        LL_DELETE(complaints->kinds, kind);
        free(kind->kind);
        free(kind);
    }
}
