// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/sweep/sweep_baseline.h"
#include "sim/sweep/sweep_cells.h"
#include "sim/sweep/sweep_file.h"

// Where a key stands among the axes.
struct place {
    size_t axis;
    size_t column;
};

const char *const sweep_role_names[ROLE_COUNT] = {"round", "tune", "untuned"};

struct sweep_plan {
    struct sweep_file *file;
    size_t key_count;
    struct place *keys; // (key_count)
    struct sweep_cells cells;
    struct sweep_run *runs;
    size_t run_count;
    size_t *tune_runs; // (round, cell) of the tuning: an index into runs; NULL: none
    size_t *groups;    // (cell_count): which cell, apart from the tuned key
    size_t group_count;
};

void sweep_plan_destroy(struct sweep_plan *plan) {
    if (plan == NULL) {
        return;
    }
    for (size_t i = 0; i < plan->run_count; i++) {
        memory_free((char *)plan->runs[i].text);
    }
    memory_free(plan->runs);
    memory_free(plan->keys);
    memory_free(plan->tune_runs);
    memory_free(plan->groups);
    sweep_cells_reset(&plan->cells);
    sweep_file_close(plan->file);
    memory_free(plan);
}

// A cell of round 0 on its way to a run.
struct candidate {
    uint64_t hash;
    size_t cell;
    size_t run; // among the distinct runs of the round
};

static int compare_hashes(const void *left, const void *right) {
    const struct candidate *a = left;
    const struct candidate *b = right;
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return (a->cell > b->cell) - (a->cell < b->cell);
}

static int compare_cells(const void *left, const void *right) {
    const struct candidate *a = left;
    const struct candidate *b = right;
    return (a->cell > b->cell) - (a->cell < b->cell);
}

// Numbers the distinct runs in the order of the first cell that each serves; returns their count.
static size_t number_runs(struct candidate *candidates, size_t count) {
    size_t *first = memory_allocate(count, sizeof *first); // cell: the first cell of equal hash
    size_t *run = memory_allocate(count, sizeof *run);
    size_t runs = 0;
    qsort(candidates, count, sizeof *candidates, compare_hashes);
    for (size_t i = 0; i < count; i++) {
        bool equal = i > 0 && candidates[i].hash == candidates[i - 1].hash;
        first[candidates[i].cell] = equal ? first[candidates[i - 1].cell] : candidates[i].cell;
    }
    qsort(candidates, count, sizeof *candidates, compare_cells);
    for (size_t cell = 0; cell < count; cell++) {
        run[cell] = first[cell] == cell ? runs++ : run[first[cell]];
        candidates[cell].run = run[cell];
    }
    memory_free(first);
    memory_free(run);
    return runs;
}

// Runs of one kind: "count" cells in so many rounds.
struct batch {
    const enum sweep_role *roles; // (count)
    const size_t *cells;          // (count), ascending
    size_t count;
    size_t rounds;
    uint64_t seed_offset;
    size_t *table; // (round, cell): an index into the runs; NULL: nobody asks
};

// Fills the runs of one round, which begin at "first".
static void fill_round(struct sweep_plan *plan, const struct batch *batch,
                       const struct candidate *candidates, size_t first, size_t round) {
    REQUIRE(round < batch->rounds);
    for (size_t i = 0; i < batch->count; i++) {
        size_t cell = batch->cells[i];
        size_t index = first + candidates[i].run;
        struct sweep_run *run = &plan->runs[index];
        if (batch->table != NULL) {
            batch->table[round * plan->cells.count + cell] = index;
        }
        if (run->text != NULL) {
            continue; // an earlier cell is the same run
        }
        struct scenario scenario = plan->cells.scenarios[cell];
        scenario.seed += batch->seed_offset + round;
        run->scenario = &plan->cells.scenarios[cell];
        run->seed = scenario.seed;
        run->text = scenario_print(&scenario);
        run->hash = scenario_hash(&scenario);
        run->role = batch->roles[i];
        run->cell = cell;
        run->round = round;
    }
}

static enum status check_seeds(const struct sweep_plan *plan, uint64_t seed, struct error *error) {
    REQUIRE(plan->file->round_count >= 1);
    size_t seeds = plan->file->round_count;
    if (plan->file->tune.key != NULL) {
        seeds = SWEEP_TUNE_SEEDS + plan->file->tune.round_count;
    }
    if (seed <= UINT64_MAX - (seeds - 1)) {
        return STATUS_OK;
    }
    return node_error(node_member(plan->file->root, "rounds"), error, NULL,
                      "%zu rounds from seed %" PRIu64 " on go past the largest seed",
                      plan->file->round_count, seed);
}

static void add_batch(struct sweep_plan *plan, const struct batch *batch) {
    REQUIRE(batch->roles != NULL && batch->cells != NULL);
    struct candidate *candidates = memory_allocate(batch->count, sizeof *candidates);
    for (size_t i = 0; i < batch->count; i++) {
        candidates[i] = (struct candidate){
            .hash = scenario_hash(&plan->cells.scenarios[batch->cells[i]]), .cell = i};
    }
    size_t runs = number_runs(candidates, batch->count);
    size_t first = plan->run_count;
    plan->run_count += runs * batch->rounds;
    plan->runs = memory_resize(plan->runs, plan->run_count, sizeof *plan->runs);
    memset(plan->runs + first, 0, (plan->run_count - first) * sizeof *plan->runs);
    for (size_t round = 0; round < batch->rounds; round++) {
        fill_round(plan, batch, candidates, first + round * runs, round);
    }
    memory_free(candidates);
}

static void make_groups(struct sweep_plan *plan) {
    REQUIRE(plan->groups == NULL);
    size_t values = plan->file->tune.value_count;
    plan->groups = memory_allocate(plan->cells.count, sizeof *plan->groups);
    for (size_t cell = 0; cell < plan->cells.count; cell++) {
        bool same =
            cell > 0 && plan->cells.places[cell] / values == plan->cells.places[cell - 1] / values;
        plan->group_count += !same;
        plan->groups[cell] = plan->group_count - 1;
    }
}

// A sweep that tunes begins with the tuning alone.
static void make_runs(struct sweep_plan *plan) {
    REQUIRE(plan->run_count == 0);
    const struct sweep_tune *tune = &plan->file->tune;
    size_t *all = memory_allocate(plan->cells.count, sizeof *all);
    enum sweep_role *roles = memory_allocate(plan->cells.count, sizeof *roles);
    struct batch batch = {.roles = roles, .cells = all, .count = plan->cells.count};
    for (size_t cell = 0; cell < plan->cells.count; cell++) {
        all[cell] = cell;
        roles[cell] = tune->key != NULL ? ROLE_TUNE : ROLE_ROUND;
    }
    make_groups(plan);
    if (tune->key != NULL) {
        plan->tune_runs = memory_allocate(plan->cells.count * tune->round_count, sizeof(size_t));
        batch.rounds = tune->round_count;
        batch.seed_offset = SWEEP_TUNE_SEEDS;
        batch.table = plan->tune_runs;
    } else {
        batch.rounds = plan->file->round_count;
    }
    add_batch(plan, &batch);
    memory_free(roles);
    memory_free(all);
}

void sweep_plan_choose(struct sweep_plan *plan, const struct sweep_choice *choices) {
    REQUIRE(plan->file->tune.key != NULL);
    REQUIRE(plan->runs[plan->run_count - 1].role == ROLE_TUNE);
    size_t *cells = memory_allocate(plan->group_count, sizeof *cells);
    enum sweep_role *roles = memory_allocate(plan->group_count, sizeof *roles);
    struct batch batch = {.roles = roles, .cells = cells, .rounds = plan->file->round_count};
    for (size_t group = 0; group < plan->group_count; group++) {
        if (choices[group].cell != SWEEP_NO_CHOICE) {
            cells[batch.count] = choices[group].cell;
            roles[batch.count++] = choices[group].sound ? ROLE_ROUND : ROLE_UNTUNED;
        }
    }
    add_batch(plan, &batch);
    memory_free(roles);
    memory_free(cells);
}

const struct sweep_tune *sweep_plan_tune(const struct sweep_plan *plan) {
    return plan->file->tune.key == NULL ? NULL : &plan->file->tune;
}

size_t sweep_plan_group_count(const struct sweep_plan *plan) {
    return plan->group_count;
}

size_t sweep_plan_group(const struct sweep_plan *plan, size_t cell) {
    REQUIRE(cell < plan->cells.count);
    return plan->groups[cell];
}

size_t sweep_plan_tune_run(const struct sweep_plan *plan, size_t cell, size_t round) {
    REQUIRE(plan->tune_runs != NULL && cell < plan->cells.count);
    REQUIRE(round < plan->file->tune.round_count);
    return plan->tune_runs[round * plan->cells.count + cell];
}

static void make_keys(struct sweep_plan *plan) {
    REQUIRE(plan->keys == NULL);
    const struct sweep_axes *axes = &plan->file->axes;
    size_t count = 0;
    for (size_t i = 0; i < axes->count; i++) {
        count += axes->axes[i].key_count;
    }
    plan->keys = memory_allocate(count, sizeof *plan->keys);
    for (size_t i = 0; i < axes->count; i++) {
        for (size_t column = 0; column < axes->axes[i].key_count; column++) {
            plan->keys[plan->key_count++] = (struct place){i, column};
        }
    }
}

enum status sweep_plan_read_rounds(const char *path, const struct scenario_setting *settings,
                                   size_t setting_count, size_t rounds, struct sweep_plan **plan,
                                   struct error *error) {
    struct sweep_plan *made = memory_allocate(1, sizeof *made);
    REQUIRE(rounds <= SWEEP_ROUNDS_MAX);
    enum status status = sweep_file_open(path, &made->file, error);
    if (status == STATUS_OK && rounds > 0) {
        status = sweep_file_set_rounds(made->file, rounds, error);
    }
    if (status == STATUS_OK) {
        status = sweep_cells_make(made->file, settings, setting_count, &made->cells, error);
    }
    if (status == STATUS_OK) {
        status = check_seeds(made, made->cells.scenarios[0].seed, error);
    }
    if (status == STATUS_OK) {
        status = sweep_baseline_check(&made->file->axes, node_member(made->file->root, "baseline"),
                                      made->cells.scenarios, made->cells.count, error);
    }
    if (status == STATUS_OK) {
        make_keys(made);
        make_runs(made);
    }
    if (status != STATUS_OK) {
        sweep_plan_destroy(made);
        return status;
    }
    *plan = made;
    return STATUS_OK;
}

enum status sweep_plan_read(const char *path, const struct scenario_setting *settings,
                            size_t setting_count, struct sweep_plan **plan, struct error *error) {
    return sweep_plan_read_rounds(path, settings, setting_count, 0, plan, error);
}

const struct scenario_notes *sweep_plan_notes(const struct sweep_plan *plan) {
    return &plan->cells.notes;
}

const char *sweep_plan_scenario_path(const struct sweep_plan *plan) {
    return plan->file->scenario_path;
}

size_t sweep_plan_run_count(const struct sweep_plan *plan) {
    return plan->run_count;
}

const struct sweep_run *sweep_plan_run(const struct sweep_plan *plan, size_t index) {
    REQUIRE(index < plan->run_count);
    return &plan->runs[index];
}

size_t sweep_plan_cell_count(const struct sweep_plan *plan) {
    return plan->cells.count;
}

size_t sweep_plan_round_count(const struct sweep_plan *plan) {
    return plan->file->round_count;
}

size_t sweep_plan_key_count(const struct sweep_plan *plan) {
    return plan->key_count;
}

const char *sweep_plan_key(const struct sweep_plan *plan, size_t key) {
    REQUIRE(key < plan->key_count);
    const struct place *place = &plan->keys[key];
    return plan->file->axes.axes[place->axis].keys[place->column]->text;
}

const char *sweep_plan_value(const struct sweep_plan *plan, size_t cell, size_t key) {
    REQUIRE(cell < plan->cells.count);
    REQUIRE(key < plan->key_count);
    const struct place *place = &plan->keys[key];
    const struct sweep_axis *axis = &plan->file->axes.axes[place->axis];
    return axis
        ->texts[sweep_axis_index(axis, plan->cells.places[cell]) * axis->key_count + place->column];
}

size_t sweep_plan_baseline_count(const struct sweep_plan *plan) {
    return plan->file->baseline_count;
}

const char *sweep_plan_baseline(const struct sweep_plan *plan, size_t index) {
    REQUIRE(index < plan->file->baseline_count);
    return plan->file->baseline[index];
}

char *sweep_plan_run_value(const struct sweep_plan *plan, size_t index, size_t key) {
    const struct sweep_run *run = sweep_plan_run(plan, index);
    const char *name = sweep_plan_key(plan, key);
    char *value = sweep_canonical_value(run->text, name);
    if (value != NULL) {
        return value;
    }
    return memory_copy_text(schema_is_group(name) ? sweep_plan_value(plan, run->cell, key) : "");
}
