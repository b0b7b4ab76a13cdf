// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/validate/closed_queue.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdbool.h>

#include "sim/base/check.h"

double closed_queue_rate_exponential(const struct closed_queue *queue) {
    REQUIRE(queue->population >= 1 && queue->away > 0 && queue->service > 0);
    double waiting = 0;
    double rate = 0;
    for (int32_t n = 1; n <= queue->population; n++) {
        double response = queue->service * (1 + waiting);
        rate = n / (queue->away + response);
        waiting = rate * response;
    }
    return rate;
}

double closed_queue_rate_constant(const struct closed_queue *queue) {
    REQUIRE(queue->population >= 1 && queue->away > 0 && queue->service > 0);
    double term = 1;
    double sum = 1;
    for (int32_t k = 1; k < queue->population; k++) {
        double phi = exp(-k * queue->service / queue->away);
        term *= (double)(queue->population - k) / k * (1 - phi) / phi;
        sum += term;
    }
    double busy = queue->service * sum;
    return busy / (busy + queue->away / queue->population) / queue->service;
}

// State 2 n + d: n at the server, which serves (d = 0) or stands (d = 1). Entry (to, from).
static void put_rates(const struct closed_queue *queue, double stops, double goes_on,
                      gsl_matrix *balance) {
    for (size_t from = 0; from < balance->size1; from++) {
        size_t waiting = from / 2;
        bool serves = from % 2 == 0;
        const struct {
            double rate;
            size_t to;
        } ways[] = {
            {(double)((size_t)queue->population - waiting) / queue->away, from + 2},
            {serves && waiting > 0 ? 1 / queue->service : 0, from - 2},
            {serves ? stops : goes_on, serves ? from + 1 : from - 1},
        };
        for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
            if (ways[i].rate > 0) {
                *gsl_matrix_ptr(balance, ways[i].to, from) += ways[i].rate;
                *gsl_matrix_ptr(balance, from, from) -= ways[i].rate;
            }
        }
    }
    for (size_t from = 0; from < balance->size1; from++) { // for one equation: they add up to 1
        gsl_matrix_set(balance, 0, from, 1);
    }
}

double closed_queue_rate_interrupted(const struct closed_queue *queue, double stops,
                                     double goes_on) {
    REQUIRE(queue->population >= 1 && queue->away > 0 && queue->service > 0);
    REQUIRE(stops >= 0 && goes_on > 0);
    size_t states = 2 * ((size_t)queue->population + 1);
    gsl_matrix *balance = gsl_matrix_calloc(states, states);
    gsl_vector *right = gsl_vector_calloc(states);
    gsl_vector *shares = gsl_vector_alloc(states);
    gsl_permutation *order = gsl_permutation_alloc(states);
    INVARIANT(balance != NULL && right != NULL && shares != NULL && order != NULL);
    put_rates(queue, stops, goes_on, balance);
    gsl_vector_set(right, 0, 1);
    int sign = 0;
    gsl_linalg_LU_decomp(balance, order, &sign);
    gsl_linalg_LU_solve(balance, order, right, shares);
    double rate = 0;
    for (size_t state = 2; state < states; state += 2) {
        rate += gsl_vector_get(shares, state) / queue->service;
    }
    gsl_matrix_free(balance);
    gsl_vector_free(right);
    gsl_vector_free(shares);
    gsl_permutation_free(order);
    return rate;
}
