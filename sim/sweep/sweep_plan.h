// SPDX-License-Identifier: GPL-3.0-or-later
// A sweep file as a plan: which runs there are to do, and which are compared with which. Nothing is
// run here.
//
// A cell is one combination of the varied values (the grid over "list", the designs and "vary", the
// last key fastest) that satisfies the conditions of "where"; a round is one repetition, whose seed
// is the scenario's plus the round's number. Cells of a round that come to the same canonical form
// are one run.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/sweep/sweep_tune.h"

// What a run is for.
enum sweep_role {
    ROLE_ROUND,   // one round of a cell
    ROLE_TUNE,    // a candidate of a tuned key, on a seed that no round has
    ROLE_UNTUNED, // one round of a cell of which no candidate was sound
    ROLE_COUNT,
};
extern const char *const sweep_role_names[ROLE_COUNT];

struct sweep_run {
    const struct scenario *scenario; // of its cell: with the seed of round 0
    const char *text;                // canonical; borrowed from the plan, as the scenario is
    uint64_t hash;                   // of the canonical form
    uint64_t seed;
    enum sweep_role role;
    size_t cell; // the first cell that it serves
    size_t round;
};

// The seeds of the rounds of tuning begin so far behind those of the others: more than there can be
// rounds.
enum { SWEEP_TUNE_SEEDS = 1000000 };

struct sweep_plan;

// Reads a sweep file and resolves every cell; settings are applied to all of them, after the
// sweep's own "set" and before what varies; one that has no effect, since its key varies in all
// of them, is refused. Errors: STATUS_NO_INPUT (the sweep or its scenario is
// missing), STATUS_BAD_DATA ("FILE:LINE:COLUMN: error: ..."). *plan is set only on success and
// released with sweep_plan_destroy.
enum status sweep_plan_read(const char *path, const struct scenario_setting *settings,
                            size_t setting_count, struct sweep_plan **plan, struct error *error);

// The same with so many rounds, whatever the file says; 0: as it says. A round's runs are the same
// however many there are. Requires: rounds <= SWEEP_ROUNDS_MAX.
enum status sweep_plan_read_rounds(const char *path, const struct scenario_setting *settings,
                                   size_t setting_count, size_t rounds, struct sweep_plan **plan,
                                   struct error *error);
void sweep_plan_destroy(struct sweep_plan *plan); // NULL is fine

// The keys that were written and have no effect in any cell; borrowed.
const struct scenario_notes *sweep_plan_notes(const struct sweep_plan *plan);

// The file of the scenario; borrowed.
const char *sweep_plan_scenario_path(const struct sweep_plan *plan);

// The runs to do, each once: all cells of round 0, then of round 1, ...
size_t sweep_plan_run_count(const struct sweep_plan *plan);
const struct sweep_run *sweep_plan_run(const struct sweep_plan *plan, size_t index);

// The grid. Requires: cell, round and key within it.
size_t sweep_plan_cell_count(const struct sweep_plan *plan);
size_t sweep_plan_round_count(const struct sweep_plan *plan);
size_t sweep_plan_key_count(const struct sweep_plan *plan);
const char *sweep_plan_key(const struct sweep_plan *plan, size_t key); // "policy.threshold.every"
const char *sweep_plan_value(const struct sweep_plan *plan, size_t cell,
                             size_t key); // "300", as flow YAML on one line

// The value of a varied key in a run's canonical form; of a group of keys, as the sweep has it; ""
// where the key does not apply to the run. Released with memory_free.
char *sweep_plan_run_value(const struct sweep_plan *plan, size_t index, size_t key);

// The settings of the baseline, each "KEY=VALUE" as the sweep has it, on one line; none: 0.
size_t sweep_plan_baseline_count(const struct sweep_plan *plan);
const char *sweep_plan_baseline(const struct sweep_plan *plan, size_t index);

// A sweep that tunes ("tune") has at first only the runs of tuning; its cells are then all
// candidates, and those of one group, "value_count" at most, differ in the tuned key alone. NULL:
// it does not tune.
const struct sweep_tune *sweep_plan_tune(const struct sweep_plan *plan);
size_t sweep_plan_group_count(const struct sweep_plan *plan);
size_t sweep_plan_group(const struct sweep_plan *plan, size_t cell); // ascending with the cell

// The run of a candidate in a round of the tuning.
size_t sweep_plan_tune_run(const struct sweep_plan *plan, size_t cell, size_t round);

#define SWEEP_NO_CHOICE SIZE_MAX
struct sweep_choice {
    size_t cell; // the candidate; SWEEP_NO_CHOICE: none, and the group has no rounds
    bool sound;  // false: it is not better than the others, since none is worth anything
};

// Adds the rounds of the chosen candidates, one for each group. Once, of a sweep that tunes.
void sweep_plan_choose(struct sweep_plan *plan, const struct sweep_choice *choices);
