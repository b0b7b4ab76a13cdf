// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/swarm_shrink.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/scenario/scenario_parse.h"
#include "tests/support/swarm_scenario.h"

struct search {
    const struct swarm_judge *judge;
    size_t left; // judgements
    char *text;  // (SWARM_TEXT_SIZE): the smallest so far
};

// Whether it is another one that fails, too: then it is the smallest.
static bool take(struct search *search, const char *text, const struct scenario_setting *setting) {
    char settled[SWARM_TEXT_SIZE];
    if (search->left == 0 || text[0] == 0 ||
        !swarm_text_settle(text, setting, setting != NULL, settled) ||
        strcmp(settled, search->text) == 0 || !swarm_scenario_is_whole(settled) ||
        swarm_text_lines(settled) > swarm_text_lines(search->text)) {
        return false;
    }
    search->left--;
    if (!search->judge->fails(search->judge->context, settled)) {
        return false;
    }
    snprintf(search->text, SWARM_TEXT_SIZE, "%s", settled);
    return true;
}

static bool set(struct search *search, const char *key, int64_t value, const char *unit) {
    char text[40];
    const struct scenario_setting setting = {key, text};
    snprintf(text, sizeof text, "%" PRId64 "%s", value, unit);
    return take(search, search->text, &setting);
}

static bool have_fewer_workers(struct search *search, const struct scenario *scenario) {
    int64_t workers = scenario->cluster.workers;
    for (int64_t fewer = 1; fewer < workers;
         fewer = 2 * fewer < workers ? 2 * fewer : workers - 1) {
        if (set(search, "cluster.workers", fewer, "")) {
            return true;
        }
        if (fewer == workers - 1) {
            break;
        }
    }
    return false;
}

static bool end_earlier(struct search *search, const struct scenario *scenario) {
    const struct end_options *end = &scenario->end;
    bool is_time = end->kind == END_TIME;
    int64_t value = is_time ? end->time_ns : end->count;
    const char *unit = is_time ? " ns" : end->kind == END_UPDATES ? " updates" : " gradients";
    for (int64_t part = 8; part > 0 && end->kind != END_EPOCHS; part /= 2) {
        int64_t less = part == 1 ? value / 4 * 3 : value / part;
        if (less > 0 && less < value && set(search, "end", less, unit)) {
            return true;
        }
    }
    return false;
}

static bool compute_nothing(struct search *search) {
    const struct scenario_setting setting = {"model", "none"};
    return take(search, search->text, &setting);
}

// What is there in any case: without its line it would be larger, or of other draws.
static bool stays(const char *line) {
    static const char *const keys[] = {"end:", "cluster:", "  workers:", "model:", "seed:"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strncmp(line, keys[i], strlen(keys[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool drop_lines(struct search *search) {
    bool dropped = false;
    for (size_t line = 0; line < swarm_text_lines(search->text);) {
        char less[SWARM_TEXT_SIZE];
        bool kept = stays(swarm_text_line(search->text, line));
        swarm_text_without(search->text, line, less);
        bool taken = !kept && take(search, less, NULL);
        dropped = dropped || taken;
        line += taken ? 0 : 1;
    }
    return dropped;
}

size_t swarm_shrink(const struct swarm_judge *judge, size_t most, char text[SWARM_TEXT_SIZE]) {
    struct search search = {.judge = judge, .left = most, .text = text};
    bool smaller = true;
    while (smaller && search.left > 0) {
        struct scenario scenario;
        struct error error;
        smaller = compute_nothing(&search);
        if (scenario_parse("swarm", text, strlen(text), NULL, 0, &scenario, &error) == STATUS_OK) {
            smaller = have_fewer_workers(&search, &scenario) || smaller;
            smaller = end_earlier(&search, &scenario) || smaller;
        }
        smaller = drop_lines(&search) || smaller;
    }
    return most - search.left;
}
