// SPDX-License-Identifier: GPL-3.0-or-later
// The server once more: from the order of the events at its door and the logged spans alone follows
// all that it does and when, and when each worker starts its next gradient.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "tests/support/log_audit_account.h"

void audit_find_least(struct server_account *server) {
    int64_t least = INT64_MAX;
    for (int32_t worker = 0; worker < server->audit->workers; worker++) {
        const struct worker_account *account = &server->workers[worker];
        least = !account->out && account->clock < least ? account->clock : least;
    }
    server->least = least == INT64_MAX ? server->least : least;
}

static void count_out_before(struct server_account *server, int64_t time_ns) {
    while (server->silences_over < server->silence_count &&
           server->silences[server->silences_over].missed_ns < time_ns) {
        const struct audit_silence *silence = &server->silences[server->silences_over++];
        server->workers[silence->worker].out = true;
        server->looks_ns = silence->missed_ns;
        server->looks = true;
        audit_find_least(server);
    }
}

// By the definition: received ones count up to the first that is neither received nor given up.
void audit_advance_clock(struct server_account *server, int32_t worker) {
    const struct audit *audit = server->audit;
    struct worker_account *account = &server->workers[worker];
    for (size_t at = audit->first[worker] + account->settled; at < audit->first[worker + 1]; at++) {
        size_t row = audit->rows[at];
        if (!server->taken[row] && audit->cancelled_ns[row] < 0 && audit->lost_ns[row] < 0) {
            break;
        }
        account->clock += server->taken[row];
        account->settled++;
    }
    audit_find_least(server);
}

int64_t audit_least_clock(const struct server_account *server) {
    return server->least;
}

static bool too_far_ahead(const struct server_account *server, const struct audit_rules *rules,
                          int32_t worker) {
    return rules->bounded &&
           server->workers[worker].started - audit_least_clock(server) > rules->slack;
}

// The reply to a gradient's worker: it starts the next gradient.
static void reply(struct server_account *server, size_t row) {
    struct audit *audit = server->audit;
    const struct gradient_row *gradient = &audit->log->gradients[row];
    server->free_ns = audit_served(audit, server->free_ns, gradient->reply_ns);
    const struct gradient_row *next = audit_next_of_worker(audit, gradient);
    int64_t wait_ns = next == NULL ? 0 : next->reply_port_wait_ns;
    int64_t delivered_ns = audit_returned(audit, gradient, server->free_ns, wait_ns);
    audit->reply_end_ns[row] = server->free_ns;
    audit->reply_version[row] = server->version;
    bool idles =
        !audit_has_port(audit) && audit_may_idle(audit, gradient->worker, delivered_ns, next);
    if (idles || audit_vanishes(audit, row, delivered_ns)) {
        audit->vanishes_ns[row] = audit_has_port(audit) ? -1 : delivered_ns; // or as an event says
        return;
    }
    server->workers[gradient->worker].clock_read = audit_least_clock(server);
    if (next == NULL && audit_has_port(audit)) {
        return; // no row tells how long that one waits
    }
    if (next == NULL) {
        audit_missing(audit, row, "the start of the next gradient", delivered_ns);
    } else if (next->dispatched_ns != delivered_ns || next->version_read != server->version) {
        audit_complain(audit,
                       "worker %" PRId32 " starts gradient %" PRId64 " at %" PRId64
                       ", version %" PRId64 "; should be %" PRId64 ", version %" PRId64,
                       next->worker, next->number, next->dispatched_ns, next->version_read,
                       delivered_ns, server->version);
    }
}

static bool is_owed(const struct server_account *server, size_t row) {
    const struct worker_account *worker =
        &server->workers[server->audit->log->gradients[row].worker];
    return worker->owed && worker->latest == row;
}

// One of those who are replied to after the flush. If it still computes, it stops now.
static void call_in_worker(struct server_account *server, struct worker_account *account) {
    struct audit *audit = server->audit;
    const struct gradient_row *gradient = &audit->log->gradients[account->latest];
    account->owed = false;
    account->held = false;
    audit->waits_until_ns[account->latest] = server->free_ns;
    if (gradient->outcome == OUTCOME_CANCELLED) {
        audit->cancelled_ns[account->latest] = server->free_ns;
        account->started--;
        audit_advance_clock(server, gradient->worker);
    } else if (gradient->ready_ns < 0 || gradient->ready_ns > server->free_ns) {
        audit_complain(audit, "gradient row %zu: computes beyond a flush that cancels it",
                       account->latest);
    }
}

// Who is replied to after the flush: the workers of its gradients, or everybody, as far as they
// wait for a reply and are not too far ahead of the slowest; and those who were and no longer are.
// Marks them in "answers", by worker. Returns how many workers have no gradient open now.
static int64_t call_in(struct server_account *server, const struct audit_rules *rules,
                       bool *answers) {
    struct audit *audit = server->audit;
    int64_t idle = 0;
    for (int32_t worker = 0; worker < audit->workers; worker++) {
        answers[worker] = server->workers[worker].held;
    }
    for (size_t i = 0; i < server->buffered; i++) {
        size_t row = server->buffer[i];
        answers[audit->log->gradients[row].worker] |= is_owed(server, row);
    }
    for (int32_t worker = 0; worker < audit->workers; worker++) {
        struct worker_account *account = &server->workers[worker];
        bool due = account->owed && (answers[worker] || rules->cancels);
        idle += due;
        answers[worker] = due && !too_far_ahead(server, rules, worker);
        account->held = due && !answers[worker];
        if (answers[worker]) {
            call_in_worker(server, account);
        }
    }
    return idle;
}

static int by_worker_then_number(const void *left, const void *right, void *context) {
    const struct gradient_row *rows = context;
    const struct gradient_row *a = &rows[*(const size_t *)left];
    const struct gradient_row *b = &rows[*(const size_t *)right];
    if (a->worker != b->worker) {
        return a->worker < b->worker ? -1 : 1;
    }
    return (a->number > b->number) - (a->number < b->number);
}

// The estimate of the training loss after an update: the mean over the last gradients applied.
static void take_losses(struct server_account *server) {
    struct audit *audit = server->audit;
    const struct runlog *log = audit->log;
    int64_t window = audit->scenario->training.policy.threshold.window;
    window = window == THRESHOLD_WORKERS ? audit->workers : window;
    for (size_t i = 0; i < server->buffered; i++) {
        audit->losses[audit->loss_count] = log->gradients[server->buffer[i]].loss;
        audit->loss_count += isnan(log->gradients[server->buffer[i]].loss) ? 0 : 1;
        if ((int64_t)audit->loss_count >= window) {
            double sum = 0;
            for (size_t j = audit->loss_count - (size_t)window; j < audit->loss_count; j++) {
                sum += audit->losses[j];
            }
            server->loss = sum / (double)window;
            bool first = (int64_t)audit->loss_count == window;
            server->first_loss = first ? server->loss : server->first_loss;
        }
    }
    double logged = log->updates[server->version - 1].loss_estimate;
    if (audit->past_count == 0 && logged != server->loss &&
        !(isnan(logged) && isnan(server->loss))) {
        audit_complain(audit, "update %" PRId64 ": loss estimate %.17g, should be %.17g",
                       server->version, logged, server->loss);
    }
}

// The whole buffer is applied. Returns false if the run ends before that is done.
static bool apply(struct server_account *server, int64_t threshold) {
    struct audit *audit = server->audit;
    const struct runlog *log = audit->log;
    qsort_r(server->buffer, server->buffered, sizeof *server->buffer, by_worker_then_number,
            log->gradients);
    for (size_t i = 0; i < server->buffered; i++) {
        audit->place[server->buffer[i]] = (int64_t)i;
    }
    if ((size_t)server->version == log->update_count) {
        for (size_t i = 0; i < server->buffered; i++) {
            if (log->gradients[server->buffer[i]].outcome != OUTCOME_PENDING) {
                audit_complain(audit, "gradient row %zu is applied by no update",
                               server->buffer[i]);
            }
        }
        return false;
    }
    const struct update_row *update = &log->updates[server->version];
    int64_t begun_ns = server->free_ns;
    server->free_ns = audit_served(audit, server->free_ns, update->update_ns);
    if (update->time_ns != server->free_ns || update->gradients != (int64_t)server->buffered ||
        update->threshold != threshold ||
        update->after_receipt_ns != begun_ns - server->received_ns) {
        audit_complain(audit,
                       "update %" PRId64 " at %" PRId64 " of %" PRId64
                       " gradients; should be at %" PRId64 " of %zu",
                       update->version, update->time_ns, update->gradients, server->free_ns,
                       server->buffered);
    }
    for (size_t i = 0; i < server->buffered; i++) {
        if (log->gradients[server->buffer[i]].version_applied != server->version) {
            audit_complain(audit, "gradient row %zu: not applied to version %" PRId64,
                           server->buffer[i], server->version);
        }
    }
    server->version++;
    take_losses(server);
    return true;
}

// Without a flush, in worker order: the gradient's own worker, if it is its turn and it has not
// been replied to since; and those who were held back, where the policy of now does not hold them.
static void answer_at_once(struct server_account *server, const struct audit_rules *rules,
                           size_t row, bool its_turn) {
    struct audit *audit = server->audit;
    int32_t pusher = audit->log->gradients[row].worker;
    bool *answers = memory_allocate((size_t)audit->workers, sizeof *answers);
    for (int32_t worker = 0; worker < audit->workers; worker++) {
        struct worker_account *account = &server->workers[worker];
        answers[worker] = (account->held && !too_far_ahead(server, rules, worker)) ||
                          (its_turn && worker == pusher && is_owed(server, row));
        if (answers[worker]) {
            call_in_worker(server, account);
        }
    }
    for (int32_t worker = 0; worker < audit->workers; worker++) {
        if (answers[worker]) {
            reply(server, server->workers[worker].latest);
        }
    }
    memory_free(answers);
}

// A late gradient: its worker is replied to, unless it has been since.
static void drop(struct server_account *server, const struct audit_rules *rules, size_t row) {
    const struct gradient_row *gradient = &server->audit->log->gradients[row];
    if (gradient->outcome != OUTCOME_DROPPED || gradient->received_ns != server->free_ns) {
        audit_complain(server->audit, "gradient row %zu: too late, but not dropped at %" PRId64,
                       row, server->free_ns);
    }
    struct worker_account *worker = &server->workers[gradient->worker];
    server->looks |= --worker->here == 0 && worker->out;
    answer_at_once(server, rules, row, true);
}

static void join_buffer(struct server_account *server, size_t row, int64_t threshold) {
    const struct gradient_row *gradient = &server->audit->log->gradients[row];
    bool repeats = false;
    for (size_t i = 0; i < server->buffered && server->workers[gradient->worker].returned; i++) {
        repeats =
            repeats || server->audit->log->gradients[server->buffer[i]].worker == gradient->worker;
    }
    server->repeats += repeats;
    server->buffer[server->buffered++] = row;
    if (gradient->received_ns != server->free_ns || gradient->threshold != threshold ||
        gradient->buffered != (int64_t)server->buffered) {
        audit_complain(server->audit,
                       "gradient row %zu: received at %" PRId64 ", buffer %" PRId64 " of %" PRId64
                       "; should be %" PRId64 ", %zu of %" PRId64,
                       row, gradient->received_ns, gradient->buffered, gradient->threshold,
                       server->free_ns, server->buffered, threshold);
    }
}

// The flush that this gradient triggers. Returns false if the run ends within it.
static bool flush(struct server_account *server, const struct audit_rules *rules, size_t row,
                  int64_t threshold) {
    struct audit *audit = server->audit;
    bool *answers = memory_allocate((size_t)audit->workers, sizeof *answers);
    int64_t idle = call_in(server, rules, answers);
    int64_t begun_ns = server->free_ns;
    for (size_t i = 0; i < server->buffered; i++) {
        server->workers[audit->log->gradients[server->buffer[i]].worker].here--;
    }
    bool applied = apply(server, threshold);
    audit->flush_replies += applied ? idle : 0;
    if (!applied) {
        int64_t span_ns = 0; // of an update that did not end no row tells the span
        if (distribution_is_constant(&audit_scenario_at(audit, begun_ns)->cluster.server.update,
                                     &span_ns)) {
            audit_missing(audit, row, "its update", audit_served(audit, server->free_ns, span_ns));
        }
    }
    for (int32_t worker = 0; worker < audit->workers && applied; worker++) {
        if (answers[worker]) {
            reply(server, server->workers[worker].latest);
        }
    }
    server->buffered = 0;
    server->repeats = 0;
    memory_free(answers);
    return applied;
}

// One service: receive, update, replies. Returns false if the run ends within it.
static bool serve(struct server_account *server, size_t row) {
    struct audit *audit = server->audit;
    const struct gradient_row *gradient = &audit->log->gradients[row];
    int64_t start_ns =
        gradient->arrived_ns > server->free_ns ? gradient->arrived_ns : server->free_ns;
    server->free_ns = audit_served(server->audit, start_ns, gradient->receive_ns);
    if (gradient->received_ns == -1) {
        audit_missing(audit, row, "received", server->free_ns);
        return false;
    }
    server->received++;
    server->received_ns = server->free_ns;
    server->taken[row] = true;
    audit_advance_clock(server, gradient->worker);
    const struct scenario *scenario = audit_scenario_at(audit, gradient->received_ns);
    const struct audit_rules rules = audit_rules_of(&scenario->training.policy);
    if (rules.drops &&
        aggregation_of(scenario->training.policy.policy)
            ->drops(&scenario->training.policy, server->version - gradient->version_read)) {
        drop(server, &rules, row);
        return true;
    }
    int64_t threshold = audit_threshold_of(server, scenario);
    server->looks = false;
    join_buffer(server, row, threshold);
    if (audit_buffer_is_full(server, &rules, threshold)) {
        return flush(server, &rules, row, threshold);
    }
    answer_at_once(server, &rules, row, !rules.waits);
    return true;
}

// An idle server, when fewer are present.
static void look_again(struct server_account *server, int64_t time_ns) {
    const struct scenario *scenario = audit_scenario_at(server->audit, time_ns);
    const struct audit_rules rules = audit_rules_of(&scenario->training.policy);
    server->free_ns = time_ns;
    int64_t threshold = audit_threshold_of(server, scenario);
    server->looks = false;
    if (server->buffered > 0 && audit_buffer_is_full(server, &rules, threshold)) {
        server->stopped = !flush(server, &rules, server->buffer[server->buffered - 1], threshold);
    } else if (server->audit->log->gradient_count > 0) {
        answer_at_once(server, &rules, 0, false);
    }
}

// All that silences lead to before this time.
static void miss_before(struct server_account *server, int64_t time_ns) {
    while (!server->stopped) {
        bool more = server->silences_over < server->silence_count;
        int64_t out_ns = more ? server->silences[server->silences_over].missed_ns : INT64_MAX;
        int64_t look_ns = server->free_ns > server->looks_ns ? server->free_ns : server->looks_ns;
        bool looks = server->looks && server->queue_first == server->queue_end && look_ns < time_ns;
        if (out_ns < time_ns && (!looks || out_ns <= look_ns)) {
            count_out_before(server, out_ns + 1);
        } else if (looks) {
            look_again(server, look_ns);
        } else {
            return;
        }
    }
}

// A worker that has pushed may go on at once, at the version that it has.
static void go_on(struct server_account *server, size_t row) {
    struct audit *audit = server->audit;
    const struct gradient_row *gradient = &audit->log->gradients[row];
    const struct audit_rules rules = audit_rules_at(audit, gradient->ready_ns);
    struct worker_account *worker = &server->workers[gradient->worker];
    if (!rules.goes_on || (rules.bounded && worker->started - worker->clock_read > rules.slack)) {
        return;
    }
    const struct gradient_row *next = audit_next_of_worker(audit, gradient);
    if (audit_may_idle(audit, gradient->worker, gradient->ready_ns, next)) {
        return; // it waits for its reply
    }
    audit->went_on[row] = true;
    worker->owed = false;
    if (next == NULL) {
        audit_missing(audit, row, "the start of the next gradient", gradient->ready_ns);
    } else if (next->dispatched_ns != gradient->ready_ns ||
               next->version_read != gradient->version_read) {
        audit_complain(audit, "gradient row %zu: its worker does not go on at once", row);
    }
}

// The gradient of an event, or the number of gradients.
static size_t row_of(const struct audit *audit, const struct event_row *event) {
    if (event->actor < 0 || event->actor >= audit->workers || event->gradient < 0) {
        return audit->log->gradient_count;
    }
    size_t at = audit->first[event->actor] + (size_t)event->gradient;
    return at < audit->log->gradient_count ? audit->rows[at] : audit->log->gradient_count;
}

static void take_event(struct server_account *server, const struct event_row *event, size_t row) {
    struct worker_account *worker = &server->workers[event->actor];
    switch ((enum event_kind)event->kind) {
    case EVENT_LOST:
        audit_lose(server, row, event->time_ns);
        return;
    case EVENT_VANISHED:
        if (audit_has_port(server->audit)) { // no row tells how long it waited there
            server->audit->vanishes_ns[row] = event->time_ns;
        }
        audit_reply_in_vain(server->audit, row, event->time_ns);
        return;
    case EVENT_DISPATCHED:
        worker->latest = row;
        worker->owed = true;
        worker->started++;
        if (audit_is_asked_again(server->audit, &server->audit->log->gradients[row])) {
            worker->clock_read = audit_least_clock(server);
        }
        return;
    case EVENT_READY:
        go_on(server, row);
        return;
    case EVENT_ARRIVED:
        server->queue[server->queue_end++] = row;
        worker->here++;
        audit_count_in(server, event->actor, event->time_ns);
        return;
    case EVENT_RECEIVED:
        if (server->stopped || server->queue_first == server->queue_end ||
            server->queue[server->queue_first] != row) {
            audit_complain(server->audit, "gradient row %zu is received out of turn", row);
            return;
        }
        server->queue_first++;
        server->stopped = !serve(server, row);
        return;
    default:
        return;
    }
}

static void take_events(struct server_account *server) {
    struct audit *audit = server->audit;
    const struct runlog *log = audit->log;
    for (size_t i = 0; i < log->event_count && !audit->broken; i++) {
        const struct event_row *event = &log->events[i];
        bool of_gradient = event->kind != EVENT_UPDATED && event->kind != EVENT_CRASHED &&
                           event->kind != EVENT_RETURNED;
        size_t row = of_gradient ? row_of(audit, event) : log->gradient_count;
        // The roll is called last at its instant, but for what comes of that without taking time.
        bool unheard = (event->kind == EVENT_UPDATED && event->version > server->version) ||
                       (event->kind == EVENT_REPLIED && row < log->gradient_count &&
                        audit->reply_end_ns[row] < 0);
        miss_before(server, event->time_ns + (unheard ? 1 : 0));
        if (event->kind == EVENT_UPDATED || event->kind == EVENT_CRASHED) {
            continue;
        }
        if (event->kind == EVENT_RETURNED) {
            audit_return(server, event->actor);
            audit_begin(audit, event->actor, event->time_ns);
            continue;
        }
        if (row == log->gradient_count) {
            audit_complain(audit, "event %zu: of no gradient", i);
            return;
        }
        take_event(server, event, row);
    }
    miss_before(server, log->ending.end_ns + (audit->broken ? 0 : 1));
    if (!server->stopped && server->queue_first < server->queue_end && !audit->broken) {
        serve(server, server->queue[server->queue_first]); // it does not end in time
    }
}

void audit_server(struct audit *audit) {
    const struct runlog *log = audit->log;
    struct server_account server = {.audit = audit, .loss = (double)NAN, .first_loss = (double)NAN};
    server.buffer = memory_allocate(log->gradient_count, sizeof *server.buffer);
    server.taken = memory_allocate(log->gradient_count, sizeof *server.taken);
    server.queue = memory_allocate(log->event_count, sizeof *server.queue);
    server.workers = memory_allocate((size_t)audit->workers, sizeof *server.workers);
    audit->losses = memory_allocate(log->gradient_count + 1, sizeof *audit->losses);
    server.silence_count = audit_silences(audit, &server.silences);
    audit_start_up(audit);
    take_events(&server);
    size_t arrived = 0;
    for (size_t i = 0; i < log->gradient_count; i++) {
        arrived += log->gradients[i].arrived_ns >= 0;
    }
    if (arrived != server.queue_end || (size_t)server.version != log->update_count) {
        audit_complain(audit, "%zu arrivals, should be %zu; %zu updates, should be %" PRId64,
                       server.queue_end, arrived, log->update_count, server.version);
    }
    audit_port(audit);
    memory_free(server.buffer);
    memory_free(server.queue);
    memory_free(server.taken);
    memory_free(server.silences);
    memory_free(server.workers);
    memory_free(audit->losses);
}
