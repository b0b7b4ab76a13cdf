// SPDX-License-Identifier: GPL-3.0-or-later
// A checkpoint: what a run needs to go on that running its events again does not bring back. That
// is the result of arithmetic which is still needed: the live parameter versions and whatever else
// a policy or an optimizer has computed and will read again. Everything else (clock, queue, server,
// workers, gradients under way, counters) comes back by running the events again without
// arithmetic, in seconds; a gradient not yet used is a function of (values read, worker, number)
// and is computed again; losses, norms and evaluations up to there are in the journal.
//
// The state is named once, for both directions: checkpoint_field copies out while a checkpoint is
// being made, and in while one is being restored. A new piece of state is one more line in
// simulation_checkpoint.c, arithmetic_state:
//
//     checkpoint_field(checkpoint, "momentum", 0, sim->momentum, count * sizeof(float));
//     for (int32_t i = 0; i < workers; i++)
//         checkpoint_field(checkpoint, "local", i, sim->local[i], count * sizeof(float));
//
// Fields come back in the order in which they were made, so that order and the sizes may depend
// only on the scenario and on what running the events again brings back.
//
// The file: struct checkpoint_head, the fields (struct checkpoint_field_head, bytes, zeros up to a
// multiple of 8), and a fingerprint of all before it. Anybody's bytes can be decoded.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/own_file.h"
#include "sim/base/status.h"
#include "sim/runlog/journal.h"

enum { CHECKPOINT_VERSION = 1, CHECKPOINT_TEXT_SIZE = 64, CHECKPOINT_NAME_SIZE = 24 };

struct checkpoint_head {
    char magic[8];
    uint32_t version;
    uint32_t zero;
    char arithmetic[CHECKPOINT_TEXT_SIZE]; // what computes, as far as it decides about bits
    uint64_t events_happened;              // of the engine
    uint64_t timeline_fingerprint;         // of the rows up to here
    struct journal_mark journal;           // where they end; names the journal that has them
    uint64_t field_bytes;
};

struct checkpoint_field_head {
    char name[CHECKPOINT_NAME_SIZE];
    int64_t number;
    uint64_t size;
};

struct checkpoint {
    struct checkpoint_head head;
    bool restoring;
    unsigned char *bytes; // of the file: room for the head, the fields
    size_t capacity;
    size_t place; // restoring: of the next field, behind the head
    bool misfit;  // restoring: a field was not there, or of another size
};

// An empty one, to be made: checkpoint_field copies out.
void checkpoint_init(struct checkpoint *checkpoint);
void checkpoint_reset(struct checkpoint *checkpoint);

// One piece of state: "size" bytes at "place", under a short name and a number (of a worker, of a
// version). When restoring, a field that does not fit is remembered, and then nothing more is
// copied: look at checkpoint_fits.
void checkpoint_field(struct checkpoint *checkpoint, const char *name, int64_t number, void *place,
                      size_t size);

// After restoring: every field was asked for and fitted.
bool checkpoint_fits(const struct checkpoint *checkpoint);

// The bytes of the file, which the checkpoint owns.
const void *checkpoint_encode(struct checkpoint *checkpoint, size_t *size);

// An initialised *checkpoint becomes what the bytes say, to be restored. Errors: STATUS_BAD_DATA
// (torn, damaged, no checkpoint, another version); then it is empty. name: for the message.
enum status checkpoint_decode(const char *name, const void *bytes, size_t size,
                              struct checkpoint *checkpoint, struct error *error);

// What begins like a checkpoint, of any version: nothing else is replaced, moved or removed here.
extern const struct own_file_kind checkpoint_file_kind;

// PATH as of atomic_file_write; the checkpoint that was there goes to PATH.previous. When this
// fails, at least one of the two is whole. Errors: STATUS_CANNOT_CREATE, STATUS_IO.
enum status checkpoint_write(const char *path, struct checkpoint *checkpoint, struct error *error);

// Errors: those of status_of_cause (STATUS_NO_INPUT: there is none), those of checkpoint_decode.
enum status checkpoint_read(const char *path, struct checkpoint *checkpoint, struct error *error);

// "PATH.previous"; to be released with memory_free.
char *checkpoint_previous_path(const char *path);

// Removes both, and what a kill has left of a third, if that is what they are.
void checkpoint_remove(const char *path);
