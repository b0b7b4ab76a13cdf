// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/hdf5_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/held_file.h"

// What reading a file may take.
static const uint64_t EXPANSION_MAX = 256;
static const uint64_t BYTES_MAX_BASE = UINT64_C(1) << 30;
static const uint64_t WORKING_BYTES = UINT64_C(512) << 20; // a column, chunks, the library's caches
enum { SECONDS_MAX = 30, BYTES_PER_SECOND_MIN = 1 << 18 };

static const unsigned char SIGNATURE[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

static bool is_text(const unsigned char *bytes, ssize_t count) {
    bool found = count > 0;
    for (ssize_t i = 0; i < count; i++) {
        found = found && (bytes[i] >= ' ' || strchr("\t\n\r", bytes[i]) != NULL) && bytes[i] != 0;
    }
    return found;
}

static enum status check_opened(const struct hdf5_source *source, struct error *error) {
    struct stat state;
    unsigned char start[sizeof SIGNATURE] = {0};
    if (source->file < 0 || fstat(source->file, &state) != 0) {
        return error_set(error, status_of_cause(errno), "%s: cannot read: %s", source->path,
                         strerror(errno));
    }
    if (!S_ISREG(state.st_mode)) {
        return error_set(error, STATUS_NO_INPUT, "%s: cannot read: %s", source->path,
                         S_ISDIR(state.st_mode) ? strerror(EISDIR) : "Not a regular file");
    }
    ssize_t got = pread(source->file, start, sizeof start, 0);
    if (got < 0) {
        return error_set(error, status_of_cause(errno), "%s: cannot read: %s", source->path,
                         strerror(errno));
    }
    if (got != (ssize_t)sizeof start || memcmp(start, SIGNATURE, sizeof start) != 0) {
        return error_set(error, STATUS_BAD_DATA, "%s: not an HDF5 file%s", source->path,
                         is_text(start, got)
                             ? ", but a text: a scenario is run with desgd run, a sweep with desgd "
                               "sweep"
                             : "");
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
    if (source->file >= 0 && fstat(source->file, &state) == 0) {
        source->bytes = (uint64_t)state.st_size;
        source->changed_s = state.st_mtim.tv_sec;
        source->changed_ns = state.st_mtim.tv_nsec;
        set_limits(source);
    }
    if (status != STATUS_OK) {
        status = hdf5_source_judge(source, status, error);
        hdf5_source_close(source);
    }
    return status;
}

// ---- work in progress ----

// Files of the newer format (superblock 3) say it themselves, also where there are no locks.
static bool is_marked(int file) {
    enum { VERSION_AT = 8, MARKS_AT = 11, MARKING_VERSION = 3, WRITES = 1, WRITES_SWMR = 4 };
    unsigned char start[MARKS_AT + 1] = {0};
    return pread(file, start, sizeof start, 0) == (ssize_t)sizeof start &&
           memcmp(start, SIGNATURE, sizeof SIGNATURE) == 0 &&
           start[VERSION_AT] == MARKING_VERSION && (start[MARKS_AT] & (WRITES | WRITES_SWMR)) != 0;
}

static bool has_changed(const struct hdf5_source *source) {
    struct stat state;
    return fstat(source->file, &state) == 0 &&
           ((uint64_t)state.st_size != source->bytes || state.st_mtim.tv_sec != source->changed_s ||
            state.st_mtim.tv_nsec != source->changed_ns);
}

enum status hdf5_source_judge(const struct hdf5_source *source, enum status status,
                              struct error *error) {
    const char *work = NULL;
    if (status != STATUS_BAD_DATA || source->file < 0) {
        return status;
    }
    // The library locks a file for itself while it has it open for writing.
    if (held_file_look_at_lock(source->file) == HELD_FILE_LOCKED) {
        work = "another program has it open for writing";
    } else if (is_marked(source->file)) {
        work = "a program has it open for writing, or has ended without closing it (h5clear -s "
               "takes its mark away)";
    } else if (has_changed(source)) {
        work = "another program changes it meanwhile";
    }
    return work == NULL ? status
                        : error_set(error, STATUS_NO_INPUT, "%s: cannot be read now: %s",
                                    source->path, work);
}

void hdf5_source_close(struct hdf5_source *source) {
    if (source->file >= 0) {
        close(source->file);
    }
    source->file = -1;
}

enum status hdf5_source_confine(const struct hdf5_source *source, struct confined_task task,
                                struct error *error) {
    REQUIRE(source->file >= 0);
    REQUIRE(task.work != NULL);
    task.name = source->path;
    task.seconds_max = source->seconds_max;
    task.memory_max = source->memory_max;
    return confined_run(&task, error);
}

enum status hdf5_source_work(const char *path, struct hdf5_source *source,
                             struct confined_task task, struct error *error) {
    struct error local;
    struct error *told = error == NULL ? &local : error;
    enum status status = hdf5_source_open(source, path, told);
    if (status == STATUS_OK) {
        status = hdf5_source_judge(source, hdf5_source_confine(source, task, told), told);
        hdf5_source_close(source);
    }
    return status;
}
