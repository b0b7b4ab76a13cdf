// SPDX-License-Identifier: GPL-3.0-or-later
// What happened to a cluster, and how long things take under it: laid out moment by moment, for the
// simulator's calendar (incident_calendar.h), which goes along its lines as it is asked, may be
// wrong.
#include <stdlib.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "tests/support/log_audit_parts.h"

enum { TURNS = 1U << INCIDENT_SLOWDOWN | 1U << INCIDENT_PAUSE | 1U << INCIDENT_SERVER_PAUSE };

// The server is the first, then come the workers.
static size_t place_of(int32_t worker) {
    return (size_t)(worker + 1);
}

void audit_history_add(struct audit_history *history, const struct incident *incident) {
    history->incidents = memory_grow(history->incidents, &history->capacity, history->count + 1,
                                     sizeof *history->incidents);
    history->incidents[history->count++] = *incident;
}

void audit_history_reset(struct audit_history *history) {
    memory_free(history->incidents);
    memory_free(history->first_incident);
    memory_free(history->spells);
    memory_free(history->first_spell);
    *history = (struct audit_history){0};
}

// ---- laying it out ----

static int by_place_then_beginning(const void *left, const void *right) {
    const struct incident *a = left;
    const struct incident *b = right;
    if (a->worker != b->worker) {
        return a->worker < b->worker ? -1 : 1;
    }
    if (a->began_ns != b->began_ns) {
        return a->began_ns < b->began_ns ? -1 : 1;
    }
    return (a->ended_ns > b->ended_ns) - (a->ended_ns < b->ended_ns);
}

static int by_time(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void look_at(const struct incident *incident, int64_t time_ns, struct audit_spell *spell) {
    unsigned kind = 1U << incident->kind;
    spell->turns |=
        (kind & TURNS) != 0 && (incident->began_ns == time_ns || incident->ended_ns == time_ns);
    if (incident->ended_ns <= time_ns) {
        return;
    }
    spell->kinds |= kind;
    spell->factor *= incident->kind == INCIDENT_SLOWDOWN ? incident->factor : 1;
    if (incident->kind == INCIDENT_LINK) {
        spell->link.bandwidth *= incident->link.bandwidth;
        spell->link.latency *= incident->link.latency;
        spell->link.loss *= incident->link.loss;
    }
}

// From each moment on at which something begins or ends. Of one event the incident that began last
// counts: it ends the one before.
static void add_spells(struct audit_history *history, const struct incident *own, size_t count,
                       size_t events) {
    int64_t *moments = memory_allocate(2 * count + 1, sizeof *moments);
    const struct incident **latest = memory_allocate(events, sizeof *latest);
    size_t moment_count = 1; // the beginning of time
    size_t begun = 0;
    for (size_t i = 0; i < count; i++) {
        moments[moment_count++] = own[i].began_ns;
        moments[moment_count++] = own[i].ended_ns;
    }
    qsort(moments, moment_count, sizeof *moments, by_time);
    for (size_t i = 0; i < moment_count && moments[i] != SIM_TIME_NEVER; i++) {
        if (i > 0 && moments[i] == moments[i - 1]) {
            continue;
        }
        struct audit_spell spell = {.from_ns = moments[i], .factor = 1, .link = {1, 1, 1}};
        for (; begun < count && own[begun].began_ns <= moments[i]; begun++) {
            latest[own[begun].event] = &own[begun];
        }
        for (size_t event = 0; event < events; event++) {
            if (latest[event] != NULL) {
                look_at(latest[event], moments[i], &spell);
            }
        }
        history->spells[history->spell_count++] = spell;
    }
    memory_free(moments);
    memory_free(latest);
}

void audit_history_lay_out(struct audit_history *history, int32_t workers) {
    size_t places = (size_t)workers + 1;
    size_t events = 0;
    if (history->count > 0) {
        qsort(history->incidents, history->count, sizeof *history->incidents,
              by_place_then_beginning);
    }
    history->first_incident = memory_allocate(places + 1, sizeof *history->first_incident);
    history->first_spell = memory_allocate(places + 1, sizeof *history->first_spell);
    history->spells = memory_allocate(2 * history->count + places, sizeof *history->spells);
    for (size_t i = 0; i < history->count; i++) {
        const struct incident *incident = &history->incidents[i];
        history->first_incident[place_of(incident->worker) + 1]++;
        events = (size_t)incident->event >= events ? (size_t)incident->event + 1 : events;
    }
    for (size_t place = 0; place < places; place++) {
        size_t first = history->first_incident[place];
        size_t count = history->first_incident[place + 1];
        history->first_incident[place + 1] += first;
        add_spells(history, history->count == 0 ? NULL : &history->incidents[first], count, events);
        history->first_spell[place + 1] = history->spell_count;
        size_t next = history->spell_count;
        for (size_t i = history->spell_count; i > history->first_spell[place]; i--) {
            history->spells[i - 1].next = next;
            next = history->spells[i - 1].turns ? i - 1 : next;
        }
    }
}

// ---- asking it ----

// What holds then. *end: behind the last of its place.
static const struct audit_spell *spell_at(const struct audit_history *history, int32_t worker,
                                          int64_t time_ns, const struct audit_spell **end) {
    size_t low = history->first_spell[place_of(worker)];
    size_t high = history->first_spell[place_of(worker) + 1];
    *end = &history->spells[high];
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        bool later = history->spells[middle].from_ns > time_ns;
        high = later ? middle : high;
        low = later ? low : middle;
    }
    return &history->spells[low];
}

int64_t audit_history_done(const struct audit_history *history, int32_t worker,
                           enum incident_kind standing, int64_t now_ns, int64_t span_ns) {
    const struct audit_spell *end;
    const struct audit_spell *spell = spell_at(history, worker, now_ns, &end);
    int64_t time_ns = now_ns;
    int64_t left_ns = span_ns;
    while (span_ns < SIM_SPAN_MAX_NS && spell < end) {
        const struct audit_spell *next = &history->spells[spell->next];
        int64_t until_ns = next < end ? next->from_ns : SIM_TIME_NEVER;
        if ((spell->kinds >> standing & 1) == 0) {
            int64_t end_ns = sim_time_add(time_ns, sim_time_scaled(left_ns, spell->factor));
            if (end_ns <= until_ns) {
                return end_ns;
            }
            int64_t done_ns = sim_time_scaled(until_ns - time_ns, 1 / spell->factor);
            left_ns = done_ns < left_ns ? left_ns - done_ns : 0;
        }
        time_ns = until_ns;
        spell = next;
    }
    return SIM_TIME_NEVER;
}

int64_t audit_history_over(const struct audit_history *history, int32_t worker, unsigned kinds,
                           int64_t now_ns) {
    const struct audit_spell *end;
    const struct audit_spell *spell = spell_at(history, worker, now_ns, &end);
    if ((spell->kinds & kinds) == 0) {
        return now_ns;
    }
    while (spell < end && (spell->kinds & kinds) != 0) {
        spell++;
    }
    return spell < end ? spell->from_ns : SIM_TIME_NEVER;
}

int64_t audit_history_next_crash(const struct audit_history *history, int32_t worker,
                                 int64_t after_ns) {
    size_t low = history->first_incident[place_of(worker)];
    size_t end = history->first_incident[place_of(worker) + 1];
    size_t high = end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool later = history->incidents[middle].began_ns > after_ns;
        high = later ? middle : high;
        low = later ? low : middle + 1;
    }
    while (low < end && history->incidents[low].kind != INCIDENT_CRASH) {
        low++;
    }
    return low < end ? history->incidents[low].began_ns : SIM_TIME_NEVER;
}

struct link_factors audit_history_link(const struct audit_history *history, int32_t worker,
                                       int64_t time_ns) {
    const struct audit_spell *end;
    return spell_at(history, worker, time_ns, &end)->link;
}
