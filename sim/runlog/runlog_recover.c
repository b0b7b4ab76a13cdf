// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_recover.h"

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/own_file.h"
#include "sim/runlog/file_kind.h"
#include "sim/runlog/runlog_hdf5.h"
#include "sim/runlog/runlog_journal_rows.h"

static enum status make_log(const char *journal_path, const char *path,
                            const struct provenance *provenance, struct error *error) {
    struct runlog_journal_rows *rows = NULL;
    enum status status = runlog_journal_rows_open(journal_named(journal_path), &rows, error);
    if (status == STATUS_OK) {
        status = runlog_hdf5_write_rows(path, runlog_journal_rows_supply(rows), provenance,
                                        journal_path, STATUS_BAD_DATA, error);
    }
    runlog_journal_rows_close(rows);
    return status;
}

enum status runlog_recover(const char *journal_path, const char *path,
                           const struct provenance *provenance, struct error *error) {
    REQUIRE(journal_path != NULL && path != NULL);
    REQUIRE(provenance != NULL);
    char *part = memory_join_text(path, ".part");
    enum status status = own_file_check(path, &file_kind_log, error);
    if (status == STATUS_OK) {
        status = own_file_check_part(part, &file_kind_log, error);
    }
    memory_free(part);
    if (status == STATUS_OK && own_file_is_same(journal_path, path)) {
        status = error_set(error, STATUS_CANNOT_CREATE,
                           "%s: cannot create: is the journal itself; the log goes to another file",
                           path);
    }
    return status == STATUS_OK ? make_log(journal_path, path, provenance, error) : status;
}
