// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_reference.h"

#include "sim/sweep/sweep_design.h"
#include "sim/sweep/sweep_file.h"

static const char beginning[] =
    "\n"
    "## Sweeps\n"
    "\n"
    "A sweep runs one scenario many times:\n"
    "\n"
    "```yaml\n"
    "scenario: mnist_hybrid.yaml     # beside the sweep's own file\n"
    "set: {end: 100 s}               # for all runs\n"
    "vary:                           # every combination is a cell\n"
    "  policy.threshold.every: [100, 300, 500]\n"
    "  policy.name: [hybrid, async, sync]\n"
    "rounds: 5                       # repetitions: seed, seed + 1, ...\n"
    "baseline: {policy.name: async}  # what each cell is compared with\n"
    "```\n"
    "\n"
    "All cells of a round share its seed, so a worker meets the same minibatches and delays under "
    "every policy. Cells that come to the same canonical form (under `sync`, all values of "
    "`every`) are one run.\n"
    "\n"
    "| key | what it says |\n"
    "|---|---|\n";

static const char ways[] =
    "\n"
    "Every key of a scenario may vary but `seed`, in dots as for `--set`; a value may be a law or "
    "a map. `list`, each design and each key of `vary` are the axes of one grid, `vary` the "
    "fastest: so all points of a design meet every policy.\n"
    "\n"
    "```yaml\n"
    "scenario: mnist_hybrid.yaml\n"
    "set: {cluster.delay: {law: normal}}\n"
    "list:                           # cells written out\n"
    "  - {policy.name: async}\n"
    "  - {policy.name: hybrid, policy.threshold.every: 100}\n"
    "  - {policy.name: hybrid, policy.threshold.every: 300}\n"
    "sobol:                          # or random, or latin_hypercube\n"
    "  points: 16\n"
    "  over:\n"
    "    training.learning_rate: {from: 0.001, to: 0.1, scale: log}\n"
    "    cluster.workers: {from: 5, to: 50}\n"
    "    cluster.delay.std: {from: 50 ms, to: 2 s}\n"
    "    training.batch: [32, 64]    # equal parts for each\n"
    "where:\n"
    "  - {key: policy.threshold.every, above: training.batch}\n"
    "  - {key: cluster.delay.std, at_most: 1500 ms}\n"
    "```\n"
    "\n"
    "A range goes from one value to another of the same kind, on a `linear` scale (the default) or "
    "a `log` one. Keys that are whole numbers get whole numbers, each with an equal part; others "
    "are rounded to six digits.\n"
    "\n"
    "| design | points |\n"
    "|---|---|\n";

static const char conditions[] =
    "\n"
    "A condition of `where` is a key, a relation and a value or another key: ";

static const char end[] =
    ". It is asked of the cell's canonical form, and is satisfied where one of its keys does not "
    "apply: under `sync` there is no threshold that could be too low.\n"
    "\n"
    "A comparison at one learning rate is a comparison of learning rates. `tune` chooses a key's "
    "value for each cell, among the same candidates and in as many runs for all, on seeds that no "
    "round has (from seed + 1000000 on); the rounds are then run with the value chosen:\n"
    "\n"
    "```yaml\n"
    "scenario: mnist_hybrid.yaml\n"
    "vary: {policy.name: [hybrid, async, sync]}\n"
    "tune:\n"
    "  key: training.learning_rate\n"
    "  values: [0.003, 0.01, 0.03, 0.1]\n"
    "  rounds: 2                     # of each candidate\n"
    "  metric: test_accuracy_mean    # or test_loss_final, ...: highest accuracy, lowest loss\n"
    "rounds: 5\n"
    "```\n"
    "\n"
    "The mean of the metric over the tuning's rounds decides; a candidate that diverged comes "
    "behind all others. If the best value is the least or the greatest of those tried, that is "
    "said: it may lie further out. If no candidate is sound, that is said, too: the rounds have "
    "the first, and are marked `untuned` in `plan.tsv` and the tables. A cell of which a run of "
    "the tuning failed gets no rounds until `--retry` has mended it, for its candidates would not "
    "have had as many runs as the others. Shards do their part of the tuning and end with status "
    "75 if others are not ready; called again, they go on with the rounds. `desgd compare` knows "
    "from the folder what was tuned.\n";

void sweep_reference_write(FILE *out) {
    fputs(beginning, out);
    for (size_t i = 0; i < SWEEP_KEY_COUNT; i++) {
        fprintf(out, "| `%s` | %s |\n", sweep_key_table[i].name, sweep_key_table[i].summary);
    }
    fputs(ways, out);
    for (size_t i = 0; i < UNIT_DESIGN_COUNT; i++) {
        fprintf(out, "| `%s` | %s |\n", sweep_design_table[i].name, sweep_design_table[i].summary);
    }
    fputs(conditions, out);
    for (size_t i = 0; i < CONDITION_OPERATOR_COUNT; i++) {
        fprintf(out, "%s`%s`", i == 0 ? "" : ", ", condition_operator_names[i]);
    }
    fputs(end, out);
}
