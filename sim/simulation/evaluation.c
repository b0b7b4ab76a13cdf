// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/evaluation.h"

#include "sim/base/check.h"
#include "sim/base/sim_time.h"

enum { EVALUATIONS_AT_ONCE = 64 };

void evaluator_init(struct evaluator *evaluator, const struct evaluation_options *options,
                    struct executor *executor, struct parameter_store *store,
                    struct row_output *output) {
    REQUIRE(options->every_ns >= 0 && output != NULL);
    *evaluator = (struct evaluator){.executor = executor,
                                    .store = store,
                                    .output = output,
                                    .every_ns = options->every_ns,
                                    .by_count = options->by_count,
                                    .last_time_ns = -1,
                                    .last_identity = -1};
}

// Sends the row of the oldest evaluation, waiting for it if need be.
static void send_oldest(struct evaluator *evaluator) {
    struct pending_evaluation *pending = &evaluator->pending[evaluator->first];
    struct evaluation_row *row = &evaluator->latest;
    INVARIANT(evaluator->count > 0 && pending->time_ns >= row->time_ns);
    INVARIANT((pending->job == NULL) == (pending->version == NULL));
    if (pending->job != NULL) {
        struct evaluation_result result =
            executor_finish_evaluation(evaluator->executor, pending->job);
        *row = (struct evaluation_row){.test_loss = result.test_loss,
                                       .test_accuracy = result.test_accuracy,
                                       .train_loss = result.train_loss,
                                       .train_accuracy = result.train_accuracy};
        parameter_store_release(evaluator->store, pending->version);
    }
    row->time_ns = pending->time_ns;
    row->version = pending->number;
    bool counts = evaluator->by_count.kind != END_TIME;
    row->gradients = counts ? pending->done.gradients : -1;
    row->samples = counts && evaluator->has_data ? pending->done.samples : -1;
    row_output_evaluation(evaluator->output, row);
    evaluator->first = (evaluator->first + 1) % EVALUATIONS_PENDING_MAX;
    evaluator->count--;
}

static bool oldest_is_done(const struct evaluator *evaluator) {
    REQUIRE(evaluator->count > 0);
    const struct pending_evaluation *pending = &evaluator->pending[evaluator->first];
    return pending->job == NULL || executor_evaluation_is_done(evaluator->executor, pending->job);
}

static int64_t identity_of(const struct evaluator *evaluator) {
    INVARIANT(evaluator->store->current != NULL);
    const struct evaluation_subject *subject = &evaluator->subject;
    return subject->identity == NULL ? evaluator->store->current->version
                                     : subject->identity(subject->context);
}

static struct parameter_version *parameters_of(struct evaluator *evaluator) {
    const struct evaluation_subject *subject = &evaluator->subject;
    return subject->parameters == NULL
               ? parameter_store_acquire(evaluator->store, evaluator->store->current)
               : subject->parameters(subject->context);
}

static void evaluate_at(struct evaluator *evaluator, int64_t time_ns) {
    REQUIRE(time_ns > evaluator->last_time_ns ||
            (time_ns == evaluator->last_time_ns && evaluator->by_count.kind != END_TIME));
    if (evaluator->count == EVALUATIONS_PENDING_MAX) {
        send_oldest(evaluator);
    }
    size_t place = (evaluator->first + evaluator->count) % EVALUATIONS_PENDING_MAX;
    struct pending_evaluation *pending = &evaluator->pending[place];
    *pending = (struct pending_evaluation){
        .time_ns = time_ns, .done = evaluator->done, .number = evaluator->store->current->version};
    INVARIANT(evaluator->count < EVALUATIONS_PENDING_MAX);
    int64_t identity = identity_of(evaluator);
    if (identity != evaluator->last_identity) {
        pending->version = parameters_of(evaluator);
        pending->job = executor_submit_evaluation(evaluator->executor, pending->version->values);
    }
    evaluator->count++;
    evaluator->last_identity = identity;
    evaluator->last_time_ns = time_ns;
    evaluator->last_updates = evaluator->done.updates;
    while (evaluator->count > 0 && oldest_is_done(evaluator)) {
        send_oldest(evaluator);
    }
}

int64_t evaluation_multiples(const struct end_options *by_count,
                             const struct evaluation_progress *done, int64_t train_count) {
    switch (by_count->kind) {
    case END_UPDATES:
        return done->updates / by_count->count;
    case END_GRADIENTS:
        return done->gradients / by_count->count;
    case END_EPOCHS:
        if (train_count > 0) {
            double epochs = (double)done->samples / (double)train_count;
            return (int64_t)(epochs / by_count->epochs * (1 + 1e-15));
        }
        break;
    case END_TIME:
    case END_KIND_COUNT:
        break;
    }
    return 0;
}

void evaluator_count(struct evaluator *evaluator, int64_t now_ns,
                     const struct evaluation_progress *done, bool evaluates) {
    REQUIRE(done->updates >= evaluator->done.updates);
    REQUIRE(done->gradients >= evaluator->done.gradients);
    REQUIRE(done->samples >= evaluator->done.samples);
    evaluator->done = *done;
    int64_t before = evaluator->reached;
    evaluator->reached = evaluation_multiples(&evaluator->by_count, done, evaluator->train_count);
    if (evaluates && evaluator->executor != NULL && evaluator->reached > before) {
        evaluate_at(evaluator, now_ns);
    }
}

bool evaluator_advance(struct evaluator *evaluator, int64_t before_ns, int64_t end_ns) {
    REQUIRE(before_ns >= 0 && end_ns >= 0);
    if (evaluator->executor == NULL) {
        return false;
    }
    for (int i = 0; evaluator->next_ns < before_ns && evaluator->next_ns <= end_ns; i++) {
        if (i == EVALUATIONS_AT_ONCE) {
            return true;
        }
        evaluate_at(evaluator, evaluator->next_ns);
        evaluator->next_ns = evaluator->every_ns == 0
                                 ? SIM_TIME_NEVER
                                 : sim_time_add(evaluator->next_ns, evaluator->every_ns);
    }
    return false;
}

void evaluator_repeat(struct evaluator *evaluator, const struct runlog *recorded,
                      int64_t before_ns) {
    REQUIRE(recorded != NULL && evaluator->count == 0);
    while (evaluator->repeated < recorded->evaluation_count &&
           recorded->evaluations[evaluator->repeated].time_ns < before_ns) {
        evaluator->latest = recorded->evaluations[evaluator->repeated++];
        evaluator->last_time_ns = evaluator->latest.time_ns;
        evaluator->last_updates = evaluator->latest.version;
        // By counts there may have been further updates at the same instant.
        evaluator->last_identity =
            evaluator->by_count.kind == END_TIME ? identity_of(evaluator) : -1;
        evaluator->next_ns = evaluator->every_ns == 0
                                 ? SIM_TIME_NEVER
                                 : sim_time_add(evaluator->last_time_ns, evaluator->every_ns);
        row_output_evaluation(evaluator->output, &evaluator->latest);
    }
}

void evaluator_finish(struct evaluator *evaluator, int64_t end_ns, bool final) {
    if (evaluator->executor == NULL) {
        return;
    }
    REQUIRE(!final || end_ns >= evaluator->last_time_ns);
    bool seen =
        evaluator->last_time_ns == end_ns && (evaluator->by_count.kind == END_TIME ||
                                              evaluator->last_updates == evaluator->done.updates);
    if (final && !seen) {
        evaluate_at(evaluator, end_ns);
    }
    while (evaluator->count > 0) {
        send_oldest(evaluator);
    }
    ENSURE(evaluator->last_time_ns <= end_ns || !final);
}
