// SPDX-License-Identifier: GPL-3.0-or-later
// A simulation's checkpoints: the arithmetic that is alive goes out, and comes back in a later
// process after the events of the past have been run again without arithmetic (sim->computes is
// false meanwhile, and values that the arithmetic gave come from sim->past).
#ifndef DESGD_SIMULATION_SIMULATION_PAST_H
#define DESGD_SIMULATION_SIMULATION_PAST_H

#include "sim/simulation/simulation_state.h"

// Whether so many events have happened again as the checkpoint says.
bool simulation_past_is_over(const struct simulation *sim);

// The present begins: gives the live versions their values, starts the gradients that are under way
// and turns the arithmetic on. Returns false and fills sim->failure if what happened again is not
// what the checkpoint was made of.
bool simulation_past_end(struct simulation *sim);

// Makes a checkpoint of this moment, between two events, and gives it to the keeper; evaluations
// under way are waited for first.
void simulation_keep(struct simulation *sim);

// What the journal says of a gradient that the past has applied: loss and distance. NaN if nothing.
void simulation_past_gradient(const struct simulation *sim, int64_t index,
                              struct gradient_row *row);

// The spread that the journal says of a reduction of the past, by its row; NaN if it has none.
double simulation_past_spread(const struct simulation *sim, int64_t reduction);

// The row of the update that made the version; NULL if the past has none.
const struct update_row *simulation_past_update(const struct simulation *sim, int64_t version);

#endif
