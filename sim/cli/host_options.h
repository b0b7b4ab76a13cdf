// SPDX-License-Identifier: GPL-3.0-or-later
// The options that say where gradients are computed, and where the data sets lie: --threads, --isa
// and --data. None changes a result.
#pragma once

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

struct kernels;

struct host_options {
    const char *data;              // borrowed; NULL: it was not said
    int32_t threads;               // at least 1
    const struct kernels *kernels; // NULL: the fastest
};

enum { OPTION_DATA = 512, OPTION_THREADS, OPTION_ISA };

// Rows for the table of a command.
#define DATA_OPTION                                                                                \
    {                                                                                              \
        "data", OPTION_DATA, "FOLDER", 0,                                                          \
            "where the data sets are (default: $DESGD_DATA, ./data, the built-in folder)", 0       \
    }
#define THREADS_OPTION                                                                             \
    {                                                                                              \
        "threads", OPTION_THREADS, "N", 0,                                                         \
            "threads for the gradients (default: all processors); changes no result", 0            \
    }
#define ISA_OPTION                                                                                 \
    {                                                                                              \
        "isa", OPTION_ISA, "avx512|avx2|generic", 0,                                               \
            "the instructions of the portable kernels (default: the best that the CPU has); "      \
            "changes no result",                                                                   \
            0                                                                                      \
    }

struct host_options host_options_default(void);

// Takes an option if it is one of these; false: it is another. A usage error (exit 64) for what it
// cannot be, as the instructions of another CPU.
bool host_options_take(struct host_options *host, struct argp_state *state, int key, char *text);
