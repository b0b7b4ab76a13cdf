// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/hdf5_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// What reading a file may take.
static const uint64_t EXPANSION_MAX = 256;
static const uint64_t BYTES_MAX_BASE = UINT64_C(1) << 30;
static const uint64_t WORKING_BYTES = UINT64_C(512) << 20; // a column, chunks, the library's caches
enum { SECONDS_MAX = 30, BYTES_PER_SECOND_MIN = 1 << 18 };

static const unsigned char SIGNATURE[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

static enum status check_opened(const struct hdf5_source *source, struct error *error) {
    struct stat state;
    unsigned char start[sizeof SIGNATURE] = {0};
    if (source->file < 0 || fstat(source->file, &state) != 0) {
        return error_set(error, STATUS_NO_INPUT, "%s: cannot read: %s", source->path,
                         strerror(errno));
    }
    if (!S_ISREG(state.st_mode)) {
        return error_set(error, STATUS_NO_INPUT, "%s: cannot read: %s", source->path,
                         S_ISDIR(state.st_mode) ? strerror(EISDIR) : "Not a regular file");
    }
    if (pread(source->file, start, sizeof start, 0) != (ssize_t)sizeof start ||
        memcmp(start, SIGNATURE, sizeof start) != 0) {
        return error_set(error, STATUS_BAD_DATA, "%s: not an HDF5 file", source->path);
    }
    return STATUS_OK;
}

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

// Time and memory for a file of so many bytes, both far above what a log takes (some 100 MB/s; the
// most regular logs expand to 100 times their size), and no more memory than there is.
static void set_limits(struct hdf5_source *source) {
    uint64_t machine = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t bytes = least(source->bytes, machine);
    source->bytes_max = least(BYTES_MAX_BASE + bytes * EXPANSION_MAX, machine);
    source->memory_max = source->bytes_max + bytes + WORKING_BYTES;
    source->seconds_max = (unsigned)(SECONDS_MAX + bytes / BYTES_PER_SECOND_MIN);
}

enum status hdf5_source_open(struct hdf5_source *source, const char *path, struct error *error) {
    struct stat state = {0};
    *source = (struct hdf5_source){.path = path};
    source->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    enum status status = check_opened(source, error);
    if (status == STATUS_OK && fstat(source->file, &state) == 0) {
        source->bytes = (uint64_t)state.st_size;
        set_limits(source);
    }
    if (status != STATUS_OK) {
        hdf5_source_close(source);
    }
    return status;
}

void hdf5_source_close(struct hdf5_source *source) {
    if (source->file >= 0) {
        close(source->file);
    }
    source->file = -1;
}
