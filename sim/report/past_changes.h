// SPDX-License-Identifier: GPL-3.0-or-later
// The moments at which a scenario changed, out of its canonical text ("past", as
// sim/scenario/scenario_past.h defines it). For reports, which see only logs.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { PAST_CHANGES_MAX = 16, PAST_TEXT_SIZE = 2048 };

struct past_changes {
    size_t count;
    struct {
        int64_t time_ns;
        const char *before; // "policy.name: async, ...": what was otherwise until then; "": nothing
                            // that is not so again now
    } changes[PAST_CHANGES_MAX];
    char text[PAST_TEXT_SIZE];
};

// A past that is not canonical, which only a file that desgd did not write can have, gives fewer
// changes or none.
void past_changes_read(const char *scenario, struct past_changes *changes);

// What a key was at a time, or "none". Cut where it does not fit.
void past_changes_value(const struct past_changes *changes, const char *scenario, int64_t time_ns,
                        const char *key, char *value, size_t size);

// What the index-th change changed, out of the same text: "policy.name from async to sync, ..."; a
// key that does not apply is "none". Cut where it does not fit. Requires: index < count.
void past_changes_describe(const struct past_changes *changes, const char *scenario, size_t index,
                           char *text, size_t size);
