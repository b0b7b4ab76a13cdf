// SPDX-License-Identifier: GPL-3.0-or-later
// Closed forms of the time per update where the server takes no time, and of what comes and goes.
#include "sim/validate/theory.h"
#include "sim/validate/validation.h"

static const struct closed_form order_statistic = {
    "E[X_(K:P)] = integral over t of P(fewer than K of P are over by t)",
    "order statistics by quadrature; Dutta et al., AISTATS 2018",
    "s",
    CLOSED_FORM_MEAN,
    theory_order_statistic,
    measure_update_s,
};
static const struct closed_form harmonic = {
    "shift + mean (H_P - H_(P-K))",
    "Dutta et al., AISTATS 2018",
    "s",
    CLOSED_FORM_MEAN,
    theory_harmonic,
    measure_update_s,
};
static const struct closed_form uniform_rank = {
    "min + (max - min) K / (P + 1)",
    "K-th of P uniform times has a beta law",
    "s",
    CLOSED_FORM_MEAN,
    theory_uniform_rank,
    measure_update_s,
};
static const struct closed_form stragglers_finish = {
    "mean absorption time of the chain (fresh gradients in, stale ones at work)",
    "late: finish of TensorFlow's SyncReplicas; Chen et al., 2016",
    "s",
    CLOSED_FORM_MEAN,
    theory_stragglers_finish,
    measure_update_s,
};
static const struct closed_form local_period = {
    "E[greatest of P sums of H times]",
    "sums of gamma times are gamma, by quadrature; arXiv 1708.01012",
    "s",
    CLOSED_FORM_MEAN,
    theory_local_period,
    measure_update_s,
};
static const struct closed_form batch_form = {
    "K / sum over i of 1/E[X_i]",
    "renewal theory; Dutta et al., AISTATS 2018",
    "s",
    CLOSED_FORM_MEAN,
    theory_batch_form,
    measure_update_s,
};
static const struct closed_form availability = {
    "time per update when always up, divided by up / (up + down)",
    "alternating renewal process",
    "s",
    CLOSED_FORM_MEAN,
    theory_availability,
    measure_update_s,
};
static const struct closed_form slow_phases = {
    "time per update at full speed, divided by the mean speed",
    "renewal-reward theorem",
    "s",
    CLOSED_FORM_MEAN,
    theory_slow_phases,
    measure_update_s,
};
static const struct closed_form down_share = {
    "q (1 - (1 - e^(-(f + r) T)) / ((f + r) T)), q = f / (f + r)",
    "two-state Markov chain, up at 0",
    "",
    CLOSED_FORM_MEAN,
    theory_down_share,
    measure_down_share,
};

#define TIMES_UNIFORM "{law: uniform, min: 0.5 s, max: 1.5 s}"
#define TIMES_EXPONENTIAL "{law: exponential, mean: 1 s}"
#define TIMES_SHIFTED "{law: shifted_exponential, shift: 0.4 s, mean: 0.6 s}"
#define TIMES_ABSOLUTE "{law: normal, std: 1 s, negative: absolute}"
#define TIMES_CLIP "{law: normal, mean: 0.5 s, std: 0.5 s, negative: clip}"
#define TIMES_REDRAW "{law: normal, mean: 0.5 s, std: 0.5 s, negative: redraw}"
#define TIMES_LOGNORMAL "{law: lognormal, mean: 1 s, cv: 0.6}"
#define TIMES_GAMMA "{law: gamma, mean: 1 s, cv: 0.7}"
#define TIMES_WEIBULL "{law: weibull, scale: 1 s, shape: 1.5}"
#define TIMES_PARETO "{law: pareto, scale: 1 s, shape: 5}"
#define TIMES_ERLANG "{law: erlang, mean: 1 s, stages: 4}"
#define TIMES_MIXTURE                                                                              \
    "{law: mixture, parts: {often: {share: 90 %, law: uniform, min: 0.5 s, max: 1 s}, rarely: "    \
    "{law: exponential, mean: 3 s}}}"
#define TIMES_BOUNDED "{law: exponential, mean: 2 s, at_most: 3 s}"

// The greatest of 25, the fifth of 9, and the mean alone.
#define SYNC_TEXT(updates, law)                                                                    \
    "end: " updates " updates\npolicy: {name: sync}\ncluster: {workers: 25, compute: " law "}\n"
#define K_SYNC_TEXT(law)                                                                           \
    "end: 350 updates\npolicy: {name: k_sync, threshold: 5}\n"                                     \
    "cluster: {workers: 9, compute: " law "}\n"
#define BATCH_TEXT(law)                                                                            \
    "end: 450 updates\npolicy: {name: k_batch_async, threshold: 4}\n"                              \
    "cluster: {workers: 10, compute: " law "}\n"

#define EXPONENTIAL_TEXT(updates, policy)                                                          \
    "end: " updates " updates\npolicy: " policy                                                    \
    "\ncluster: {workers: 25, compute: {law: exponential, mean: 1 s}}\n"

static const struct validation_row rows[] = {
    {"sync/exponential", &order_statistic, SYNC_TEXT("250", TIMES_EXPONENTIAL)},
    {"sync/shifted_exponential", &order_statistic, SYNC_TEXT("250", TIMES_SHIFTED)},
    {"sync/uniform", &order_statistic, SYNC_TEXT("250", TIMES_UNIFORM)},
    {"sync/normal_absolute", &order_statistic, SYNC_TEXT("250", TIMES_ABSOLUTE)},
    {"sync/normal_clip", &order_statistic, SYNC_TEXT("250", TIMES_CLIP)},
    {"sync/normal_redraw", &order_statistic, SYNC_TEXT("250", TIMES_REDRAW)},
    {"sync/lognormal", &order_statistic, SYNC_TEXT("250", TIMES_LOGNORMAL)},
    {"sync/gamma", &order_statistic, SYNC_TEXT("250", TIMES_GAMMA)},
    {"sync/weibull", &order_statistic, SYNC_TEXT("250", TIMES_WEIBULL)},
    {"sync/pareto", &order_statistic, SYNC_TEXT("250", TIMES_PARETO)},
    {"sync/erlang", &order_statistic, SYNC_TEXT("250", TIMES_ERLANG)},
    {"sync/mixture", &order_statistic, SYNC_TEXT("700", TIMES_MIXTURE)},
    {"sync/bounded_exponential", &order_statistic, SYNC_TEXT("250", TIMES_BOUNDED)},
    {"k_sync/exponential", &order_statistic, K_SYNC_TEXT(TIMES_EXPONENTIAL)},
    {"k_sync/shifted_exponential", &order_statistic, K_SYNC_TEXT(TIMES_SHIFTED)},
    {"k_sync/uniform", &uniform_rank, K_SYNC_TEXT(TIMES_UNIFORM)},
    {"k_sync/normal_absolute", &order_statistic, K_SYNC_TEXT(TIMES_ABSOLUTE)},
    {"k_sync/normal_clip", &order_statistic, K_SYNC_TEXT(TIMES_CLIP)},
    {"k_sync/normal_redraw", &order_statistic, K_SYNC_TEXT(TIMES_REDRAW)},
    {"k_sync/lognormal", &order_statistic, K_SYNC_TEXT(TIMES_LOGNORMAL)},
    {"k_sync/gamma", &order_statistic, K_SYNC_TEXT(TIMES_GAMMA)},
    {"k_sync/weibull", &order_statistic, K_SYNC_TEXT(TIMES_WEIBULL)},
    {"k_sync/pareto", &order_statistic, K_SYNC_TEXT(TIMES_PARETO)},
    {"k_sync/erlang", &order_statistic, K_SYNC_TEXT(TIMES_ERLANG)},
    {"k_sync/mixture", &order_statistic, K_SYNC_TEXT(TIMES_MIXTURE)},
    {"k_sync/bounded_exponential", &order_statistic, K_SYNC_TEXT(TIMES_BOUNDED)},
    {"harmonic/k_sync_1", &harmonic, EXPONENTIAL_TEXT("1200", "{name: k_sync, threshold: 1}")},
    {"harmonic/k_sync_5", &harmonic, EXPONENTIAL_TEXT("400", "{name: k_sync, threshold: 5}")},
    {"harmonic/k_sync_10", &harmonic, EXPONENTIAL_TEXT("300", "{name: k_sync, threshold: 10}")},
    {"harmonic/k_sync_20", &harmonic, EXPONENTIAL_TEXT("250", "{name: k_sync, threshold: 20}")},
    {"harmonic/k_async_1", &harmonic, EXPONENTIAL_TEXT("2000", "{name: k_async, threshold: 1}")},
    {"harmonic/k_async_5", &harmonic, EXPONENTIAL_TEXT("500", "{name: k_async, threshold: 5}")},
    {"harmonic/k_async_10", &harmonic, EXPONENTIAL_TEXT("300", "{name: k_async, threshold: 10}")},
    {"harmonic/k_async_20", &harmonic, EXPONENTIAL_TEXT("250", "{name: k_async, threshold: 20}")},
    {"harmonic/k_async_25", &harmonic, EXPONENTIAL_TEXT("250", "{name: k_async, threshold: 25}")},
    {"groups/sync_three_slow", &order_statistic,
     "end: 250 updates\npolicy: {name: sync}\ncluster: {workers: 25, compute: " TIMES_GAMMA
     ", groups: {slow: {workers: 3, slowdown: 4}}}\n"},
    {"groups/k_sync_two_speeds", &order_statistic,
     "end: 500 updates\npolicy: {name: k_sync, threshold: 6}\ncluster: {workers: 12, "
     "compute: " TIMES_EXPONENTIAL ", groups: {slow: {workers: 5, slowdown: 2.5}}}\n"},
    {"groups/k_sync_own_laws", &order_statistic,
     "end: 500 updates\npolicy: {name: k_sync, threshold: 7}\ncluster: {workers: 12, "
     "compute: " TIMES_UNIFORM
     ", groups: {gpus: {workers: 4, compute: {law: lognormal, mean: 0.6 s, cv: 1}}, tired: "
     "{workers: 2, compute: {law: pareto, scale: 1 s, shape: 4}}}}\n"},
    {"delay/half_absolute", &order_statistic,
     "end: 250 updates\npolicy: {name: sync}\ncluster: {workers: 25, compute: 200 ms, delay: {law: "
     "normal, std: 250 ms, negative: absolute, workers: 50 %, who: fixed}}\n"},
    {"delay/half_clip", &order_statistic,
     "end: 250 updates\npolicy: {name: sync}\ncluster: {workers: 25, compute: 200 ms, delay: {law: "
     "normal, std: 250 ms, negative: clip, workers: 50 %, who: fixed}}\n"},
    {"delay/half_redraw", &order_statistic,
     "end: 250 updates\npolicy: {name: sync}\ncluster: {workers: 25, compute: 200 ms, delay: {law: "
     "normal, mean: 100 ms, std: 250 ms, negative: redraw, workers: 50 %, who: fixed}}\n"},
    {"sync/time_per_sample", &order_statistic,
     "end: 250 updates\npolicy: {name: sync}\ntraining: {batch: 32}\ncluster: {workers: 25, "
     "compute: {law: exponential, mean: 0.68 s}, compute_per_sample: 10 ms}\n"},
    {"backup/cancel", &order_statistic,
     EXPONENTIAL_TEXT("250", "{name: backup, backup_workers: 5, late: cancel}")},
    {"backup/finish", &stragglers_finish,
     EXPONENTIAL_TEXT("300", "{name: backup, backup_workers: 5, late: finish}")},
    // Of so many updates the window of measure_update_s has whole periods of the 9 workers.
    {"ssp/no_slack", &order_statistic,
     "end: 2285 updates\npolicy: {name: ssp, slack: 0}\n"
     "cluster: {workers: 9, compute: " TIMES_EXPONENTIAL "}\n"},
    {"k_avg/period_of_4", &local_period,
     "end: 120 updates\npolicy: {name: k_avg, steps: 4}\n"
     "cluster: {workers: 25, compute: {law: gamma, mean: 1 s, cv: 1}}\n"},
    {"k_avg/period_of_16", &local_period,
     "end: 80 updates\npolicy: {name: k_avg, steps: 16}\n"
     "cluster: {workers: 8, compute: " TIMES_GAMMA "}\n"},
    {"batch/k_batch_sync_1", &batch_form,
     "end: 2000 updates\npolicy: {name: k_batch_sync, threshold: 1}\n"
     "cluster: {workers: 10, compute: " TIMES_EXPONENTIAL "}\n"},
    {"batch/k_batch_sync_10", &batch_form,
     "end: 250 updates\npolicy: {name: k_batch_sync, threshold: 10}\n"
     "cluster: {workers: 10, compute: " TIMES_EXPONENTIAL "}\n"},
    {"batch/k_batch_sync_40", &batch_form,
     "end: 80 updates\npolicy: {name: k_batch_sync, threshold: 40}\n"
     "cluster: {workers: 10, compute: " TIMES_EXPONENTIAL "}\n"},
    {"batch/async", &batch_form, EXPONENTIAL_TEXT("2000", "{name: async}")},
    {"batch/exponential", &batch_form, BATCH_TEXT(TIMES_EXPONENTIAL)},
    {"batch/uniform", &batch_form, BATCH_TEXT(TIMES_UNIFORM)},
    {"batch/normal_absolute", &batch_form, BATCH_TEXT(TIMES_ABSOLUTE)},
    {"batch/normal_redraw", &batch_form, BATCH_TEXT(TIMES_REDRAW)},
    {"batch/lognormal", &batch_form, BATCH_TEXT(TIMES_LOGNORMAL)},
    {"batch/gamma", &batch_form, BATCH_TEXT(TIMES_GAMMA)},
    {"batch/weibull", &batch_form, BATCH_TEXT(TIMES_WEIBULL)},
    {"batch/pareto", &batch_form, BATCH_TEXT(TIMES_PARETO)},
    {"batch/mixture", &batch_form, BATCH_TEXT(TIMES_MIXTURE)},
    {"batch/bounded_exponential", &batch_form, BATCH_TEXT(TIMES_BOUNDED)},
    {"batch/two_speeds", &batch_form,
     "end: 500 updates\npolicy: {name: k_batch_async, threshold: 4}\ncluster: {workers: 10, "
     "compute: " TIMES_GAMMA ", groups: {slow: {workers: 4, slowdown: 3}}}\n"},
    {"batch/n_softsync", &batch_form,
     "end: 600 updates\npolicy: {name: n_softsync, splits: 3}\n"
     "cluster: {workers: 10, compute: " TIMES_GAMMA "}\n"},
    {"batch/fedbuff_local_steps", &batch_form,
     "end: 250 updates\npolicy: {name: fedbuff, threshold: 3, local_steps: 4}\n"
     "cluster: {workers: 10, compute: " TIMES_EXPONENTIAL "}\n"},
    {"events/pauses", &availability,
     "end: 4000 updates\npolicy: {name: async}\ncluster: {workers: 25, compute: 100 ms, events: "
     "{stop: {event: pause, workers: 100 %, every: {law: exponential, mean: 600 ms}, for: {law: "
     "exponential, mean: 200 ms}}}}\n"},
    {"events/pauses_of_fixed_length", &availability,
     "end: 4000 updates\npolicy: {name: async}\ncluster: {workers: 25, compute: 100 ms, events: "
     "{stop: {event: pause, workers: 100 %, every: {law: gamma, mean: 600 ms, cv: 0.5}, for: 200 "
     "ms}}}\n"},
    {"events/slow_phases", &slow_phases,
     "end: 3000 updates\npolicy: {name: async}\ncluster: {workers: 25, compute: 100 ms, events: "
     "{slow: {event: slowdown, slowdown: 3, workers: 100 %, every: {law: exponential, mean: 600 "
     "ms}, for: {law: exponential, mean: 200 ms}}}}\n"},
    {"events/crashes", &availability,
     "end: 4000 updates\npolicy: {name: async}\ncluster: {workers: 25, compute: {law: exponential, "
     "mean: 100 ms}, events: {fail: {event: crash, workers: 100 %, every: {law: exponential, mean: "
     "1 s}, for: {law: exponential, mean: 250 ms}}}}\n"},
    {"events/down_share", &down_share,
     "end: 100 s\npolicy: {name: async}\ncluster: {workers: 25, compute: {law: exponential, mean: "
     "1 "
     "s}, events: {fail: {event: crash, workers: 100 %, every: {law: exponential, mean: 1 s}, for: "
     "{law: exponential, mean: 250 ms}}}}\n"},
};

const struct validation_part validation_times = {rows, sizeof rows / sizeof rows[0]};
