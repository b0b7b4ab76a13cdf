// SPDX-License-Identifier: GPL-3.0-or-later
// Which version of the rules a scenario needs. A rule that is mended changes the bits of those
// scenarios that it concerns, and of no others: these stay at the number that they had, so that
// their logs replay and their sweeps need not be run again.
//
//   2  cocod, overlap_local_sgd: "rate.counts: gradients" counts a worker's own steps on while an
//      average becomes a version
//   2  easgd, "gradient: before": weight decay and /gradients/distance are taken at the parameters
//      at which the gradient was computed, not at those that the pull left
//   2  ssp: a worker's clock counts its gradients received without a gap
#pragma once

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"

// The least number under which this program gives the scenario the bits that it gives it.
int32_t scenario_least_semantics(const struct scenario *scenario);

// Whether this program has the rules that the scenario asks for. Errors: STATUS_BAD_DATA, naming
// the rule that has changed; name: of the scenario or the log.
enum status scenario_check_rules(const char *name, const struct scenario *scenario,
                                 struct error *error);
