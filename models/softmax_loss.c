// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/softmax_loss.h"

#include <math.h>

#include "sim/base/check.h"

static real exponential(real x) {
#ifdef DESGD_REAL_DOUBLE
    return exp(x);
#else
    return expf(x);
#endif
}

static real logarithm(real x) {
#ifdef DESGD_REAL_DOUBLE
    return log(x);
#else
    return logf(x);
#endif
}

// The functions below see one sample: its outputs are "stride" elements apart.

static size_t largest_class(const real *outputs, size_t classes, size_t stride) {
    size_t best = 0;
    for (size_t k = 1; k < classes; k++) {
        best = outputs[k * stride] > outputs[best * stride] ? k : best;
    }
    return best;
}

// Sum of exp(x - shift) in the order of the classes; each term goes to *terms as well, if wanted.
static real sum_exponentials(const real *outputs, size_t classes, size_t stride, real shift,
                             real *terms) {
    real sum = 0;
    for (size_t k = 0; k < classes; k++) {
        real term = exponential(outputs[k * stride] - shift);
        sum += term;
        if (terms != NULL) {
            terms[k * stride] = term;
        }
    }
    return sum;
}

// -log softmax(outputs)[label] = log sum exp(x - max) - (x[label] - max): no overflow.
static double sample_loss(const real *outputs, size_t classes, size_t stride, uint8_t label,
                          real *terms, real *sum) {
    REQUIRE(label < classes);
    real shift = outputs[largest_class(outputs, classes, stride) * stride];
    *sum = sum_exponentials(outputs, classes, stride, shift, terms);
    return (double)(logarithm(*sum) - (outputs[label * stride] - shift));
}

void softmax_loss_forward(const real *outputs, size_t classes, size_t batch, const uint8_t *labels,
                          double *losses) {
    REQUIRE(classes >= 1 && batch >= 1);
    for (size_t n = 0; n < batch; n++) {
        real sum = 0;
        losses[n] = sample_loss(outputs + n, classes, batch, labels[n], NULL, &sum);
    }
}

// d loss / d x[k] = (softmax(x)[k] - [k is the label]) / batch.
void softmax_loss_gradient(const real *outputs, size_t classes, size_t batch, const uint8_t *labels,
                           double *losses, real *d_outputs) {
    REQUIRE(classes >= 1 && batch >= 1 && d_outputs != outputs);
    real share = (real)1 / (real)batch;
    for (size_t n = 0; n < batch; n++) {
        real sum = 0;
        losses[n] = sample_loss(outputs + n, classes, batch, labels[n], d_outputs + n, &sum);
        for (size_t k = 0; k < classes; k++) {
            real target = k == labels[n] ? 1 : 0;
            real *d_output = d_outputs + k * batch + n;
            *d_output = (*d_output / sum - target) * share;
        }
    }
}

void softmax_loss_correct(const real *outputs, size_t classes, size_t batch, const uint8_t *labels,
                          uint8_t *correct) {
    REQUIRE(classes >= 1 && batch >= 1);
    for (size_t n = 0; n < batch; n++) {
        correct[n] = largest_class(outputs + n, classes, batch) == labels[n];
    }
}
