// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/settings.h"

#include <stdint.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

bool settings_split(struct settings *settings, const char *text) {
    INVARIANT(settings->count <= settings->capacity);
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
        return false;
    }
    char *key = memory_copy_text(text);
    key[equals - text] = 0;
    settings->items = memory_grow(settings->items, &settings->capacity, settings->count + 1,
                                  sizeof *settings->items);
    settings->items[settings->count++] =
        (struct scenario_setting){.key = key, .value = key + (equals - text) + 1};
    return true;
}

void settings_add(struct settings *settings, struct argp_state *state, const char *option,
                  const char *example, const char *text) {
    REQUIRE(text != NULL);
    if (!settings_split(settings, text)) {
        argp_error(state, "%s takes KEY=VALUE, as in %s %s, got '%s'", option, option, example,
                   text);
    }
}

void settings_reset(struct settings *settings) {
    for (size_t i = 0; i < settings->count; i++) {
        char *key = (char *)(uintptr_t)settings->items[i].key; // ours, made by settings_add
        memory_free(key);
    }
    memory_free(settings->items);
    *settings = (struct settings){0};
}
