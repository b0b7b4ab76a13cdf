// SPDX-License-Identifier: GPL-3.0-or-later
// What the curves of a run need to know of its scenario.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/report/curve.h"
#include "sim/report/timeline.h"
#include "sim/report/untrained.h"

enum { VALUE_SIZE = 64, DIGITS_MAX = 15 };

// Of digits alone; NaN: it is something else.
static double whole_number(const char *text, size_t length) {
    bool is_number = length > 0 && length <= DIGITS_MAX && strspn(text, "0123456789") >= length;
    return is_number ? strtod(text, NULL) : (double)NAN;
}

// Of a message of the network: "500 kB", or "model".
static double message_bytes(const struct runlog *log, const char *scenario) {
    static const struct {
        const char *name;
        double worth;
    } units[] = {{" B", 1}, {" kB", 1e3}, {" MB", 1e6}, {" GB", 1e9}, {" TB", 1e12}};
    char value[VALUE_SIZE] = "";
    canonical_text_value(scenario, "cluster.network.message", value, sizeof value);
    size_t length = strcspn(value, " ");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        double number = whole_number(value, length);
        if (strcmp(value + length, units[i].name) == 0 && !isnan(number)) {
            return number * units[i].worth;
        }
    }
    return (double)sizeof(float) * (double)log->header.parameter_count;
}

static struct curve_phase phase_at(const struct past_changes *changes, const char *scenario,
                                   int64_t time_ns) {
    char batch[VALUE_SIZE];
    char steps[VALUE_SIZE];
    char combine[VALUE_SIZE];
    past_changes_value(changes, scenario, time_ns, "training.batch", batch, sizeof batch);
    past_changes_value(changes, scenario, time_ns, "policy.local_steps", steps, sizeof steps);
    past_changes_value(changes, scenario, time_ns, "policy.combine", combine, sizeof combine);
    bool has_steps = strcmp(steps, "none") != 0;
    return (struct curve_phase){
        .until_ns = INT64_MAX,
        .samples = whole_number(batch, strlen(batch)) *
                   (has_steps ? whole_number(steps, strlen(steps)) : 1),
        .adds_up = strcmp(combine, "sum") == 0,
    };
}

void curve_scenario_read(const struct runlog *log, struct curve_scenario *scenario) {
    const char *text = log->header.scenario == NULL ? "" : log->header.scenario;
    struct past_changes changes;
    past_changes_read(text, &changes);
    *scenario = (struct curve_scenario){
        .changes = changes.count,
        .message_bytes = message_bytes(log, text),
        .steps_locally = untrained_steps_locally(text),
        .has_server = !timeline_has_no_server(log),
        .trains = log->header.parameter_count > 0,
    };
    for (size_t i = 0; i < changes.count; i++) {
        int64_t until_ns = changes.changes[i].time_ns;
        scenario->phases[i] = phase_at(&changes, text, until_ns - (until_ns > 0));
        scenario->phases[i].until_ns = until_ns;
    }
    scenario->phases[changes.count] = phase_at(&changes, text, INT64_MAX);
}

const struct curve_phase *curve_phase_at(const struct curve_scenario *scenario, int64_t time_ns) {
    REQUIRE(scenario->changes <= PAST_CHANGES_MAX);
    size_t i = 0;
    while (i < scenario->changes && scenario->phases[i].until_ns <= time_ns) {
        i++;
    }
    return &scenario->phases[i];
}
