// SPDX-License-Identifier: GPL-3.0-or-later
// The loss. Part of each instruction set's kernels.
#pragma once

#include "models/kernels/exponential.h"
#include "models/kernels/kernels.h"
#include "models/kernels/vectors.h"

INLINE vec largest_of(size_t classes, size_t lanes, const float *outputs, ivec *best) {
    vec largest = v_load(outputs);
    ivec place = {0};
    for (size_t k = 1; k < classes; k++) {
        vec value = v_load(outputs + k * lanes);
        mask wins = m_greater(value, largest);
        largest = v_select(wins, value, largest);
        place = i_select(wins, i_all((int32_t)k), place);
    }
    *best = place;
    return largest;
}

// -log softmax(x)[label] = log sum exp(x - max) - (x[label] - max): no overflow.
INLINE vec losses_of(size_t classes, size_t lanes, const float *outputs, ivec label, vec largest,
                     vec *sum) {
    vec right = v_all(0);
    vec total = v_all(0);
    for (size_t k = 0; k < classes; k++) {
        vec value = v_load(outputs + k * lanes) - largest;
        total += v_exp(value);
        right = v_select(m_equal(label, (int32_t)k), value, right);
    }
    *sum = total;
    return v_log(total) - right;
}

// d loss / d x[k] = (softmax(x)[k] - [k is the label]) * share.
INLINE void d_outputs_of(size_t classes, size_t lanes, const float *outputs, ivec label,
                         ivec present, vec largest, vec sum, float share, float *d_outputs) {
    for (size_t k = 0; k < classes; k++) {
        vec term = v_exp(v_load(outputs + k * lanes) - largest);
        vec target = v_select(m_equal(label, (int32_t)k), v_all(1.0f), v_all(0));
        vec d = (term / sum - target) * v_all(share);
        v_store(d_outputs + k * lanes, (vec)((ivec)d & present));
    }
}

static void softmax_loss(size_t classes, size_t lanes, size_t count, const float *outputs,
                         const uint8_t *labels, float share, float *d_outputs, double *losses) {
    REQUIRE(classes >= 1 && classes <= 256 && count >= 1 && count <= lanes);
    REQUIRE(kernel_lanes_known(lanes) && lanes % VEC == 0);
    REQUIRE(kernel_aligned(outputs) && kernel_aligned(d_outputs) && share > 0);
    for (size_t lane = 0; lane < lanes; lane += VEC) {
        ivec label = {0};
        ivec present = {0};
        for (size_t i = 0; i < VEC && lane + i < count; i++) {
            label[i] = labels[lane + i];
            present[i] = -1;
        }
        ivec best;
        vec largest = largest_of(classes, lanes, outputs + lane, &best);
        vec sum;
        vec loss = losses_of(classes, lanes, outputs + lane, label, largest, &sum);
        for (size_t i = 0; i < VEC && lane + i < count; i++) {
            losses[lane + i] = (double)loss[i];
        }
        if (d_outputs != NULL) {
            d_outputs_of(classes, lanes, outputs + lane, label, present, largest, sum, share,
                         d_outputs + lane);
        }
    }
}

static void softmax_best(size_t classes, size_t lanes, size_t count, const float *outputs,
                         uint8_t *best) {
    REQUIRE(classes >= 1 && classes <= 256 && count >= 1 && count <= lanes);
    REQUIRE(kernel_lanes_known(lanes) && lanes % VEC == 0);
    REQUIRE(kernel_aligned(outputs));
    for (size_t lane = 0; lane < lanes; lane += VEC) {
        ivec place;
        largest_of(classes, lanes, outputs + lane, &place);
        for (size_t i = 0; i < VEC && lane + i < count; i++) {
            best[lane + i] = (uint8_t)place[i];
        }
    }
}
