// SPDX-License-Identifier: GPL-3.0-or-later
// A gradient's identity without its floats.
#pragma once

#include <stdint.h>

struct gradient_stamp {
    int64_t number;  // the worker's own count
    int64_t version; // that it is computed at
    int32_t worker;
    uint32_t reference; // whatever its owner finds it by
};
