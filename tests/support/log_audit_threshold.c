// SPDX-License-Identifier: GPL-3.0-or-later
// What a policy says in the words of its definition, and what K should be at a test of the buffer.
#include "sim/training/threshold_schedule.h"
#include "tests/support/log_audit_account.h"

// What the policy's functions say is held against its paper by test_aggregation.c.
struct audit_rules audit_rules_of(const struct policy_options *policy) {
    const struct aggregation *server = aggregation_of(policy->policy);
    if (server == NULL) {
        return (struct audit_rules){.waits = true};
    }
    return (struct audit_rules){
        .waits = server->pushed_worker_waits(policy),
        .drops = server->drops != NULL,
        .cancels = server->cancels != NULL && server->cancels(policy),
        .goes_on = server->goes_on != NULL && server->goes_on(policy, 0, 0),
        .bounded = policy->policy == POLICY_SSP,
        .slack = policy->slack,
    };
}

// 0: there are no data, or one's own file, whose length no log tells.
static int64_t audit_train_count(const struct audit *audit) {
    return scenario_has_data(audit->scenario)
               ? (int64_t)data_options_expect(&audit->scenario->data).train_count
               : 0;
}

// Who is counted in, or has a gradient here.
static int32_t present(const struct server_account *server) {
    int32_t count = 0;
    for (int32_t worker = 0; worker < server->audit->workers; worker++) {
        count += !server->workers[worker].out || server->workers[worker].here > 0;
    }
    return count;
}

// The facts that a schedule may look at, from the log alone: what it makes of them has tests of its
// own (test_threshold_schedule.c).
static int64_t scheduled(struct server_account *server, const struct scenario *scenario) {
    const struct threshold_options *t = &scenario->training.policy.threshold;
    int64_t workers = server->audit->workers;
    bool has_threshold = policy_table[scenario->training.policy.policy].has_threshold;
    if (has_threshold && t->schedule == SCHEDULE_CONSTANT) {
        return t->start == THRESHOLD_WORKERS ? workers : t->start;
    }
    if (has_threshold && t->schedule == SCHEDULE_STEP && t->counts <= COUNTS_UPDATES) {
        int64_t n = t->counts == COUNTS_GRADIENTS ? server->received : server->version;
        int64_t start = t->start == THRESHOLD_WORKERS ? workers : t->start;
        int64_t k = start + t->increment * (n / t->every);
        bool falls = t->increment < 0;
        if (t->end > 0 && (falls ? t->end <= start : t->end >= start)) { // it stops there
            k = (falls ? k < t->end : k > t->end) ? t->end : k;
        }
        return k < 1 ? 1 : k > workers ? workers : k;
    }
    if (threshold_reads_loss(&scenario->training.policy) && server->audit->past_count > 0) {
        server->memory.threshold = 0; // what it remembered across the change no row tells
    }
    struct aggregation_view view = {.workers = server->audit->workers,
                                    .present = present(server),
                                    .gradients_received = server->received,
                                    .version = server->version,
                                    .now_ns = server->free_ns,
                                    .batch = scenario->training.batch *
                                             policy_local_steps(&scenario->training.policy),
                                    .train_count = audit_train_count(server->audit),
                                    .loss = server->loss,
                                    .first_loss = server->first_loss,
                                    .waits = aggregation_waits(&scenario->training.policy),
                                    .memory = &server->memory};
    return aggregation_of(scenario->training.policy.policy)
        ->threshold(&scenario->training.policy, &view);
}

// K at n gradients received and that many updates made.
int64_t audit_threshold_of(struct server_account *server, const struct scenario *scenario) {
    const struct policy_options *policy = &scenario->training.policy;
    int64_t there = present(server);
    int64_t k = 1;
    bool is_constant = policy_table[policy->policy].has_threshold &&
                       policy->threshold.schedule == SCHEDULE_CONSTANT;
    switch (policy->policy) {
    case POLICY_SYNC:
        k = there;
        break;
    case POLICY_ASYNC:
    case POLICY_SSP:
        break;
    case POLICY_BACKUP:
        k = there - policy->backup_workers;
        break;
    case POLICY_N_SOFTSYNC:
        k = there / policy->splits;
        break;
    default:
        k = scheduled(server, scenario);
        break;
    }
    bool is_bounded =
        there < server->audit->workers && !(is_constant && !aggregation_waits(policy));
    k = is_bounded && k > there ? there : k;
    return k < 1 ? 1 : k;
}

bool audit_buffer_is_full(const struct server_account *server, const struct audit_rules *rules,
                          int64_t threshold) {
    bool all = rules->goes_on || !rules->waits;
    return (int64_t)(server->buffered - (all ? 0 : server->repeats)) >= threshold;
}
