// SPDX-License-Identifier: GPL-3.0-or-later
// The language of the input, so that checksums, lengths and counts are right where that is asked:
// each record is a type (one byte), a length (two bytes, little-endian) and so many bytes, cut off
// at the end of the input; a journal (journal.h) is written of them.
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/runlog/journal.h"
#include "sim/runlog/runlog_check.h"
#include "sim/runlog/runlog_journal.h"
#include "tests/support/fuzz_folder.h"
#include "tests/support/fuzz_target.h"

static const char magic[] = "desgdjnl";

static void write_records(const char *path, const uint8_t *bytes, size_t size) {
    struct journal *journal = NULL;
    INVARIANT(journal_create(path, path, RUNLOG_JOURNAL_VERSION, &journal, NULL) == STATUS_OK);
    size_t at = 0;
    while (size - at >= 3) {
        uint32_t type = bytes[at];
        size_t length = bytes[at + 1] | (size_t)bytes[at + 2] << 8;
        at += 3;
        length = length < size - at ? length : size - at;
        journal_append(journal, type, bytes + at, length);
        at += length;
    }
    INVARIANT(journal_close(&journal, NULL) == STATUS_OK);
}

void fuzz_journal(const uint8_t *bytes, size_t size) {
    char path[FUZZ_PATH_SIZE];
    struct fuzz_folder folder = fuzz_folder_create();
    if (size >= sizeof magic - 1 && memcmp(bytes, magic, sizeof magic - 1) == 0) {
        fuzz_folder_write(&folder, "a.journal", bytes, size, path);
    } else {
        fuzz_folder_write(&folder, "a.journal", "", 0, path);
        write_records(path, bytes, size);
    }
    struct runlog log = {0};
    struct error error = {0};
    struct run_sink sink = runlog_memory_sink(&log);
    enum status status = runlog_journal_read(journal_named(path), &sink, &error);
    if (status == STATUS_OK) {
        status = runlog_check(&log, path, STATUS_BAD_DATA, &error);
    }
    INVARIANT(status == STATUS_OK || error.message[0] != 0);
    runlog_reset(&log);
    fuzz_folder_remove(&folder);
}
