// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/optimizer_state.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/base/cpu_clones.h"
#include "sim/base/memory.h"
#include "sim/training/optimizer.h"
#include "sim/training/stale_correction.h"

void optimizer_state_init(struct optimizer_state *state, size_t count, int32_t workers) {
    REQUIRE(workers >= 1);
    *state = (struct optimizer_state){.count = count, .workers = workers};
}

void optimizer_state_reset(struct optimizer_state *state) {
    memory_free(state->velocity);
    memory_free(state->worker_velocities);
    memory_free(state->mean_square);
    memory_free(state->worker_mean_squares);
    memory_free(state->step_square);
    for (size_t i = 0; i < sizeof state->scratch / sizeof state->scratch[0]; i++) {
        memory_free(state->scratch[i]);
    }
    *state = (struct optimizer_state){0};
}

static void fit(float **vector, bool needed, size_t count) {
    if (needed && *vector == NULL) {
        *vector = memory_allocate(count, sizeof **vector);
    } else if (!needed) {
        memory_free(*vector);
        *vector = NULL;
    }
}

static bool has_momentum(const struct training_options *options, enum momentum_place place) {
    return options->optimizer.momentum > 0 && options->optimizer.momentum_place == place;
}

static enum stale_correction correction_of(const struct training_options *options) {
    return policy_table[options->policy.policy].correction;
}

void optimizer_state_fit(struct optimizer_state *state, const struct training_options *options) {
    enum stale_correction correction = correction_of(options);
    bool server = has_momentum(options, MOMENTUM_AT_SERVER);
    bool worker = has_momentum(options, MOMENTUM_AT_WORKER);
    bool gap = correction == CORRECTION_GAP;
    bool any =
        server || worker || correction != CORRECTION_NONE || options->optimizer.weight_decay > 0;
    fit(&state->velocity, server, state->count);
    fit(&state->worker_velocities, worker, (size_t)state->workers * state->count);
    bool adaptive = correction == CORRECTION_DELAY && options->policy.correction.adaptive;
    bool per_worker = options->policy.correction.per == MEAN_SQUARE_PER_WORKER;
    fit(&state->mean_square, adaptive && !per_worker, state->count);
    fit(&state->worker_mean_squares, adaptive && per_worker, (size_t)state->workers * state->count);
    fit(&state->step_square, gap, state->count);
    state->steps = gap ? state->steps : 0;
    for (size_t i = 0; i < sizeof state->scratch / sizeof state->scratch[0]; i++) {
        fit(&state->scratch[i], any, state->count);
    }
}

void optimizer_state_forget_worker(struct optimizer_state *state, int32_t worker) {
    REQUIRE(worker >= 0 && worker < state->workers);
    if (state->worker_velocities != NULL) {
        memset(state->worker_velocities + (size_t)worker * state->count, 0,
               state->count * sizeof *state->worker_velocities);
    }
}

// out = fma(factor, a, b).
static void add_times(const float *b, float factor, const float *a, float *out, size_t count) {
    optimizer_step(b, a, -factor, out, count);
}

// velocity = fma(momentum, velocity, g). Returns what steps: the velocity, or with Nesterov
// fma(momentum, velocity, g), in "out".
static const float *move_velocity(struct optimizer_state *state, float *velocity,
                                  const struct optimizer_options *options, const float *g,
                                  float *out) {
    INVARIANT(velocity != NULL && out != NULL);
    float momentum = (float)options->momentum;
    size_t count = state->count;
    add_times(g, momentum, velocity, out, count);
    memcpy(velocity, out, count * sizeof *velocity);
    if (options->nesterov) {
        add_times(g, momentum, velocity, out, count);
        return out;
    }
    return velocity;
}

static float *mean_square_of(struct optimizer_state *state, int32_t worker) {
    return state->worker_mean_squares == NULL
               ? state->mean_square
               : state->worker_mean_squares + (size_t)worker * state->count;
}

static const float *correct(struct optimizer_state *state, const struct training_options *options,
                            const struct optimizer_gradient *gradient, const float *g) {
    const struct correction_options *correction = &options->policy.correction;
    bool stale = gradient->w != gradient->w_read;
    float *out = state->scratch[2];
    float lambda = (float)correction->lambda;
    switch (correction_of(options)) {
    case CORRECTION_DELAY:
        if (correction->adaptive) {
            stale_compensate_adaptively(g, gradient->w, stale ? gradient->w_read : NULL, lambda,
                                        (float)correction->decay,
                                        mean_square_of(state, gradient->worker), out, state->count);
        } else if (stale) {
            stale_compensate(g, gradient->w, gradient->w_read, lambda, out, state->count);
        }
        return stale && lambda > 0 ? out : g;
    case CORRECTION_GAP:
        if (!stale || state->steps == 0 || options->learning_rate <= 0) {
            return g;
        }
        stale_scale_by_gap(g, gradient->w, gradient->w_read, state->step_square,
                           stale_average_bias((float)correction->step_decay, state->steps),
                           (float)options->learning_rate, out, state->count);
        return out;
    case CORRECTION_NONE:
        break;
    }
    return g;
}

const float *optimizer_state_take(struct optimizer_state *state,
                                  const struct training_options *options,
                                  const struct optimizer_gradient *gradient) {
    REQUIRE(gradient->worker >= 0 && gradient->worker < state->workers);
    const struct optimizer_options *optimizer = &options->optimizer;
    const float *g = gradient->values;
    if (optimizer->weight_decay > 0) {
        add_times(g, (float)optimizer->weight_decay, gradient->w_read, state->scratch[0],
                  state->count);
        g = state->scratch[0];
    }
    if (has_momentum(options, MOMENTUM_AT_WORKER)) {
        float *velocity = state->worker_velocities + (size_t)gradient->worker * state->count;
        g = move_velocity(state, velocity, optimizer, g, state->scratch[1]);
    }
    return correct(state, options, gradient, g);
}

CPU_CLONED static void divide(const float *sum, float by, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) {
        out[i] = sum[i] / by;
    }
}

const float *optimizer_state_direction(struct optimizer_state *state,
                                       const struct training_options *options, const float *sum,
                                       int64_t gradients, double *rate) {
    bool mean = options->policy.combine == COMBINE_MEAN;
    const float *direction = sum;
    REQUIRE(gradients >= 1);
    if (has_momentum(options, MOMENTUM_AT_SERVER)) {
        if (mean && gradients > 1) {
            divide(sum, (float)gradients, state->scratch[0], state->count);
            direction = state->scratch[0];
        }
        direction = move_velocity(state, state->velocity, &options->optimizer, direction,
                                  state->scratch[1]);
    } else if (mean) {
        *rate /= (double)gradients;
    }
    if (correction_of(options) == CORRECTION_GAP) {
        INVARIANT(state->step_square != NULL);
        stale_average_square(state->step_square,
                             state->velocity != NULL ? state->velocity : direction,
                             (float)options->policy.correction.step_decay, state->count);
        state->steps++;
    }
    return direction;
}
