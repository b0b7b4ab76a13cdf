// SPDX-License-Identifier: GPL-3.0-or-later
// A closed queue: P customers who are away for an exponential time of mean Z and then want one
// service each of one server, first come, first served. An asynchronous parameter server is one.
// Times are in whatever unit; rates are customers a unit of time.
#pragma once

#include <stdint.h>

struct closed_queue {
    int32_t population; // P, at least 1
    double away;        // Z > 0
    double service;     // its mean S > 0
};

// Exponential service, M/M/1//P: mean-value analysis (Reiser and Lavenberg, J. ACM 27, 1980). The
// response time of the n-th customer is S (1 + the mean queue that n - 1 leave).
double closed_queue_rate_exponential(const struct closed_queue *queue);

// Constant service, M/D/1//P (Takacs, Introduction to the Theory of Queues, 1962): with phi(s) =
// exp(-s S) a busy period has the mean B = S sum over k < P of C(P-1, k) prod over i <= k of (1 -
// phi(i/Z)) / phi(i/Z), an idle one Z / P, and the rate is B / (B + Z / P) / S.
double closed_queue_rate_constant(const struct closed_queue *queue);

// Exponential service by a server that stops at rate "stops" and goes on at rate "goes_on", whether
// it has work or not; who is in service then stays. The balance equations of the Markov chain over
// (customers at the server, whether it serves) are solved.
double closed_queue_rate_interrupted(const struct closed_queue *queue, double stops,
                                     double goes_on);
