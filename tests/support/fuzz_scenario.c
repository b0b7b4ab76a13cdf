// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdbool.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"
#include "tests/support/fuzz_target.h"

// The canonical form must read back as itself: a log's scenario is run from it.
static void print_and_parse(const struct scenario *scenario) {
    struct scenario again;
    struct error error;
    char *text = scenario_print(scenario);
    INVARIANT(scenario_parse("canonical", text, strlen(text), NULL, 0, &again, &error) ==
              STATUS_OK);
    char *text_again = scenario_print(&again);
    INVARIANT(strcmp(text, text_again) == 0);
    INVARIANT(scenario_hash(scenario) == scenario_hash(&again));
    memory_free(text_again);
    memory_free(text);
}

void fuzz_scenario(const uint8_t *bytes, size_t size) {
    char *input = memory_allocate(size + 3, 1); // zeroes behind it: key and value may be missing
    memcpy(input, bytes, size);
    size_t text_size = strnlen(input, size);
    struct scenario_setting setting = {.key = input + text_size + 1};
    setting.value = setting.key + strlen(setting.key) + (text_size < size);
    struct scenario scenario;
    struct error error = {0};
    size_t setting_count = text_size < size && setting.value <= input + size + 2 ? 1 : 0;
    enum status status =
        scenario_parse("a.yaml", input, text_size, &setting, setting_count, &scenario, &error);
    if (status == STATUS_OK) {
        print_and_parse(&scenario);
    } else {
        bool is_told = status == STATUS_BAD_DATA || status == STATUS_NO_INPUT; // a file of times
        INVARIANT(is_told && error.message[0] != 0);
    }
    memory_free(input);
}
