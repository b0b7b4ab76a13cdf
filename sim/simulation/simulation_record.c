// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_record.h"

#include "models/data/minibatch.h"
#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/simulation/update_step.h"

uint64_t simulation_schedule(struct simulation *sim, int64_t span_ns, enum happening kind,
                             uint32_t reference, uint64_t gradient_tie) {
    REQUIRE(span_ns >= 0 && kind <= HAPPENS_REPLY_AT_UPLINK);
    uint64_t tie = 0;
    if (sim->random_ties) {
        tie = fingerprint_bytes_seeded(&gradient_tie, sizeof gradient_tie, (uint64_t)kind);
    }
    // The longest span stands for all longer ones, too: when it would end is not known.
    int64_t known_ns = span_ns < SIM_SPAN_MAX_NS ? span_ns : SIM_TIME_NEVER;
    return engine_schedule(&sim->engine, known_ns, tie, kind, reference);
}

void simulation_log_event(struct simulation *sim, enum event_kind kind,
                          const struct gradient_row *gradient, int64_t version) {
    REQUIRE(version >= 0 && version <= sim->server.version);
    struct event_row row = {.time_ns = sim->engine.now_ns,
                            .gradient = gradient == NULL ? -1 : gradient->number,
                            .version = version,
                            .actor = gradient == NULL ? -1 : gradient->worker,
                            .kind = kind};
    sim->event_rows++;
    row_output_event(&sim->output, &row);
}

void simulation_count_update(struct simulation *sim) {
    struct evaluation_progress done = sim->evaluator.done;
    REQUIRE(sim->server.version > done.updates);
    done.updates = sim->server.version;
    done.samples +=
        (sim->gradients_applied - done.gradients) * run_end_samples_of_a_gradient(sim->scenario);
    done.gradients = sim->gradients_applied;
    evaluator_count(&sim->evaluator, sim->engine.now_ns, &done, sim->computes);
}

void simulation_log_worker(struct simulation *sim, enum event_kind kind, int32_t worker) {
    REQUIRE(worker >= 0 && worker < sim->options->scenario->cluster.workers);
    const struct gradient_row none = {.number = -1, .worker = worker};
    simulation_log_event(sim, kind, &none, sim->server.version);
}

void simulation_log_gradient(struct simulation *sim, struct in_flight *flight) {
    REQUIRE(!flight->accounted);
    const int32_t *samples = NULL;
    INVARIANT(flight->index >= 0 && flight->index < sim->dispatched);
    if (sim->samples != NULL && sim->recorded == NULL) {
        const struct scenario *scenario = sim->options->scenario;
        minibatch_indices(sim->options->shards, scenario_seed(scenario, SEEDS_MINIBATCHES),
                          flight->row.worker, flight->row.number, (size_t)scenario->training.batch,
                          sim->samples);
        samples = sim->samples;
    }
    row_output_gradient(&sim->output, flight->index, &flight->row, samples);
    flight->accounted = true;
}

void simulation_close_gradient(struct simulation *sim, struct in_flight *flight,
                               enum gradient_outcome outcome) {
    REQUIRE(outcome == OUTCOME_CANCELLED || outcome == OUTCOME_DROPPED || outcome == OUTCOME_LOST);
    flight->row.outcome = outcome;
    staleness_balance_close(&sim->staleness, sim->server.version - flight->row.version_read);
    simulation_log_gradient(sim, flight);
    update_step_release(sim, flight);
    ENSURE(flight->accounted && sim->staleness.open >= 0);
}

void simulation_let_go_if_over(struct simulation *sim, uint32_t reference) {
    const struct in_flight *flight = in_flight_at(&sim->flights, reference);
    if (flight->accounted && flight->reply_over) {
        if (flight->chained) {
            in_flight_leave(&sim->flights, &sim->lives[flight->row.worker], reference);
        }
        in_flight_give_back(&sim->flights, reference);
    }
}
