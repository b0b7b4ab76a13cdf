// SPDX-License-Identifier: GPL-3.0-or-later
// A rule for the threshold: every constant K of a scenario by its times alone, simulated without
// arithmetic, and the theory beside it where there is one. The rule: the smallest K that applies
// within 2 % as many gradients a second as the best one, for more of them make each staler or let
// workers wait. What fresh gradients are worth to the net is no question of times.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"

#define ADVICE_WITHIN 0.02 // of the best rate

struct advice_row {
    int32_t threshold;
    double gradients_per_s; // applied, from the start-up to the end of the run; so too below
    double theory;          // of it, in the long run; NaN: none is known
    const char *formula;    // of the theory; NULL: none is known
    double server_most;     // what the server alone could take; infinite: it takes no time
    double updates_per_s;
    double staleness;     // mean of the gradients applied, in versions; NaN: none was
    double server_load;   // share of the time, 0..1; so too below
    double idle_share;    // of the workers' time: they wait for the server, messages or others
    double waiting_share; // for others alone
};

struct advice {
    struct advice_row *rows; // (count): K = 1 .. the number of workers
    size_t count;
    size_t best;        // the row with the most gradients a second, the first of several
    size_t recommended; // row
    bool stalled;       // a run had come to rest before its end
    char policy[32];
};

struct advice_options {
    const char *data_folder; // --data; NULL: as data_folder.h says
    void (*progress)(void *context, int64_t now_ns, double fraction); // may be NULL; time 0
    void *progress_context;
};

// The scenario's own threshold has no part in it. *advice is released with advice_reset. Errors:
// STATUS_BAD_DATA (a policy without a threshold, a scenario with a past, one in which no gradient
// is applied, a run that failed); those of run_shape_find and run_timing.
enum status advice_make(const struct scenario *scenario, const struct advice_options *options,
                        struct advice *advice, struct error *error);
void advice_reset(struct advice *advice);
