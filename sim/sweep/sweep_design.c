// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_design.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_number.h"
#include "sim/sweep/sweep_overlap.h"
#include "sim/sweep/sweep_quantity.h"

const struct sweep_design_entry sweep_design_table[UNIT_DESIGN_COUNT] = {
    [UNIT_RANDOM] = {"random", "independent points; `seed` (default 1) gives others"},
    [UNIT_LATIN_HYPERCUBE] = {"latin_hypercube",
                              "for each key one point in each of as many equal parts of its range "
                              "as there are points; `seed` (default 1) gives others"},
    [UNIT_SOBOL] = {"sobol", "the Sobol sequence, which fills the space evenly; more points keep "
                             "those that are there"},
};

// What a key of a design ranges over: the values of a list, or all between two.
struct range {
    const struct node *node;
    struct quantity from, to;
    bool logarithmic;
};

static enum status read_scale(const struct node *node, struct range *range, struct error *error) {
    REQUIRE(node->kind == NODE_MAP);
    const struct node *scale = node_member(node, "scale");
    char excerpt[EXCERPT_SIZE];
    if (scale == NULL || (scale->kind == NODE_SCALAR && strcmp(scale->text, "linear") == 0)) {
        return STATUS_OK;
    }
    if (scale->kind != NODE_SCALAR || strcmp(scale->text, "log") != 0) {
        return node_error(scale, error, NULL, "a scale is linear or log, got '%s'",
                          scale->kind == NODE_SCALAR ? text_excerpt(scale->text, excerpt)
                                                     : "a map");
    }
    range->logarithmic = true;
    if (!(range->from.value > 0)) {
        return node_error(node_member(node, "from"), error, NULL,
                          "on a logarithmic scale 'from' is above zero");
    }
    return STATUS_OK;
}

static enum status read_bound(const struct node *range, const char *word, const char *key,
                              struct quantity *bound, struct error *error) {
    REQUIRE(range->kind == NODE_MAP && key != NULL);
    const struct node *node = node_member(range, word);
    char excerpt[EXCERPT_SIZE];
    if (node == NULL || node->kind != NODE_SCALAR || !quantity_read(node->text, bound)) {
        return node_error(node == NULL ? range : node, error,
                          "training.learning_rate: {from: 0.001, to: 0.1, scale: log}",
                          "'%s' of '%s' is a number or a quantity", word,
                          text_excerpt(key, excerpt));
    }
    if (bound->kind == QUANTITY_INTEGER && !quantity_key_is_integer(key)) {
        bound->kind = QUANTITY_DECIMAL;
    }
    return STATUS_OK;
}

static enum status read_range(const struct node *node, struct range *range, struct error *error) {
    REQUIRE(node->key != NULL);
    static const char *const words[] = {"from", "to", "scale"};
    const char *key = node->key->text;
    char excerpt[EXCERPT_SIZE];
    *range = (struct range){.node = node};
    if (node->kind == NODE_LIST && node->first != NULL) {
        return STATUS_OK;
    }
    if (node->kind != NODE_MAP) {
        return node_error(node, error,
                          "{from: 0.001, to: 0.1, scale: log}, or a list of values: [sum, mean]",
                          "a key of a design has a range");
    }
    for (const struct node *member = node->first; member != NULL; member = member->next) {
        if ((strcmp(member->key->text, words[0]) != 0 && strcmp(member->key->text, words[1]) != 0 &&
             strcmp(member->key->text, words[2]) != 0) ||
            node_member(node, member->key->text) != member) {
            return node_error(member->key, error, "a range has from, to and scale, each once",
                              "'%s' has no place in a range",
                              text_excerpt(member->key->text, excerpt));
        }
    }
    enum status status = read_bound(node, "from", key, &range->from, error);
    if (status == STATUS_OK) {
        status = read_bound(node, "to", key, &range->to, error);
    }
    if (status == STATUS_OK &&
        (range->from.kind != range->to.kind || !(range->from.value < range->to.value))) {
        status = node_error(node, error, NULL, "'from' is below 'to', and of the same kind");
    }
    return status == STATUS_OK ? read_scale(node, range, error) : status;
}

static const struct node *value_at(struct document *document, const struct range *range, double u) {
    if (range->node->kind == NODE_LIST) {
        size_t index = (size_t)(u * (double)node_count(range->node));
        const struct node *value = range->node->first;
        for (; index > 0 && value->next != NULL; index--) {
            value = value->next;
        }
        return value;
    }
    struct text_buffer buffer = {0};
    quantity_write(quantity_between(range->from, range->to, range->logarithmic, u), &buffer);
    const struct node *value = document_add_scalar(document, range->node, buffer.text);
    text_buffer_clear(&buffer);
    return value;
}

static enum status read_number(const struct node *design, const char *word, int64_t least,
                               int64_t most, int64_t *number, struct error *error) {
    REQUIRE(least <= most);
    const struct node *node = node_member(design, word);
    if (node == NULL && *number >= least) {
        return STATUS_OK; // the default
    }
    if (node == NULL || node->kind != NODE_SCALAR || !number_read_integer(node->text, number) ||
        *number < least || *number > most) {
        return node_error(node == NULL ? design : node, error, NULL,
                          "'%s' of a design is a whole number, %" PRId64 " to %" PRId64, word,
                          least, most);
    }
    return STATUS_OK;
}

// Which keys a design may have: seed is no key of a Sobol sequence.
static enum status check_design(const struct node *design, enum unit_design kind,
                                struct error *error) {
    REQUIRE(kind < UNIT_DESIGN_COUNT);
    static const char *const words[] = {"points", "over", "seed"};
    const size_t count = kind == UNIT_SOBOL ? 2 : 3;
    char excerpt[EXCERPT_SIZE];
    if (design->kind != NODE_MAP) {
        return node_error(design, error,
                          "sobol: {points: 16, over: {cluster.workers: {from: 5, to: 50}}}",
                          "a design is a map with points and over");
    }
    for (const struct node *member = design->first; member != NULL; member = member->next) {
        size_t i = 0;
        while (i < count && strcmp(words[i], member->key->text) != 0) {
            i++;
        }
        if (i == count || node_member(design, member->key->text) != member) {
            struct text_buffer hint = {0};
            hint_add_words(&hint, member->key->text, words, count);
            enum status status = node_error(member->key, error, text_buffer_text(&hint),
                                            "'%s' has no place in this design",
                                            text_excerpt(member->key->text, excerpt));
            text_buffer_clear(&hint);
            return status;
        }
    }
    return STATUS_OK;
}

static enum status read_ranges(const struct sweep_axes *axes, const struct node *design,
                               struct range ranges[UNIT_DIMENSIONS_MAX], struct error *error) {
    const struct node *over = node_member(design, "over");
    if (over == NULL || over->kind != NODE_MAP || over->first == NULL ||
        node_count(over) > UNIT_DIMENSIONS_MAX) {
        return node_error(over == NULL ? design : over, error,
                          "over: {cluster.workers: {from: 5, to: 50}}",
                          "'over' of a design is a map of 1 to %d keys", UNIT_DIMENSIONS_MAX);
    }
    enum status status = sweep_overlap_check_map(over, error);
    size_t index = 0;
    for (const struct node *member = over->first; member != NULL && status == STATUS_OK;
         member = member->next) {
        status = sweep_overlap_check_key(axes, member->key, error);
        if (status == STATUS_OK) {
            status = read_range(member, &ranges[index++], error);
        }
    }
    return status;
}

static enum status read_design(struct document *document, struct sweep_axes *axes,
                               const struct node *design, enum unit_design kind,
                               struct error *error) {
    REQUIRE(kind < UNIT_DESIGN_COUNT);
    struct range ranges[UNIT_DIMENSIONS_MAX] = {0};
    int64_t points = -1;
    int64_t seed = 1;
    enum status status = check_design(design, kind, error);
    if (status == STATUS_OK) {
        status = read_number(design, "points", 1, SWEEP_POINTS_MAX, &points, error);
    }
    if (status == STATUS_OK) {
        status = read_number(design, "seed", 0, INT64_MAX, &seed, error);
    }
    if (status == STATUS_OK) {
        status = read_ranges(axes, design, ranges, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    size_t keys = node_count(node_member(design, "over"));
    struct sweep_axis *axis = sweep_axes_add(axes, design, keys, (size_t)points, error);
    if (axis == NULL) {
        return STATUS_BAD_DATA;
    }
    double *cube = memory_allocate((size_t)points * keys, sizeof *cube);
    unit_points(kind, (uint64_t)seed, (size_t)points, keys, cube);
    for (size_t i = 0; i < (size_t)points * keys; i++) {
        const struct range *range = &ranges[i % keys];
        INVARIANT(range->node != NULL);
        axis->keys[i % keys] = range->node->key;
        axis->values[i] = value_at(document, range, cube[i]);
    }
    memory_free(cube);
    sweep_axis_write_texts(axis);
    return STATUS_OK;
}

enum status sweep_designs_read(struct document *document, const struct node *root,
                               struct sweep_axes *axes, struct error *error) {
    REQUIRE(root->kind == NODE_MAP);
    REQUIRE(axes->cell_count > 0);
    enum status status = STATUS_OK;
    for (int kind = 0; kind < UNIT_DESIGN_COUNT && status == STATUS_OK; kind++) {
        const struct node *design = node_member(root, sweep_design_table[kind].name);
        if (design != NULL) {
            status = read_design(document, axes, design, (enum unit_design)kind, error);
        }
    }
    return status;
}
