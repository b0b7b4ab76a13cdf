// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_state.h"

#include "sim/base/check.h"
#include "sim/base/memory.h"

static void present_phase(struct simulation *sim) {
    REQUIRE(sim->phase <= sim->options->phase_count);
    const struct simulation_options *options = sim->options;
    bool last = sim->phase == options->phase_count;
    sim->scenario = last ? options->scenario : options->phases[sim->phase].scenario;
    sim->spans = last ? options->spans : options->phases[sim->phase].spans;
}

void simulation_enter_phase(struct simulation *sim, int64_t time_ns) {
    REQUIRE(time_ns >= sim->engine.now_ns);
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
    REQUIRE(options->scenario != NULL && options->header != NULL);
    REQUIRE((options->checkpoint == NULL) == (options->recorded == NULL));
    const struct scenario *scenario = options->scenario;
    const struct runlog_header *header = options->header;
    size_t workers = (size_t)scenario->cluster.workers;
    struct simulation *sim = memory_allocate(1, sizeof *sim);
    sim->options = options;
    sim->computes = options->executor != NULL && options->checkpoint == NULL;
    sim->recorded = options->checkpoint == NULL ? NULL : options->recorded;
    sim->random_ties = scenario->ties == TIES_RANDOM;
    sim->incidents = options->incidents;
    sim->end = run_end_of(scenario, options->train_count);
    engine_init(&sim->engine, workers + 1);
    present_phase(sim);
    parameter_server_init(&sim->server, &sim->scenario->training.policy, scenario->cluster.workers);
    parameter_server_set_epoch(&sim->server, run_end_samples_of_a_gradient(sim->scenario),
                               options->train_count);
    sim->workers = memory_allocate_scattered(workers, sizeof *sim->workers);
    for (size_t i = 0; i < workers; i++) {
        worker_init(&sim->workers[i], scenario->cluster.start_up_ns);
    }
    in_flight_init(&sim->flights, 2 * workers);
    sim->lives = sim->incidents == NULL ? NULL : memory_allocate(workers, sizeof *sim->lives);
    for (size_t i = 0; sim->lives != NULL && i < workers; i++) {
        sim->lives[i] = (struct in_flight_chain){IN_FLIGHT_NONE, IN_FLIGHT_NONE};
    }
    row_output_init(&sim->output, options->sinks, options->sink_count);
    sim->output.is_rerun = sim->recorded != NULL;
    if (options->executor != NULL) {
        parameter_store_init(&sim->store, header->parameter_count, header->initial);
        sim->sum = memory_allocate_aligned(header->parameter_count, sizeof *sim->sum);
        optimizer_state_init(&sim->optimizer, header->parameter_count, scenario->cluster.workers);
        optimizer_state_fit(&sim->optimizer, &sim->scenario->training);
    }
    prober_init(&sim->prober, scenario->log.probes,
                options->executor == NULL ? 0 : header->parameter_count);
    if (header->sample_columns > 0) {
        sim->samples = memory_allocate((size_t)header->sample_columns, sizeof *sim->samples);
    }
    evaluator_init(&sim->evaluator, &scenario->evaluation, options->executor, &sim->store,
                   &sim->output);
    sim->evaluator.train_count = options->train_count;
    sim->evaluator.has_data = scenario_has_data(scenario);
    return sim;
}

void simulation_state_destroy(struct simulation *sim) {
    REQUIRE(sim->local == NULL);
    engine_reset(&sim->engine);
    parameter_server_reset(&sim->server);
    in_flight_reset(&sim->flights);
    memory_free(sim->lives);
    if (sim->options->executor != NULL) {
        parameter_store_reset(&sim->store);
    }
    row_output_reset(&sim->output);
    memory_free(sim->uplinks);
    memory_free(sim->workers);
    optimizer_state_reset(&sim->optimizer);
    memory_free(sim->sum);
    prober_reset(&sim->prober);
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
    int64_t late = 0;
    int64_t open = 0;
    if (sim->local != NULL) {
        return true; // no version is ever read late but by a whole period
    }
    for (size_t i = 0; i < sim->flights.capacity; i++) {
        const struct in_flight *flight = &sim->flights.slots[i];
        if (!flight->in_use) {
            continue;
        }
        INVARIANT(flight->row.version_read <= version);
        if (!flight->accounted) {
            late += version - flight->row.version_read;
            open++;
        }
        if (flight->reply_begun && !flight->reply_over) {
            late += version - flight->reply.version;
            open++;
        }
    }
    return open == sim->staleness.open && staleness_balance_holds(&sim->staleness, late);
}
