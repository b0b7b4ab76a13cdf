// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/probe.h"

#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/simulation/simulation_state.h"
#include "sim/training/optimizer.h"

// A sum of several local steps is no gradient at one version.
bool probe_is_due(const struct simulation *sim, int64_t place) {
    int64_t every = sim->prober.every;
    REQUIRE(place >= 0);
    return every > 0 && policy_local_steps(&sim->scenario->training.policy) == 1 &&
           (sim->gradients_applied + place + 1) % every == 0;
}

void probe_take(struct simulation *sim, const float *gradient) {
    REQUIRE(sim->computes && sim->prober.applied != NULL);
    memcpy(sim->prober.applied, gradient, sim->store.count * sizeof *gradient);
}

// In double, in the order of the parameters.
static double product(const float *a, const float *b, size_t count) {
    double sum = 0;
    REQUIRE(a != NULL && b != NULL);
    for (size_t i = 0; i < count; i++) {
        sum += (double)a[i] * (double)b[i];
    }
    return sum;
}

static void compare(struct probe_row *row, const float *applied, const float *newest,
                    size_t count) {
    REQUIRE(row->gradient >= 0);
    row->norm = sqrt(product(applied, applied, count));
    row->newest_norm = sqrt(product(newest, newest, count));
    row->difference = applied == newest ? 0 : optimizer_distance(applied, newest, count);
    double lengths = row->norm * row->newest_norm;
    double cosine = lengths > 0 ? product(applied, newest, count) / lengths : (double)NAN;
    row->cosine = cosine > 1 ? 1 : cosine < -1 ? -1 : cosine; // where it was rounded beyond
}

// No local steps: no rate of theirs.
static struct gradient_job *submit(struct simulation *sim, const struct probe *probe,
                                   const float *parameters) {
    REQUIRE(sim->computes && parameters != NULL);
    return executor_submit_gradient(sim->options->executor, parameters, probe->worker,
                                    probe->number, 0);
}

void probe_open(struct simulation *sim, const struct in_flight *flight, const float *w,
                bool newest) {
    REQUIRE(flight->job == NULL && flight->row.outcome == OUTCOME_APPLIED);
    struct prober *prober = &sim->prober;
    struct probe probe = {.row = {.gradient = flight->index,
                                  .version = flight->row.version_applied + 1,
                                  .loss_before = flight->row.loss},
                          .worker = flight->row.worker,
                          .number = flight->row.number};
    if (newest) {
        compare(&probe.row, prober->applied, prober->applied, sim->store.count);
    } else {
        struct gradient_job *job = submit(sim, &probe, w);
        const float *values =
            executor_wait_gradient(sim->options->executor, job, &probe.row.loss_before);
        compare(&probe.row, prober->applied, values, sim->store.count);
        executor_release_gradient(sim->options->executor, job);
    }
    prober->open = memory_grow(prober->open, &prober->open_capacity, prober->open_count + 1,
                               sizeof *prober->open);
    prober->open[prober->open_count++] = probe;
}

void probe_close(struct simulation *sim, const float *parameters) {
    struct prober *prober = &sim->prober;
    REQUIRE(prober->open_count == 0 || prober->every > 0);
    for (size_t i = 0; i < prober->open_count; i++) {
        struct probe *probe = &prober->open[i];
        struct gradient_job *job = submit(sim, probe, parameters);
        executor_wait_gradient(sim->options->executor, job, &probe->row.loss_after);
        executor_release_gradient(sim->options->executor, job);
        row_output_probe(&sim->output, &probe->row);
    }
    prober->open_count = 0;
}

void probe_repeat(struct simulation *sim) {
    const struct runlog *recorded = sim->recorded;
    REQUIRE(recorded != NULL && !sim->computes);
    size_t *at = &sim->prober.repeated;
    while (*at < recorded->probe_count &&
           recorded->probes[*at].version <= sim->server.version + 1) {
        row_output_probe(&sim->output, &recorded->probes[(*at)++]);
    }
}
