// SPDX-License-Identifier: GPL-3.0-or-later
// A simulation's checkpoints: the arithmetic that is alive goes out, and comes back in a later
// process after the events up to there have been run again without arithmetic (rerun.h;
// sim->computes is false meanwhile).
#pragma once

#include "sim/simulation/simulation_state.h"

// Whether so many events have happened again as the checkpoint says.
bool simulation_rerun_is_over(const struct simulation *sim);

// Ends the rerun: gives the live versions their values, starts the gradients that are under way
// and turns the arithmetic on. Returns false and fills sim->failure if what happened again is not
// what the checkpoint was made of.
bool simulation_end_rerun(struct simulation *sim);

// Makes a checkpoint of this moment, between two events, and gives it to the keeper; evaluations
// under way are waited for first.
void simulation_keep(struct simulation *sim);
