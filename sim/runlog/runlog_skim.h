// SPDX-License-Identifier: GPL-3.0-or-later
// What a long log comes to, without its rows ever being in memory: they are played into a sink,
// some thousand at a time, with the columns alone that are wanted. The sink works in the child
// process that reads the file (confinement.h); what it has added up comes back as plain numbers.
#pragma once

#include "sim/base/status.h"
#include "sim/runlog/provenance.h"
#include "sim/runlog/run_sink.h"
#include "sim/runlog/runlog_schema.h"

struct runlog_skim {
    // start, gradient (without samples), update, reduction and, unless it is NULL, event are called
    struct run_sink sink;
    void *sums; // that they change, and nothing else: plain, without pointers
    size_t sums_bytes;
    // Whether sums that may be anything are possible.
    bool (*is_sane)(const void *sums);
    // Of a log without the rows of events, gradients, updates and reductions: whether sums over
    // these will do (else it is read whole); which columns they need. Others are 0.
    bool (*suffices)(const struct runlog *log);
    bool (*wants)(const struct runlog *log, enum runlog_table_id id,
                  const struct runlog_column *column);
    // What came of it.
    bool is_whole;                // the log has all its rows, and the sink was not called
    uint64_t counts[TABLE_COUNT]; // of rows in the file
};

// As runlog_read; but if no other program has changed or made the file, and skim->suffices, the log
// has no events, gradients, updates, reductions, samples and values, of which the sums tell then.
enum status runlog_skim(const char *path, struct runlog_skim *skim, struct runlog *log,
                        struct provenance *provenance, struct error *error);
