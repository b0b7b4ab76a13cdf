// SPDX-License-Identifier: GPL-3.0-or-later
// A loop over the rows of a table shows nothing if there are none: tests count them by this. Not
// for pool threads: a failure jumps.
#pragma once

#include <stddef.h>

// The count itself; the test fails if it is 0.
#define rows(count) rows_at((count), #count, __FILE__, __LINE__)

size_t rows_at(size_t count, const char *what, const char *file, int line);
