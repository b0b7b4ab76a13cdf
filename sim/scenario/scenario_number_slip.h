// SPDX-License-Identifier: GPL-3.0-or-later
// What people mean by numbers and units in other notations: "1_000 ms", "0x10 s", "007", "0,5",
// "1 S", "1e3 updates". None of them is read; the message says how it is written here.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { NUMBER_SLIP_SIZE = 128 };

// The index-th text that may be meant by this one, and in half a sentence why this one is not
// right. Of index 0 only the number is written anew: *reason is NULL where that is right as it
// stands; *meant is "" where it could be one of two. False behind the last.
bool number_slip(const char *text, size_t index, char meant[NUMBER_SLIP_SIZE], const char **reason);
