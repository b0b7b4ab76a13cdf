// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/run_phases.h"

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/run/recorded_incidents.h"
#include "sim/run/run_inputs.h"
#include "sim/runlog/updates_began.h"

static void prepare_laws(const struct scenario *scenario, int64_t parameter_count,
                         struct span_laws *laws) {
    REQUIRE(parameter_count >= 0);
    span_laws_init(laws, &scenario->cluster, scenario_seed(scenario, SEEDS_TIMES),
                   scenario->ties == TIES_RANDOM, run_message_bytes(scenario, parameter_count));
    laws->local_steps = policy_local_steps(&scenario->training.policy);
    laws->batch_ns = scenario->cluster.compute_per_sample_ns * scenario->training.batch;
}

static struct span_source spans_of(const struct run_phases *phases, struct run_phase_laws *phase,
                                   const struct run_options *options) {
    if (options->spans != NULL) {
        return *options->spans;
    }
    const struct distribution *update = &phase->laws.options.server.update;
    struct span_source drawn = span_source_from_laws(&phase->laws);
    if (options->replay_of != NULL) {
        phase->recorded = (struct recorded_spans){
            .log = options->replay_of,
            .until_ns = SIM_TIME_NEVER,
            .later = drawn,
            .updates_unknown = distribution_is_measured(update) && update->times.measured == NULL};
    } else if (options->fork_of != NULL) {
        phase->recorded = (struct recorded_spans){.log = options->fork_of,
                                                  .until_ns = options->fork_at_ns,
                                                  .later = drawn,
                                                  .updates_began_ns = phases->updates_began_ns};
    } else {
        return drawn;
    }
    return span_source_from_record(&phase->recorded);
}

// Of all phases.
static int64_t count_events(const struct run_phases *phases, const struct scenario *scenario) {
    int64_t count = scenario->cluster.events.count;
    for (size_t i = 0; i < phases->count; i++) {
        count += phases->scenarios[i].scenario.cluster.events.count;
    }
    ENSURE(count >= 0);
    return count;
}

// Behind the end only a worker asks how things go that is told of a crash there.
static int64_t horizon_of(const struct run_phases *phases, const struct scenario *scenario) {
    bool notices = crash_notices_are_given(&scenario->cluster);
    for (size_t i = 0; i < phases->count; i++) {
        notices = notices || crash_notices_are_given(&phases->scenarios[i].scenario.cluster);
    }
    return scenario->end.kind == END_TIME && !notices ? scenario->end.time_ns : SIM_TIME_NEVER;
}

// Those that a log has recorded up to some moment, and from there on those of the scenario.
static struct incident_calendar *plan_incidents(const struct run_phases *phases,
                                                const struct scenario *scenario,
                                                const struct run_options *options) {
    const struct runlog *log = options->replay_of != NULL ? options->replay_of : options->fork_of;
    int64_t recorded_ns = options->replay_of != NULL ? SIM_TIME_NEVER
                          : log != NULL              ? options->fork_at_ns
                                                     : 0;
    struct incident_calendar *calendar =
        incident_calendar_create(scenario->cluster.workers, horizon_of(phases, scenario));
    int64_t from_ns = 0;
    if (log != NULL) {
        recorded_incidents_add(calendar, log, recorded_ns, count_events(phases, scenario));
    }
    for (size_t i = 0; i <= phases->count && recorded_ns != SIM_TIME_NEVER; i++) {
        bool last = i == phases->count;
        int64_t until_ns = last ? SIM_TIME_NEVER : phases->scenarios[i].until_ns;
        from_ns = from_ns > recorded_ns ? from_ns : recorded_ns;
        incident_calendar_plan(calendar, &phases->laws[i].laws.options,
                               scenario_seed(scenario, SEEDS_TIMES), from_ns,
                               until_ns > from_ns ? until_ns : from_ns);
        from_ns = until_ns;
    }
    if (incident_calendar_is_empty(calendar)) {
        incident_calendar_destroy(calendar);
        return NULL;
    }
    return calendar;
}

// The laws of all phases, with the rows of those that have measured times. A replay takes these
// from the log, and rows only where they can be had.
static enum status make_laws(struct run_phases *phases, const struct scenario *scenario,
                             int64_t parameter_count, const struct run_options *options,
                             struct error *error) {
    enum status status = STATUS_OK;
    for (size_t i = 0; i <= phases->count; i++) {
        struct span_laws *laws = &phases->laws[i].laws;
        prepare_laws(i < phases->count ? &phases->scenarios[i].scenario : scenario, parameter_count,
                     laws);
        if (options->replay_of != NULL) {
            run_times_open(&phases->times, &scenario->times_files, &laws->options, NULL);
        } else if (options->spans == NULL && status == STATUS_OK) {
            status = run_times_open(&phases->times, &scenario->times_files, &laws->options, error);
        }
    }
    return status;
}

enum status run_phases_create(const struct scenario *scenario, int64_t parameter_count,
                              const struct run_options *options, struct run_phases **phases,
                              struct error *error) {
    REQUIRE(parameter_count >= 0 && phases != NULL);
    REQUIRE(options->replay_of == NULL || options->fork_of == NULL);
    struct run_phases *made = memory_allocate(1, sizeof *made);
    size_t count = scenario_past_phases(scenario, &made->scenarios);
    made->count = count;
    made->before = memory_allocate(count, sizeof *made->before);
    made->laws = memory_allocate(count + 1, sizeof *made->laws);
    enum status status = make_laws(made, scenario, parameter_count, options, error);
    if (status != STATUS_OK) {
        run_phases_destroy(made);
        return status;
    }
    for (size_t i = 0; i <= count && options->replay_of == NULL; i++) {
        made->laws[i].notices =
            crash_notices_create(&made->laws[i].laws.options, scenario_seed(scenario, SEEDS_TIMES));
    }
    made->updates_began_ns = options->fork_of == NULL ? NULL : updates_began(options->fork_of);
    for (size_t i = 0; i < count; i++) {
        const struct scenario_phase *phase = &made->scenarios[i];
        made->before[i] =
            (struct simulation_phase){.until_ns = phase->until_ns,
                                      .scenario = &phase->scenario,
                                      .spans = spans_of(made, &made->laws[i], options),
                                      .notices = made->laws[i].notices};
    }
    made->last = spans_of(made, &made->laws[count], options);
    made->incidents = plan_incidents(made, scenario, options);
    *phases = made;
    return STATUS_OK;
}

void run_phases_destroy(struct run_phases *phases) {
    REQUIRE(phases != NULL);
    for (size_t i = 0; i <= phases->count; i++) {
        crash_notices_destroy(phases->laws[i].notices);
        span_laws_reset(&phases->laws[i].laws);
    }
    incident_calendar_destroy(phases->incidents);
    run_times_close(&phases->times);
    memory_free(phases->updates_began_ns);
    memory_free(phases->before);
    memory_free(phases->scenarios);
    memory_free(phases->laws);
    memory_free(phases);
}
