// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_file.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_mistakes.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_tree.h"
#include "sim/scenario/setting_match.h"
#include "sim/scenario/text_buffer.h"
#include "sim/sweep/sweep_overlap.h"
#include "sim/sweep/sweep_vary.h"

void sweep_file_close(struct sweep_file *file) {
    if (file == NULL) {
        return;
    }
    sweep_axes_reset(&file->axes);
    for (size_t i = 0; i < file->baseline_count; i++) {
        memory_free(file->baseline[i]);
    }
    memory_free(file->baseline);
    memory_free(file->conditions);
    memory_free(file->scenario_path);
    document_destroy(file->document);
    memory_free(file);
}

const struct sweep_key_entry sweep_key_table[SWEEP_KEY_COUNT] = {
    {"title", "a line for people"},
    {"scenario", "the scenario's path, beside the sweep's own file"},
    {"set", "keys of the scenario, with their values in all runs"},
    {"vary", "keys with lists of values: every combination is a cell. A key that varies must not "
             "contain another one that varies"},
    {"list", "cells written out: a list of maps of keys"},
    {"random", "`points` random points `over` ranges of keys"},
    {"latin_hypercube", "the same as a Latin hypercube"},
    {"sobol", "the same as a Sobol sequence"},
    {"where", "conditions: only cells that satisfy all of them are run"},
    {"rounds", "repetitions (default 1): seed, seed + 1, ...; `--rounds N` overrides it"},
    {"tune", "a key whose value is chosen for each cell before its rounds"},
    {"baseline",
     "what each cell is compared with, also by `desgd compare FOLDER` without --baseline: keys "
     "that vary, or keys of a group that varies, each with a value that some cells have"},
};

static enum status check_keys(const struct node *root, struct error *error) {
    REQUIRE(root->kind == NODE_MAP);
    char excerpt[EXCERPT_SIZE];
    for (const struct node *member = root->first; member != NULL; member = member->next) {
        const char *word = member->key->text;
        size_t known = 0;
        while (known < SWEEP_KEY_COUNT && strcmp(word, sweep_key_table[known].name) != 0) {
            known++;
        }
        if (known == SWEEP_KEY_COUNT) {
            struct text_buffer hint = {0};
            const char *words[SWEEP_KEY_COUNT];
            for (size_t i = 0; i < SWEEP_KEY_COUNT; i++) {
                words[i] = sweep_key_table[i].name;
            }
            bool of_scenario = schema_find(word) != KEY_COUNT || schema_is_group(word);
            if (of_scenario) {
                text_buffer_add(&hint, "a key of the scenario stands under 'set'; ");
            }
            hint_add_words(&hint, of_scenario ? "" : word, words, SWEEP_KEY_COUNT);
            enum status status =
                node_error(member->key, error, text_buffer_text(&hint),
                           "unknown key '%s' in a sweep", text_excerpt(word, excerpt));
            text_buffer_clear(&hint);
            return status;
        }
        const struct node *first = node_member(root, word);
        if (first != member) {
            return node_error(member->key, error, NULL,
                              "'%s' is written twice: the first is at line %" PRId32, word,
                              first->key->line);
        }
    }
    return STATUS_OK;
}

// The scenario's path counts from the folder of the sweep file.
static enum status read_scenario_path(struct sweep_file *file, const char *path,
                                      const struct node *root, struct error *error) {
    REQUIRE(path != NULL && file->scenario_path == NULL);
    const struct node *node = node_member(root, "scenario");
    if (node == NULL || node->kind != NODE_SCALAR || node->text[0] == 0) {
        return node_error(node == NULL ? root : node, error, "scenario: mnist_hybrid.yaml",
                          "a sweep needs the path of a scenario");
    }
    const char *slash = strrchr(path, '/');
    struct text_buffer buffer = {0};
    if (slash != NULL && node->text[0] != '/') {
        text_buffer_add_bytes(&buffer, path, (size_t)(slash - path) + 1);
    }
    text_buffer_add(&buffer, "%s", node->text);
    file->scenario_path = buffer.text;
    return STATUS_OK;
}

static enum status read_rounds(struct sweep_file *file, const struct node *root,
                               struct error *error) {
    const struct node *node = node_member(root, "rounds");
    int64_t rounds = 1;
    char excerpt[EXCERPT_SIZE];
    if (node != NULL && (node->kind != NODE_SCALAR || !number_read_integer(node->text, &rounds) ||
                         rounds < 1 || rounds > SWEEP_ROUNDS_MAX)) {
        return node_error(node, error, NULL, "'rounds' must be a whole number, 1 to %d, got '%s'",
                          SWEEP_ROUNDS_MAX, text_excerpt(node->text, excerpt));
    }
    file->round_count = (size_t)rounds;
    return STATUS_OK;
}

static enum status read_axes(struct sweep_file *file, const struct node *root,
                             struct error *error) {
    REQUIRE(file->axes.count == 0);
    const struct node *tune = node_member(root, "tune");
    enum status status = sweep_vary_read(file->document, root, &file->axes, error);
    file->tune.value_count = 1;
    if (status == STATUS_OK && tune != NULL) {
        status = sweep_tune_read(tune, &file->axes, &file->tune, error);
    }
    sweep_axes_set_strides(&file->axes);
    if (status == STATUS_OK && file->set != NULL) {
        status = sweep_overlap_check_set(file->set, &file->axes, error);
    }
    return status;
}

static enum status read_where(struct sweep_file *file, const struct node *root,
                              struct error *error) {
    REQUIRE(file->conditions == NULL);
    const struct node *where = node_member(root, "where");
    if (where == NULL) {
        return STATUS_OK;
    }
    return sweep_conditions_read(where, &file->conditions, &file->condition_count, error);
}

static enum status check_size(const struct sweep_file *file, const struct node *root, size_t rounds,
                              struct error *error) {
    REQUIRE(file->axes.cell_count > 0 && rounds >= 1);
    if (rounds <= SWEEP_RUNS_MAX / file->axes.cell_count) {
        return STATUS_OK;
    }
    const struct node *node = node_member(root, "rounds");
    return node_error(node == NULL ? root : node, error, NULL,
                      "%zu cells times %zu rounds: a sweep has at most %d runs",
                      file->axes.cell_count, rounds, SWEEP_RUNS_MAX);
}

enum status sweep_file_set_rounds(struct sweep_file *file, size_t rounds, struct error *error) {
    REQUIRE(rounds >= 1 && rounds <= SWEEP_ROUNDS_MAX);
    enum status status = check_size(file, file->root, rounds, error);
    file->round_count = status == STATUS_OK ? rounds : file->round_count;
    return status;
}

static void take_leaf(void *context, const char *key, const char *value) {
    REQUIRE(key != NULL && value != NULL);
    struct sweep_file *file = context;
    struct text_buffer text = {0};
    text_buffer_add(&text, "%s=%s", key, value);
    file->baseline = memory_grow(file->baseline, &file->baseline_capacity, file->baseline_count + 1,
                                 sizeof *file->baseline);
    file->baseline[file->baseline_count++] = text.text;
}

static enum status read_baseline(struct sweep_file *file, const struct node *root,
                                 struct error *error) {
    REQUIRE(file->baseline_count == 0);
    const struct node *baseline = node_member(root, "baseline");
    if (baseline == NULL) {
        return STATUS_OK;
    }
    if (baseline->kind != NODE_MAP || baseline->first == NULL) {
        return node_error(baseline, error, "baseline: {policy.name: async}",
                          "'baseline' is a map of varied keys, each with one of its values");
    }
    for (const struct node *member = baseline->first; member != NULL; member = member->next) {
        char *value = sweep_flow_text(member);
        const struct scenario_setting setting = {member->key->text, value};
        setting_match_each_leaf(&setting, take_leaf, file);
        memory_free(value);
    }
    return STATUS_OK;
}

static enum status read_set(struct sweep_file *file, const struct node *root, struct error *error) {
    REQUIRE(file->set == NULL);
    const struct node *set = node_member(root, "set");
    if (set == NULL || node_is_empty(set)) {
        return STATUS_OK;
    }
    if (set->kind != NODE_MAP) {
        return node_error(set, error, "set: {end: 100 s, policy.threshold.every: 300}",
                          "'set' is a map of keys of the scenario");
    }
    file->set = set;
    return STATUS_OK;
}

// The parts of a sweep file, each of which may be wrong by itself: its word, and what reads it.
static const struct part {
    const char *word;
    enum status (*read)(struct sweep_file *file, const struct node *root, struct error *error);
} parts[] = {{"rounds", read_rounds},
             {"set", read_set},
             {"vary", read_axes},
             {"where", read_where},
             {"baseline", read_baseline}};

static enum status read_parts(struct sweep_file *file, const struct node *root,
                              struct error *error) {
    struct mistakes mistakes = {0};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct error wrong;
        if (parts[i].read(file, root, &wrong) != STATUS_OK) {
            const struct node *place = node_member(root, parts[i].word);
            mistakes_add(&mistakes, root, place == NULL ? root : place, &wrong);
        }
    }
    return mistakes_finish(&mistakes, error);
}

static enum status read_head(struct sweep_file *file, const char *path, const struct node *root,
                             struct error *error) {
    enum status status = scenario_tree_check_root(root, "sweep", error);
    if (status == STATUS_OK) {
        status = check_keys(root, error);
    }
    if (status == STATUS_OK) {
        status = read_scenario_path(file, path, root, error);
    }
    if (status == STATUS_OK) {
        status = read_parts(file, root, error);
    }
    return status == STATUS_OK ? check_size(file, root, file->round_count, error) : status;
}

bool sweep_file_is_one(const char *path) {
    REQUIRE(path != NULL);
    struct stat state;
    if (stat(path, &state) != 0 || !S_ISREG(state.st_mode)) {
        return false; // what comes through a pipe could not be read again
    }
    struct document *document = document_create();
    struct node *root = NULL;
    bool found = document_add_file(document, path, &root, NULL) == STATUS_OK &&
                 root->kind == NODE_MAP &&
                 (node_member(root, "scenario") != NULL || node_member(root, "vary") != NULL);
    document_destroy(document);
    return found;
}

enum status sweep_file_open(const char *path, struct sweep_file **file, struct error *error) {
    REQUIRE(path != NULL && file != NULL);
    struct sweep_file *made = memory_allocate(1, sizeof *made);
    struct node *root = NULL;
    made->document = document_create();
    enum status status = document_add_file(made->document, path, &root, error);
    if (status == STATUS_OK) {
        made->root = root;
        status = read_head(made, path, root, error);
    }
    if (status != STATUS_OK) {
        sweep_file_close(made);
        return status;
    }
    *file = made;
    return STATUS_OK;
}
