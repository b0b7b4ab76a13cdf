// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/simulation_crash.h"

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/simulation/local_models.h"
#include "sim/simulation/simulation_local.h"
#include "sim/simulation/simulation_record.h"
#include "sim/simulation/simulation_worker.h"

// It comes before what else happens at that moment and was scheduled later, whatever the tie rule.
static void schedule_at(struct simulation *sim, int64_t time_ns, enum happening kind,
                        int32_t worker) {
    REQUIRE(time_ns >= sim->engine.now_ns);
    engine_schedule(&sim->engine, time_ns - sim->engine.now_ns, 0, kind, (uint32_t)worker);
}

static void schedule_next_crash(struct simulation *sim, int32_t worker) {
    int64_t time_ns = incident_calendar_next_crash(sim->incidents, worker, sim->engine.now_ns);
    INVARIANT(time_ns > sim->engine.now_ns); // or it would crash for ever at this moment
    if (time_ns != SIM_TIME_NEVER) {
        schedule_at(sim, time_ns, HAPPENS_CRASHED, worker);
    }
}

bool simulation_is_there_at_start(struct simulation *sim, int32_t worker) {
    if (sim->incidents == NULL) {
        return true;
    }
    REQUIRE(sim->workers[worker].next_number == 0);
    if (incident_calendar_is_down(sim->incidents, worker, sim->engine.now_ns)) {
        simulation_on_crashed(sim, worker);
        return false;
    }
    schedule_next_crash(sim, worker);
    return true;
}

// ---- what is lost ----

// A gradient that has not arrived. Where its reply has begun before it was there, that one follows.
static void lose(struct simulation *sim, uint32_t reference) {
    struct in_flight *flight = in_flight_at(&sim->flights, reference);
    const struct gradient_stamp stamp = in_flight_stamp(flight, reference);
    REQUIRE(flight->row.arrived_ns < 0 && !flight->accounted);
    simulation_log_event(sim, EVENT_LOST, &flight->row, sim->server.version);
    flight->reply_over = flight->reply_over || attendance_is_owed(&sim->server.attendance, &stamp);
    parameter_server_lost(&sim->server, stamp);
    simulation_call_off(sim, flight);
    simulation_close_gradient(sim, flight, OUTCOME_LOST);
    simulation_let_go_if_over(sim, reference);
}

// In the order of their numbers.
static void lose_what_is_under_way(struct simulation *sim, int32_t worker) {
    struct in_flight_chain *life = &sim->lives[worker];
    REQUIRE(sim->local == NULL);
    while (life->first != IN_FLIGHT_NONE) {
        uint32_t reference = life->first;
        struct in_flight *flight = in_flight_at(&sim->flights, reference);
        INVARIANT(flight->row.worker == worker && !flight->gone);
        in_flight_leave(&sim->flights, life, reference);
        flight->gone = true;
        if (!flight->accounted && flight->row.arrived_ns < 0) {
            lose(sim, reference);
        }
    }
}

static void schedule_return(struct simulation *sim, int32_t worker) {
    REQUIRE(sim->workers[worker].state == WORKER_DOWN);
    int64_t time_ns = incident_calendar_back(sim->incidents, worker, sim->engine.now_ns);
    schedule_at(sim, time_ns, HAPPENS_RETURNED, worker);
}

void simulation_on_crashed(struct simulation *sim, int32_t worker) {
    REQUIRE(sim->workers[worker].state != WORKER_DOWN);
    simulation_log_worker(sim, EVENT_CRASHED, worker);
    if (sim->local != NULL) {
        simulation_local_on_crashed(sim, worker);
    } else {
        lose_what_is_under_way(sim, worker);
    }
    sim->workers[worker].idles = false;
    worker_enter(&sim->workers[worker], WORKER_DOWN, sim->engine.now_ns);
    schedule_return(sim, worker);
}

// ---- the return ----

// Replies that have not begun will not be made any more.
static void expect_no_reply(struct simulation *sim, int32_t worker) {
    const struct attendee *attendee = &sim->server.attendance.workers[worker];
    if (attendee->owed) {
        struct in_flight *flight = in_flight_at(&sim->flights, attendee->latest.reference);
        INVARIANT(flight->gone && !flight->reply_begun && !flight->reply_over);
        flight->reply_over = true;
        simulation_let_go_if_over(sim, attendee->latest.reference);
    }
}

static bool is_back(const struct simulation *sim, int32_t worker) {
    int64_t now_ns = sim->engine.now_ns;
    return incident_calendar_back(sim->incidents, worker, now_ns) == now_ns;
}

void simulation_on_returned(struct simulation *sim, int32_t worker) {
    REQUIRE(sim->workers[worker].state == WORKER_DOWN && is_back(sim, worker));
    if (sim->local != NULL && local_worker_of(sim, worker)->sent.under_way) {
        local_worker_of(sim, worker)->sent.returns = true;
        return;
    }
    simulation_log_worker(sim, EVENT_RETURNED, worker);
    sim->workers[worker].life++;
    schedule_next_crash(sim, worker);
    if (sim->local != NULL) {
        simulation_local_on_returned(sim, worker);
        return;
    }
    expect_no_reply(sim, worker);
    parameter_server_returned(&sim->server, worker);
    simulation_start_worker(sim, worker);
}

void simulation_on_answer_over(struct simulation *sim, int32_t worker) {
    struct local_sending *sent = &local_worker_of(sim, worker)->sent;
    INVARIANT(!(sent->returns && sent->under_way));
    if (sent->returns) {
        sent->returns = false;
        if (is_back(sim, worker)) {
            simulation_on_returned(sim, worker);
        } else { // the next crash has begun meanwhile
            schedule_return(sim, worker);
        }
    }
}

// ---- the start ----

void simulation_on_start(struct simulation *sim) {
    REQUIRE(sim->dispatched == 0);
    for (int32_t worker = 0; worker < sim->options->scenario->cluster.workers; worker++) {
        if (simulation_is_there_at_start(sim, worker) && sim->local == NULL) {
            simulation_start_worker(sim, worker);
        }
    }
    if (sim->local != NULL) {
        simulation_local_on_start(sim);
    }
}
