// SPDX-License-Identifier: GPL-3.0-or-later
// The last record of a run's journal (runlog_journal.h), and how what has no fixed size is packed
// into a record.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/runlog/runlog.h"

// Copies an array that may be NULL when it is empty, and returns the place behind.
unsigned char *runlog_journal_pack(unsigned char *place, const void *array, size_t bytes);

// Takes bytes off the front of a record; NULL if it has not as many left.
void *runlog_journal_unpack(unsigned char **place, size_t *left, uint64_t count, size_t size);

// The payload of the ending, to be released with memory_free.
void *runlog_journal_pack_ending(const struct runlog_ending *ending, size_t parameter_count,
                                 size_t *size);

// The ending out of its record, which must have so many workers and parameters. Its arrays are in
// the record, but for ending->workers, which is to be released with memory_free. False: the record
// does not fit, and nothing is to be released.
bool runlog_journal_unpack_ending(unsigned char *place, size_t left, int32_t workers,
                                  size_t parameter_count, struct runlog_ending *ending);
