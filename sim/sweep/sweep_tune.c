// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_tune.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_number.h"
#include "sim/sweep/sweep_overlap.h"

static const char *const quantity_names[TUNE_QUANTITY_COUNT] = {"test_accuracy", "test_loss",
                                                                "train_accuracy", "train_loss"};
static const char *const statistic_names[TUNE_STATISTIC_COUNT] = {"mean", "mean_after", "final",
                                                                  "best"};

static const char example[] = "tune: {key: training.learning_rate, values: [0.003, 0.01, 0.03], "
                              "rounds: 2, metric: test_accuracy_mean}";

static enum status check_members(const struct node *node, struct error *error) {
    static const char *const words[] = {"key", "values", "rounds", "metric"};
    const size_t count = sizeof words / sizeof words[0];
    char excerpt[EXCERPT_SIZE];
    if (node->kind != NODE_MAP) {
        return node_error(node, error, example, "'tune' is a map with a key and its values");
    }
    for (const struct node *member = node->first; member != NULL; member = member->next) {
        size_t i = 0;
        while (i < count && strcmp(words[i], member->key->text) != 0) {
            i++;
        }
        if (i == count || node_member(node, member->key->text) != member) {
            return node_error(member->key, error, example, "'%s' has no place in 'tune'",
                              text_excerpt(member->key->text, excerpt));
        }
    }
    return STATUS_OK;
}

static enum status read_metric(const struct node *node, struct sweep_tune *tune,
                               struct error *error) {
    const struct node *metric = node_member(node, "metric");
    char name[64];
    for (int q = 0; q < TUNE_QUANTITY_COUNT && metric != NULL; q++) {
        for (int s = 0; s < TUNE_STATISTIC_COUNT; s++) {
            snprintf(name, sizeof name, "%s_%s", quantity_names[q], statistic_names[s]);
            if (metric->kind == NODE_SCALAR && strcmp(metric->text, name) == 0) {
                tune->quantity = (enum tune_quantity)q;
                tune->statistic = (enum tune_statistic)s;
                return STATUS_OK;
            }
        }
    }
    if (metric == NULL) {
        return STATUS_OK; // test_accuracy_mean
    }
    return node_error(metric, error, NULL,
                      "'metric' is test_accuracy, test_loss, train_accuracy or train_loss with "
                      "_mean, _mean_after, _final or _best, as in test_accuracy_mean");
}

static enum status read_rounds(const struct node *node, struct sweep_tune *tune,
                               struct error *error) {
    const struct node *rounds = node_member(node, "rounds");
    int64_t count = 1;
    if (rounds != NULL &&
        (rounds->kind != NODE_SCALAR || !number_read_integer(rounds->text, &count) || count < 1 ||
         count > SWEEP_ROUNDS_MAX)) {
        return node_error(rounds, error, NULL, "'rounds' must be a whole number, 1 to %d",
                          SWEEP_ROUNDS_MAX);
    }
    tune->round_count = (size_t)count;
    return STATUS_OK;
}

static enum status add_axis(const struct node *node, struct sweep_axes *axes,
                            struct sweep_tune *tune, struct error *error) {
    REQUIRE(tune->round_count >= 1);
    const struct node *key = node_member(node, "key");
    const struct node *values = node_member(node, "values");
    if (key == NULL || key->kind != NODE_SCALAR || values == NULL || values->kind != NODE_LIST ||
        node_count(values) < 2) {
        return node_error(node, error, example, "'tune' needs a key and at least two values");
    }
    enum status status = sweep_overlap_check_key(axes, key, error);
    if (status != STATUS_OK) {
        return status;
    }
    const struct sweep_axis *axis = sweep_axes_add_list(axes, values, key, values, error);
    if (axis == NULL) {
        return STATUS_BAD_DATA;
    }
    tune->key = key;
    tune->value_count = axis->count;
    if (axes->cell_count > SWEEP_RUNS_MAX / tune->round_count) {
        return node_error(node, error, NULL, "a sweep has at most %d runs", SWEEP_RUNS_MAX);
    }
    return STATUS_OK;
}

enum status sweep_tune_read(const struct node *node, struct sweep_axes *axes,
                            struct sweep_tune *tune, struct error *error) {
    REQUIRE(tune->key == NULL);
    enum status status = check_members(node, error);
    if (status == STATUS_OK) {
        status = read_metric(node, tune, error);
    }
    if (status == STATUS_OK) {
        status = read_rounds(node, tune, error);
    }
    return status == STATUS_OK ? add_axis(node, axes, tune, error) : status;
}
