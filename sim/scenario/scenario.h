// SPDX-License-Identifier: GPL-3.0-or-later
// A scenario: everything that determines a run, as the parser understood it. Plain data.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "models/data/data_options.h"
#include "models/model_options.h"
#include "sim/cluster/cluster_options.h"
#include "sim/training/training_options.h"

// Raised whenever a change makes the same scenario give other bits: scenario_semantics.h.
enum { SCENARIO_SEMANTICS = 2 };

enum { SCENARIO_TITLE_SIZE = 200, SCENARIO_NAME_SIZE = 32, SCENARIO_PAST_SIZE = 2048 };

enum end_kind { END_TIME, END_UPDATES, END_GRADIENTS, END_EPOCHS, END_KIND_COUNT };

// "end: 100 s", "end: 200 updates", "end: 5000 gradients", "end: 2 epochs" (epochs may have a
// fraction).
struct end_options {
    enum end_kind kind;
    int64_t time_ns; // END_TIME
    int64_t count;   // END_UPDATES, END_GRADIENTS: applied
    double epochs;   // END_EPOCHS: of the training set, in samples of applied gradients
};

enum ties { TIES_FIFO, TIES_RANDOM, TIES_COUNT };

// Each is a row of the log at least, and a pass over the samples where the parameters have changed.
enum { EVALUATIONS_MAX = 1000000 }; // up to the end, if that is a time, and up to every event

// "every: 1 s", "every: 10 updates", "every: 100 gradients", "every: 1 epoch".
struct evaluation_options {
    int64_t every_ns;            // 0: only at the start and the end, and by the counts below
    struct end_options by_count; // END_TIME: by none; else its count or epochs are the interval
    int32_t test_samples;        // the first so many in file order; 0: none
    int32_t train_samples;
};

struct log_options {
    bool events;
    bool samples;
    bool gradients;
    int64_t probes; // of every so many applied gradients one is held beside a fresh one; 0: none
};

// A run that has the order and the times of another one, with other arithmetic
// (scenario_counterfactual.h).
enum counterfactual_reads {
    COUNTERFACTUAL_READS_RECORDED,
    COUNTERFACTUAL_READS_FRESH,
    COUNTERFACTUAL_READS_COUNT
};
enum counterfactual_steps {
    COUNTERFACTUAL_STEPS_RECORDED,
    COUNTERFACTUAL_STEPS_SINGLE,
    COUNTERFACTUAL_STEPS_COUNT
};

struct counterfactual_options {
    uint64_t timeline; // fingerprint of the other's; 0: it has not been named yet
    enum counterfactual_reads reads;
    enum counterfactual_steps steps;
};

// Where the files of measured times lie: of laws that have their hashes alone.
enum { TIMES_FILES_MAX = 16 };
struct times_file {
    uint64_t hash;
    char path[LAW_TIMES_PATH_SIZE];
};
struct times_file_list {
    int32_t count;
    struct times_file entries[TIMES_FILES_MAX];
};

// What follows from a seed of its own: "seeds: {weights: ..., minibatches: ..., times: ...}".
enum seed_use {
    SEEDS_WEIGHTS,     // the initial parameters
    SEEDS_MINIBATCHES, // shards, the samples of each minibatch, the noise of the quadratic
    SEEDS_TIMES,       // spans, who is delayed, ties, lost messages, incidents, drawn groups
    SEED_USE_COUNT
};
enum seed_source {
    SEED_OF_SCENARIO, // "scenario": the scenario's
    SEED_OWN,         // a number
    SEED_OF_POLICY    // "policy": the scenario's, mixed with policy.name
};
struct seed_choice {
    enum seed_source source;
    uint64_t value; // SEED_OWN only, else 0
};

struct scenario {
    char title[SCENARIO_TITLE_SIZE];
    int32_t semantics; // the least that has its rules, or less: then it cannot be run any more
    enum arithmetic arithmetic;
    uint64_t seed;
    struct seed_choice seeds[SEED_USE_COUNT];
    struct end_options end;
    char model[SCENARIO_NAME_SIZE]; // "none": timing only, no gradients
    struct mlp_options mlp;
    struct quadratic_options quadratic;
    struct data_options data;
    struct training_options training;
    struct cluster_options cluster;
    struct evaluation_options evaluation;
    struct log_options log;
    struct counterfactual_options counterfactual;
    enum ties ties;
    char past[SCENARIO_PAST_SIZE]; // canonical, see scenario_past.h; "": it was never otherwise
    struct times_file_list times_files; // not in the canonical form
};

extern const char *const ties_names[TIES_COUNT];
extern const char *const arithmetic_names[ARITHMETIC_COUNT];
extern const char *const counterfactual_reads_names[COUNTERFACTUAL_READS_COUNT];
extern const char *const counterfactual_steps_names[COUNTERFACTUAL_STEPS_COUNT];

// The seed of these draws. "policy" is XXH3 of policy.name, seeded with the seed of the scenario.
// Requires: use < SEED_USE_COUNT.
uint64_t scenario_seed(const struct scenario *scenario, enum seed_use use);

// Whether any draws depend on policy.name.
bool scenario_seeds_follow_policy(const struct scenario *scenario);

bool scenario_computes(const struct scenario *scenario); // false for "model: none"
bool scenario_has_data(const struct scenario *scenario); // false also for a model without data
bool scenario_has_model(const struct scenario *scenario, const char *name);

// The model of the scenario for samples of so many inputs and classes (0 without data).
struct model_options scenario_model_options(const struct scenario *scenario, size_t input_count,
                                            int32_t class_count);
