// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/reply_rule.h"

#include <string.h>

#include "sim/base/canonical_text.h"

static const struct {
    const char *policy;
    enum reply_rule rule;
} rules[] = {{"k_batch_async", REPLY_TO_RECEIVED}, {"n_softsync", REPLY_TO_RECEIVED},
             {"fedbuff", REPLY_TO_RECEIVED},       {"k_sync", REPLY_TO_ALL_OVER},
             {"backup", REPLY_TO_ALL_OVER},        {"k_batch_sync", REPLY_TO_CANCELLED}};

enum reply_rule reply_rule_of(const char *scenario) {
    char value[32] = "";
    if (canonical_text_value(scenario, "policy.pushed_worker", value, sizeof value)) {
        return strcmp(value, "continues") == 0 ? REPLY_TO_RECEIVED : REPLY_TO_APPLIED;
    }
    bool named = canonical_text_value(scenario, "policy.name", value, sizeof value);
    for (size_t i = 0; named && i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(rules[i].policy, value) == 0) {
            return rules[i].rule;
        }
    }
    return REPLY_TO_APPLIED;
}

bool reply_rule_holds(enum reply_rule rule, const struct gradient_row *row) {
    switch (rule) {
    case REPLY_TO_RECEIVED:
        return row->received_ns >= 0;
    case REPLY_TO_ALL_OVER:
        return row->outcome != OUTCOME_PENDING;
    case REPLY_TO_CANCELLED:
        return row->outcome == OUTCOME_CANCELLED;
    case REPLY_TO_APPLIED:
        break;
    }
    return row->outcome == OUTCOME_APPLIED;
}
