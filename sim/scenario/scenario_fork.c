// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_fork.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_past.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_semantics.h"

static enum status check_fork(const struct scenario_fork *fork, const char *before,
                              const struct scenario *next, struct error *error) {
    REQUIRE(before != NULL && fork->at_ns >= 0);
    char sentence[256];
    char end[SIM_TIME_TEXT_SIZE];
    char at[SIM_TIME_TEXT_SIZE];
    if (next->past[0] != 0) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: 'past' cannot change at a fork: it is what has happened", fork->name);
    }
    char *after = scenario_print(next);
    scenario_past_check_rules(after, before, true, sentence, sizeof sentence);
    memory_free(after);
    if (sentence[0] != 0) {
        return error_set(error, STATUS_BAD_DATA, "%s: %s", fork->name, sentence);
    }
    if (next->end.kind == END_TIME && next->end.time_ns < fork->at_ns) {
        return error_set(error, STATUS_BAD_DATA, "%s: the end, %s, is before the fork at %s",
                         fork->name, sim_time_format(next->end.time_ns, end),
                         sim_time_format(fork->at_ns, at));
    }
    return STATUS_OK;
}

enum status scenario_fork(const struct scenario_fork *fork, struct scenario *forked,
                          struct error *error) {
    REQUIRE(fork->name != NULL && fork->text != NULL && fork->at_ns >= 0);
    struct scenario first;
    struct scenario next;
    struct scenario_phase *phases = NULL;
    enum status status =
        scenario_parse(fork->name, fork->text, strlen(fork->text), NULL, 0, &first, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = scenario_check_rules(fork->name, &first, error);
    if (status != STATUS_OK) {
        return status;
    }
    char *before = scenario_past_present_text(&first);
    status = scenario_parse_noting(fork->name, before, strlen(before), fork->settings,
                                   fork->setting_count, &next, fork->notes, error);
    if (status == STATUS_OK) {
        next.semantics = 1; // as of the text before, until all phases are known
        status = check_fork(fork, before, &next, error);
    }
    memory_free(before);
    if (status != STATUS_OK) {
        return status;
    }
    size_t count = 0;
    size_t earlier = scenario_past_phases(&first, &phases);
    phases = memory_resize(phases, earlier + 1, sizeof *phases);
    while (count < earlier && phases[count].until_ns < fork->at_ns) {
        count++;
    }
    if (count == earlier) {
        first.past[0] = 0;
        phases[count].scenario = first;
    }
    phases[count].until_ns = fork->at_ns;
    const struct past_place place = {.name = fork->name};
    status = scenario_past_store(phases, count + 1, &next, &place, error);
    memory_free(phases);
    if (status == STATUS_OK) {
        next.semantics = scenario_least_semantics(&next);
        *forked = next;
    }
    return status;
}
