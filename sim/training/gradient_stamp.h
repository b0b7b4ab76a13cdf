// SPDX-License-Identifier: GPL-3.0-or-later
// A gradient's identity without its floats.
#ifndef DESGD_TRAINING_GRADIENT_STAMP_H
#define DESGD_TRAINING_GRADIENT_STAMP_H

#include <stdbool.h>
#include <stdint.h>

struct gradient_stamp {
    int64_t number; // the worker's own count
    int32_t worker;
    uint32_t reference; // whatever its owner finds it by
    bool reply_owed;    // set at the server's receipt: its worker is replied to after the flush
};

#endif
