// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/file_bytes.h"
#include "sim/base/fingerprint.h"
#include "sim/base/held_file.h"
#include "sim/base/memory.h"

struct journal {
    char *path;
    int file;
    int cause; // errno of the first failure, 0: none
    struct journal_mark mark;
    uint64_t room_bytes;   // to be left for other files
    uint64_t looked_bytes; // its length when the room was last looked at
    bool short_of_room;
};

struct file_header {
    char magic[8];
    uint32_t version;
    uint32_t zero;
};

struct record_header {
    uint32_t size;
    uint32_t type;
    uint64_t checksum; // of the payload, seeded with type and size
};

_Static_assert(sizeof(struct file_header) == JOURNAL_FRONT_BYTES &&
                   sizeof(struct record_header) == JOURNAL_RECORD_FRONT_BYTES,
               "as the header says");

static const char MAGIC[8] = "desgdjnl";
const struct own_file_kind journal_file_kind = {.what = "a journal of desgd",
                                                .beginning = MAGIC,
                                                .beginning_size = sizeof MAGIC,
                                                .may_be_zeros = true};

static uint64_t checksum_of(uint32_t type, const void *payload, size_t size) {
    return fingerprint_bytes_seeded(payload, size, (uint64_t)type << 32 | (uint64_t)size);
}

// The chain of records goes over their headers, whose checksums stand for the payloads.
static uint64_t chain_of(uint64_t chain, const struct record_header *header) {
    return fingerprint_bytes_seeded(header, sizeof *header, chain);
}

// Written between two looks at the room; and what is kept free besides.
enum { ROOM_STEP_BYTES = 4 << 20, ROOM_SPARE_BYTES = 8 << 20 };

static void look_at_room(struct journal *journal) {
    uint64_t needed = journal->mark.length + journal->room_bytes + ROOM_SPARE_BYTES;
    journal->looked_bytes = journal->mark.length;
    journal->short_of_room |= file_has_no_room_for(journal->file, needed);
}

bool journal_is_short_of_room(const struct journal *journal) {
    return journal->short_of_room;
}

void journal_leave_room(struct journal *journal, uint64_t bytes) {
    journal->room_bytes = bytes;
}

static void write_all(struct journal *journal, const void *bytes, size_t size) {
    const char *rest = bytes;
    while (size > 0 && journal->cause == 0) {
        ssize_t written = write(journal->file, rest, size);
        if (written > 0) {
            rest += written;
            size -= (size_t)written;
            journal->mark.length += (uint64_t)written;
        } else if (written == 0 || errno != EINTR) {
            journal->cause = written == 0 ? ENOSPC : errno;
        }
    }
}

// A process that was killed a moment ago may still be dying with the lock: 1 s.
enum { TRIES_MAX = 20, PAUSE_US = 50000 };

// Locks an open journal. Returns 0 or an errno; EBUSY: another program has it. A file system
// without locks is as good as an unlocked file; a file without a name is one that its writer has
// just published.
static int take_over(int file) {
    struct stat state;
    for (int tries = 0; flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; tries++) {
        if (tries == TRIES_MAX) {
            return EBUSY;
        }
        usleep(PAUSE_US);
    }
    if (fstat(file, &state) != 0) {
        return errno;
    }
    if (!S_ISREG(state.st_mode)) {
        return ENXIO; // what the system says of a FIFO that nobody reads
    }
    return state.st_nlink == 0 ? EBUSY : 0;
}

static enum status open_and_lock(const char *path, const char *name, int flags,
                                 struct journal **journal, struct error *error) {
    int file = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0666);
    if (file < 0 && errno == ENOENT && flags == 0) {
        return error_set(error, STATUS_NO_INPUT, "%s: there is no journal", path);
    }
    int cause = file < 0 ? errno : take_over(file);
    if (cause != 0) {
        if (file >= 0) {
            close(file);
        }
        return error_set(error, STATUS_CANNOT_CREATE, "%s: cannot create: %s", name,
                         cause == EBUSY   ? "another run is writing it"
                         : cause == ENXIO ? "its journal is not a regular file; choose another name"
                                          : strerror(cause));
    }
    if (own_file_look_at(file, &journal_file_kind) == OWN_FILE_FOREIGN) {
        close(file);
        return error_set(
            error, STATUS_CANNOT_CREATE,
            "%s: cannot create: %s is in the way: it is not %s; choose another name, or move "
            "it away",
            name, path, journal_file_kind.what);
    }
    struct journal *opened = memory_allocate(1, sizeof *opened);
    opened->path = memory_copy_text(path);
    opened->file = file;
    *journal = opened;
    return STATUS_OK;
}

static void release(struct journal **journal) {
    memory_free((*journal)->path);
    memory_free(*journal);
    *journal = NULL;
}

void journal_leave(struct journal **journal) {
    REQUIRE(*journal != NULL && (*journal)->file >= 0);
    close((*journal)->file);
    release(journal);
}

static void cut_to(struct journal *journal, struct journal_mark mark) {
    if (ftruncate(journal->file, (off_t)mark.length) != 0 ||
        lseek(journal->file, (off_t)mark.length, SEEK_SET) < 0) {
        journal->cause = errno;
    }
    journal->mark = mark;
}

void journal_begin(struct journal *journal, uint32_t version) {
    REQUIRE(journal->file >= 0);
    struct file_header header = {.version = version};
    memcpy(header.magic, MAGIC, sizeof header.magic);
    cut_to(journal, (struct journal_mark){0});
    write_all(journal, &header, sizeof header);
}

void journal_cut(struct journal *journal, struct journal_mark mark) {
    REQUIRE(mark.length >= sizeof(struct file_header));
    cut_to(journal, mark);
}

struct journal_mark journal_mark_now(const struct journal *journal) {
    return journal->mark;
}

enum status journal_open(const char *path, const char *name, struct journal **journal,
                         struct error *error) {
    REQUIRE(path != NULL && name != NULL && journal != NULL);
    return open_and_lock(path, name, 0, journal, error);
}

enum status journal_create(const char *path, const char *name, uint32_t version,
                           struct journal **journal, struct error *error) {
    REQUIRE(path != NULL && name != NULL && journal != NULL);
    enum status status = open_and_lock(path, name, O_CREAT, journal, error);
    if (status == STATUS_OK) {
        journal_begin(*journal, version);
        if ((*journal)->mark.length == 0 && (*journal)->cause == EINVAL) { // a device or a pipe
            status = error_set(error, STATUS_CANNOT_CREATE, "%s: cannot create: %s", name,
                               strerror(EINVAL));
            journal_leave(journal);
        }
    }
    return status;
}

void journal_append(struct journal *journal, uint32_t type, const void *payload, size_t size) {
    REQUIRE(size <= JOURNAL_RECORD_BYTES_MAX);
    struct record_header header = {
        .size = (uint32_t)size,
        .type = type,
        .checksum = checksum_of(type, payload, size),
    };
    write_all(journal, &header, sizeof header);
    write_all(journal, payload, size);
    journal->mark.chain = chain_of(journal->mark.chain, &header);
    if (journal->mark.length - journal->looked_bytes >= ROOM_STEP_BYTES) {
        look_at_room(journal);
    }
}

bool journal_failed(const struct journal *journal) {
    return journal->cause != 0;
}

static enum status explain(const struct journal *journal, struct error *error) {
    return journal->cause == 0 ? STATUS_OK
                               : error_set(error, STATUS_IO, "%s: cannot write: %s", journal->path,
                                           strerror(journal->cause));
}

enum status journal_sync(struct journal *journal, struct error *error) {
    REQUIRE(journal->file >= 0);
    if (journal->cause == 0 && fsync(journal->file) != 0 && errno != EINVAL) {
        journal->cause = errno; // EINVAL: not a file that can be synced
    }
    look_at_room(journal);
    return explain(journal, error);
}

bool journal_is_in_place(const struct journal *journal) {
    REQUIRE(journal->file >= 0 && journal->path != NULL);
    return own_file_is_at(journal->file, journal->path);
}

static void remove_name(const struct journal *journal) {
    if (journal_is_in_place(journal)) {
        unlink(journal->path);
    }
}

enum status journal_close(struct journal **journal, struct error *error) {
    struct journal *closing = *journal;
    (void)journal_sync(closing, NULL); // the cause is remembered
    if (closing->cause != 0) {
        remove_name(closing);
    }
    if (close(closing->file) != 0 && closing->cause == 0) {
        closing->cause = errno;
    }
    enum status status = explain(closing, error);
    release(journal);
    return status;
}

void journal_abandon(struct journal **journal) {
    if (*journal != NULL) {
        remove_name(*journal);
        close((*journal)->file);
        release(journal);
    }
}

struct reading {
    int file;
    uint64_t rest; // bytes not read yet
    uint64_t chain;
    void *payload;
    size_t capacity;
    int cause; // errno of the system that could not read it: nothing is said about what is behind
};

static bool read_bytes(struct reading *reading, void *bytes, size_t size) {
    bool good = file_read_all(reading->file, bytes, size);
    reading->cause = good ? 0 : errno;
    return good;
}

static bool read_record(struct reading *reading, struct record_header *header) {
    if (reading->rest < sizeof *header || !read_bytes(reading, header, sizeof *header)) {
        return false;
    }
    if (header->size > JOURNAL_RECORD_BYTES_MAX || header->size > reading->rest - sizeof *header) {
        return false;
    }
    reading->payload = memory_grow(reading->payload, &reading->capacity, header->size, 1);
    return read_bytes(reading, reading->payload, header->size) &&
           header->checksum == checksum_of(header->type, reading->payload, header->size);
}

static enum status fail_to_read(const char *path, int cause, struct error *error) {
    return error_set(error, status_of_cause(cause), "%s: cannot read: %s", path, strerror(cause));
}

static enum status read_records(struct reading *reading, const char *path, journal_visit *visit,
                                void *context, struct error *error) {
    struct record_header header;
    while (reading->rest > 0 && read_record(reading, &header)) {
        reading->rest -= sizeof header + header.size;
        reading->chain = chain_of(reading->chain, &header);
        if (!visit(context, header.type, reading->payload, header.size)) {
            return error_set(error, STATUS_BAD_DATA,
                             "%s: a record of type %u and %u bytes makes no sense here", path,
                             header.type, header.size);
        }
    }
    return reading->cause == 0 ? STATUS_OK : fail_to_read(path, reading->cause, error);
}

// Errors: those of fail_to_read. A file that is held is read from its beginning.
static enum status open_source(struct journal_source source, struct reading *reading,
                               struct stat *state, struct error *error) {
    bool held = source.held != NULL;
    reading->file = held ? source.held->file : open(source.name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (reading->file < 0 || fstat(reading->file, state) != 0 ||
        (held && lseek(reading->file, 0, SEEK_SET) < 0)) {
        return fail_to_read(source.name, errno, error);
    }
    if (!S_ISREG(state->st_mode)) { // a FIFO would wait
        return error_set(error, STATUS_NO_INPUT, "%s: cannot read: not a regular file",
                         source.name);
    }
    return STATUS_OK;
}

// What is appended to a held file goes where it would have gone.
static void close_source(struct journal_source source, struct reading *reading) {
    if (source.held != NULL) {
        lseek(reading->file, (off_t)source.held->mark.length, SEEK_SET);
    } else if (reading->file >= 0) {
        close(reading->file);
    }
    memory_free(reading->payload);
}

static enum status open_journal(struct journal_source source, uint32_t version,
                                struct reading *reading, struct error *error) {
    struct stat state = {0};
    struct file_header header;
    enum status status = open_source(source, reading, &state, error);
    if (status != STATUS_OK) {
        return status;
    }
    bool whole =
        state.st_size >= (off_t)sizeof header && read_bytes(reading, &header, sizeof header);
    if (reading->cause != 0) {
        return fail_to_read(source.name, reading->cause, error);
    }
    if (!whole || memcmp(header.magic, MAGIC, sizeof MAGIC) != 0) {
        return error_set(error, STATUS_BAD_DATA, "%s: not a journal of desgd", source.name);
    }
    if (header.version != version) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: a journal of version %u, this desgd reads version %u", source.name,
                         header.version, version);
    }
    reading->rest = (uint64_t)state.st_size - sizeof header;
    return STATUS_OK;
}

struct journal_source journal_named(const char *path) {
    return (struct journal_source){.name = path};
}

struct journal_source journal_held(struct journal *journal) {
    REQUIRE(journal->file >= 0);
    return (struct journal_source){.name = journal->path, .held = journal};
}

uint64_t journal_source_bytes(struct journal_source source) {
    struct stat state;
    bool known = source.held != NULL ? fstat(source.held->file, &state) == 0
                                     : stat(source.name, &state) == 0;
    return known ? (uint64_t)state.st_size : 0;
}

enum status journal_read(struct journal_source source, uint32_t version, journal_visit *visit,
                         void *context, uint64_t *dropped_bytes, struct error *error) {
    struct reading reading = {.file = -1, .payload = memory_allocate(1, 1), .capacity = 1};
    enum status status = open_journal(source, version, &reading, error);
    if (status == STATUS_OK) {
        status = read_records(&reading, source.name, visit, context, error);
        *dropped_bytes = reading.rest;
    }
    close_source(source, &reading);
    return status;
}

enum status journal_read_until(struct journal_source source, uint32_t version,
                               struct journal_mark mark, journal_visit *visit, void *context,
                               struct error *error) {
    struct reading reading = {.file = -1, .payload = memory_allocate(1, 1), .capacity = 1};
    enum status status = open_journal(source, version, &reading, error);
    uint64_t length = reading.rest + sizeof(struct file_header);
    if (status == STATUS_OK && (mark.length < sizeof(struct file_header) || mark.length > length)) {
        status = error_set(error, STATUS_BAD_DATA, "%s: ends before the checkpoint was made",
                           source.name);
    }
    if (status == STATUS_OK) {
        reading.rest = mark.length - sizeof(struct file_header);
        status = read_records(&reading, source.name, visit, context, error);
    }
    if (status == STATUS_OK && (reading.rest != 0 || reading.chain != mark.chain)) {
        status = error_set(error, STATUS_BAD_DATA, "%s: damaged, or another run's", source.name);
    }
    close_source(source, &reading);
    return status;
}

static enum status fail_to_read_again(struct journal_source source, int cause,
                                      struct error *error) {
    return error_set(error, STATUS_IO, "%s: cannot read: %s", source.name,
                     cause == 0 ? "it has changed meanwhile" : strerror(cause));
}

enum status journal_read_at(struct journal_source source, uint64_t at, struct journal_place *place,
                            void **payload, size_t *capacity, struct error *error) {
    struct reading reading = {.rest = UINT64_MAX, .payload = *payload, .capacity = *capacity};
    struct stat state;
    struct record_header header = {0};
    enum status status = open_source(source, &reading, &state, error);
    if (status == STATUS_OK &&
        !(lseek(reading.file, (off_t)at, SEEK_SET) >= 0 && read_record(&reading, &header))) {
        status = fail_to_read_again(source, reading.cause, error);
    }
    *place = (struct journal_place){at, header.type, header.size};
    *payload = reading.payload;
    *capacity = reading.capacity;
    reading.payload = NULL;
    close_source(source, &reading);
    return status;
}

enum status journal_read_record(struct journal_source source, const struct journal_place *place,
                                void **payload, size_t *capacity, struct error *error) {
    struct journal_place found;
    enum status status = journal_read_at(source, place->at, &found, payload, capacity, error);
    bool is_it = found.type == place->type && found.size == place->size;
    return status != STATUS_OK || is_it ? status : fail_to_read_again(source, 0, error);
}

// ---- saving it ----

bool journal_put_back(struct journal *journal) {
    REQUIRE(journal->file >= 0);
    if (journal_is_in_place(journal)) {
        return true;
    }
    int copy = held_file_copy(journal->file, journal->path);
    if (copy < 0) {
        return false;
    }
    close(journal->file);
    journal->file = copy;
    return true;
}

bool journal_name_is_taken(const struct journal *journal) {
    struct stat state;
    return !journal_is_in_place(journal) && lstat(journal->path, &state) == 0;
}

// 0 or an errno.
static int place_at(const struct journal *journal, const char *path) {
    if (journal_is_in_place(journal)) {
        return held_file_rename_to_free(journal->path, path);
    }
    int copy = held_file_copy(journal->file, path);
    if (copy < 0) {
        return errno;
    }
    close(copy);
    return 0;
}

bool journal_save_as(struct journal *journal, const char *path, char **place) {
    REQUIRE(journal->file >= 0 && place != NULL);
    enum { NAMES_MAX = 1000 };
    char name[PATH_MAX];
    if (!journal_is_in_place(journal) && held_file_name(journal->file, name)) {
        *place = memory_copy_text(name);
        return true;
    }
    int cause = EEXIST;
    for (int number = 1; number < NAMES_MAX && cause == EEXIST; number++) {
        snprintf(name, sizeof name, number == 1 ? "%s" : "%s-%d", path, number);
        cause = place_at(journal, name);
    }
    if (cause != 0 && !journal_is_in_place(journal)) {
        return false;
    }
    *place = memory_copy_text(cause == 0 ? name : journal->path);
    return true;
}
