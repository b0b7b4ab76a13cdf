// SPDX-License-Identifier: GPL-3.0-or-later
// One file of a data set, as it is or gzipped (zlib): PATH, or else PATH.gz. Sizes are looked at
// before memory is taken for them.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "sim/base/status.h"

enum { DATA_FILE_PATH_SIZE = 4096 };

// "FOLDER/NAME" into "path". Errors: STATUS_NO_INPUT (too long).
enum status data_file_join(const char *folder, const char *name, char path[DATA_FILE_PATH_SIZE],
                           struct error *error);

// Whether PATH or PATH.gz exists.
bool data_file_is_there(const char *path);

enum data_file_owner {
    DATA_FILE_OF_CATALOGUE, // messages say how to fetch it again
    DATA_FILE_OF_USER,
};

struct data_file {
    char path[DATA_FILE_PATH_SIZE]; // the one that is there
    enum data_file_owner owner;
    gzFile stream;
    bool is_compressed;
    uint64_t size_max;      // bytes that can come out of it; of an uncompressed file, all of them
    uint64_t size_believed; // no more are taken: see data_file_check_size
    uint64_t size_read;
};

// Errors: STATUS_NO_INPUT (missing, no regular file, not to be read).
enum status data_file_open(const char *path, enum data_file_owner owner, struct data_file *file,
                           struct error *error);
void data_file_close(struct data_file *file);

// Whether a file of this size can be what it is said to be. Errors: STATUS_BAD_DATA: an
// uncompressed file of another size, a compressed one that is too short for so much; a user's
// compressed file that would expand to more than 1 GiB and 256 times its size, which is as much as
// is taken of an HDF5 file.
enum status data_file_check_size(const struct data_file *file, uint64_t size, struct error *error);

// The next "size" bytes. Errors: STATUS_BAD_DATA (it ends before, or is damaged), those of
// status_of_cause (they could not be read, for lack of memory, too: that is no damage).
enum status data_file_read(struct data_file *file, void *bytes, size_t size, struct error *error);

// The same, and their fingerprint, taken block by block while the caches hold them.
enum status data_file_read_hashed(struct data_file *file, void *bytes, size_t size, uint64_t *hash,
                                  struct error *error);

// The same into memory of their own, to be released with memory_free. Of a compressed file the
// memory grows with what comes out, to twice as much at most and 1 MiB, whatever is claimed.
// Requires: data_file_check_size is content.
enum status data_file_read_new(struct data_file *file, size_t size, uint8_t **bytes,
                               struct error *error);

// There must be no more. Errors: STATUS_BAD_DATA (there is; damaged).
enum status data_file_finish(struct data_file *file, struct error *error);

// All of these: *bytes is the file, which must have exactly this size, and *hash its fingerprint;
// release with memory_free.
enum status data_file_read_whole(const char *path, enum data_file_owner owner, uint64_t size,
                                 uint8_t **bytes, uint64_t *hash, struct error *error);

// Errors: STATUS_BAD_DATA: the file at "path", of the catalogue, has another fingerprint.
enum status data_file_check_hash(const char *path, uint64_t found, uint64_t expected,
                                 struct error *error);

// "; fetch it again with ...", or nothing for a user's own file: the end of a message.
const char *data_file_remedy(enum data_file_owner owner);
