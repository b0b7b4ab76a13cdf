// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/file_kind.h"

#include "sim/runlog/file_seal.h"
#include "sim/runlog/runlog_schema.h"
#include "sim/runlog/sweep_schema.h"

static const char HDF5_BEGINNING[] = "\211HDF\r\n\032\n";
static const char CSV_BEGINNING[] = "run,role,round,seed,cell";

#define BEGINS_WITH(text) .beginning = (text), .beginning_size = sizeof(text) - 1
#define IS_SEALED                                                                                  \
    .seal = FILE_SEAL_MAGIC, .seal_size = FILE_SEAL_MAGIC_BYTES, .seal_span = FILE_SEAL_BYTES

const struct own_file_kind file_kind_log = {
    .what = "a log as desgd has written it",
    BEGINS_WITH(HDF5_BEGINNING),
    .word = RUNLOG_FORMAT,
    IS_SEALED,
};

const struct own_file_kind file_kind_table = {
    .what = "a table of runs as desgd has written it",
    BEGINS_WITH(HDF5_BEGINNING),
    .word = SWEEP_FORMAT,
    IS_SEALED,
};

const struct own_file_kind file_kind_csv = {
    .what = "a table of runs that desgd has written",
    BEGINS_WITH(CSV_BEGINNING),
};

const struct own_file_kind file_kind_damaged_log = {
    .what = "a log that desgd has written",
    BEGINS_WITH(HDF5_BEGINNING),
    .word = RUNLOG_FORMAT,
};
