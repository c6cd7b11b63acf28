/*
 * model.c - reads and writes the file of a linear critic.
 */
#include "critics/linear/model.h"

#include "io/hash.h"
#include "io/whole_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODEL_MAGIC "crux-linear "

enum { MODEL_WEIGHT_BYTES = 8, MODEL_BYTES_MOST = 64 << 20, MODEL_LINE = 128 };

struct linear_model *linear_model_new(void)
{
    struct linear_model *model =
        calloc(1, sizeof *model + LINEAR_FEATURES * sizeof *model->weights);

    if (model != NULL)
        model->curve.slope = 1.0;
    return model;
}

void linear_model_close(struct linear_model *model)
{
    free(model);
}

double linear_model_rate(const struct linear_model *model, const struct linear_features *features)
{
    double score = 0.0;

    for (uint32_t i = 0; i < features->count; i++)
        score += (double)model->weights[features->index[i]];
    return 1.0 / (1.0 + exp(-(model->curve.slope * score + model->curve.offset)));
}

/* --- names --------------------------------------------------------------------------------- */

static bool role_of(const char *name, enum crux_role *out)
{
    for (int role = 0; name != NULL && role < CRUX_ROLES; role++)
        if (strcmp(name, crux_role_name((enum crux_role)role)) == 0) {
            *out = (enum crux_role)role;
            return true;
        }
    return false;
}

static const char *model_kind_name(enum crux_kind kind)
{
    return kind == CRUX_KINDS ? "any" : crux_kind_name(kind);
}

static bool model_kind_of(const char *name, enum crux_kind *out)
{
    for (int kind = 0; name != NULL && kind <= CRUX_KINDS; kind++)
        if (strcmp(name, model_kind_name((enum crux_kind)kind)) == 0) {
            *out = (enum crux_kind)kind;
            return true;
        }
    return false;
}

/* --- reading ------------------------------------------------------------------------------- */

/* A file in memory, and how far it is read. */
struct model_file {
    const char *path;
    char *bytes;
    size_t length, at;
};

static int model_bad(const struct model_file *file, const char *what, struct crux_error *error)
{
    return crux_fail(error, CRUX_INPUT, "%.200s: %s", file->path, what);
}

static int model_load(struct model_file *file, struct crux_error *error)
{
    FILE *stream = fopen(file->path, "re");
    int status = CRUX_OK;

    if (stream == NULL)
        return crux_fail(error, CRUX_INVALID, "%.200s cannot be read: %s", file->path,
                         strerror(errno));
    file->bytes = malloc(MODEL_BYTES_MOST + 1);
    if (file->bytes == NULL)
        status = crux_fail(error, CRUX_MEMORY, "no memory to read %.200s", file->path);
    else
        file->length = fread(file->bytes, 1, MODEL_BYTES_MOST + 1, stream);
    if (status == CRUX_OK && ferror(stream))
        status = crux_fail(error, CRUX_INVALID, "%.200s cannot be read: %s", file->path,
                           strerror(errno));
    (void)fclose(stream);
    return status;
}

/* The next line, without its end. False: there is none. */
static bool model_line(struct model_file *file, char **line, size_t *length)
{
    char *start = file->bytes + file->at;
    char *end = memchr(start, '\n', file->length - file->at);

    if (end == NULL)
        return false;
    *line = start;
    *length = (size_t)(end - start);
    file->at = (size_t)(end - file->bytes) + 1;
    return true;
}

/* The first line, against all that follows it. */
static int model_check_seal(struct model_file *file, struct crux_error *error)
{
    char expected[MODEL_LINE], hex[HASH_HEX], *line;
    size_t length;
    long version;

    if (!model_line(file, &line, &length) || length >= MODEL_LINE ||
        strncmp(line, MODEL_MAGIC, strlen(MODEL_MAGIC)) != 0)
        return model_bad(file, "this is no critic that `crux train` has written", error);
    version = strtol(line + strlen(MODEL_MAGIC), NULL, 10);
    if (version > LINEAR_FORMAT)
        return crux_fail(error, CRUX_INPUT,
                         "%.200s: this critic is of layout %ld, of a later crux; this one reads"
                         " layout %d",
                         file->path, version, LINEAR_FORMAT);
    hash_hex(file->bytes + file->at, file->length - file->at, hex);
    (void)snprintf(expected, sizeof expected, MODEL_MAGIC "%d %s", LINEAR_FORMAT, hex);
    if (length != strlen(expected) || memcmp(line, expected, length) != 0)
        return model_bad(file,
                         "this critic is damaged or cut off: its bytes are not those that its"
                         " first line tells the SHA-256 of; train it again",
                         error);
    return CRUX_OK;
}

static bool is_number(const struct json *value)
{
    enum json_type type = json_type_of(value);

    return (type == JSON_IS_REAL || type == JSON_IS_INTEGER) && isfinite(json_as_real(value));
}

static int model_read_head(struct model_file *file, struct linear_model *model,
                           struct crux_error *error)
{
    struct json *head = NULL;
    size_t length = 0;
    char *line = NULL;
    int status = CRUX_OK;

    if (!model_line(file, &line, &length) || json_parse(&head, line, length, NULL) != CRUX_OK ||
        !role_of(json_as_string(json_get(head, "role")), &model->role) ||
        !model_kind_of(json_as_string(json_get(head, "kind")), &model->kind) ||
        !is_number(json_get(head, "slope")) || !is_number(json_get(head, "offset")))
        status = model_bad(file,
                           "line 2 is not what `crux train` writes: an object with role,"
                           " kind, slope and offset",
                           error);
    else if (json_as_integer(json_get(head, "language")) != LINEAR_LANGUAGE)
        status = crux_fail(error, CRUX_INPUT,
                           "%.200s: this critic sees features of language %lld, and this crux"
                           " speaks language %d; train it again",
                           file->path, (long long)json_as_integer(json_get(head, "language")),
                           LINEAR_LANGUAGE);
    model->curve.slope = json_as_real(json_get(head, "slope"));
    model->curve.offset = json_as_real(json_get(head, "offset"));
    json_free(head);
    return status;
}

static uint32_t word_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static int model_read_weights(struct model_file *file, struct linear_model *model,
                              struct crux_error *error)
{
    const unsigned char *bytes = (const unsigned char *)file->bytes;
    uint32_t least = 0;

    if ((file->length - file->at) % MODEL_WEIGHT_BYTES != 0)
        return model_bad(file, "its last weight is cut off", error);
    for (size_t at = file->at; at < file->length; at += MODEL_WEIGHT_BYTES) {
        uint32_t position = word_at(bytes + at), word = word_at(bytes + at + 4);
        float weight;

        memcpy(&weight, &word, sizeof weight);
        if (position < least || position >= LINEAR_FEATURES || !isfinite(weight))
            return crux_fail(error, CRUX_INPUT,
                             "%.200s: byte %zu is no weight: expected a position from %u to %u"
                             " and a finite number",
                             file->path, at, least, LINEAR_FEATURES - 1);
        model->weights[position] = weight;
        least = position + 1;
    }
    return CRUX_OK;
}

int linear_model_read(struct linear_model **out, const char *path, struct crux_error *error)
{
    struct model_file file = {.path = path};
    struct linear_model *model = linear_model_new();
    int status =
        model != NULL ? CRUX_OK : crux_fail(error, CRUX_MEMORY, "no memory for critic linear");

    if (status == CRUX_OK)
        status = model_load(&file, error);
    if (status == CRUX_OK)
        status = model_check_seal(&file, error);
    if (status == CRUX_OK)
        status = model_read_head(&file, model, error);
    if (status == CRUX_OK)
        status = model_read_weights(&file, model, error);
    free(file.bytes);
    if (status == CRUX_OK)
        *out = model;
    else
        linear_model_close(model);
    return status;
}

/* --- writing -------------------------------------------------------------------------------- */

static char *model_head(const struct linear_model *model, struct json *trained)
{
    struct json *head = json_new_object();
    char *text;

    json_put(head, "role", json_of_string(crux_role_name(model->role)));
    json_put(head, "kind", json_of_string(model_kind_name(model->kind)));
    json_put(head, "language", json_of_integer(LINEAR_LANGUAGE));
    json_put(head, "slope", json_of_real(model->curve.slope));
    json_put(head, "offset", json_of_real(model->curve.offset));
    json_put(head, "trained", trained);
    text = json_text(head, false);
    json_free(head);
    return text;
}

static void put_model_word(unsigned char *out, uint32_t word)
{
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(word >> 8 * i);
}

static size_t put_weights(unsigned char *out, const struct linear_model *model)
{
    size_t length = 0;

    for (uint32_t i = 0; i < LINEAR_FEATURES; i++) {
        uint32_t word;

        if (model->weights[i] == 0.0F)
            continue;
        memcpy(&word, &model->weights[i], sizeof word);
        put_model_word(out + length, i);
        put_model_word(out + length + 4, word);
        length += MODEL_WEIGHT_BYTES;
    }
    return length;
}

/* The whole file in memory. NULL: no memory. */
static unsigned char *model_bytes(const struct linear_model *model, struct json *trained,
                                  size_t *length)
{
    char *head = model_head(model, trained), hex[HASH_HEX];
    size_t head_length = head != NULL ? strlen(head) : 0, body = 0;
    size_t room = MODEL_LINE + head_length + 1 + (size_t)LINEAR_FEATURES * MODEL_WEIGHT_BYTES;
    unsigned char *bytes = head != NULL ? malloc(room) : NULL;
    int first;

    if (bytes != NULL) {
        memcpy(bytes + MODEL_LINE, head, head_length);
        bytes[MODEL_LINE + head_length] = '\n';
        body = head_length + 1 + put_weights(bytes + MODEL_LINE + head_length + 1, model);
        hash_hex(bytes + MODEL_LINE, body, hex);
        first = snprintf((char *)bytes, MODEL_LINE, MODEL_MAGIC "%d %s\n", LINEAR_FORMAT, hex);
        memmove(bytes + first, bytes + MODEL_LINE, body);
        *length = (size_t)first + body;
    }
    free(head);
    return bytes;
}

int linear_model_write(const struct linear_model *model, const char *path, bool force,
                       struct json *trained, struct crux_error *error)
{
    size_t length = 0;
    unsigned char *bytes = model_bytes(model, trained, &length);
    int status = bytes != NULL ? whole_file_write(path, (const char *)bytes, length, force, error)
                               : crux_fail(error, CRUX_MEMORY, "no memory to write %.200s", path);

    free(bytes);
    return status;
}
