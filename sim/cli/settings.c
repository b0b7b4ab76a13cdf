// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/settings.h"

#include <stdint.h>
#include <string.h>

#include "sim/base/memory.h"

void settings_add(struct settings *settings, struct argp_state *state, const char *text) {
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
        argp_error(state, "--set takes KEY=VALUE, as in --set policy.threshold.every=500, got '%s'",
                   text);
        return;
    }
    char *key = memory_copy_text(text);
    key[equals - text] = 0;
    settings->items = memory_grow(settings->items, &settings->capacity, settings->count + 1,
                                  sizeof *settings->items);
    settings->items[settings->count++] =
        (struct scenario_setting){.key = key, .value = key + (equals - text) + 1};
}

void settings_reset(struct settings *settings) {
    for (size_t i = 0; i < settings->count; i++) {
        char *key = (char *)(uintptr_t)settings->items[i].key; // ours, made by settings_add
        memory_free(key);
    }
    memory_free(settings->items);
    *settings = (struct settings){0};
}
