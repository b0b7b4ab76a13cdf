// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/redrawn_spans.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/cluster/all_reduce.h"
#include "sim/cluster/group_incidents.h"
#include "sim/run/run_phases.h"
#include "sim/runlog/updates_began.h"
#include "sim/scenario/scenario_applies.h"

enum { ROUNDING_SHIFT = 46 };

struct redraw {
    struct run_phases *phases;
    const struct scenario *scenario; // of the last phase
    struct span_tally *tally;
    char who[128]; // the row that is compared, for the sentence
};

// One span: what the row has, what the laws give, and how many random draws are in it.
struct span_pair {
    const char *name;
    int64_t recorded_ns;
    int64_t drawn_ns;
    int64_t draws;
};

static void note_other(struct redraw *redraw, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void note_other(struct redraw *redraw, const char *format, ...) {
    struct span_tally *tally = redraw->tally;
    if (tally->other++ > 0) {
        return;
    }
    char what[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    snprintf(tally->first, sizeof tally->first, "%s: %s", redraw->who, what);
}

static int64_t distance(int64_t a, int64_t b) {
    return a > b ? a - b : b - a; // both are spans: not negative
}

static void compare_span(struct redraw *redraw, const struct span_pair *pair) {
    char recorded[SIM_TIME_TEXT_SIZE];
    char drawn[SIM_TIME_TEXT_SIZE];
    int64_t off_ns = distance(pair->recorded_ns, pair->drawn_ns);
    redraw->tally->compared++;
    if (off_ns == 0) {
        return;
    }
    if (off_ns <= pair->draws * (1 + (pair->drawn_ns >> ROUNDING_SHIFT))) {
        redraw->tally->rounded++;
        return;
    }
    note_other(redraw, "%s is recorded as %s, the scenario's law and seed give %s", pair->name,
               sim_time_format(pair->recorded_ns, recorded),
               sim_time_format(pair->drawn_ns, drawn));
}

static void compare_exactly(struct redraw *redraw, const char *name, uint64_t recorded,
                            uint64_t drawn) {
    redraw->tally->compared++;
    if (recorded != drawn) {
        note_other(redraw, "%s is recorded as %" PRIu64 ", the scenario gives %" PRIu64, name,
                   recorded, drawn);
    }
}

static void compare_tie(struct redraw *redraw, uint64_t recorded, uint64_t drawn) {
    REQUIRE(redraw->scenario->ties < TIES_COUNT);
    if (redraw->scenario->ties == TIES_RANDOM || recorded != drawn) {
        compare_exactly(redraw, "the key of its tie", recorded, drawn);
    }
}

// They are drawn only where messages get lost.
static void compare_losses(struct redraw *redraw, const char *name, int64_t recorded,
                           int64_t drawn) {
    REQUIRE(drawn >= 0);
    if (recorded != 0 || drawn != 0) {
        compare_exactly(redraw, name, (uint64_t)recorded, (uint64_t)drawn);
    }
}

// The laws of the phase in which something began.
static size_t phase_at(const struct run_phases *phases, int64_t began_ns) {
    REQUIRE(phases->count == 0 || phases->before != NULL);
    size_t phase = 0;
    while (phase < phases->count && began_ns >= phases->before[phase].until_ns) {
        phase++;
    }
    return phase;
}

static const struct span_laws *laws_at(const struct redraw *redraw, int64_t began_ns) {
    return &redraw->phases->laws[phase_at(redraw->phases, began_ns)].laws;
}

// How often a span may have been rounded that is the sum of so many draws.
static int64_t draws_of(const struct distribution *law, int64_t times) {
    int64_t span_ns = 0;
    return distribution_is_constant(law, &span_ns) ? 0 : times;
}

// ---- gradients ----

static void compare_ways(struct redraw *redraw, const struct span_laws *laws,
                         const struct gradient_row *row, const struct gradient_spans *drawn) {
    const struct cluster_options *o = &laws->options;
    const struct worker_laws *own = span_laws_of_worker(laws, row->worker);
    int64_t draws = draws_of(own->latency, 1) +
                    (own->uplink_latency == NULL ? 0 : draws_of(own->uplink_latency, 1));
    const struct span_pair pairs[] = {
        {"push", row->push_ns, drawn->push_ns, draws},
        {"receive", row->receive_ns, drawn->receive_ns, draws_of(&o->server.receive, 1)},
        {"reply", row->reply_ns, drawn->reply_ns, draws_of(&o->server.reply, 1)},
        {"way back", row->reply_travel_ns, drawn->reply_travel_ns, draws},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        compare_span(redraw, &pairs[i]);
    }
    compare_losses(redraw, "lost attempts of the push", row->push_attempts - 1, drawn->push_losses);
    compare_losses(redraw, "lost attempts of the reply", row->reply_attempts - 1,
                   drawn->reply_losses);
}

static void compare_gradient(struct redraw *redraw, const struct gradient_row *row) {
    const struct span_laws *laws = laws_at(redraw, row->dispatched_ns);
    int64_t steps = laws->local_steps > 1 ? laws->local_steps : 1;
    struct gradient_spans drawn;
    snprintf(redraw->who, sizeof redraw->who, "gradient %" PRId64 " of worker %" PRId32,
             row->number, row->worker);
    if (row->number > UINT32_MAX / steps) {
        note_other(redraw, "no worker has so many gradients");
        return;
    }
    span_laws_gradient(laws, row->worker, row->number, &drawn);
    const struct worker_laws *own = span_laws_of_worker(laws, row->worker);
    // What a draw is off by, it is as many times as the worker is slower.
    int64_t off_by = 1 + (int64_t)own->slowdown;
    const struct span_pair pairs[] = {
        {"compute", row->compute_ns, drawn.compute_ns,
         draws_of(own->compute, own->slowdown == 1 ? steps : steps * off_by)},
        {"delay", row->delay_ns, drawn.delay_ns, draws_of(own->delay, steps)},
    };
    compare_span(redraw, &pairs[0]);
    compare_span(redraw, &pairs[1]);
    if (applies_server(redraw->scenario)) {
        compare_ways(redraw, laws, row, &drawn);
    }
    compare_tie(redraw, row->tie, drawn.tie);
}

// ---- updates and reductions ----

// Where the models are averaged by all-reduces, an update is the end of one: /reductions has it.
static void compare_update(struct redraw *redraw, const struct update_row *row, int64_t began_ns) {
    if (!applies_server(redraw->scenario)) {
        return;
    }
    const struct span_laws *laws = laws_at(redraw, began_ns);
    snprintf(redraw->who, sizeof redraw->who, "the update that makes version %" PRId64,
             row->version);
    const struct span_pair pair = {"its span", row->update_ns, span_laws_update(laws, row->version),
                                   draws_of(&laws->options.server.update, 1)};
    compare_span(redraw, &pair);
}

// Steps that follow each other, each of which waits for the latency of the slowest link.
// What a draw is off by, it is as many times as the latency of a link is longer.
static int64_t reduction_draws(const struct span_laws *laws, const struct reduction_group *group) {
    const struct network_options *network = &laws->options.network;
    int64_t hops = all_reduce_steps(network->all_reduce, group->members);
    int64_t draws = draws_of(&network->inter_latency, hops);
    for (int32_t i = 0; i < group->members; i++) {
        int64_t times = hops * (group->links == NULL ? 1 : 1 + (int64_t)group->links[i].latency);
        const struct worker_laws *member = span_laws_of_worker(laws, group->first + i);
        int64_t own = draws_of(member->latency, times);
        if (member->uplink_latency != NULL) {
            own += draws_of(member->uplink_latency, hops);
        }
        draws = own > draws ? own : draws;
    }
    return draws;
}

static void compare_reduction(struct redraw *redraw, const struct reduction_row *row) {
    const struct span_laws *laws = laws_at(redraw, row->began_ns);
    snprintf(redraw->who, sizeof redraw->who,
             "reduction %" PRId64 " of %" PRId64 " workers from %" PRId32 " on", row->number,
             row->members, row->worker);
    if (applies_server(redraw->scenario)) {
        note_other(redraw, "the scenario has no all-reduce");
        return;
    }
    if (row->number > UINT32_MAX || row->members > laws->options.workers - row->worker) {
        note_other(redraw, "the scenario has no such group");
        return;
    }
    struct link_factors *links = redraw->phases->incidents == NULL
                                     ? NULL
                                     : group_incidents_links(redraw->phases->incidents, row->worker,
                                                             (int32_t)row->members, row->began_ns);
    struct reduction_group group = {row->worker, (int32_t)row->members, row->scope == SCOPE_ALL,
                                    links};
    struct reduction_spans drawn;
    span_laws_reduction(laws, group, row->number, &drawn);
    const struct span_pair pair = {"its span", row->span_ns, drawn.span_ns,
                                   reduction_draws(laws, &group)};
    memory_free(links);
    compare_span(redraw, &pair);
    compare_exactly(redraw, "bytes within clusters", (uint64_t)row->bytes_intra,
                    (uint64_t)drawn.bytes_intra);
    compare_exactly(redraw, "bytes between clusters", (uint64_t)row->bytes_inter,
                    (uint64_t)drawn.bytes_inter);
    compare_losses(redraw, "messages sent again", row->retries, drawn.losses);
    compare_tie(redraw, row->tie, drawn.tie);
}

// ---- incidents ----

// The plan that the event of this number is; NULL: the scenario has none.
static const struct incident_plan *plan_of(const struct redraw *redraw, int64_t event) {
    int64_t first = 0;
    for (size_t i = 0; i <= redraw->phases->count; i++) {
        bool last = i == redraw->phases->count;
        const struct incident_plan_list *plans =
            last ? &redraw->scenario->cluster.events
                 : &redraw->phases->scenarios[i].scenario.cluster.events;
        if (event - first < plans->count) {
            return &plans->entries[event - first];
        }
        first += plans->count;
    }
    return NULL;
}

static bool is_drawn(const struct own_law *law) {
    return law->own && draws_of(&law->law, 1) > 0;
}

// When one begins is the sum of all that was drawn of its event before.
static void compare_incident(struct redraw *redraw, const struct incident_row *row,
                             const struct incident *drawn, size_t before) {
    const struct incident_plan *plan = plan_of(redraw, drawn->event);
    INVARIANT(plan != NULL);
    int64_t draws =
        is_drawn(&plan->every) || is_drawn(&plan->duration) ? 2 * (int64_t)before + 2 : 0;
    int64_t ended_ns = drawn->ended_ns == SIM_TIME_NEVER ? -1 : drawn->ended_ns;
    const struct span_pair began = {"its beginning", row->began_ns, drawn->began_ns, draws};
    const struct span_pair ended = {"its end", row->ended_ns, ended_ns, draws};
    compare_span(redraw, &began);
    if ((row->ended_ns < 0) != (ended_ns < 0)) {
        note_other(redraw, "the scenario's events end another way: one of them lasts to the end");
    } else if (ended_ns >= 0) {
        compare_span(redraw, &ended);
    }
    if (row->worker != drawn->worker || row->event != drawn->event || row->kind != drawn->kind ||
        row->factor != drawn->factor || row->bandwidth_factor != drawn->link.bandwidth ||
        row->latency_factor != drawn->link.latency || row->loss_factor != drawn->link.loss) {
        note_other(redraw, "the scenario's events give another");
    }
}

static void compare_incidents(struct redraw *redraw, const struct runlog *log) {
    struct incident_calendar *calendar = redraw->phases->incidents;
    struct incident drawn;
    size_t count = 0;
    int64_t end_ns = log->ending.end_ns; // which may be anybody's
    end_ns = end_ns < SIM_TIME_NEVER ? end_ns : SIM_TIME_NEVER - 1;
    while (calendar != NULL && count <= log->incident_count &&
           incident_calendar_next(calendar, end_ns, &drawn)) {
        if (count++ == log->incident_count) {
            break;
        }
        snprintf(redraw->who, sizeof redraw->who, "incident %zu", count - 1);
        compare_incident(redraw, &log->incidents[count - 1], &drawn, count - 1);
    }
    if (count != log->incident_count) {
        snprintf(redraw->who, sizeof redraw->who, "/incidents");
        note_other(redraw, "the scenario's events give not as many");
    }
}

enum status redrawn_spans_compare(const struct runlog *log, const struct scenario *scenario,
                                  struct span_tally *tally, struct error *error) {
    static const struct run_options drawn_from_laws = {0};
    REQUIRE(scenario->cluster.workers == log->header.workers);
    *tally = (struct span_tally){0};
    struct redraw redraw = {.scenario = scenario, .tally = tally};
    enum status status = run_phases_create(scenario, (int64_t)log->header.parameter_count,
                                           &drawn_from_laws, &redraw.phases, error);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < log->gradient_count; i++) {
        compare_gradient(&redraw, &log->gradients[i]);
    }
    int64_t *began_ns = updates_began(log);
    for (size_t i = 0; i < log->update_count; i++) {
        compare_update(&redraw, &log->updates[i], began_ns[i]);
    }
    memory_free(began_ns);
    for (size_t i = 0; i < log->reduction_count; i++) {
        compare_reduction(&redraw, &log->reductions[i]);
    }
    compare_incidents(&redraw, log);
    run_phases_destroy(redraw.phases);
    return STATUS_OK;
}
