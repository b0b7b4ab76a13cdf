// SPDX-License-Identifier: GPL-3.0-or-later
// Which closed form, if any, says how many gradients a second a scenario applies in the long run:
// the forms of theory.h, each where its conditions hold.
#pragma once

#include "sim/scenario/scenario.h"

// Gradients/s; NaN: no exact theory of this scenario is known. *formula (set then): the form in
// words. Requires: a policy with a threshold, which is constant and within 1..P.
double theory_rate(const struct scenario *scenario, const char **formula);

// Gradients/s that the server alone could take in, by the means of its spans; infinite for one that
// takes no time. No run exceeds it in the long run. Requires: likewise.
double theory_rate_server(const struct scenario *scenario);
