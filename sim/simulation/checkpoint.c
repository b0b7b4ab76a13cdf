// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/file_bytes.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"

static const char MAGIC[8] = "desgdchk";
const struct own_file_kind checkpoint_file_kind = {
    .what = "a checkpoint of desgd", .beginning = MAGIC, .beginning_size = sizeof MAGIC};

_Static_assert(sizeof(struct checkpoint_head) == 120, "no padding");
_Static_assert(sizeof(struct checkpoint_field_head) == 40, "no padding");

enum { UNIT = 8, SEAL_BYTES = sizeof(uint64_t) };

static size_t padded(size_t size) {
    REQUIRE(size <= SIZE_MAX / 2);
    return (size + UNIT - 1) / UNIT * UNIT;
}

void checkpoint_init(struct checkpoint *checkpoint) {
    *checkpoint = (struct checkpoint){.head = {.version = CHECKPOINT_VERSION}};
    memcpy(checkpoint->head.magic, MAGIC, sizeof MAGIC);
}

void checkpoint_reset(struct checkpoint *checkpoint) {
    memory_free(checkpoint->bytes);
    checkpoint_init(checkpoint);
}

static void add(struct checkpoint *checkpoint, const struct checkpoint_field_head *head,
                const void *bytes) {
    size_t used = sizeof checkpoint->head + checkpoint->head.field_bytes;
    size_t more = sizeof *head + padded(head->size);
    INVARIANT(!checkpoint->restoring && used % UNIT == 0);
    // With room for the seal.
    checkpoint->bytes =
        memory_grow(checkpoint->bytes, &checkpoint->capacity, used + more + SEAL_BYTES, 1);
    unsigned char *place = checkpoint->bytes + used;
    memset(place, 0, more);
    ENSURE(checkpoint->capacity - used >= more + SEAL_BYTES);
    memcpy(place, head, sizeof *head);
    if (head->size > 0) {
        memcpy(place + sizeof *head, bytes, head->size);
    }
    checkpoint->head.field_bytes += more;
}

static bool take(struct checkpoint *checkpoint, const struct checkpoint_field_head *wanted,
                 void *bytes) {
    INVARIANT(checkpoint->restoring && checkpoint->place <= checkpoint->head.field_bytes);
    size_t rest = checkpoint->head.field_bytes - checkpoint->place;
    const unsigned char *place = checkpoint->bytes + sizeof checkpoint->head + checkpoint->place;
    if (rest < sizeof *wanted || memcmp(place, wanted, sizeof *wanted) != 0 ||
        rest - sizeof *wanted < padded(wanted->size)) {
        return false;
    }
    if (wanted->size > 0) {
        memcpy(bytes, place + sizeof *wanted, wanted->size);
    }
    checkpoint->place += sizeof *wanted + padded(wanted->size);
    return true;
}

void checkpoint_field(struct checkpoint *checkpoint, const char *name, int64_t number, void *place,
                      size_t size) {
    struct checkpoint_field_head head = {.number = number, .size = size};
    REQUIRE(name[0] != 0 && strlen(name) < sizeof head.name);
    REQUIRE(place != NULL || size == 0);
    memcpy(head.name, name, strlen(name));
    if (!checkpoint->restoring) {
        add(checkpoint, &head, place);
    } else if (!checkpoint->misfit) {
        checkpoint->misfit = !take(checkpoint, &head, place);
    }
}

bool checkpoint_fits(const struct checkpoint *checkpoint) {
    INVARIANT(checkpoint->place <= checkpoint->head.field_bytes);
    return checkpoint->restoring && !checkpoint->misfit &&
           checkpoint->place == checkpoint->head.field_bytes;
}

const void *checkpoint_encode(struct checkpoint *checkpoint, size_t *size) {
    size_t used = sizeof checkpoint->head + checkpoint->head.field_bytes;
    *size = used + SEAL_BYTES;
    INVARIANT(*size % UNIT == 0);
    checkpoint->bytes = memory_grow(checkpoint->bytes, &checkpoint->capacity, *size, 1);
    ENSURE(checkpoint->capacity >= *size);
    memcpy(checkpoint->bytes, &checkpoint->head, sizeof checkpoint->head);
    uint64_t seal = fingerprint_bytes(checkpoint->bytes, used);
    memcpy(checkpoint->bytes + used, &seal, sizeof seal);
    return checkpoint->bytes;
}

enum status checkpoint_decode(const char *name, const void *bytes, size_t size,
                              struct checkpoint *checkpoint, struct error *error) {
    REQUIRE(!checkpoint->restoring && checkpoint->bytes == NULL);
    struct checkpoint_head head;
    uint64_t seal = 0;
    if (size < sizeof head + SEAL_BYTES) {
        return error_set(error, STATUS_BAD_DATA, "%s: damaged: too short for a checkpoint", name);
    }
    size_t used = size - SEAL_BYTES;
    memcpy(&head, bytes, sizeof head);
    memcpy(&seal, (const unsigned char *)bytes + used, sizeof seal);
    if (seal != fingerprint_bytes(bytes, used)) {
        return error_set(error, STATUS_BAD_DATA, "%s: damaged: its bytes do not fit their checksum",
                         name);
    }
    if (memcmp(head.magic, MAGIC, sizeof MAGIC) != 0 || head.version != CHECKPOINT_VERSION ||
        head.arithmetic[sizeof head.arithmetic - 1] != 0 ||
        head.field_bytes != used - sizeof head) {
        return error_set(error, STATUS_BAD_DATA, "%s: not a checkpoint of this version of desgd",
                         name);
    }
    checkpoint->head = head;
    checkpoint->restoring = true;
    checkpoint->bytes = memory_allocate(used, 1);
    checkpoint->capacity = used;
    memcpy(checkpoint->bytes, bytes, used);
    ENSURE(checkpoint->place == 0 && !checkpoint->misfit);
    return STATUS_OK;
}

char *checkpoint_previous_path(const char *path) {
    return memory_join_text(path, ".previous");
}

enum status checkpoint_write(const char *path, struct checkpoint *checkpoint, struct error *error) {
    char *previous = checkpoint_previous_path(path);
    size_t size = 0;
    const void *bytes = checkpoint_encode(checkpoint, &size);
    // A kill between the two renames leaves the previous one alone: that is the last good one.
    enum status status = own_file_check(path, &checkpoint_file_kind, error);
    if (status == STATUS_OK) {
        status = own_file_check(previous, &checkpoint_file_kind, error);
    }
    if (status == STATUS_OK && rename(path, previous) != 0 && errno != ENOENT) {
        status = error_set(error, STATUS_IO, "%s: cannot be replaced: %s", path, strerror(errno));
    }
    if (status == STATUS_OK) {
        status = atomic_file_write(path, &checkpoint_file_kind, bytes, size, error);
    }
    memory_free(previous);
    return status;
}

// A file that has grown by zeros, as a crash may leave it, is damaged; no memory is taken for it.
static enum status check_size(const char *path, int file, size_t size, struct error *error) {
    REQUIRE(file >= 0);
    struct checkpoint_head head;
    uint64_t expected = 0;
    ssize_t got = pread(file, &head, sizeof head, 0);
    if (got < 0) {
        return error_set(error, status_of_cause(errno), "%s: cannot read: %s", path,
                         strerror(errno));
    }
    bool fits = got == (ssize_t)sizeof head &&
                !__builtin_add_overflow(head.field_bytes, sizeof head + SEAL_BYTES, &expected) &&
                expected == size;
    return fits ? STATUS_OK
                : error_set(error, STATUS_BAD_DATA,
                            "%s: damaged: of another size than a checkpoint says of itself", path);
}

enum status checkpoint_read(const char *path, struct checkpoint *checkpoint, struct error *error) {
    struct stat state;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &state) != 0 || !S_ISREG(state.st_mode)) {
        enum status status = file < 0 ? status_of_cause(errno) : STATUS_NO_INPUT;
        status = error_set(error, status, "%s: cannot read: %s", path,
                           file < 0 ? strerror(errno) : "Not a regular file");
        if (file >= 0) {
            close(file);
        }
        return status;
    }
    size_t size = (size_t)state.st_size;
    enum status status = check_size(path, file, size, error);
    if (status == STATUS_OK) {
        unsigned char *bytes = memory_allocate(size, 1);
        status = file_read_all(file, bytes, size)
                     ? checkpoint_decode(path, bytes, size, checkpoint, error)
                     : error_set(error, status_of_cause(errno), "%s: cannot read: %s", path,
                                 errno == 0 ? "it has just been cut" : strerror(errno));
        memory_free(bytes);
    }
    close(file);
    ENSURE((status == STATUS_OK) == checkpoint->restoring);
    return status;
}

void checkpoint_remove(const char *path) {
    char *previous = checkpoint_previous_path(path);
    char *part = memory_join_text(path, ".part");
    own_file_remove(path, &checkpoint_file_kind);
    own_file_remove(previous, &checkpoint_file_kind);
    own_file_remove_part(part, &checkpoint_file_kind);
    memory_free(part);
    memory_free(previous);
}
