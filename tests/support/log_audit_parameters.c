// SPDX-License-Identifier: GPL-3.0-or-later
// The parameters of a run: to the bit those of the gradients that the rows say were applied, and of
// no others. The arithmetic is the optimizer's; what goes into it is the log's.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/training/model_average.h"
#include "sim/training/optimizer.h"
#include "sim/training/optimizer_state.h"
#include "tests/support/log_audit_parts.h"

// The versions once more, out of the gradients' values.
struct versions {
    struct audit *audit;
    size_t count;  // parameters
    float *values; // (1 + updates, count)
    float *sum;    // (count)
    struct optimizer_state state;
    int64_t *lives;      // (workers): how often each has come back by its latest gradient
    float *models;       // (workers, count): without a server
    const float **given; // (workers): the models that are averaged
    size_t *places;      // (gradients): rows of those applied, by version, worker and number
    size_t place_count;
};

static const float *version_of(const struct versions *versions, int64_t version) {
    return versions->values + (size_t)version * versions->count;
}

// How often the worker has been back by then.
static int64_t life_at(const struct audit *audit, int32_t worker, int64_t time_ns) {
    int64_t lives = 0;
    for (size_t i = audit->absence_first[worker]; i < audit->absence_first[worker + 1]; i++) {
        lives += audit->absences[i].back_ns <= time_ns;
    }
    return lives;
}

static void take(struct versions *versions, size_t row) {
    struct audit *audit = versions->audit;
    const struct gradient_row *gradient = &audit->log->gradients[row];
    const struct training_options *training = &audit->scenario->training;
    int64_t life = life_at(audit, gradient->worker, gradient->dispatched_ns);
    if (life > versions->lives[gradient->worker]) { // a momentum does not outlive a crash
        versions->lives[gradient->worker] = life;
        optimizer_state_forget_worker(&versions->state, gradient->worker);
    }
    const struct optimizer_gradient taken = {.worker = gradient->worker,
                                             .values = audit->log->values + row * versions->count,
                                             .w = version_of(versions, gradient->version_applied),
                                             .w_read =
                                                 version_of(versions, gradient->version_read)};
    const float *values = optimizer_state_take(&versions->state, training, &taken);
    optimizer_accumulate_weighted(versions->sum, values,
                                  stale_weight_of(&training->policy, gradient->staleness),
                                  versions->count);
}

// The next of those applied to this version; NULL: there is none.
static const struct gradient_row *next_of(const struct versions *versions, size_t update,
                                          size_t place) {
    if (place == versions->place_count) {
        return NULL;
    }
    const struct gradient_row *row = &versions->audit->log->gradients[versions->places[place]];
    return row->version_applied == (int64_t)update ? row : NULL;
}

// The server's: all of them at once.
static void make_step(struct versions *versions, size_t update, size_t *place, float *next) {
    struct audit *audit = versions->audit;
    const struct update_row *row = &audit->log->updates[update];
    const struct training_options *training = &audit->scenario->training;
    memset(versions->sum, 0, versions->count * sizeof *versions->sum);
    for (; next_of(versions, update, *place) != NULL; (*place)++) {
        take(versions, versions->places[*place]);
    }
    double rate = row->learning_rate;
    const float *direction =
        optimizer_state_direction(&versions->state, training, versions->sum, row->gradients, &rate);
    rate *= policy_server_rate(&training->policy);
    optimizer_step(version_of(versions, (int64_t)update), direction, (float)rate, next,
                   versions->count);
}

// Without a server: the mean of the models of those of whom it has gradients, each stepped by its
// own from the version that it came from.
static void make_mean(struct versions *versions, size_t update, size_t *place, float *next) {
    const struct audit *audit = versions->audit;
    size_t given = 0;
    int32_t last = -1;
    const struct gradient_row *row = next_of(versions, update, *place);
    for (; row != NULL; row = next_of(versions, update, *place)) {
        float *model = versions->models + (size_t)row->worker * versions->count;
        if (row->worker != last) {
            last = row->worker;
            memcpy(model, version_of(versions, row->version_read), versions->count * sizeof *model);
            versions->given[given++] = model;
        }
        optimizer_step(model, audit->log->values + versions->places[(*place)++] * versions->count,
                       (float)audit->scenario->training.learning_rate, model, versions->count);
    }
    model_average_mean(versions->given, given, versions->count, next);
}

// Returns false where it cannot go on.
static bool make_version(struct versions *versions, size_t update, size_t *place) {
    struct audit *audit = versions->audit;
    const struct update_row *row = &audit->log->updates[update];
    float *next = versions->values + (update + 1) * versions->count;
    (versions->models == NULL ? make_step : make_mean)(versions, update, place, next);
    optimizer_canonical_nan(next, versions->count);
    if (fingerprint_bytes(next, versions->count * sizeof *next) != row->parameter_hash) {
        audit_complain(audit, "version %" PRId64 " is not made of the gradients applied to it",
                       row->version);
        return false;
    }
    return true;
}

// Values are there of those that were applied, and of no others; without a server, of those by
// which a model stepped: as soon as they were computed, where that is averaged now and then.
static void audit_which_values(struct audit *audit, size_t count, bool serves) {
    bool diverged = audit->log->ending.status == RUN_DIVERGED;
    for (size_t i = 0; i < audit->log->gradient_count && !diverged; i++) {
        const float *values = audit->log->values + i * count;
        const struct gradient_row *row = &audit->log->gradients[i];
        bool there = serves ? row->outcome == OUTCOME_APPLIED : row->ready_ns >= 0;
        for (size_t j = 0; j < count; j++) {
            if (isnan(values[j]) == there) {
                audit_complain(audit, "gradient row %zu: its values, or none, do not fit", i);
                return;
            }
        }
    }
}

static int by_version_then_worker(const void *left, const void *right, void *context) {
    const struct gradient_row *rows = context;
    const struct gradient_row *a = &rows[*(const size_t *)left];
    const struct gradient_row *b = &rows[*(const size_t *)right];
    if (a->version_applied != b->version_applied) {
        return a->version_applied < b->version_applied ? -1 : 1;
    }
    if (a->worker != b->worker) {
        return a->worker < b->worker ? -1 : 1;
    }
    return (a->number > b->number) - (a->number < b->number);
}

static bool is_plain_mean(const struct audit *audit) {
    const struct training_options *training = &audit->scenario->training;
    const struct optimizer_options *optimizer = &training->optimizer;
    return policy_table[training->policy.policy].averaging.family == AVERAGING_FAMILY_PERIODIC &&
           training->policy.policy != POLICY_HIER_AVG && optimizer->momentum == 0 &&
           optimizer->weight_decay == 0 && optimizer->rate.schedule == RATE_CONSTANT &&
           optimizer->rate.warm_up == 0 && !scenario_has_data(audit->scenario);
}

void audit_parameters(struct audit *audit) {
    const struct runlog *log = audit->log;
    const struct training_options *training = &audit->scenario->training;
    bool serves = policy_table[training->policy.policy].aggregation != NULL;
    size_t count = log->header.parameter_count;
    if (!log->header.gradient_values || count == 0 || audit->past_count > 0) {
        return;
    }
    if (serves ? training->optimizer.rate.of == RATE_OF_LOCAL : !is_plain_mean(audit)) {
        return;
    }
    audit_which_values(audit, count, serves);
    struct versions versions = {.audit = audit, .count = count};
    if (!serves) {
        versions.models = memory_allocate((size_t)audit->workers * count, sizeof *versions.models);
    }
    versions.given = memory_allocate((size_t)audit->workers, sizeof *versions.given);
    versions.values = memory_allocate((log->update_count + 1) * count, sizeof *versions.values);
    versions.sum = memory_allocate(count, sizeof *versions.sum);
    versions.lives = memory_allocate((size_t)audit->workers, sizeof *versions.lives);
    versions.places = memory_allocate(log->gradient_count, sizeof *versions.places);
    optimizer_state_init(&versions.state, count, audit->workers);
    optimizer_state_fit(&versions.state, training);
    memcpy(versions.values, log->header.initial, count * sizeof *versions.values);
    for (size_t i = 0; i < log->gradient_count; i++) {
        if (log->gradients[i].outcome == OUTCOME_APPLIED) {
            versions.places[versions.place_count++] = i;
        }
    }
    qsort_r(versions.places, versions.place_count, sizeof *versions.places, by_version_then_worker,
            log->gradients);
    size_t place = 0;
    for (size_t i = 0; i < log->update_count && make_version(&versions, i, &place); i++) {
    }
    optimizer_state_reset(&versions.state);
    memory_free(versions.values);
    memory_free(versions.sum);
    memory_free(versions.models);
    memory_free(versions.given);
    memory_free(versions.lives);
    memory_free(versions.places);
}
