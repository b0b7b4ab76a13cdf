// SPDX-License-Identifier: GPL-3.0-or-later
// An append-only file of records, each with its length, type and checksum: what a process that is
// killed, or a disk that is full, leaves behind can be read up to the last whole record. Knows
// nothing of what the records mean. Records are written at once, so make them large.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/own_file.h"
#include "sim/base/status.h"

enum { JOURNAL_RECORD_BYTES_MAX = 1 << 30 };

// Bytes before the first record, and of a record before its payload: so who visits all of them
// knows where each begins.
enum { JOURNAL_FRONT_BYTES = 16, JOURNAL_RECORD_FRONT_BYTES = 16 };

struct journal;

// A moment of a journal: its length, and a fingerprint of every record up to there. Two journals
// that agree in it agree in all these records.
struct journal_mark {
    uint64_t length; // bytes of the file
    uint64_t chain;
};

// What begins like a journal, of any version: only that, or an empty file, is opened to be written,
// replaced or removed.
extern const struct own_file_kind journal_file_kind;

// A journal is the file that is held open, not its name: that may be removed, renamed, or become
// another file while a run goes on. What is under the name is removed or renamed only while it is
// this file.

// Creates an empty journal at "path" in place of an older one; "version" names the meaning of its
// records. The file is locked: a second program that wants it is refused. Errors:
// STATUS_CANNOT_CREATE, also for a file that is no journal; the message is "NAME: cannot create:
// ..." with the name that is given.
enum status journal_create(const char *path, const char *name, uint32_t version,
                           struct journal **journal, struct error *error);

// Opens and locks a journal that is there, to be read, and then cut and appended to; nothing is
// changed yet. Errors: STATUS_NO_INPUT if there is none, STATUS_CANNOT_CREATE as above.
enum status journal_open(const char *path, const char *name, struct journal **journal,
                         struct error *error);

// Drops what lies behind the mark, which journal_read_until has found in this journal, and goes on
// from there. Does not fail: see journal_append.
void journal_cut(struct journal *journal, struct journal_mark mark);

// Empties an open journal and begins it anew.
void journal_begin(struct journal *journal, uint32_t version);

// The moment now. Only what has been synced survives a loss of power.
struct journal_mark journal_mark_now(const struct journal *journal);

// Writes one record; borrows the payload. Does not fail: the first error is remembered, and
// nothing is written after it. Requires: size <= JOURNAL_RECORD_BYTES_MAX.
void journal_append(struct journal *journal, uint32_t type, const void *payload, size_t size);
bool journal_failed(const struct journal *journal);

// Whether the file system has hardly more room than is needed for what follows a journal: the HDF5
// file of its length, so many bytes of other files (0 until told), and some more. Looked at
// whenever it is synced, and every few MB; once it was so, it stays so.
bool journal_is_short_of_room(const struct journal *journal);
void journal_leave_room(struct journal *journal, uint64_t bytes);

// Syncs; the file stays locked until it is closed. Errors: STATUS_IO, also for any append before.
enum status journal_sync(struct journal *journal, struct error *error);

// Syncs and closes, and sets *journal to NULL. Errors: STATUS_IO, also for any append before; the
// file is removed.
enum status journal_close(struct journal **journal, struct error *error);

// Closes and removes the file; sets *journal to NULL, and accepts that.
void journal_abandon(struct journal **journal);

// Whether the name is the file that is held: otherwise somebody has removed or renamed it, or its
// folder.
bool journal_is_in_place(const struct journal *journal);

// The same, and where it is not so, the file that is held is copied to its name, if that is free,
// and the copy is held from then on. False: it could not be.
bool journal_put_back(struct journal *journal);

// Whether the name is taken by another file.
bool journal_name_is_taken(const struct journal *journal);

// Gives the file another name, without taking anybody's: "path", or, where that is taken, path-2,
// path-3 and so on. A file that has been removed is copied there; one that was renamed by somebody
// stays where it is. *place is where it can be found, to be released with memory_free. False: it is
// nowhere any more, *place is unchanged.
bool journal_save_as(struct journal *journal, const char *path, char **place);

// Closes without a sync and leaves the file as it is; sets *journal to NULL.
void journal_leave(struct journal **journal);

// Looks at one record. The payload is aligned for every type, may be changed, and lasts until the
// visit returns. False: the record makes no sense, reading stops.
typedef bool journal_visit(void *context, uint32_t type, void *payload, size_t size);

// Where a journal is read from: a file by its name, or the one that is held open.
struct journal_source {
    const char *name;     // for messages, too; borrowed
    struct journal *held; // NULL: by its name
};
struct journal_source journal_named(const char *path);
struct journal_source journal_held(struct journal *journal); // not while it is appended to

// Visits the records in order, up to the first that is torn or does not fit its checksum;
// *dropped_bytes is what lies behind the last good one. Errors: those of status_of_cause (cannot be
// read, as when the disk fails: what is behind is not torn), STATUS_BAD_DATA (not a journal,
// another version, a visit that answers false).
enum status journal_read(struct journal_source source, uint32_t version, journal_visit *visit,
                         void *context, uint64_t *dropped_bytes, struct error *error);

// A record that was visited.
struct journal_place {
    uint64_t at; // where it begins
    uint32_t type;
    uint32_t size; // of its payload
};

// Reads the record that begins there, and says of what type and size it is, into memory that grows
// as it must (memory_grow). Errors: STATUS_IO: it cannot be read, or is not whole, as the last one
// of a journal that is appended to may be; those of status_of_cause: the file cannot be opened.
enum status journal_read_at(struct journal_source source, uint64_t at, struct journal_place *place,
                            void **payload, size_t *capacity, struct error *error);

// Reads one record again, into memory that grows as it must (memory_grow). Errors: STATUS_IO: it
// cannot be read, or is not what it was.
enum status journal_read_record(struct journal_source source, const struct journal_place *place,
                                void **payload, size_t *capacity, struct error *error);

// Bytes of the file; 0 if it cannot be told.
uint64_t journal_source_bytes(struct journal_source source);

// Visits the records up to the mark. Errors: as of journal_read; STATUS_BAD_DATA also if the
// journal is damaged before the mark, or is another than the one that the mark was made in; records
// have been visited by then.
enum status journal_read_until(struct journal_source source, uint32_t version,
                               struct journal_mark mark, journal_visit *visit, void *context,
                               struct error *error);
