// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/canonical_setting.h"

#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/setting_match.h"

enum { VALUE_SIZE = 4096 };

char *canonical_setting_value(const struct compare_run *runs, size_t count,
                              const struct scenario_setting *setting) {
    REQUIRE(runs != NULL || count == 0);
    REQUIRE(setting->key[0] != 0);
    char value[VALUE_SIZE];
    for (size_t i = 0; i < count; i++) {
        const char *text = runs[i].scenario;
        struct scenario scenario;
        if (!canonical_text_value(text, setting->key, value, sizeof value) ||
            scenario_parse(runs[i].name, text, strlen(text), setting, 1, &scenario, NULL) !=
                STATUS_OK) {
            continue;
        }
        char *changed = scenario_print(&scenario);
        bool found = canonical_text_value(changed, setting->key, value, sizeof value);
        memory_free(changed);
        if (found) {
            return memory_copy_text(value);
        }
    }
    return memory_copy_text(setting->value);
}

void canonical_setting_holding(const struct compare_run *runs, size_t count,
                               const struct scenario_setting *setting,
                               enum compare_holding *holding) {
    REQUIRE(runs != NULL || count == 0);
    REQUIRE(holding != NULL || count == 0);
    static const enum compare_holding holdings[] = {
        [SETTING_IS_ANOTHER] = COMPARE_HAS_ANOTHER,
        [SETTING_DOES_NOT_APPLY] = COMPARE_CANNOT_HAVE,
        [SETTING_IS_HAD] = COMPARE_HAS,
    };
    char **texts = memory_allocate(count, sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        texts[i] = (char *)(uintptr_t)runs[i].scenario;
    }
    for (size_t i = 0; i < count; i++) {
        holding[i] = holdings[setting_match_among(texts, count, i, setting)];
    }
    memory_free(texts);
}

char *canonical_setting_default(const struct compare_run *run, const char *key,
                                const char *another) {
    REQUIRE(another != NULL);
    return setting_match_default(run->name, run->scenario, key, another);
}
