// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/file_bytes.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/run/run_record.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/text_buffer.h"
#include "sim/sweep/sweep_growth.h"

static const char head[] = "desgd-plan ";
static const char first_word[] = "desgd-plan 2";
enum { PLAN_VERSION = 2 };                          // of the first word
static const char unsealed_word[] = "desgd-plan 1"; // without a checksum
static const struct own_file_kind plan_kind = {
    .what = "the plan of a sweep", .beginning = head, .beginning_size = sizeof head - 1};
static const char *const fixed_columns[] = {"run", "role", "round", "seed", "cell"};
enum {
    FIXED_COLUMNS = sizeof fixed_columns / sizeof fixed_columns[0],
    COLUMNS_MAX = 256,
    HASH_DIGITS = 16,
    KEY_BYTES_MAX = 256,
    MANIFEST_BYTES_MAX = 1 << 28,
    PATH_SIZE = RUN_PATH_SIZE + 16,
};

static void manifest_path(const char *folder, char path[PATH_SIZE]) {
    const char *here = folder[0] == '-' ? "./" : "";
    snprintf(path, PATH_SIZE, "%s%s/%s", here, folder, SWEEP_MANIFEST_NAME);
}

// The whole file, with a 0 behind it; NULL and an errno.
static char *read_file(const char *path, size_t *size, int *cause) {
    REQUIRE(size != NULL && cause != NULL);
    struct stat state;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a FIFO would wait for a writer
    if (file < 0) {
        *cause = errno;
        return NULL;
    }
    char *text = NULL;
    *cause = fstat(file, &state) != 0             ? errno
             : S_ISDIR(state.st_mode)             ? EISDIR
             : !S_ISREG(state.st_mode)            ? EINVAL
             : state.st_size > MANIFEST_BYTES_MAX ? EFBIG
                                                  : 0;
    if (*cause == 0) {
        *cause = file_read_whole(file, MANIFEST_BYTES_MAX, &text, size);
    }
    close(file);
    return text;
}

// ---- writing ----

static void add_field(struct text_buffer *buffer, const char *text) {
    REQUIRE(strpbrk(text, "\t\n") == NULL);
    text_buffer_add(buffer, "\t%s", text);
}

static void add_run(struct text_buffer *buffer, const struct sweep_manifest *manifest,
                    const struct sweep_manifest_run *run) {
    REQUIRE(run->role < ROLE_COUNT);
    text_buffer_add(buffer, "%016" PRIx64 "\t%s\t%" PRId64 "\t%" PRIu64 "\t%" PRId64, run->run,
                    sweep_role_names[run->role], run->round, run->seed, run->cell);
    for (size_t key = 0; key < manifest->key_count; key++) {
        add_field(buffer, run->values[key]);
    }
    text_buffer_add(buffer, "\n");
}

static void format(const struct sweep_manifest *manifest, struct text_buffer *buffer) {
    struct text_buffer sealed = {0};
    for (size_t i = 0; i < manifest->baseline_count; i++) {
        add_field(&sealed, manifest->baseline[i]);
    }
    text_buffer_add(&sealed, "\n");
    for (size_t i = 0; i < FIXED_COLUMNS; i++) {
        text_buffer_add(&sealed, "%s%s", i == 0 ? "" : "\t", fixed_columns[i]);
    }
    for (size_t key = 0; key < manifest->key_count; key++) {
        add_field(&sealed, manifest->keys[key]);
    }
    text_buffer_add(&sealed, "\n");
    for (size_t i = 0; i < manifest->run_count; i++) {
        add_run(&sealed, manifest, &manifest->runs[i]);
    }
    text_buffer_add(buffer, "%s\t%016" PRIx64, first_word,
                    fingerprint_bytes(sealed.text, sealed.length));
    text_buffer_add_bytes(buffer, sealed.text, sealed.length);
    text_buffer_clear(&sealed);
}

// Behind the version and the checksum: what two plans of different versions may have in common.
static const char *behind_head(const char *text) {
    const char *place = text + strcspn(text, "\t\n");
    bool is_sealed = strncmp(text, first_word, strlen(first_word)) == 0;
    return is_sealed && *place == '\t' ? place + 1 + strcspn(place + 1, "\t\n") : place;
}

static enum status parse(const char *path, char *text, size_t size, struct sweep_manifest *manifest,
                         struct error *error);

static bool is_whole(const char *path, const char *text, size_t size) {
    struct sweep_manifest manifest = {0};
    char *copy = memory_allocate(size + 1, 1);
    memcpy(copy, text, size);
    bool whole = parse(path, copy, size, &manifest, NULL) == STATUS_OK;
    if (whole) {
        sweep_manifest_reset(&manifest);
    }
    return whole;
}

// Of a later desgd, whose plans this one does not know: nothing can be said of its runs.
static bool is_of_later(const char *text, long *version) {
    *version = strncmp(text, head, strlen(head)) == 0 ? strtol(text + strlen(head), NULL, 10) : 0;
    return *version > PLAN_VERSION;
}

// What a plan that is there says to this one.
static enum status judge(const char *path, const char *there, size_t size,
                         const struct sweep_manifest *manifest, const char *text,
                         struct sweep_change *change, struct error *error) {
    REQUIRE(there != NULL && change != NULL);
    if (size == 0 || (size == strlen(text) && memcmp(there, text, size) == 0)) {
        return STATUS_OK;
    }
    if (strncmp(there, head, strlen(head)) != 0) {
        return error_set(
            error, STATUS_CANNOT_CREATE,
            "%s: is in the way: it is no plan of desgd, and is not replaced; choose another "
            "folder, or move it away",
            path);
    }
    long version = 0;
    if (is_of_later(there, &version)) {
        return error_set(
            error, STATUS_CANNOT_CREATE,
            "%s: is the plan of a later desgd (version %ld; this one knows plans up to "
            "%d), and is not replaced; use that desgd, or choose another folder",
            path, version, PLAN_VERSION);
    }
    enum status status = sweep_growth_judge(path, there, manifest, change, error);
    if (status == STATUS_OK && !is_whole(path, there, size)) {
        change->kind = SWEEP_CHANGE_MENDED;
    } else if (status == STATUS_OK && strcmp(behind_head(there), behind_head(text)) == 0) {
        change->kind = SWEEP_CHANGE_NONE;
    }
    return status;
}

static enum status write_unless_same(const char *path, const struct sweep_manifest *manifest,
                                     struct sweep_change *change, struct error *error) {
    REQUIRE(change != NULL);
    struct text_buffer buffer = {0};
    size_t size = 0;
    int cause = 0;
    char *there = read_file(path, &size, &cause);
    if (there == NULL && cause != ENOENT) {
        return error_set(
            error,
            cause == EISDIR || cause == EINVAL ? STATUS_CANNOT_CREATE : status_of_cause(cause),
            "%s: is there and cannot be read: %s; it is not replaced; choose another folder, or "
            "move it away",
            path, cause == EINVAL ? "not a regular file" : strerror(cause));
    }
    format(manifest, &buffer);
    enum status status = STATUS_OK;
    bool same = false;
    if (there != NULL) {
        status = judge(path, there, size, manifest, buffer.text, change, error);
        same = size == buffer.length && memcmp(there, buffer.text, size) == 0;
    }
    if (status == STATUS_OK && !same && change->kind != SWEEP_CHANGE_KEPT) {
        status = atomic_file_write_shared(path, &plan_kind, buffer.text, buffer.length, error);
    }
    text_buffer_clear(&buffer);
    memory_free(there);
    return status;
}

enum status sweep_manifest_write(const char *folder, const struct sweep_manifest *manifest,
                                 struct sweep_change *change, struct error *error) {
    REQUIRE(manifest->key_count == 0 || manifest->keys != NULL);
    REQUIRE(manifest->run_count == 0 || manifest->runs != NULL);
    char path[PATH_SIZE];
    struct sweep_change made = {0};
    manifest_path(folder, path);
    // Two sweeps that begin at once must not both find no plan. Where a folder cannot be locked,
    // the one that is renamed last stays.
    int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock >= 0) {
        flock(lock, LOCK_EX);
    }
    enum status status = write_unless_same(path, manifest, &made, error);
    if (lock >= 0) {
        close(lock);
    }
    if (status == STATUS_OK && change != NULL) {
        *change = made;
    }
    return status;
}

void sweep_manifest_clear_parts(const char *folder) {
    char path[PATH_SIZE];
    manifest_path(folder, path);
    atomic_file_clear_shared(path, &plan_kind);
}

// ---- reading ----

struct reader {
    const char *path;
    char *rest; // what is left of the text
    int64_t line;
    struct error *error;
};

static bool complain(struct reader *reader, const char *wrong) {
    REQUIRE(wrong != NULL);
    error_set(reader->error, STATUS_BAD_DATA,
              "%s:%" PRId64 ": %s; 'desgd sweep' writes this file again", reader->path,
              reader->line, wrong);
    return false;
}

// The next line, its end cut off; NULL at the end of the file.
static char *next_line(struct reader *reader) {
    char *line = reader->rest;
    if (line == NULL || *line == 0) {
        return NULL;
    }
    char *end = strchr(line, '\n');
    reader->rest = end == NULL ? NULL : end + 1;
    if (end != NULL) {
        *end = 0;
    }
    reader->line++;
    return line;
}

// Cuts the next field off a line; NULL behind the last.
static const char *next_field(char **rest) {
    char *field = *rest;
    char *tab = field == NULL ? NULL : strchr(field, '\t');
    *rest = tab == NULL ? NULL : tab + 1;
    if (tab != NULL) {
        *tab = 0;
    }
    return field;
}

static bool read_hash(const char *text, uint64_t *hash) {
    if (text == NULL || strlen(text) != HASH_DIGITS ||
        strspn(text, "0123456789abcdef") != HASH_DIGITS) {
        return false;
    }
    return sscanf(text, "%" SCNx64, hash) == 1;
}

static bool read_role(const char *text, enum sweep_role *role) {
    for (int i = 0; i < ROLE_COUNT && text != NULL; i++) {
        if (strcmp(text, sweep_role_names[i]) == 0) {
            *role = (enum sweep_role)i;
            return true;
        }
    }
    return false;
}

// Words with dots between them, as all keys of a scenario are.
static bool is_dotted(const char *name) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    size_t word = strspn(name, letters);
    while (word > 0 && name[word] == '.') {
        name += word + 1;
        word = strspn(name, letters);
    }
    return word > 0 && name[word] == 0;
}

// The keys become columns of a table, which are known by their names.
static bool is_new_key(const struct sweep_manifest *manifest, size_t key) {
    REQUIRE(key < manifest->key_count);
    const char *name = manifest->keys[key];
    for (size_t before = 0; before < key; before++) {
        if (strcmp(manifest->keys[before], name) == 0) {
            return false;
        }
    }
    return is_dotted(name) && strlen(name) < KEY_BYTES_MAX;
}

// "KEY=VALUE", with a key of a scenario.
static bool is_setting(const char *text) {
    char key[KEY_BYTES_MAX];
    size_t length = strcspn(text, "=");
    if (text[length] == 0 || text[length + 1] == 0 || length >= sizeof key) {
        return false;
    }
    memcpy(key, text, length);
    key[length] = 0;
    return is_dotted(key);
}

// The word of the version, and the checksum. Looks at the text before any of it is cut.
static bool check_seal(struct reader *reader, size_t size) {
    const char *text = reader->rest;
    const size_t word = strlen(first_word);
    const char *sealed = text + word + 1 + HASH_DIGITS;
    uint64_t checksum = 0;
    char digits[HASH_DIGITS + 1] = "";
    if (strncmp(text, first_word, word) != 0 || text[word] != '\t') {
        return true;
    }
    snprintf(digits, sizeof digits, "%s", text + word + 1);
    reader->line = 1;
    if (!read_hash(digits, &checksum) ||
        fingerprint_bytes(sealed, size - (size_t)(sealed - text)) != checksum) {
        return complain(reader, "the plan was cut or changed: its checksum does not hold");
    }
    reader->line = 0;
    return true;
}

static bool read_first_line(struct reader *reader, struct sweep_manifest *manifest) {
    REQUIRE(manifest->baseline == NULL);
    char *rest = next_line(reader);
    const char *first = next_field(&rest);
    bool sealed = first != NULL && strcmp(first, first_word) == 0 && next_field(&rest) != NULL;
    if (!sealed && (first == NULL || strcmp(first, unsealed_word) != 0)) {
        return complain(reader, "is not a plan of this version of desgd");
    }
    size_t count = rest != NULL;
    for (const char *c = rest; c != NULL && *c != 0; c++) {
        count += *c == '\t';
    }
    manifest->baseline = memory_allocate(count, sizeof *manifest->baseline);
    for (const char *field = next_field(&rest); field != NULL; field = next_field(&rest)) {
        if (!is_setting(field)) {
            return complain(reader, "the baseline is not of settings KEY=VALUE");
        }
        manifest->baseline[manifest->baseline_count++] = field;
    }
    return true;
}

static bool read_columns(struct reader *reader, struct sweep_manifest *manifest) {
    REQUIRE(manifest->keys == NULL);
    char *names = next_line(reader);
    size_t count = 1;
    for (const char *c = names; c != NULL && *c != 0; c++) {
        count += *c == '\t';
    }
    if (names == NULL || count < FIXED_COLUMNS || count > COLUMNS_MAX) {
        return complain(reader, "the columns are missing");
    }
    for (size_t i = 0; i < FIXED_COLUMNS; i++) {
        const char *name = next_field(&names);
        if (name == NULL || strcmp(name, fixed_columns[i]) != 0) {
            return complain(reader, "the columns are wrong");
        }
    }
    manifest->key_count = count - FIXED_COLUMNS;
    manifest->keys = memory_allocate(manifest->key_count, sizeof *manifest->keys);
    for (size_t key = 0; key < manifest->key_count; key++) {
        manifest->keys[key] = next_field(&names);
        if (!is_new_key(manifest, key)) {
            return complain(reader, "a column's name is no key of a scenario, or there twice");
        }
    }
    return true;
}

static bool read_integer(const char *text, int64_t *value) {
    return text != NULL && number_read_integer(text, value);
}

static bool read_seed(const char *text, uint64_t *seed) {
    return text != NULL && number_read_unsigned(text, seed);
}

static bool read_run(struct reader *reader, char *line, struct sweep_manifest *manifest,
                     size_t index) {
    REQUIRE(manifest->runs != NULL && index == manifest->run_count);
    struct sweep_manifest_run *run = &manifest->runs[index];
    if (!read_hash(next_field(&line), &run->run) || !read_role(next_field(&line), &run->role) ||
        !read_integer(next_field(&line), &run->round) ||
        !read_seed(next_field(&line), &run->seed) || !read_integer(next_field(&line), &run->cell)) {
        return complain(reader, "is no run");
    }
    bool whole = true;
    run->values = manifest->cells + index * manifest->key_count;
    for (size_t key = 0; key < manifest->key_count; key++) {
        run->values[key] = next_field(&line);
        whole = whole && run->values[key] != NULL;
    }
    return (whole && line == NULL) ||
           complain(reader, "has not as many fields as there are columns");
}

// A zero byte would end the text, and with it the plan, before its end.
static bool check_bytes(struct reader *reader, size_t size) {
    const char *zero = memchr(reader->rest, 0, size);
    if (zero == NULL) {
        return true;
    }
    reader->line = 1;
    for (const char *c = reader->rest; c < zero; c++) {
        reader->line += *c == '\n';
    }
    return complain(reader, "has a zero byte in it");
}

static bool read_all(struct reader *reader, size_t size, struct sweep_manifest *manifest) {
    REQUIRE(manifest->run_count == 0);
    if (!check_bytes(reader, size) || !check_seal(reader, size) ||
        !read_first_line(reader, manifest) || !read_columns(reader, manifest)) {
        return false;
    }
    size_t lines = 1;
    for (const char *c = reader->rest; c != NULL && *c != 0; c++) {
        lines += *c == '\n';
    }
    manifest->runs = memory_allocate(lines, sizeof *manifest->runs);
    manifest->cells = memory_allocate(lines * manifest->key_count, sizeof *manifest->cells);
    for (char *line = next_line(reader); line != NULL; line = next_line(reader)) {
        if (!read_run(reader, line, manifest, manifest->run_count)) {
            return false;
        }
        manifest->run_count++;
    }
    return true;
}

// Takes the text; *manifest is set only on success.
static enum status parse(const char *path, char *text, size_t size, struct sweep_manifest *manifest,
                         struct error *error) {
    struct sweep_manifest made = {.text = text};
    struct reader reader = {.path = path, .rest = text, .error = error};
    long version = 0;
    if (is_of_later(text, &version)) {
        memory_free(text);
        return error_set(error, STATUS_BAD_DATA,
                         "%s:1: is the plan of a later desgd (version %ld; this one reads plans up "
                         "to %d): use that desgd",
                         path, version, PLAN_VERSION);
    }
    if (!read_all(&reader, size, &made)) {
        sweep_manifest_reset(&made);
        return STATUS_BAD_DATA;
    }
    *manifest = made;
    return STATUS_OK;
}

enum status sweep_manifest_read(const char *folder, struct sweep_manifest *manifest,
                                struct error *error) {
    REQUIRE(folder != NULL && manifest != NULL);
    char path[PATH_SIZE];
    size_t size = 0;
    int cause = 0;
    manifest_path(folder, path);
    char *text = read_file(path, &size, &cause);
    if (text == NULL) {
        return error_set(error, status_of_cause(cause),
                         "%s: cannot be read: %s; is this the folder of a sweep?", path,
                         cause == EINVAL ? "not a regular file" : strerror(cause));
    }
    return parse(path, text, size, manifest, error);
}

void sweep_manifest_reset(struct sweep_manifest *manifest) {
    memory_free(manifest->keys);
    memory_free(manifest->baseline);
    memory_free(manifest->runs);
    memory_free(manifest->cells);
    memory_free(manifest->text);
    *manifest = (struct sweep_manifest){0};
}
