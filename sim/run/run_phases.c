// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/run_phases.h"

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/run/recorded_incidents.h"
#include "sim/run/run_inputs.h"
#include "sim/runlog/updates_began.h"

static struct span_source spans_of(const struct run_phases *phases, struct run_phase_laws *phase,
                                   const struct scenario *scenario, int64_t parameter_count,
                                   const struct run_options *options) {
    REQUIRE(parameter_count >= 0);
    if (options->spans != NULL) {
        return *options->spans;
    }
    span_laws_init(&phase->laws, &scenario->cluster, scenario->seed, scenario->ties == TIES_RANDOM,
                   run_message_bytes(scenario, parameter_count));
    phase->laws.local_steps = policy_local_steps(&scenario->training.policy);
    phase->laws.batch_ns = scenario->cluster.compute_per_sample_ns * scenario->training.batch;
    struct span_source drawn = span_source_from_laws(&phase->laws);
    if (options->replay_of != NULL) {
        phase->recorded = (struct recorded_spans){
            .log = options->replay_of, .until_ns = SIM_TIME_NEVER, .later = drawn};
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

// Those that a log has recorded up to some moment, and from there on those of the scenario.
static struct incident_calendar *plan_incidents(const struct run_phases *phases,
                                                const struct scenario *scenario,
                                                const struct run_options *options) {
    const struct runlog *log = options->replay_of != NULL ? options->replay_of : options->fork_of;
    int64_t recorded_ns = options->replay_of != NULL ? SIM_TIME_NEVER
                          : log != NULL              ? options->fork_at_ns
                                                     : 0;
    int64_t horizon_ns = scenario->end.kind == END_TIME ? scenario->end.time_ns : SIM_TIME_NEVER;
    struct incident_calendar *calendar =
        incident_calendar_create(scenario->cluster.workers, horizon_ns);
    int64_t from_ns = 0;
    if (log != NULL) {
        recorded_incidents_add(calendar, log, recorded_ns, count_events(phases, scenario));
    }
    for (size_t i = 0; i <= phases->count && recorded_ns != SIM_TIME_NEVER; i++) {
        bool last = i == phases->count;
        const struct scenario *of_phase = last ? scenario : &phases->scenarios[i].scenario;
        int64_t until_ns = last ? SIM_TIME_NEVER : phases->scenarios[i].until_ns;
        from_ns = from_ns > recorded_ns ? from_ns : recorded_ns;
        incident_calendar_plan(calendar, &of_phase->cluster, scenario->seed, from_ns,
                               until_ns > from_ns ? until_ns : from_ns);
        from_ns = until_ns;
    }
    if (incident_calendar_is_empty(calendar)) {
        incident_calendar_destroy(calendar);
        return NULL;
    }
    return calendar;
}

struct run_phases *run_phases_create(const struct scenario *scenario, int64_t parameter_count,
                                     const struct run_options *options) {
    REQUIRE(parameter_count >= 0);
    REQUIRE(options->replay_of == NULL || options->fork_of == NULL);
    struct run_phases *phases = memory_allocate(1, sizeof *phases);
    size_t count = scenario_past_phases(scenario, &phases->scenarios);
    phases->count = count;
    phases->before = memory_allocate(count, sizeof *phases->before);
    phases->laws = memory_allocate(count + 1, sizeof *phases->laws);
    phases->updates_began_ns = options->fork_of == NULL ? NULL : updates_began(options->fork_of);
    for (size_t i = 0; i < count; i++) {
        const struct scenario_phase *phase = &phases->scenarios[i];
        phases->before[i] =
            (struct simulation_phase){.until_ns = phase->until_ns,
                                      .scenario = &phase->scenario,
                                      .spans = spans_of(phases, &phases->laws[i], &phase->scenario,
                                                        parameter_count, options)};
    }
    phases->last = spans_of(phases, &phases->laws[count], scenario, parameter_count, options);
    phases->incidents = plan_incidents(phases, scenario, options);
    return phases;
}

void run_phases_destroy(struct run_phases *phases) {
    REQUIRE(phases != NULL);
    for (size_t i = 0; i <= phases->count; i++) {
        span_laws_reset(&phases->laws[i].laws);
    }
    incident_calendar_destroy(phases->incidents);
    memory_free(phases->updates_began_ns);
    memory_free(phases->before);
    memory_free(phases->scenarios);
    memory_free(phases->laws);
    memory_free(phases);
}
