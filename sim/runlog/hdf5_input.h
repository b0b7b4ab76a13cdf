// SPDX-License-Identifier: GPL-3.0-or-later
// Opens HDF5 files of strangers. Every object is reached by hard links along a known path and must
// have exactly the type, rank and size that are expected, stored in the file itself with the
// filters that desgd uses; no memory is taken for more than the file can hold.
#pragma once

#include <stdbool.h>

#include "sim/base/status.h"
#include "sim/runlog/file_seal.h"
#include "sim/runlog/hdf5_bytes.h"
#include "sim/runlog/hdf5_door.h"
#include "sim/runlog/hdf5_source.h"

struct hdf5_input {
    const char *path; // borrowed
    hid_t file;
    struct hdf5_bytes image;
    bool mapped;         // by hdf5_input_open_source
    enum file_seal seal; // holds or missing
    uint64_t bytes_left; // that may still be read, all in all
    uint64_t rows_max;   // that a table may have; 0: any number
    struct error *error;
    enum status failure; // of the function below that answered false
};

// Opens a file that lies in memory (borrowed, not changed), of which at most bytes_max may be read.
// The library itself opens nothing. Errors: STATUS_BAD_DATA: cut off, damaged, a checksum that does
// not hold.
enum status hdf5_input_open(struct hdf5_input *input, const char *name, void *bytes, size_t size,
                            uint64_t bytes_max, struct error *error);

// The same with the file's bytes mapped into memory; to be called in a child (confinement.h), for
// the library is not to be trusted with it. Errors besides: STATUS_NO_INPUT.
enum status hdf5_input_open_source(struct hdf5_input *input, const struct hdf5_source *source,
                                   struct error *error);
void hdf5_input_close(struct hdf5_input *input); // also one that did not open

// Gives the pages of a mapped file back that have been looked at: they would count as memory of
// this process, and come again when they are asked for.
void hdf5_input_let_go(struct hdf5_input *input);

// The functions below answer false after setting *input->error: STATUS_BAD_DATA, with the file, the
// object and what is wrong.

bool hdf5_input_fail(struct hdf5_input *input, const char *object, const char *wrong);

// A group, and whether it has no links.
bool hdf5_input_group(struct hdf5_input *input, const char *path, bool *empty);

// Opens a dataset of this type (of an enumeration: or of its first words alone, as an earlier desgd
// wrote it) and rank and tells its sizes (2); its bytes are taken from what may
// be read. *dataset is to be released.
bool hdf5_input_dataset(struct hdf5_input *input, const char *path, hid_t type, int rank,
                        hsize_t sizes[2], hid_t *dataset);

// The same in two steps, for datasets whose type or shape is not known beforehand. Opens one; then,
// when rank, sizes (rank) and the bytes of a value in the file have been asked for: whether it is
// stored as it should be and may take so much of what may be read.
bool hdf5_input_open_dataset(struct hdf5_input *input, const char *path, hid_t *dataset);
bool hdf5_input_claim(struct hdf5_input *input, const char *path, hid_t dataset, int rank,
                      const hsize_t *sizes, size_t value_bytes);

// So many bytes of values at most can come out of the file, if none are stored for two objects.
uint64_t hdf5_input_bytes_most(const struct hdf5_input *input);

// What stands at this path, by hard links and groups all the way; false, as above, for a link of
// another kind, for a path through what is no group, and for a file that is damaged.
bool hdf5_input_find(struct hdf5_input *input, const char *path, enum hdf5_object *found);

// Reads all of an open dataset; sizes 0 are fine. "path" is for the message.
bool hdf5_input_read(struct hdf5_input *input, const char *path, hid_t dataset, hid_t type,
                     void *values);

// The same of the values first .. first + count - 1 (count > 0) of a dataset of rank 1 that has
// them.
bool hdf5_input_read_some(struct hdf5_input *input, const char *path, hid_t dataset, hid_t type,
                          hsize_t first, hsize_t count, void *values);

// A scalar dataset with text of at most size_max bytes; to be released with memory_free.
bool hdf5_input_text(struct hdf5_input *input, const char *path, size_t size_max, char **text);

// Scalar attributes of an object: a number of exactly this type; a text with its final 0 in "size".
bool hdf5_input_number_attribute(struct hdf5_input *input, const char *object, const char *name,
                                 hid_t type, void *value);
bool hdf5_input_text_attribute(struct hdf5_input *input, const char *object, const char *name,
                               char *text, size_t size);
