// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/setting_rules.h"

#include <string.h>

static const char *setting_of(const struct scenario_setting *settings, size_t count,
                              const char *key) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(settings[i].key, key) == 0) {
            return settings[i].value;
        }
    }
    return "";
}

bool setting_rules_broken(const struct scenario_setting *settings, size_t count) {
    const char *name = setting_of(settings, count, "policy.name");
    bool no_model = strcmp(setting_of(settings, count, "model.name"), "none") == 0;
    bool momentum = setting_of(settings, count, "training.momentum")[0] != 0;
    bool past = setting_of(settings, count, "past")[0] != 0;
    bool racks = setting_of(settings, count, "cluster.network.cluster_size")[0] != 0 &&
                 strstr(setting_of(settings, count, "cluster.groups"), "uplink") != NULL;
    bool threshold = false;
    for (size_t i = 0; i < count; i++) {
        threshold = threshold || strncmp(settings[i].key, "policy.threshold.", 17) == 0;
    }
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        const struct averaging_entry *entry = &policy_table[policy].averaging;
        if (strcmp(policy_table[policy].name, name) == 0) {
            return (past && !policy_table[policy].may_change_midway) ||
                   (momentum && entry->family > AVERAGING_FAMILY_PERIODIC) ||
                   (racks && entry->family != AVERAGING_FAMILY_NONE) ||
                   (no_model && entry->has_adapt_every) || (threshold && entry->has_gradient);
        }
    }
    return false;
}
