// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_missing.h"

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/simulation/local_models.h"
#include "sim/simulation/simulation_record.h"

// A worker's next silence, or the one of now.
struct silence {
    int64_t began_ns;
    int64_t missed_ns; // when the worker is counted out; SIM_TIME_NEVER: it is over before that
    int64_t ended_ns;
    int64_t call_ns; // when it is looked at: at missed_ns, and, without a server, at ended_ns
};

// The scenario that holds at a moment.
static const struct scenario *scenario_at(const struct simulation *sim, int64_t time_ns) {
    REQUIRE(time_ns >= 0);
    const struct simulation_options *options = sim->options;
    for (size_t i = 0; i < options->phase_count; i++) {
        if (time_ns < options->phases[i].until_ns) {
            return options->phases[i].scenario;
        }
    }
    return options->scenario;
}

static bool misses(const struct scenario *scenario) {
    const struct policy_options *policy = &scenario->training.policy;
    REQUIRE(policy->missing_ns >= 0 && policy->policy < POLICY_COUNT);
    return policy->missing_ns != MISSING_WAITS && policy_misses(policy->policy);
}

void simulation_missing_create(struct simulation *sim) {
    const struct simulation_options *options = sim->options;
    bool some = misses(options->scenario);
    for (size_t i = 0; i < options->phase_count; i++) {
        some = some || misses(options->phases[i].scenario);
    }
    REQUIRE(sim->silences == NULL);
    if (some && sim->incidents != NULL) {
        sim->silences =
            memory_allocate((size_t)options->scenario->cluster.workers, sizeof *sim->silences);
        sim->silences_ahead = memory_allocate((size_t)options->scenario->cluster.workers,
                                              sizeof *sim->silences_ahead);
    }
}

void simulation_missing_destroy(struct simulation *sim) {
    memory_free(sim->silences);
    memory_free(sim->silences_ahead);
    sim->silences = NULL;
    sim->silences_ahead = NULL;
}

// The first silence of the worker that ends behind from_ns.
static struct silence next_silence(struct simulation *sim, int32_t worker, int64_t from_ns) {
    struct silence silence = {SIM_TIME_NEVER, SIM_TIME_NEVER, SIM_TIME_NEVER, SIM_TIME_NEVER};
    if (from_ns == SIM_TIME_NEVER ||
        !incident_calendar_silence(sim->incidents, worker, from_ns, &silence.began_ns,
                                   &silence.ended_ns)) {
        return silence;
    }
    const struct scenario *scenario = scenario_at(sim, silence.began_ns);
    int64_t missed_ns = misses(scenario)
                            ? sim_time_add(silence.began_ns, scenario->training.policy.missing_ns)
                            : SIM_TIME_NEVER;
    bool is_missed = missed_ns < silence.ended_ns;
    silence.missed_ns = is_missed ? missed_ns : SIM_TIME_NEVER;
    silence.call_ns = is_missed ? missed_ns : silence.ended_ns;
    ENSURE(silence.call_ns >= silence.began_ns);
    return silence;
}

void simulation_call_roll(struct simulation *sim, int64_t span_ns) {
    REQUIRE(sim->silences != NULL);
    engine_schedule(&sim->engine, span_ns, UINT64_MAX, HAPPENS_ROLL_CALL, 0);
}

static void schedule_next(struct simulation *sim) {
    REQUIRE(sim->silences != NULL);
    int64_t now_ns = sim->engine.now_ns;
    int64_t next_ns = SIM_TIME_NEVER;
    for (int32_t i = 0; i < sim->options->scenario->cluster.workers; i++) {
        next_ns = sim->silences[i].call_ns < next_ns ? sim->silences[i].call_ns : next_ns;
    }
    sim->next_call_ns = next_ns;
    if (next_ns != SIM_TIME_NEVER) {
        simulation_call_roll(sim, next_ns > now_ns ? next_ns - now_ns : 0);
    }
}

void simulation_missing_start(struct simulation *sim) {
    REQUIRE(sim->happened_ns == sim->engine.now_ns);
    for (int32_t i = 0; sim->silences != NULL && i < sim->options->scenario->cluster.workers; i++) {
        struct silence silence = next_silence(sim, i, 0);
        while (silence.ended_ns <= sim->engine.now_ns) { // it was over before the start
            silence = next_silence(sim, i, silence.ended_ns);
        }
        sim->silences[i] = silence;
    }
    if (sim->silences != NULL) {
        schedule_next(sim);
    }
}

bool simulation_is_missed(const struct simulation *sim, int32_t worker) {
    REQUIRE(worker >= 0 && worker < sim->options->scenario->cluster.workers);
    int64_t now_ns = sim->engine.now_ns;
    return sim->server.attendance.workers[worker].out &&
           incident_calendar_back(sim->incidents, worker, now_ns) != now_ns;
}

static void count_out(struct simulation *sim, int32_t worker) {
    if (sim->local == NULL) {
        parameter_server_count_out(&sim->server, worker);
        return;
    }
    sim->local->changes++; // of the mean of the models
    if (averaging_count_out(&sim->local->averaging, worker)) {
        local_withdraw(sim, worker);
    }
}

void simulation_on_roll_call(struct simulation *sim) {
    REQUIRE(sim->silences != NULL);
    bool is_due = sim->next_call_ns <= sim->engine.now_ns; // else the server alone looks again
    for (int32_t i = 0; is_due && i < sim->options->scenario->cluster.workers; i++) {
        struct silence *silence = &sim->silences[i];
        if (silence->call_ns > sim->engine.now_ns) {
            continue;
        }
        bool counts_out = silence->call_ns == silence->missed_ns;
        if (counts_out) {
            count_out(sim, i);
        }
        if (counts_out && sim->local != NULL) {
            silence->call_ns = silence->ended_ns;
        } else {
            *silence = next_silence(sim, i, silence->ended_ns);
        }
        INVARIANT(silence->call_ns > sim->engine.now_ns); // or the roll would be called for ever
    }
    if (is_due) {
        schedule_next(sim);
    }
}

// ---- without a server ----

void simulation_hear(struct simulation *sim, int64_t time_ns) {
    REQUIRE(time_ns >= sim->engine.now_ns);
    bool is_heard = time_ns == sim->engine.now_ns; // before an earlier event of that instant
    if (sim->silences == NULL || sim->local == NULL || is_heard || time_ns < sim->next_call_ns) {
        return;
    }
    for (int32_t i = 0; i < local_worker_count(sim); i++) {
        if (sim->local->averaging.out[i] && sim->silences[i].ended_ns <= time_ns) {
            averaging_count_in(&sim->local->averaging, i);
            sim->local->changes++;
        }
    }
}

int64_t simulation_heeded_until(struct simulation *sim, int32_t worker, int64_t time_ns) {
    int64_t connected_ns = incident_calendar_connected(sim->incidents, worker, time_ns);
    if (sim->silences == NULL || connected_ns == time_ns) {
        return connected_ns;
    }
    struct silence *silence = &sim->silences_ahead[worker];
    if (silence->began_ns > time_ns || silence->began_ns < sim->silences[worker].began_ns) {
        *silence = sim->silences[worker];
    }
    while (silence->ended_ns <= time_ns) {
        *silence = next_silence(sim, worker, silence->ended_ns);
    }
    INVARIANT(silence->began_ns <= time_ns); // it is disconnected then
    int64_t out_ns = silence->missed_ns > time_ns ? silence->missed_ns : time_ns;
    return out_ns < connected_ns ? out_ns : connected_ns;
}

int64_t simulation_next_count(const struct simulation *sim) {
    int64_t next_ns = SIM_TIME_NEVER;
    for (int32_t i = 0; sim->silences != NULL && sim->local != NULL && i < local_worker_count(sim);
         i++) {
        const struct silence *silence = &sim->silences[i];
        bool is_silent = silence->began_ns <= sim->engine.now_ns;
        next_ns = is_silent && silence->call_ns < next_ns ? silence->call_ns : next_ns;
    }
    return next_ns;
}
