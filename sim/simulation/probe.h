// SPDX-License-Identifier: GPL-3.0-or-later
// Probes (log.probes): applied gradients held against those that the newest parameters, which they
// are applied to, would have given on the same minibatches; and what their update does to the loss.
// Computed by the executor beside the run, of which they change nothing.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct simulation;
struct in_flight;

// Whether the gradient at this place of the flush is to be probed.
bool probe_is_due(const struct simulation *sim, int64_t place);

// Takes a copy of the gradient, before its job is released.
void probe_take(struct simulation *sim, const float *gradient);

// Opens the probe of the gradient that was taken: of this flight, whose job has been released, and
// which is applied to w. newest: it was computed at w itself. Requires: its loss is known.
void probe_open(struct simulation *sim, const struct in_flight *flight, const float *w,
                bool newest);

// The update has led to these parameters: sends the rows of all open probes.
void probe_close(struct simulation *sim, const float *parameters);

// In a rerun: the probes that were recorded of the version under way.
void probe_repeat(struct simulation *sim);
