// SPDX-License-Identifier: GPL-3.0-or-later
// An append-only file of records, each with its length, type and checksum: what a process that is
// killed, or a disk that is full, leaves behind can be read up to the last whole record. Knows
// nothing of what the records mean. Records are written at once, so make them large.
#ifndef DESGD_RUNLOG_JOURNAL_H
#define DESGD_RUNLOG_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

enum { JOURNAL_RECORD_BYTES_MAX = 1 << 30 };

struct journal;

// Creates an empty journal at "path" in place of an older one; "version" names the meaning of its
// records. The file is locked: a second program that wants it is refused. Errors:
// STATUS_CANNOT_CREATE; the message is "NAME: cannot create: ..." with the name that is given.
enum status journal_create(const char *path, const char *name, uint32_t version,
                           struct journal **journal, struct error *error);

// Writes one record; borrows the payload. Does not fail: the first error is remembered, and
// nothing is written after it. Requires: size <= JOURNAL_RECORD_BYTES_MAX.
void journal_append(struct journal *journal, uint32_t type, const void *payload, size_t size);
bool journal_failed(const struct journal *journal);

// Syncs; the file stays locked until it is closed. Errors: STATUS_IO, also for any append before.
enum status journal_sync(struct journal *journal, struct error *error);

// Syncs and closes, and sets *journal to NULL. Errors: STATUS_IO, also for any append before; the
// file is removed.
enum status journal_close(struct journal **journal, struct error *error);

// Closes and removes the file; sets *journal to NULL, and accepts that.
void journal_abandon(struct journal **journal);

// Looks at one record. The payload is aligned for every type, may be changed, and lasts until the
// visit returns. False: the record makes no sense, reading stops.
typedef bool journal_visit(void *context, uint32_t type, void *payload, size_t size);

// Visits the records in order, up to the first that is torn or does not fit its checksum;
// *dropped_bytes is what lies behind the last good one. Errors: STATUS_NO_INPUT (cannot be read),
// STATUS_BAD_DATA (not a journal, another version, a visit that answers false).
enum status journal_read(const char *path, uint32_t version, journal_visit *visit, void *context,
                         uint64_t *dropped_bytes, struct error *error);

#endif
