// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/sweep_file.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_resolve.h"
#include "sim/scenario/sweep_plan.h"

static void axis_clear(struct sweep_axis *axis) {
    for (size_t i = 0; i < axis->count; i++) {
        memory_free(axis->texts[i]);
    }
    memory_free(axis->texts);
    memory_free(axis->values);
}

void sweep_file_close(struct sweep_file *file) {
    if (file == NULL) {
        return;
    }
    for (size_t i = 0; i < file->axis_count; i++) {
        axis_clear(&file->axes[i]);
    }
    memory_free(file->axes);
    memory_free(file->scenario_path);
    document_destroy(file->document);
    memory_free(file);
}

static const char *const sweep_keys[] = {"title", "scenario", "set", "vary", "rounds", "baseline"};
enum { SWEEP_KEYS = sizeof sweep_keys / sizeof sweep_keys[0] };

static enum status check_keys(const struct node *root, struct error *error) {
    char excerpt[EXCERPT_SIZE];
    for (const struct node *member = root->first; member != NULL; member = member->next) {
        const char *word = member->key->text;
        size_t known = 0;
        while (known < SWEEP_KEYS && strcmp(word, sweep_keys[known]) != 0) {
            known++;
        }
        if (known == SWEEP_KEYS) {
            struct text_buffer hint = {0};
            hint_add_words(&hint, word, sweep_keys, SWEEP_KEYS);
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

static char *flow_text(const struct node *node) {
    struct text_buffer buffer = {0};
    node_write_flow(node, &buffer);
    return buffer.text;
}

static enum status read_axis(const struct node *member, struct sweep_axis *axis,
                             struct error *error) {
    if (strcmp(member->key->text, "seed") == 0) {
        return node_error(member->key, error, "for more repetitions: rounds: 5",
                          "'seed' cannot vary: each round has a seed of its own, shared by its "
                          "cells");
    }
    if (member->kind != NODE_LIST || member->first == NULL) {
        return node_error(member, error, "policy.name: [hybrid, async, sync]",
                          "what varies is a list of values");
    }
    size_t count = node_count(member);
    axis->key = member->key;
    axis->values = memory_allocate(count, sizeof *axis->values);
    axis->texts = memory_allocate(count, sizeof *axis->texts);
    for (const struct node *value = member->first; value != NULL; value = value->next) {
        axis->values[axis->count] = value;
        axis->texts[axis->count] = flow_text(value);
        axis->count++;
    }
    axis->baseline = axis->count;
    return STATUS_OK;
}

static enum status read_axes(struct sweep_file *file, const struct node *root,
                             struct error *error) {
    enum { AXES_MAX = 64 };
    const struct node *vary = node_member(root, "vary");
    file->cell_count = 1;
    if (vary == NULL || node_is_empty(vary)) {
        return STATUS_OK;
    }
    if (vary->kind != NODE_MAP || node_count(vary) > AXES_MAX) {
        return node_error(vary, error, "vary: {policy.name: [hybrid, async, sync]}",
                          "'vary' is a map of at most %d keys, each with a list of values",
                          AXES_MAX);
    }
    file->axes = memory_allocate(node_count(vary), sizeof *file->axes);
    enum status status = STATUS_OK;
    for (const struct node *member = vary->first; member != NULL && status == STATUS_OK;
         member = member->next) {
        if (node_member(vary, member->key->text) != member) {
            return node_error(member->key, error, NULL, "'%s' is written twice", member->key->text);
        }
        struct sweep_axis *axis = &file->axes[file->axis_count++];
        status = read_axis(member, axis, error);
        if (status == STATUS_OK && axis->count > SWEEP_RUNS_MAX / file->cell_count) {
            return node_error(vary, error, NULL, "a sweep has at most %d runs", SWEEP_RUNS_MAX);
        }
        file->cell_count *= axis->count;
    }
    size_t stride = 1;
    for (size_t i = file->axis_count; i-- > 0; stride *= file->axes[i].count) {
        file->axes[i].stride = stride;
    }
    return status;
}

static enum status check_size(const struct sweep_file *file, const struct node *root,
                              struct error *error) {
    if (file->round_count <= SWEEP_RUNS_MAX / file->cell_count) {
        return STATUS_OK;
    }
    return node_error(node_member(root, "rounds"), error, NULL,
                      "%zu cells times %zu rounds: a sweep has at most %d runs", file->cell_count,
                      file->round_count, SWEEP_RUNS_MAX);
}

static enum status read_baseline_value(const struct sweep_axis *axis, const struct node *member,
                                       size_t *index, struct error *error) {
    char *text = flow_text(member);
    *index = 0;
    while (*index < axis->count && strcmp(axis->texts[*index], text) != 0) {
        ++*index;
    }
    enum status status = STATUS_OK;
    if (*index == axis->count) {
        struct text_buffer hint = {0};
        char excerpt[EXCERPT_SIZE];
        hint_add_words(&hint, text, (const char *const *)axis->texts, axis->count);
        status = node_error(member, error, text_buffer_text(&hint),
                            "the baseline's '%s: %s' is not among the values that vary",
                            member->key->text, text_excerpt(text, excerpt));
        text_buffer_clear(&hint);
    }
    memory_free(text);
    return status;
}

static enum status read_baseline(struct sweep_file *file, const struct node *root,
                                 struct error *error) {
    const struct node *baseline = node_member(root, "baseline");
    if (baseline == NULL) {
        return STATUS_OK;
    }
    if (baseline->kind != NODE_MAP || baseline->first == NULL) {
        return node_error(baseline, error, "baseline: {policy.name: async}",
                          "'baseline' is a map of varied keys, each with one of its values");
    }
    char excerpt[EXCERPT_SIZE];
    for (const struct node *member = baseline->first; member != NULL; member = member->next) {
        size_t i = 0;
        while (i < file->axis_count && strcmp(file->axes[i].key->text, member->key->text) != 0) {
            i++;
        }
        if (i == file->axis_count) {
            return node_error(member->key, error, "the baseline names keys of 'vary'",
                              "'%s' does not vary in this sweep",
                              text_excerpt(member->key->text, excerpt));
        }
        enum status status =
            read_baseline_value(&file->axes[i], member, &file->axes[i].baseline, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    file->has_baseline = true;
    return STATUS_OK;
}

static enum status read_set(struct sweep_file *file, const struct node *root, struct error *error) {
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

static enum status read_head(struct sweep_file *file, const char *path, const struct node *root,
                             struct error *error) {
    enum status (*const steps[])(struct sweep_file *, const struct node *, struct error *) = {
        read_rounds, read_set, read_axes, read_baseline};
    enum status status = scenario_tree_check_root(root, "sweep", error);
    if (status == STATUS_OK) {
        status = check_keys(root, error);
    }
    if (status == STATUS_OK) {
        status = read_scenario_path(file, path, root, error);
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && status == STATUS_OK; i++) {
        status = steps[i](file, root, error);
    }
    return status == STATUS_OK ? check_size(file, root, error) : status;
}

enum status sweep_file_open(const char *path, struct sweep_file **file, struct error *error) {
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
