// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/header_diff.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"

static bool number_differs(const char *name, uint64_t recorded, uint64_t repeated,
                           char text[HEADER_DIFF_SIZE]) {
    REQUIRE(name != NULL);
    if (recorded != repeated) {
        snprintf(text, HEADER_DIFF_SIZE, "%s differs: recorded %" PRIu64 "; repeated %" PRIu64 "\n",
                 name, recorded, repeated);
    }
    return recorded != repeated;
}

static bool tensors_equal(const struct layout_row *a, const struct layout_row *b) {
    return strcmp(a->name, b->name) == 0 && a->rank == b->rank && a->offset == b->offset &&
           memcmp(a->shape, b->shape, (size_t)a->rank * sizeof a->shape[0]) == 0;
}

static bool layout_differs(const struct runlog_header *recorded,
                           const struct runlog_header *repeated, char text[HEADER_DIFF_SIZE]) {
    if (number_differs("number of tensors", recorded->layout_count, repeated->layout_count, text)) {
        return true;
    }
    for (size_t i = 0; i < recorded->layout_count; i++) {
        if (!tensors_equal(&recorded->layout[i], &repeated->layout[i])) {
            snprintf(text, HEADER_DIFF_SIZE,
                     "tensor %zu of the layout differs: recorded %s; repeated %s\n", i,
                     recorded->layout[i].name, repeated->layout[i].name);
            return true;
        }
    }
    return false;
}

bool header_diff(const struct runlog_header *recorded, const struct runlog_header *repeated,
                 char text[HEADER_DIFF_SIZE]) {
    text[0] = 0;
    if (strcmp(recorded->policy, repeated->policy) != 0) {
        snprintf(text, HEADER_DIFF_SIZE, "policy differs: recorded %s; repeated %s\n",
                 recorded->policy, repeated->policy);
        return true;
    }
    return number_differs("seed", recorded->seed, repeated->seed, text) ||
           number_differs("number of workers", (uint64_t)recorded->workers,
                          (uint64_t)repeated->workers, text) ||
           number_differs("events_logged", recorded->events, repeated->events, text) ||
           number_differs("sample_columns", (uint64_t)recorded->sample_columns,
                          (uint64_t)repeated->sample_columns, text) ||
           number_differs("logging of gradients' values", recorded->gradient_values,
                          repeated->gradient_values, text) ||
           number_differs("number of parameters", recorded->parameter_count,
                          repeated->parameter_count, text) ||
           layout_differs(recorded, repeated, text);
}
