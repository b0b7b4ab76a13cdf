// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/untrained.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/sim_time.h"

bool untrained_steps_locally(const char *scenario) {
    char word[64];
    return canonical_text_value(scenario, "cluster.network.all_reduce", word, sizeof word) ||
           (canonical_text_value(scenario, "policy.name", word, sizeof word) &&
            strcmp(word, "easgd") == 0);
}

bool untrained_by_evaluations(const struct evaluation_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct evaluation_row row = rows[i];
        row.time_ns = rows[0].time_ns;
        if (row.version > 0 || memcmp(&row, &rows[0], sizeof row) != 0) {
            return false;
        }
    }
    return count > 0;
}

const char *untrained_reason(int64_t end_ns, int64_t start_up_ns,
                             char reason[UNTRAINED_REASON_SIZE]) {
    char end[SIM_TIME_TEXT_SIZE];
    char start_up[SIM_TIME_TEXT_SIZE];
    sim_time_format_seconds(end_ns, end);
    if (end_ns <= start_up_ns) {
        snprintf(reason, UNTRAINED_REASON_SIZE, "at %s, before its start-up of %s was over", end,
                 sim_time_format_seconds(start_up_ns, start_up));
    } else {
        snprintf(reason, UNTRAINED_REASON_SIZE, "at %s, before the first update", end);
    }
    return reason;
}
