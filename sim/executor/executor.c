// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/executor/executor.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "models/data/sample_blocks.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/executor/thread_space.h"

// Finished gradients may take so much memory before the pool pauses, but at least two buffers a
// thread.
#define BUFFER_BYTES ((size_t)96 << 20)

enum {
    BLOCKS_AT_ONCE = 8,  // of an evaluation, at most so many, and few where few are left
    BLOCKS_A_THREAD = 4, // where there are fewer, not every thread is to need memory for its part
    LOOKS_MAX = 2000,    // at the news before a thread sleeps: as long as it would take to wake it
};

enum job_state { JOB_FREE, JOB_QUEUED, JOB_RUNNING, JOB_DONE };

struct gradient_job {
    const float *parameters;
    int32_t worker;
    int64_t number;
    double local_rate;
    enum job_state state;
    float *gradient; // a buffer, from the start of the work to the release
    double loss;
    struct gradient_job *previous, *next; // in the queue, or (next) in the list of free jobs
};

struct evaluation_job {
    const float *parameters;
    size_t blocks_taken;
    size_t blocks_done;
    double *losses;   // (test samples, then train samples)
    uint8_t *correct; // likewise
    struct evaluation_job *next;
};

struct executor {
    struct executor_options options;
    size_t parameter_count;
    size_t block_size; // samples that are evaluated at once
    size_t test_blocks, train_blocks;
    pthread_mutex_t lock;                      // guards all below
    pthread_cond_t work;                       // the pool waits here for something to do
    pthread_cond_t done;                       // the owner waits here for something done
    atomic_uint news;                          // counts what was told to either of them
    int32_t looks;                             // 0 where threads have to share processors
    struct gradient_job *first_job, *last_job; // queued, in the order of submission
    struct gradient_job *free_jobs;
    struct evaluation_job *first_evaluation, *last_evaluation; // those with blocks not yet taken
    struct evaluation_job *free_evaluations;
    float **free_buffers;
    size_t free_buffer_count, buffer_count;
    int64_t gradients_computed;
    bool stopping;
    struct sample_blocks *evaluation_samples[SPLIT_COUNT]; // NULL for a model without data
    struct thread_space owner_space;
    pthread_t *pool;
    struct thread_space *pool_spaces;
    int32_t pool_count, spaces_taken;
};

// ---- telling each other; the lock is held ----

static void tell(struct executor *executor, pthread_cond_t *who) {
    atomic_fetch_add(&executor->news, 1);
    pthread_cond_signal(who);
}

// Sleeps until there are news, but looks out for them for a while before: those of an update's
// gradients come within a few microseconds, and to wake a thread takes longer.
static void wait_for_news(struct executor *executor, pthread_cond_t *who) {
    unsigned known = atomic_load(&executor->news);
    if (executor->looks > 0) {
        pthread_mutex_unlock(&executor->lock);
        for (int32_t i = 0; i < executor->looks && atomic_load(&executor->news) == known; i++) {
#if defined(__x86_64__)
            __builtin_ia32_pause();
#endif
        }
        pthread_mutex_lock(&executor->lock);
    }
    if (atomic_load(&executor->news) == known) {
        pthread_cond_wait(who, &executor->lock);
    }
}

// ---- the work itself, outside the lock ----

static void compute_gradient(const struct executor *executor, struct thread_space *space,
                             struct gradient_job *job) {
    REQUIRE(job->state == JOB_RUNNING && job->gradient != NULL);
    thread_space_prepare(space, &executor->options);
    const struct executor_options *o = &executor->options;
    const struct gradient_key key = {o->seed, job->worker, job->number};
    const struct local_way way = {job->parameters, job->local_rate};
    job->loss = thread_space_gradient(space, o, &key, &way, job->gradient);
}

static size_t all_blocks(const struct executor *executor) {
    return executor->test_blocks + executor->train_blocks;
}

// The blocks of the test samples come first, then those of the training samples.
static void evaluate_block(const struct executor *executor, struct thread_space *space,
                           struct evaluation_job *job, size_t index) {
    REQUIRE(index < all_blocks(executor));
    bool is_test = index < executor->test_blocks;
    size_t own = is_test ? index : index - executor->test_blocks;
    const struct sample_blocks *samples =
        executor->evaluation_samples[is_test ? SPLIT_TEST : SPLIT_TRAIN];
    const struct sample_block block = sample_blocks_fetch(samples, own, space->inputs);
    size_t place =
        own * executor->block_size + (is_test ? 0 : (size_t)executor->options.test_samples);
    model_evaluate(executor->options.model, space->workspace, job->parameters, block.inputs,
                   block.labels, block.count, job->losses + place, job->correct + place);
}

// ---- taking work; the lock is held, and let go while computing ----

static void unlink_job(struct executor *executor, struct gradient_job *job) {
    REQUIRE(job->state == JOB_QUEUED);
    *(job->previous == NULL ? &executor->first_job : &job->previous->next) = job->next;
    *(job->next == NULL ? &executor->last_job : &job->next->previous) = job->previous;
}

static void run_gradient(struct executor *executor, struct thread_space *space,
                         struct gradient_job *job) {
    unlink_job(executor, job);
    job->state = JOB_RUNNING;
    INVARIANT(executor->free_buffer_count > 0);
    job->gradient = executor->free_buffers[--executor->free_buffer_count];
    pthread_mutex_unlock(&executor->lock);
    compute_gradient(executor, space, job);
    pthread_mutex_lock(&executor->lock);
    job->state = JOB_DONE;
    executor->gradients_computed++;
    tell(executor, &executor->done);
}

static void run_evaluation(struct executor *executor, struct thread_space *space) {
    struct evaluation_job *job = executor->first_evaluation;
    REQUIRE(job != NULL);
    size_t first = job->blocks_taken;
    size_t left = all_blocks(executor) - first;
    size_t threads = (size_t)executor->options.threads;
    bool many = all_blocks(executor) >= BLOCKS_A_THREAD * threads;
    size_t count = (many ? 1 : BLOCKS_A_THREAD) + left / (4 * threads);
    count = count < BLOCKS_AT_ONCE ? count : BLOCKS_AT_ONCE;
    count = count < left ? count : left;
    INVARIANT(count <= left && job->blocks_done <= first);
    job->blocks_taken += count;
    if (count == left) {
        executor->first_evaluation = job->next;
        if (job->next == NULL) {
            executor->last_evaluation = NULL;
        }
    }
    pthread_mutex_unlock(&executor->lock);
    thread_space_prepare(space, &executor->options);
    for (size_t i = 0; i < count; i++) {
        evaluate_block(executor, space, job, first + i);
    }
    pthread_mutex_lock(&executor->lock);
    job->blocks_done += count;
    INVARIANT(job->blocks_done <= job->blocks_taken);
    if (job->blocks_done == all_blocks(executor)) {
        tell(executor, &executor->done);
    }
}

// Gradients first: the clock waits for them. One buffer stays free for the gradient that the owner
// needs next. Returns false if there is nothing to do.
static bool work_once(struct executor *executor, struct thread_space *space) {
    INVARIANT(executor->free_buffer_count <= executor->buffer_count);
    if (executor->first_job != NULL && executor->free_buffer_count > 1) {
        run_gradient(executor, space, executor->first_job);
        return true;
    }
    if (executor->first_evaluation != NULL) {
        run_evaluation(executor, space);
        return true;
    }
    return false;
}

static void *pool_main(void *context) {
    struct executor *executor = context;
    pthread_mutex_lock(&executor->lock);
    INVARIANT(executor->spaces_taken < executor->options.threads - 1);
    struct thread_space *space = &executor->pool_spaces[executor->spaces_taken++];
    while (!executor->stopping) {
        if (!work_once(executor, space)) {
            wait_for_news(executor, &executor->work);
        }
    }
    pthread_mutex_unlock(&executor->lock);
    return NULL;
}

// ---- life ----

static size_t blocks_of(const struct executor *executor, int32_t samples) {
    REQUIRE(samples >= 0);
    return ((size_t)samples + executor->block_size - 1) / executor->block_size;
}

static struct sample_blocks *lay_out_samples(const struct executor_options *options,
                                             enum dataset_split split, int32_t samples) {
    REQUIRE(options->dataset != NULL);
    size_t size = thread_space_evaluated_at_once(options);
    size_t rest = (size_t)samples % size;
    const struct sample_blocks_shape shape = {
        .count = (size_t)samples,
        .size = size,
        .lanes = model_block_lanes(options->model, size),
        .last_lanes = rest == 0 ? 0 : model_block_lanes(options->model, rest)};
    return sample_blocks_create(options->dataset, split, &shape);
}

static void create_buffers(struct executor *executor) {
    REQUIRE(executor->parameter_count > 0);
    size_t bytes = executor->parameter_count * sizeof(float);
    size_t least = 2 * (size_t)executor->options.threads + 1;
    size_t most = (size_t)executor->options.workers + 1;
    size_t count = BUFFER_BYTES / bytes;
    count = count < least ? least : count;
    count = count > most ? most : count; // the rest would never be in use
    ENSURE(count >= 2);                  // one for the pool, one for the owner
    executor->free_buffers = memory_allocate(count, sizeof *executor->free_buffers);
    executor->buffer_count = executor->free_buffer_count = count;
    for (size_t i = 0; i < count; i++) {
        executor->free_buffers[i] =
            memory_allocate_aligned(executor->parameter_count, sizeof(float));
    }
}

static void start_pool(struct executor *executor) {
    size_t wanted = (size_t)executor->options.threads - 1;
    executor->pool = memory_allocate(wanted, sizeof *executor->pool);
    executor->pool_spaces = memory_allocate(wanted, sizeof *executor->pool_spaces);
    while ((size_t)executor->pool_count < wanted) {
        if (pthread_create(&executor->pool[executor->pool_count], NULL, pool_main, executor) != 0) {
            return; // the host has no more: those there are give the same results
        }
        executor->pool_count++;
    }
}

struct executor *executor_create(const struct executor_options *options) {
    REQUIRE(options->workers >= 1 && options->local_steps >= 0);
    REQUIRE(options->threads >= 1 && options->batch >= 1);
    REQUIRE((options->dataset != NULL) == model_takes_data(options->model));
    struct executor *executor = memory_allocate(1, sizeof *executor);
    executor->options = *options;
    executor->parameter_count = model_parameter_count(options->model);
    executor->block_size = thread_space_evaluated_at_once(options);
    executor->test_blocks = blocks_of(executor, options->test_samples);
    executor->train_blocks = blocks_of(executor, options->train_samples);
    pthread_mutex_init(&executor->lock, NULL);
    pthread_cond_init(&executor->work, NULL);
    pthread_cond_init(&executor->done, NULL);
    executor->looks = options->threads <= sysconf(_SC_NPROCESSORS_ONLN) ? LOOKS_MAX : 0;
    if (options->dataset != NULL) {
        executor->evaluation_samples[SPLIT_TRAIN] =
            lay_out_samples(options, SPLIT_TRAIN, options->train_samples);
        executor->evaluation_samples[SPLIT_TEST] =
            lay_out_samples(options, SPLIT_TEST, options->test_samples);
    }
    create_buffers(executor);
    thread_space_prepare(&executor->owner_space, options);
    start_pool(executor);
    return executor;
}

static void stop_pool(struct executor *executor) {
    INVARIANT(!executor->stopping);
    pthread_mutex_lock(&executor->lock);
    executor->stopping = true;
    atomic_fetch_add(&executor->news, 1);
    pthread_cond_broadcast(&executor->work);
    pthread_mutex_unlock(&executor->lock);
    for (int32_t i = 0; i < executor->pool_count; i++) {
        pthread_join(executor->pool[i], NULL);
        thread_space_reset(&executor->pool_spaces[i]);
    }
}

void executor_destroy(struct executor *executor) {
    if (executor == NULL) {
        return;
    }
    stop_pool(executor);
    // Every job has been released or finished by now, so every buffer is home.
    INVARIANT(executor->free_buffer_count == executor->buffer_count);
    INVARIANT(executor->first_job == NULL && executor->first_evaluation == NULL);
    for (size_t i = 0; i < executor->buffer_count; i++) {
        memory_free(executor->free_buffers[i]);
    }
    while (executor->free_jobs != NULL) {
        struct gradient_job *job = executor->free_jobs;
        executor->free_jobs = job->next;
        memory_free(job);
    }
    while (executor->free_evaluations != NULL) {
        struct evaluation_job *job = executor->free_evaluations;
        executor->free_evaluations = job->next;
        memory_free(job->losses);
        memory_free(job->correct);
        memory_free(job);
    }
    sample_blocks_destroy(executor->evaluation_samples[SPLIT_TRAIN]);
    sample_blocks_destroy(executor->evaluation_samples[SPLIT_TEST]);
    thread_space_reset(&executor->owner_space);
    pthread_mutex_destroy(&executor->lock);
    pthread_cond_destroy(&executor->work);
    pthread_cond_destroy(&executor->done);
    memory_free(executor->free_buffers);
    memory_free(executor->pool);
    memory_free(executor->pool_spaces);
    memory_free(executor);
}

// ---- gradients ----

struct gradient_job *executor_submit_gradient(struct executor *executor, const float *parameters,
                                              int32_t worker, int64_t number, double local_rate) {
    REQUIRE(parameters != NULL && worker >= 0 && number >= 0);
    pthread_mutex_lock(&executor->lock);
    struct gradient_job *job = executor->free_jobs;
    if (job != NULL) {
        INVARIANT(job->state == JOB_FREE);
        executor->free_jobs = job->next;
    } else {
        job = memory_allocate(1, sizeof *job);
    }
    *job = (struct gradient_job){.parameters = parameters,
                                 .worker = worker,
                                 .number = number,
                                 .local_rate = local_rate,
                                 .state = JOB_QUEUED,
                                 .previous = executor->last_job};
    *(executor->last_job == NULL ? &executor->first_job : &executor->last_job->next) = job;
    executor->last_job = job;
    tell(executor, &executor->work);
    pthread_mutex_unlock(&executor->lock);
    return job;
}

// The lock is held. Works on the job itself if nobody does, else on anything else, else sleeps.
static void finish_gradient(struct executor *executor, struct gradient_job *job) {
    REQUIRE(job->state != JOB_FREE);
    while (job->state != JOB_DONE) {
        if (job->state == JOB_QUEUED) {
            run_gradient(executor, &executor->owner_space, job);
        } else if (!work_once(executor, &executor->owner_space)) {
            wait_for_news(executor, &executor->done);
        }
    }
}

const float *executor_wait_gradient(struct executor *executor, struct gradient_job *job,
                                    double *loss) {
    pthread_mutex_lock(&executor->lock);
    finish_gradient(executor, job);
    pthread_mutex_unlock(&executor->lock);
    ENSURE(job->gradient != NULL);
    *loss = job->loss;
    return job->gradient;
}

void executor_release_gradient(struct executor *executor, struct gradient_job *job) {
    pthread_mutex_lock(&executor->lock);
    REQUIRE(job->state != JOB_FREE);
    if (job->state == JOB_QUEUED) {
        unlink_job(executor, job);
    } else {
        while (job->state != JOB_DONE) {
            wait_for_news(executor, &executor->done);
        }
        INVARIANT(executor->free_buffer_count < executor->buffer_count);
        executor->free_buffers[executor->free_buffer_count++] = job->gradient;
        if (executor->first_job != NULL) {
            tell(executor, &executor->work); // which may have waited for a buffer
        }
    }
    job->state = JOB_FREE;
    job->next = executor->free_jobs;
    executor->free_jobs = job;
    pthread_mutex_unlock(&executor->lock);
}

int64_t executor_gradients_computed(struct executor *executor) {
    pthread_mutex_lock(&executor->lock);
    int64_t computed = executor->gradients_computed;
    pthread_mutex_unlock(&executor->lock);
    return computed;
}

// ---- evaluations ----

static struct evaluation_job *new_evaluation(const struct executor *executor) {
    size_t samples =
        (size_t)executor->options.test_samples + (size_t)executor->options.train_samples;
    struct evaluation_job *job = memory_allocate(1, sizeof *job);
    job->losses = memory_allocate(samples, sizeof *job->losses);
    job->correct = memory_allocate(samples, sizeof *job->correct);
    return job;
}

struct evaluation_job *executor_submit_evaluation(struct executor *executor,
                                                  const float *parameters) {
    REQUIRE(parameters != NULL);
    pthread_mutex_lock(&executor->lock);
    struct evaluation_job *job = executor->free_evaluations;
    if (job != NULL) {
        executor->free_evaluations = job->next;
    } else {
        job = new_evaluation(executor);
    }
    INVARIANT(job->blocks_done == job->blocks_taken);
    job->parameters = parameters;
    job->blocks_taken = 0;
    job->blocks_done = 0;
    job->next = NULL;
    if (all_blocks(executor) > 0) {
        *(executor->last_evaluation == NULL ? &executor->first_evaluation
                                            : &executor->last_evaluation->next) = job;
        executor->last_evaluation = job;
        atomic_fetch_add(&executor->news, 1);
        pthread_cond_broadcast(&executor->work);
    }
    pthread_mutex_unlock(&executor->lock);
    return job;
}

static bool evaluation_is_done(const struct executor *executor, const struct evaluation_job *job) {
    INVARIANT(job->blocks_done <= job->blocks_taken);
    return job->blocks_done == all_blocks(executor);
}

bool executor_evaluation_is_done(struct executor *executor, const struct evaluation_job *job) {
    pthread_mutex_lock(&executor->lock);
    bool done = evaluation_is_done(executor, job);
    pthread_mutex_unlock(&executor->lock);
    return done;
}

static double mean_loss(const double *losses, int32_t count) {
    REQUIRE(count >= 0);
    double sum = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += losses[i];
    }
    return count == 0 ? (double)NAN : sum / count;
}

static double share_correct(const uint8_t *correct, int32_t count) {
    int32_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += correct[i];
    }
    ENSURE(sum <= count);
    return count == 0 ? (double)NAN : (double)sum / count;
}

struct evaluation_result executor_finish_evaluation(struct executor *executor,
                                                    struct evaluation_job *job) {
    pthread_mutex_lock(&executor->lock);
    while (!evaluation_is_done(executor, job)) {
        // Evaluations come before gradients here: this one is what the owner waits for.
        if (executor->first_evaluation != NULL) {
            run_evaluation(executor, &executor->owner_space);
        } else if (!work_once(executor, &executor->owner_space)) {
            wait_for_news(executor, &executor->done);
        }
    }
    int32_t tests = executor->options.test_samples;
    int32_t trains = executor->options.train_samples;
    struct evaluation_result result = {.test_loss = mean_loss(job->losses, tests),
                                       .test_accuracy = share_correct(job->correct, tests),
                                       .train_loss = mean_loss(job->losses + tests, trains),
                                       .train_accuracy =
                                           share_correct(job->correct + tests, trains)};
    if (!model_takes_data(executor->options.model)) {
        result.test_loss = result.train_loss = model_loss(executor->options.model, job->parameters);
    }
    job->next = executor->free_evaluations;
    executor->free_evaluations = job;
    pthread_mutex_unlock(&executor->lock);
    return result;
}
