// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_events_words.h"

#include <inttypes.h>
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/cluster/incident_plan.h"
#include "sim/scenario/scenario_applies.h"
#include "sim/scenario/text_buffer.h"

enum { RANGES_NAMED_MAX = 6 };

static const double SPARED_LEAST = 1e-6; // what is less probable need not be said

// "worker 3", "workers 0 to 9, 12, 15 to 17 and 20 more"
static void add_members(const struct worker_set *members, struct text_buffer *text) {
    REQUIRE(members->count >= 1);
    int32_t ranges = 0;
    int32_t i = 0;
    text_buffer_add(text, "worker%s ", members->count == 1 ? "" : "s");
    while (i < members->count && ranges < RANGES_NAMED_MAX) {
        int32_t last = i;
        while (last + 1 < members->count &&
               members->members[last + 1] == members->members[last] + 1) {
            last++;
        }
        text_buffer_add(text, "%s%" PRId32, ranges == 0 ? "" : ", ", members->members[i]);
        if (last > i) {
            text_buffer_add(text, "%s%" PRId32, last == i + 1 ? ", " : " to ",
                            members->members[last]);
        }
        i = last + 1;
        ranges++;
    }
    if (i < members->count) {
        text_buffer_add(text, " and %" PRId32 " more", members->count - i);
    }
}

// "have 0.5 times the bandwidth and 5 times the latency"
static void add_link(const struct incident_plan *plan, bool is_one, struct text_buffer *text) {
    const struct {
        const struct own_number *factor;
        const char *name;
    } parts[] = {
        {&plan->bandwidth, "bandwidth"}, {&plan->latency, "latency"}, {&plan->loss, "loss"}};
    const char *before = is_one ? " has" : " have";
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].factor->own) {
            text_buffer_add(text, "%s %.15g times the %s", before, parts[i].factor->number,
                            parts[i].name);
            before = ",";
        }
    }
}

static void add_what(const struct incident_plan *plan, bool is_one, struct text_buffer *text) {
    REQUIRE(plan->kind < INCIDENT_KIND_COUNT);
    const char *verb = is_one ? "is" : "are";
    const char *takes = is_one ? "takes" : "take";
    switch (plan->kind) {
    case INCIDENT_SLOWDOWN:
        text_buffer_add(text, " %s %.15g times as long", takes, plan->slowdown);
        return;
    case INCIDENT_PAUSE:
        text_buffer_add(text, " %s paused", verb);
        return;
    case INCIDENT_DISCONNECT:
        text_buffer_add(text, " %s disconnected", verb);
        return;
    case INCIDENT_CRASH:
        text_buffer_add(text, " %s down", verb);
        return;
    case INCIDENT_LINK:
        add_link(plan, is_one, text);
        return;
    case INCIDENT_SERVER_PAUSE:
    case INCIDENT_KIND_COUNT:
        break;
    }
    text_buffer_add(text, "the server is paused");
}

// A time, or what it is on the average.
static void add_span(const struct distribution *law, struct text_buffer *text) {
    char span[SIM_TIME_TEXT_SIZE];
    int64_t span_ns = 0;
    double mean_ns = distribution_mean(law);
    if (distribution_is_constant(law, &span_ns)) {
        text_buffer_add(text, "%s", sim_time_format_sentence(span_ns, span));
    } else if (isfinite(mean_ns) && mean_ns < (double)SIM_SPAN_MAX_NS) {
        text_buffer_add(text, "%s on average",
                        sim_time_format_sentence((int64_t)nearbyint(mean_ns), span));
    } else {
        text_buffer_add(text, "a time without a mean");
    }
}

static void add_again(const struct incident_plan *plan, struct text_buffer *text) {
    REQUIRE(plan->every.own && plan->duration.own);
    int64_t every_ns = 0;
    bool is_periodic = distribution_is_constant(&plan->every.law, &every_ns);
    double share = incident_plan_share(plan);
    text_buffer_add(text, " for ");
    add_span(&plan->duration.law, text);
    text_buffer_add(text, ", again %s", is_periodic ? "every " : "after ");
    add_span(&plan->every.law, text);
    if (!isnan(share)) {
        text_buffer_add(text, ": %.3g %% of the time in the long run", 100 * share);
    }
}

static bool is_silence(enum incident_kind kind) {
    return kind == INCIDENT_PAUSE || kind == INCIDENT_DISCONNECT || kind == INCIDENT_CRASH;
}

// What lasts to the end: whether the others go on.
static void add_for_ever(const struct scenario *scenario, enum incident_kind kind,
                         struct text_buffer *text) {
    bool goes_on = kind == INCIDENT_SLOWDOWN || kind == INCIDENT_LINK;
    if (goes_on || (is_silence(kind) && applies_missing(scenario))) {
        return;
    }
    bool may_miss = policy_misses(scenario->training.policy.policy);
    text_buffer_add(text, ", and whoever waits for this waits for ever%s",
                    is_silence(kind) && may_miss ? ": policy.missing is waits" : "");
}

static void add_once(const struct scenario *scenario, const struct incident_plan *plan,
                     struct text_buffer *text) {
    REQUIRE(!plan->every.own && plan->at.own);
    char end[SIM_TIME_TEXT_SIZE];
    int64_t lasts_ns = 0;
    if (!plan->duration.own) {
        text_buffer_add(text, " to the end");
        add_for_ever(scenario, plan->kind, text);
    } else if (distribution_is_constant(&plan->duration.law, &lasts_ns)) {
        text_buffer_add(text, " to %s",
                        sim_time_format_sentence(sim_time_add(plan->at.span_ns, lasts_ns), end));
    } else {
        text_buffer_add(text, " for ");
        add_span(&plan->duration.law, text);
    }
}

// Of several workers: whether it happens to them at the same moments.
static void add_together(const struct incident_plan *plan, struct text_buffer *text) {
    int64_t every_ns = 0;
    int64_t lasts_ns = 0;
    bool is_drawn =
        (plan->every.own && !distribution_is_constant(&plan->every.law, &every_ns)) ||
        (plan->duration.own && !distribution_is_constant(&plan->duration.law, &lasts_ns));
    if (is_drawn && !plan->together) {
        text_buffer_add(text, "; each for itself");
    } else if (is_drawn || plan->every.own) {
        text_buffer_add(text, "; all at once");
    }
}

static void add_when(const struct scenario *scenario, const struct incident_plan *plan, bool is_one,
                     struct text_buffer *text) {
    char time[SIM_TIME_TEXT_SIZE];
    if (plan->at.own) {
        text_buffer_add(text, " from %s", sim_time_format_sentence(plan->at.span_ns, time));
    }
    if (plan->every.own) {
        add_again(plan, text);
    } else {
        add_once(scenario, plan, text);
    }
    if (plan->stagger_ns > 0) {
        text_buffer_add(text, "; each %s later than the one before",
                        sim_time_format_sentence(plan->stagger_ns, time));
    } else if (!is_one) {
        add_together(plan, text);
    }
    if (plan->notice_ns > 0) {
        text_buffer_add(text, "; told %s before", sim_time_format(plan->notice_ns, time));
    }
}

// What the run has no time for: an event, or some of its members, that would begin behind its end.
// An event that is drawn may begin earlier or later, so nothing is said of it.
static void add_late(const struct scenario *scenario, const struct incident_plan *plan,
                     int32_t count, struct text_buffer *text) {
    int64_t first_ns = plan->at.span_ns;
    bool is_known = plan->at.own || distribution_is_constant(&plan->every.law, &first_ns);
    if (!plan->at.own && is_known) {
        first_ns = sim_time_add(scenario->cluster.start_up_ns, first_ns);
    }
    if (!is_known || scenario->end.kind != END_TIME) {
        return;
    }
    int64_t left_ns = scenario->end.time_ns - first_ns;
    if (left_ns <= 0) {
        text_buffer_add(text, "; the run ends before it begins");
    } else if (plan->stagger_ns > 0 && (left_ns - 1) / plan->stagger_ns + 1 < count) {
        int64_t begun = (left_ns - 1) / plan->stagger_ns + 1;
        text_buffer_add(text, "; the run ends when it has begun for %" PRId64 " of them", begun);
    }
}

// Of an event whose first time is drawn: whether a run of known length may be spared.
static void add_spared(const struct scenario *scenario, const struct incident_plan *plan,
                       int32_t count, struct text_buffer *text) {
    char time[SIM_TIME_TEXT_SIZE];
    int64_t span_ns = scenario->end.time_ns - scenario->cluster.start_up_ns;
    double spared = incident_plan_spares(plan, count, span_ns);
    if (scenario->end.kind == END_TIME && spared >= SPARED_LEAST) {
        text_buffer_add(text, "; P(none in %s) = %.3g %%",
                        sim_time_format_sentence(scenario->end.time_ns, time), 100 * spared);
    }
}

static void tell_plan(const struct scenario *scenario, const struct incident_plan *plan,
                      void (*tell)(const char *sentence)) {
    struct text_buffer text = {0};
    struct worker_set members;
    incident_plan_members(&scenario->cluster, plan, scenario_seed(scenario, SEEDS_TIMES), &members);
    bool is_one = members.count <= 1;
    text_buffer_add(&text, "note: event %s: ", plan->name);
    if (plan->kind != INCIDENT_SERVER_PAUSE) {
        add_members(&members, &text);
    }
    add_what(plan, is_one, &text);
    add_when(scenario, plan, is_one, &text);
    add_late(scenario, plan, members.count, &text);
    add_spared(scenario, plan, members.count > 0 ? members.count : 1, &text);
    tell(text_buffer_text(&text));
    worker_set_reset(&members);
    text_buffer_clear(&text);
}

static void tell_missing(const struct scenario *scenario, void (*tell)(const char *sentence)) {
    char span[SIM_TIME_TEXT_SIZE];
    struct text_buffer text = {0};
    int64_t missing_ns = scenario->training.policy.missing_ns;
    text_buffer_add(&text, "note: policy.missing: a worker that is silent ");
    if (missing_ns > 0) {
        text_buffer_add(&text, "for more than %s ", sim_time_format_sentence(missing_ns, span));
    }
    text_buffer_add(&text, "is counted out%s, until %s", missing_ns > 0 ? "" : " at once",
                    applies_local_models(scenario) ? "its silence is over" : "it is heard of");
    tell(text_buffer_text(&text));
    text_buffer_clear(&text);
}

void events_tell(const struct scenario *scenario, void (*tell)(const char *sentence)) {
    bool silences = false;
    REQUIRE(tell != NULL);
    for (int32_t i = 0; i < scenario->cluster.events.count; i++) {
        tell_plan(scenario, &scenario->cluster.events.entries[i], tell);
        silences = silences || is_silence(scenario->cluster.events.entries[i].kind);
    }
    if (silences && applies_missing(scenario)) {
        tell_missing(scenario, tell);
    }
}
