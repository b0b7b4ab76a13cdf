// SPDX-License-Identifier: GPL-3.0-or-later
// Which files a log, or a sweep's table, may replace (sim/base/own_file.h). HDF5 alone says
// nothing: a user's data are HDF5, too. A log says in its first bytes that it is one, and has a
// seal behind its end (file_seal.h); one that was changed by another program has lost its seal,
// holds what somebody has put there, and is not replaced.
#pragma once

#include "sim/base/own_file.h"

extern const struct own_file_kind file_kind_log;
extern const struct own_file_kind file_kind_table; // sweep.h5
extern const struct own_file_kind file_kind_csv;   // sweep.csv

// A log without regard to its end: one that is damaged where a sweep has put it, under a name that
// nobody else gives.
extern const struct own_file_kind file_kind_damaged_log;
