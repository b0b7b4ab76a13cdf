// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/incident_calendar.h"

#include <stdlib.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/cluster/incident_order.h"

// Kinds, a bit each: those in which a worker takes no message, and in which nothing is heard of it.
enum {
    UNREACHABLE_KINDS = 1U << INCIDENT_DISCONNECT | 1U << INCIDENT_PAUSE,
    SILENT_KINDS = UNREACHABLE_KINDS | 1U << INCIDENT_CRASH,
};

// The incidents of one event and worker, in order of time; none overlaps another.
struct line {
    struct incident_sequence sequence;
    bool is_drawn; // else it has all that there are
    int64_t from_ns;
    int64_t until_ns;
    int32_t worker;
    int32_t event;
    struct incident *incidents;
    size_t count, capacity;
    size_t told; // of these
};

struct incident_calendar {
    int32_t workers;
    int64_t horizon_ns;
    int32_t events; // of the stretches so far
    struct line *lines;
    size_t count, capacity;
    struct incident *recorded; // until it is opened
    size_t recorded_count, recorded_capacity;
    size_t *first; // (workers + 2): of each worker's lines, the server's being the last; NULL: open
    size_t *heap;  // (count): lines, the one whose incident is to be told next on top
    size_t heap_count;
    size_t made;
    bool flooded;
    bool has_links;
};

struct incident_calendar *incident_calendar_create(int32_t workers, int64_t horizon_ns) {
    REQUIRE(workers >= 1 && horizon_ns >= 0);
    struct incident_calendar *calendar = memory_allocate(1, sizeof *calendar);
    calendar->workers = workers;
    calendar->horizon_ns = horizon_ns;
    return calendar;
}

void incident_calendar_destroy(struct incident_calendar *calendar) {
    if (calendar == NULL) {
        return;
    }
    for (size_t i = 0; i < calendar->count; i++) {
        memory_free(calendar->lines[i].incidents);
    }
    memory_free(calendar->lines);
    memory_free(calendar->recorded);
    memory_free(calendar->first);
    memory_free(calendar->heap);
    memory_free(calendar);
}

bool incident_calendar_is_empty(const struct incident_calendar *calendar) {
    return calendar->count == 0 && calendar->recorded_count == 0;
}

bool incident_calendar_is_flooded(const struct incident_calendar *calendar) {
    return calendar->flooded;
}

// ---- filling it ----

static struct line *add_line(struct incident_calendar *calendar, int32_t worker, int32_t event) {
    REQUIRE(calendar->first == NULL);
    REQUIRE(worker >= INCIDENT_OF_SERVER && worker < calendar->workers);
    calendar->lines = memory_grow(calendar->lines, &calendar->capacity, calendar->count + 1,
                                  sizeof *calendar->lines);
    struct line *line = &calendar->lines[calendar->count++];
    *line = (struct line){.worker = worker, .event = event};
    return line;
}

static void plan_line(struct incident_calendar *calendar, const struct incident_sequence *sequence,
                      int64_t from_ns, int64_t until_ns) {
    struct line *line = add_line(calendar, sequence->worker, sequence->event);
    line->sequence = *sequence;
    line->is_drawn = true;
    line->from_ns = from_ns;
    line->until_ns = until_ns;
}

void incident_calendar_plan(struct incident_calendar *calendar,
                            const struct cluster_options *options, uint64_t seed, int64_t from_ns,
                            int64_t until_ns) {
    REQUIRE(options->workers == calendar->workers && from_ns <= until_ns);
    for (int32_t i = 0; i < options->events.count; i++) {
        const struct incident_plan *plan = &options->events.entries[i];
        struct worker_set members;
        int32_t event = calendar->events++;
        incident_plan_members(options, plan, seed, &members);
        calendar->has_links = calendar->has_links || plan->kind == INCIDENT_LINK;
        bool of_server = plan->kind == INCIDENT_SERVER_PAUSE;
        for (int32_t place = 0; place < (of_server ? 1 : members.count); place++) {
            int32_t worker = of_server ? INCIDENT_OF_SERVER : members.members[place];
            struct incident_sequence sequence =
                incident_sequence_begin(plan, seed, options->start_up_ns, worker, place, event);
            plan_line(calendar, &sequence, from_ns, until_ns);
        }
        worker_set_reset(&members);
    }
}

void incident_calendar_record(struct incident_calendar *calendar, const struct incident *incident) {
    REQUIRE(incident->ended_ns >= incident->began_ns && incident->began_ns >= 0);
    REQUIRE(calendar->first == NULL && incident->kind < INCIDENT_KIND_COUNT);
    REQUIRE(incident->worker >= INCIDENT_OF_SERVER && incident->worker < calendar->workers);
    calendar->recorded = memory_grow(calendar->recorded, &calendar->recorded_capacity,
                                     calendar->recorded_count + 1, sizeof *calendar->recorded);
    calendar->recorded[calendar->recorded_count++] = *incident;
    calendar->has_links = calendar->has_links || incident->kind == INCIDENT_LINK;
}

// ---- making incidents ----

// When the first incident begins that is not made yet.
static int64_t next_to_make(const struct line *line) {
    return line->is_drawn && line->sequence.next_began_ns < line->until_ns
               ? line->sequence.next_began_ns
               : SIM_TIME_NEVER;
}

static void keep(struct line *line, const struct incident *incident) {
    line->incidents =
        memory_grow(line->incidents, &line->capacity, line->count + 1, sizeof *line->incidents);
    line->incidents[line->count++] = *incident;
}

// Returns false where there would be too many.
static bool make_one(struct incident_calendar *calendar, struct line *line,
                     struct incident *incident) {
    REQUIRE(next_to_make(line) != SIM_TIME_NEVER);
    if (calendar->made++ < INCIDENTS_MAX) {
        *incident = incident_sequence_next(&line->sequence);
        return true;
    }
    calendar->flooded = true;
    line->is_drawn = false;
    return false;
}

static void make_until(struct incident_calendar *calendar, struct line *line, int64_t time_ns) {
    struct incident incident;
    while (next_to_make(line) <= time_ns && next_to_make(line) != SIM_TIME_NEVER) {
        if (make_one(calendar, line, &incident)) {
            keep(line, &incident);
        }
    }
}

// ---- opening it ----

static int compare_lines(const void *a, const void *b) {
    const struct line *left = a;
    const struct line *right = b;
    int order = incident_compare_places(left->worker, right->worker, left->event, right->event);
    return order != 0 ? order : left->is_drawn - right->is_drawn; // what is recorded was before
}

// The lines of what was recorded.
static void sort_recorded(struct incident_calendar *calendar) {
    if (calendar->recorded_count > 0) {
        qsort(calendar->recorded, calendar->recorded_count, sizeof *calendar->recorded,
              incident_compare);
    }
    struct line *line = NULL;
    for (size_t i = 0; i < calendar->recorded_count; i++) {
        const struct incident *incident = &calendar->recorded[i];
        if (line == NULL || line->worker != incident->worker || line->event != incident->event) {
            line = add_line(calendar, incident->worker, incident->event);
        } else if (line->incidents[line->count - 1].ended_ns > incident->began_ns) {
            line->incidents[line->count - 1].ended_ns = incident->began_ns;
        }
        keep(line, incident);
    }
}

// What begins before the stretch of a line belongs to another one.
static void drop_what_was_before(struct incident_calendar *calendar, struct line *line) {
    struct incident incident;
    while (next_to_make(line) < line->from_ns) {
        make_one(calendar, line, &incident);
    }
    ENSURE(line->count == 0 || !line->is_drawn);
}

static size_t place_of(const struct incident_calendar *calendar, int32_t worker) {
    REQUIRE(worker >= INCIDENT_OF_SERVER && worker < calendar->workers);
    return worker == INCIDENT_OF_SERVER ? (size_t)calendar->workers : (size_t)worker;
}

static void fill_heap(struct incident_calendar *calendar);

// At the first question the lines get their order.
static void open_calendar(struct incident_calendar *calendar) {
    if (calendar->first != NULL) {
        return;
    }
    sort_recorded(calendar);
    if (calendar->count > 0) {
        qsort(calendar->lines, calendar->count, sizeof *calendar->lines, compare_lines);
    }
    calendar->first = memory_allocate((size_t)calendar->workers + 2, sizeof *calendar->first);
    for (size_t i = 0; i < calendar->count; i++) {
        drop_what_was_before(calendar, &calendar->lines[i]);
        calendar->first[place_of(calendar, calendar->lines[i].worker) + 1]++;
    }
    for (int32_t i = 0; i <= calendar->workers; i++) {
        calendar->first[i + 1] += calendar->first[i];
    }
    ENSURE(calendar->first[calendar->workers + 1] == calendar->count);
    fill_heap(calendar);
}

// ---- how long things take ----

// What holds at a moment, for a while.
struct spell {
    double factor;    // of its slowdowns
    bool stands;      // paused, disconnected or down, if that is asked for
    int64_t stood_ns; // if so, until then at the earliest
    int64_t until_ns; // when any of this may change
    struct link_factors link;
};

// How many of the incidents have begun by then.
static size_t begun_by(const struct line *line, int64_t time_ns) {
    return TIMES_UNTIL(line->incidents, line->count, began_ns, time_ns);
}

static enum incident_kind kind_of(const struct line *line) {
    REQUIRE(line->count > 0 || line->sequence.plan != NULL);
    return line->count > 0 ? line->incidents[0].kind : line->sequence.plan->kind;
}

static void look_at_line(struct incident_calendar *calendar, struct line *line, int64_t time_ns,
                         struct spell *spell) {
    make_until(calendar, line, time_ns);
    size_t begun = begun_by(line, time_ns);
    int64_t next_ns = begun < line->count ? line->incidents[begun].began_ns : next_to_make(line);
    if (begun > 0 && line->incidents[begun - 1].ended_ns > time_ns) {
        const struct incident *incident = &line->incidents[begun - 1];
        next_ns = incident->ended_ns < next_ns ? incident->ended_ns : next_ns;
        if (incident->kind == INCIDENT_SLOWDOWN) {
            spell->factor *= incident->factor;
        } else if (incident->kind == INCIDENT_LINK) {
            spell->link.bandwidth *= incident->link.bandwidth;
            spell->link.latency *= incident->link.latency;
            spell->link.loss *= incident->link.loss;
        } else {
            spell->stands = true;
            spell->stood_ns =
                incident->ended_ns > spell->stood_ns ? incident->ended_ns : spell->stood_ns;
        }
    }
    spell->until_ns = next_ns < spell->until_ns ? next_ns : spell->until_ns;
}

// kinds: of the incidents that count, a bit each. In all of them but slowdowns and links it stands.
static struct spell spell_at(struct incident_calendar *calendar, int32_t worker, unsigned kinds,
                             int64_t time_ns) {
    struct spell spell = {.factor = 1, .link = {1, 1, 1}, .until_ns = SIM_TIME_NEVER};
    size_t place = place_of(calendar, worker);
    if (time_ns > calendar->horizon_ns) {
        return spell;
    }
    for (size_t i = calendar->first[place]; i < calendar->first[place + 1]; i++) {
        if ((kinds >> kind_of(&calendar->lines[i]) & 1) != 0) {
            look_at_line(calendar, &calendar->lines[i], time_ns, &spell);
        }
    }
    ENSURE(spell.until_ns > time_ns);
    return spell;
}

static int64_t integrate(struct incident_calendar *calendar, int32_t worker, unsigned standing,
                         int64_t now_ns, int64_t span_ns) {
    REQUIRE(now_ns >= 0 && span_ns >= 0);
    open_calendar(calendar);
    int64_t left_ns = span_ns;
    int64_t time_ns = now_ns;
    while (time_ns != SIM_TIME_NEVER && span_ns < SIM_SPAN_MAX_NS) {
        struct spell spell =
            spell_at(calendar, worker, standing | 1U << INCIDENT_SLOWDOWN, time_ns);
        if (!spell.stands) {
            int64_t end_ns = sim_time_add(time_ns, sim_time_scaled(left_ns, spell.factor));
            if (end_ns <= spell.until_ns) {
                return end_ns;
            }
            int64_t done_ns = sim_time_scaled(spell.until_ns - time_ns, 1 / spell.factor);
            left_ns = done_ns < left_ns ? left_ns - done_ns : 0;
        }
        time_ns = spell.stands ? spell.stood_ns : spell.until_ns;
    }
    return SIM_TIME_NEVER;
}

int64_t incident_calendar_computed(struct incident_calendar *calendar, int32_t worker,
                                   int64_t now_ns, int64_t span_ns) {
    REQUIRE(worker >= 0);
    return integrate(calendar, worker, 1U << INCIDENT_PAUSE, now_ns, span_ns);
}

int64_t incident_calendar_served(struct incident_calendar *calendar, int64_t now_ns,
                                 int64_t span_ns) {
    return integrate(calendar, INCIDENT_OF_SERVER, 1U << INCIDENT_SERVER_PAUSE, now_ns, span_ns);
}

static int64_t wait_for_end(struct incident_calendar *calendar, int32_t worker, unsigned standing,
                            int64_t now_ns) {
    REQUIRE(now_ns >= 0);
    open_calendar(calendar);
    int64_t time_ns = now_ns;
    while (time_ns != SIM_TIME_NEVER) {
        struct spell spell = spell_at(calendar, worker, standing, time_ns);
        if (!spell.stands) {
            break;
        }
        time_ns = spell.stood_ns;
    }
    return time_ns;
}

int64_t incident_calendar_connected(struct incident_calendar *calendar, int32_t worker,
                                    int64_t now_ns) {
    REQUIRE(worker >= 0);
    return wait_for_end(calendar, worker, 1U << INCIDENT_DISCONNECT, now_ns);
}

int64_t incident_calendar_taken(struct incident_calendar *calendar, int32_t worker,
                                int64_t now_ns) {
    REQUIRE(worker >= 0);
    return wait_for_end(calendar, worker, UNREACHABLE_KINDS, now_ns);
}

// ---- who is there ----

int64_t incident_calendar_back(struct incident_calendar *calendar, int32_t worker, int64_t now_ns) {
    REQUIRE(worker >= 0);
    return wait_for_end(calendar, worker, SILENT_KINDS, now_ns);
}

bool incident_calendar_is_down(struct incident_calendar *calendar, int32_t worker, int64_t now_ns) {
    REQUIRE(worker >= 0);
    return wait_for_end(calendar, worker, 1U << INCIDENT_CRASH, now_ns) != now_ns;
}

// When the worker's first incident of these kinds, a bit each, begins that begins later than this.
static int64_t next_beginning(struct incident_calendar *calendar, int32_t worker, unsigned kinds,
                              int64_t after_ns) {
    REQUIRE(after_ns >= 0 && after_ns != SIM_TIME_NEVER);
    open_calendar(calendar);
    size_t place = place_of(calendar, worker);
    int64_t first_ns = SIM_TIME_NEVER;
    for (size_t i = calendar->first[place]; i < calendar->first[place + 1]; i++) {
        struct line *line = &calendar->lines[i];
        if ((kinds >> kind_of(line) & 1) == 0) {
            continue;
        }
        make_until(calendar, line, after_ns);
        size_t begun = begun_by(line, after_ns);
        int64_t began_ns =
            begun < line->count ? line->incidents[begun].began_ns : next_to_make(line);
        first_ns = began_ns < first_ns ? began_ns : first_ns;
    }
    ENSURE(first_ns > after_ns);
    return first_ns <= calendar->horizon_ns ? first_ns : SIM_TIME_NEVER;
}

int64_t incident_calendar_next_crash(struct incident_calendar *calendar, int32_t worker,
                                     int64_t after_ns) {
    REQUIRE(worker >= 0);
    return next_beginning(calendar, worker, 1U << INCIDENT_CRASH, after_ns);
}

bool incident_calendar_silence(struct incident_calendar *calendar, int32_t worker, int64_t from_ns,
                               int64_t *began_ns, int64_t *ended_ns) {
    REQUIRE(worker >= 0);
    int64_t first_ns = from_ns;
    int64_t end_ns = wait_for_end(calendar, worker, SILENT_KINDS, from_ns);
    if (end_ns == from_ns) { // none stands
        first_ns = next_beginning(calendar, worker, SILENT_KINDS, from_ns);
        end_ns = first_ns == SIM_TIME_NEVER
                     ? SIM_TIME_NEVER
                     : wait_for_end(calendar, worker, SILENT_KINDS, first_ns);
    }
    if (first_ns == SIM_TIME_NEVER) {
        return false;
    }
    *began_ns = first_ns;
    *ended_ns = end_ns;
    ENSURE(*ended_ns >= *began_ns);
    return true;
}

// ---- links ----

struct link_factors incident_calendar_link(struct incident_calendar *calendar, int32_t worker,
                                           int64_t time_ns) {
    REQUIRE(worker >= 0 && time_ns >= 0);
    open_calendar(calendar);
    return spell_at(calendar, worker, 1U << INCIDENT_LINK, time_ns).link;
}

bool incident_calendar_has_links(const struct incident_calendar *calendar) {
    return calendar->has_links;
}

// ---- the record ----

// When the line's next incident to be told begins.
static int64_t next_to_tell(const struct line *line) {
    return line->told < line->count ? line->incidents[line->told].began_ns : next_to_make(line);
}

static bool is_told_before(const struct incident_calendar *calendar, size_t a, size_t b) {
    const struct line *left = &calendar->lines[a];
    const struct line *right = &calendar->lines[b];
    int64_t left_ns = next_to_tell(left);
    int64_t right_ns = next_to_tell(right);
    if (left_ns != right_ns) {
        return left_ns < right_ns;
    }
    return left->event != right->event ? left->event < right->event : left->worker < right->worker;
}

static void sift_down(struct incident_calendar *calendar, size_t at) {
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < calendar->heap_count;
             child++) {
            if (is_told_before(calendar, calendar->heap[child], calendar->heap[least])) {
                least = child;
            }
        }
        if (least == at) {
            return;
        }
        size_t moved = calendar->heap[at];
        calendar->heap[at] = calendar->heap[least];
        calendar->heap[least] = moved;
        at = least;
    }
}

static void fill_heap(struct incident_calendar *calendar) {
    calendar->heap = memory_allocate(calendar->count, sizeof *calendar->heap);
    calendar->heap_count = calendar->count;
    for (size_t i = 0; i < calendar->count; i++) {
        calendar->heap[i] = i;
    }
    for (size_t i = calendar->count; i > 0; i--) {
        sift_down(calendar, i - 1);
    }
}

bool incident_calendar_next(struct incident_calendar *calendar, int64_t until_ns,
                            struct incident *incident) {
    REQUIRE(until_ns != SIM_TIME_NEVER);
    open_calendar(calendar);
    while (calendar->heap_count > 0) {
        struct line *line = &calendar->lines[calendar->heap[0]];
        int64_t next_ns = next_to_tell(line);
        if (next_ns > until_ns) {
            return false;
        }
        make_until(calendar, line, next_ns);
        bool is_there = line->told < line->count;
        if (is_there) {
            *incident = line->incidents[line->told++];
        }
        sift_down(calendar, 0);
        if (is_there) {
            return true;
        }
    }
    return false;
}
