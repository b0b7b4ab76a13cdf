// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/past_changes.h"

#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/sim_time.h"

static const char opening[] = "{until: ";

// Cuts one entry, "TIME, KEY: VALUE}", into its two parts.
static void read_entry(struct past_changes *changes, char *entry) {
    int64_t time_ns = 0;
    char *close = strrchr(entry, '}');
    if (close == NULL) {
        return;
    }
    *close = 0;
    char *comma = strstr(entry, ", ");
    if (comma != NULL) {
        *comma = 0;
    }
    if (sim_time_parse(entry, &time_ns) == NULL) {
        changes->changes[changes->count].time_ns = time_ns;
        changes->changes[changes->count].before = comma == NULL ? "" : comma + 2;
        changes->count++;
    }
}

void past_changes_read(const char *scenario, struct past_changes *changes) {
    changes->count = 0;
    if (scenario == NULL ||
        !canonical_text_value(scenario, "past", changes->text, sizeof changes->text)) {
        return;
    }
    char *entry = strstr(changes->text, opening);
    while (entry != NULL && changes->count < PAST_CHANGES_MAX) {
        entry += strlen(opening);
        char *next = strstr(entry, opening);
        if (next != NULL) {
            *next = 0;
        }
        read_entry(changes, entry);
        entry = next;
    }
}
