// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_state.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/simulation/local_models.h"

// Gradients that make up so many epochs of the training set, rounded up. 0.27 epochs of 60,000
// samples are 16,200, although 0.27 * 60000 is a little more in floating point: hence the
// tolerance, above the error of three roundings.
static int64_t gradients_of_epochs(double epochs, int64_t train_count, int64_t batch) {
    double gradients = ceil(epochs * (double)train_count / (double)batch * (1 - 1e-15));
    return gradients < 1 ? 1 : (int64_t)gradients;
}

static int64_t samples_of_a_gradient(const struct scenario *scenario) {
    return scenario->training.batch * policy_local_steps(&scenario->training.policy);
}

static void set_end(struct simulation *sim) {
    const struct scenario *scenario = sim->options->scenario;
    const struct end_options *end = &scenario->end;
    sim->end_ns = SIM_TIME_NEVER;
    sim->end_updates = INT64_MAX;
    sim->end_gradients = INT64_MAX;
    switch (end->kind) {
    case END_TIME:
        sim->end_ns = end->time_ns;
        return;
    case END_UPDATES:
        sim->end_updates = end->count;
        return;
    case END_GRADIENTS:
        sim->end_gradients = end->count;
        return;
    case END_EPOCHS:
        sim->end_gradients = gradients_of_epochs(end->epochs, sim->options->train_count,
                                                 samples_of_a_gradient(scenario));
        return;
    case END_KIND_COUNT:
        break;
    }
    check_failed("invariant", "a kind of end", __FILE__, __LINE__);
}

static void present_phase(struct simulation *sim) {
    const struct simulation_options *options = sim->options;
    bool last = sim->phase == options->phase_count;
    sim->scenario = last ? options->scenario : options->phases[sim->phase].scenario;
    sim->spans = last ? options->spans : options->phases[sim->phase].spans;
}

void simulation_enter_phase(struct simulation *sim, int64_t time_ns) {
    const struct simulation_options *options = sim->options;
    size_t before = sim->phase;
    while (sim->phase < options->phase_count && time_ns >= options->phases[sim->phase].until_ns) {
        sim->phase++;
    }
    if (sim->phase != before) {
        present_phase(sim);
        parameter_server_change_policy(&sim->server, &sim->scenario->training.policy);
        if (options->executor != NULL) {
            optimizer_state_fit(&sim->optimizer, &sim->scenario->training);
        }
    }
}

struct simulation *simulation_state_create(const struct simulation_options *options) {
    const struct scenario *scenario = options->scenario;
    const struct runlog_header *header = options->header;
    size_t workers = (size_t)scenario->cluster.workers;
    struct simulation *sim = memory_allocate(1, sizeof *sim);
    sim->options = options;
    sim->computes = options->executor != NULL && options->checkpoint == NULL;
    sim->past = options->checkpoint == NULL ? NULL : options->past;
    sim->random_ties = scenario->ties == TIES_RANDOM;
    set_end(sim);
    engine_init(&sim->engine, workers + 1);
    present_phase(sim);
    parameter_server_init(&sim->server, &sim->scenario->training.policy, scenario->cluster.workers);
    parameter_server_set_epoch(&sim->server, samples_of_a_gradient(sim->scenario),
                               options->train_count);
    sim->workers = memory_allocate(workers, sizeof *sim->workers);
    for (size_t i = 0; i < workers; i++) {
        worker_init(&sim->workers[i], scenario->cluster.start_up_ns);
    }
    in_flight_init(&sim->flights, 2 * workers);
    row_output_init(&sim->output, options->sinks, options->sink_count);
    sim->output.past = sim->past != NULL;
    if (options->executor != NULL) {
        parameter_store_init(&sim->store, header->parameter_count, header->initial);
        sim->sum = memory_allocate_aligned(header->parameter_count, sizeof *sim->sum);
        optimizer_state_init(&sim->optimizer, header->parameter_count, scenario->cluster.workers);
        optimizer_state_fit(&sim->optimizer, &sim->scenario->training);
    }
    if (header->sample_columns > 0) {
        sim->samples = memory_allocate((size_t)header->sample_columns, sizeof *sim->samples);
    }
    evaluator_init(&sim->evaluator, &scenario->evaluation, options->executor, &sim->store,
                   &sim->output);
    sim->local = local_run_create(sim);
    if (sim->local != NULL) {
        sim->evaluator.subject =
            (struct evaluation_subject){sim, local_subject_identity, local_subject};
    }
    return sim;
}

void simulation_state_destroy(struct simulation *sim) {
    engine_reset(&sim->engine);
    parameter_server_reset(&sim->server);
    local_run_destroy(sim);
    in_flight_reset(&sim->flights);
    if (sim->options->executor != NULL) {
        parameter_store_reset(&sim->store);
    }
    row_output_reset(&sim->output);
    memory_free(sim->workers);
    optimizer_state_reset(&sim->optimizer);
    memory_free(sim->sum);
    memory_free(sim->samples);
    memory_free(sim);
}

uint64_t simulation_parameter_hash(const struct simulation *sim) {
    if (sim->store.current == NULL) {
        return 0;
    }
    return fingerprint_bytes(sim->store.current->values, sim->store.count * sizeof(float));
}

bool simulation_staleness_adds_up(const struct simulation *sim) {
    int64_t version = sim->server.version;
    int64_t open = 0;
    if (sim->local != NULL) {
        return true; // no version is ever read late but by a whole round
    }
    for (size_t i = 0; i < sim->flights.capacity; i++) {
        const struct in_flight *flight = &sim->flights.slots[i];
        if (!flight->in_use) {
            continue;
        }
        if (!flight->accounted) {
            open += version - flight->row.version_read;
        }
        if (flight->reply_begun && !flight->reply_over) {
            open += version - flight->reply.version;
        }
    }
    return sim->staleness_closed + open == sim->staleness_expected;
}
