// SPDX-License-Identifier: GPL-3.0-or-later
// Closed forms of queues, ports, messages, averages and staleness.
#include "sim/validate/theory.h"
#include "sim/validate/validation.h"

static const struct closed_form queue_exponential = {
    "M/M/1//P: 1 / X(P), R(n) = S (1 + Q(n - 1)), X(n) = n / (Z + R(n))",
    "mean-value analysis; Reiser and Lavenberg, J. ACM 27, 1980",
    "s",
    CLOSED_FORM_MEAN,
    theory_queue_exponential,
    measure_update_s,
};
static const struct closed_form queue_response = {
    "M/M/1//P: P / X(P) - Z",
    "mean-value analysis and Little's law",
    "s",
    CLOSED_FORM_MEAN,
    theory_queue_response,
    measure_response_s,
};
static const struct closed_form queue_constant = {
    "M/D/1//P: S (B + Z/P) / B, B the mean busy period",
    "Takacs, Introduction to the Theory of Queues, 1962",
    "s",
    CLOSED_FORM_MEAN,
    theory_queue_constant,
    measure_update_s,
};
static const struct closed_form queue_interrupted = {
    "M/M/1//P whose server stops and goes on: balance equations",
    "Markov chain over (queue, serves or stands)",
    "s",
    CLOSED_FORM_MEAN,
    theory_queue_interrupted,
    measure_update_s,
};
static const struct closed_form rate_bound = {
    "at most min(P / (Z + S), 1 / S)",
    "asymptotic bounds of a closed network; Denning and Buzen, 1978",
    "1/s",
    CLOSED_FORM_AT_MOST,
    theory_rate_bound,
    measure_rate,
};
static const struct closed_form server_bound = {
    "K receive + update",
    "utilisation law at a server that never idles",
    "ns",
    CLOSED_FORM_EXACT,
    theory_server_bound_ns,
    measure_update_ns,
};
static const struct closed_form port_bound = {
    "bytes / bandwidth of the server's port",
    "utilisation law at a port that never idles",
    "ns",
    CLOSED_FORM_EXACT,
    theory_port_bound_ns,
    measure_update_ns,
};
static const struct closed_form uplink_bound = {
    "bytes / bandwidth of the rack's uplink",
    "utilisation law at an uplink that never idles",
    "ns",
    CLOSED_FORM_EXACT,
    theory_uplink_bound_ns,
    measure_update_ns,
};
static const struct closed_form sync_barrier = {
    "compute + 2 (latency + bytes / bandwidth) + P receive + update",
    "constant times at a barrier",
    "ns",
    CLOSED_FORM_EXACT,
    theory_sync_barrier_ns,
    measure_update_ns,
};
static const struct closed_form attempts_of_pushes = {
    "1 / (1 - p)",    "geometric attempts", "",
    CLOSED_FORM_MEAN, theory_attempts,      measure_push_attempts,
};
static const struct closed_form attempts_of_replies = {
    "1 / (1 - p)",    "geometric attempts", "",
    CLOSED_FORM_MEAN, theory_attempts,      measure_reply_attempts,
};
static const struct closed_form time_outs = {
    "timeout p / (1 - p backoff)",
    "geometric attempts, time-outs that grow",
    "s",
    CLOSED_FORM_MEAN,
    theory_time_outs,
    measure_push_s,
};
static const struct closed_form retries = {
    "steps p / (1 - p)", "one message at a time of each step", "", CLOSED_FORM_MEAN, theory_retries,
    measure_retries,
};
static const struct closed_form ring = {
    "2 (m - 1) a + 2 (m - 1)/m n/b",
    "Patarasuk and Yuan, JPDC 69, 2009",
    "ns",
    CLOSED_FORM_EXACT,
    theory_all_reduce_ns,
    measure_all_reduce_ns,
};
static const struct closed_form tree = {
    "2 ceil(log2 m) (a + n/b)",
    "Thakur, Rabenseifner and Gropp, IJHPCA 19, 2005",
    "ns",
    CLOSED_FORM_EXACT,
    theory_all_reduce_ns,
    measure_all_reduce_ns,
};
static const struct closed_form through_server = {
    "2 a + 2 m n/b",
    "the server's own link carries m models each way",
    "ns",
    CLOSED_FORM_EXACT,
    theory_all_reduce_ns,
    measure_all_reduce_ns,
};
static const struct closed_form local_period_constant = {
    "H compute + all-reduce",
    "Zhou and Cong, arXiv 1708.01012",
    "ns",
    CLOSED_FORM_EXACT,
    theory_local_period_ns,
    measure_update_ns,
};
static const struct closed_form hierarchical_period = {
    "K2 compute + (K2/K1 - 1) all-reduce of a cluster + all-reduce of all",
    "Zhou and Cong, arXiv 1903.05133",
    "ns",
    CLOSED_FORM_EXACT,
    theory_hierarchical_period_ns,
    measure_update_ns,
};
static const struct closed_form overlapped_period = {
    "max(H compute, all-reduce)",
    "CoCoD-SGD; Shen et al., IJCAI 2019",
    "ns",
    CLOSED_FORM_EXACT,
    theory_overlapped_period_ns,
    measure_update_ns,
};
static const struct closed_form slack = {
    "lead over the slowest worker at most s",
    "SSP; Ho et al., NIPS 2013",
    "",
    CLOSED_FORM_AT_MOST,
    theory_slack,
    measure_lead,
};
static const struct closed_form identity_waits = {
    "applied: sum (applied - read) + open: sum (V - read) = sum over f of (P - k_f)",
    "each flush makes all but its own a version older",
    "",
    CLOSED_FORM_EXACT,
    theory_zero,
    measure_staleness_excess,
};
static const struct closed_form identity_continues = {
    "applied: sum (applied - read) + open: sum (V - read) = (P - 1) flushes",
    "each flush makes all but the last one a version older",
    "",
    CLOSED_FORM_EXACT,
    theory_zero,
    measure_staleness_excess,
};
static const struct closed_form never_stale = {
    "0: all read the newest version",
    "barrier, or late gradients cancelled",
    "",
    CLOSED_FORM_EXACT,
    theory_zero,
    measure_staleness_most,
};
static const struct closed_form staleness_waits = {
    "(P - K) / K versions",
    "mean of the identity at constant K",
    "",
    CLOSED_FORM_MEAN,
    theory_mean_staleness,
    measure_staleness,
};
static const struct closed_form staleness_continues = {
    "(P - 1) / K versions",
    "mean of the identity at constant K",
    "",
    CLOSED_FORM_MEAN,
    theory_mean_staleness,
    measure_staleness,
};
static const struct closed_form staleness_in_gradients = {
    "P - 1 - (K - 1) / 2 gradients", "the identity, counted in gradients", "", CLOSED_FORM_MEAN,
    theory_gradient_staleness,       measure_gradient_staleness,
};

#define QUEUE_TEXT(updates, receive)                                                               \
    "end: " updates " updates\npolicy: {name: async}\ncluster: {workers: 25, compute: {law: "      \
    "exponential, mean: 1 s}, server: {receive: " receive "}}\n"
#define INTERRUPTED_TEXT(receive)                                                                  \
    "end: 3000 updates\npolicy: {name: async}\ncluster: {workers: 25, compute: {law: "             \
    "exponential, mean: 1 s}, server: {receive: {law: exponential, mean: " receive                 \
    "}}, events: {gc: {event: server_pause, every: {law: exponential, mean: 300 ms}, for: {law: "  \
    "exponential, mean: 100 ms}}}}\n"
#define LOSS_TEXT(gradients, loss)                                                                 \
    "end: " gradients                                                                              \
    " gradients\npolicy: {name: async}\ncluster: {workers: 25, compute: 100 ms, "                  \
    "network: {latency: 0 s, loss: " loss ", timeout: 200 ms}}\n"
#define REDUCE_TEXT(all_reduce)                                                                    \
    "end: 50 updates\npolicy: {name: k_avg, steps: 2}\ncluster: {workers: 10, compute: 100 ms, "   \
    "network: {latency: 3 ms, bandwidth: 1 Gbit/s, message: 25 MB, all_reduce: " all_reduce "}}\n"
#define CLUSTERS_TEXT(policy, all_reduce)                                                          \
    "end: 20 updates\npolicy: " policy                                                             \
    "\ncluster: {workers: 12, compute: 100 ms, network: {latency: 3 ms, bandwidth: 1 Gbit/s, "     \
    "message: 25 MB, all_reduce: " all_reduce                                                      \
    ", cluster_size: 4, inter_latency: 11 ms, inter_bandwidth: 500 Mbit/s}}\n"
#define IDENTITY_TEXT(policy)                                                                      \
    "end: 2000 gradients\nlog: {events: true}\nties: random\npolicy: " policy                      \
    "\ncluster: {workers: 25, compute: {law: lognormal, mean: 200 ms, cv: 1}, network: {latency: " \
    "{law: exponential, mean: 4 ms}, bandwidth: 1 Gbit/s, message: 1 MB}, server: {receive: 3 "    \
    "ms, update: {law: uniform, min: 0 ms, max: 9 ms}, reply: 1 ms}}\n"
#define STALENESS_TEXT(policy)                                                                     \
    "end: 4000 gradients\npolicy: " policy                                                         \
    "\ncluster: {workers: 25, compute: {law: exponential, mean: 200 ms}, server: {receive: 6 ms, " \
    "update: 3 ms, reply: 1 ms}}\n"
#define SLACK_TEXT(slack)                                                                          \
    "end: 3000 gradients\nlog: {events: true}\npolicy: {name: ssp, slack: " slack                  \
    "}\ncluster: {workers: 8, compute: {law: gamma, mean: 100 ms, cv: 1.5}, network: {latency: 5 " \
    "ms}, server: {receive: 1 ms, reply: 1 ms}}\n"

static const struct validation_row rows[] = {
    {"queue/exponential_20_ms", &queue_exponential,
     QUEUE_TEXT("2500", "{law: exponential, mean: 20 ms}")},
    {"queue/exponential_40_ms", &queue_exponential,
     QUEUE_TEXT("2500", "{law: exponential, mean: 40 ms}")},
    {"queue/exponential_80_ms", &queue_exponential,
     QUEUE_TEXT("2500", "{law: exponential, mean: 80 ms}")},
    {"queue/response_20_ms", &queue_response,
     QUEUE_TEXT("6500", "{law: exponential, mean: 20 ms}")},
    {"queue/response_40_ms", &queue_response,
     QUEUE_TEXT("14000", "{law: exponential, mean: 40 ms}")},
    {"queue/response_80_ms", &queue_response,
     QUEUE_TEXT("5000", "{law: exponential, mean: 80 ms}")},
    {"queue/constant_20_ms", &queue_constant, QUEUE_TEXT("2500", "20 ms")},
    {"queue/constant_40_ms", &queue_constant, QUEUE_TEXT("2500", "40 ms")},
    {"queue/constant_60_ms", &queue_constant, QUEUE_TEXT("2500", "60 ms")},
    {"queue/interrupted_20_ms", &queue_interrupted, INTERRUPTED_TEXT("20 ms")},
    {"queue/interrupted_40_ms", &queue_interrupted, INTERRUPTED_TEXT("40 ms")},
    {"queue/interrupted_80_ms", &queue_interrupted, INTERRUPTED_TEXT("80 ms")},
    {"bound/rate_exponential", &rate_bound, QUEUE_TEXT("2500", "{law: exponential, mean: 40 ms}")},
    {"bound/rate_constant", &rate_bound, QUEUE_TEXT("2500", "40 ms")},
    {"bound/server_async", &server_bound,
     "end: 2000 updates\npolicy: {name: async}\n"
     "cluster: {workers: 25, compute: 1 s, server: {receive: 50 ms, update: 10 ms}}\n"},
    {"bound/server_k_batch_async", &server_bound,
     "end: 500 updates\npolicy: {name: k_batch_async, threshold: 4}\n"
     "cluster: {workers: 25, compute: 1 s, server: {receive: 50 ms, update: 10 ms}}\n"},
    {"bound/port", &port_bound,
     "end: 3000 updates\npolicy: {name: async}\ncluster: {workers: 25, compute: 200 ms, network: "
     "{latency: 1 ms, message: 250 kB}, server: {bandwidth: 100 Mbit/s}}\n"},
    {"bound/uplink", &uplink_bound,
     "end: 3000 updates\npolicy: {name: async}\ncluster: {workers: 25, compute: 200 ms, network: "
     "{latency: 1 ms, message: 250 kB}, groups: {rack: {workers: 100 %, uplink: {bandwidth: 100 "
     "Mbit/s}}}}\n"},
    {"exact/sync_barrier", &sync_barrier,
     "end: 100 updates\npolicy: {name: sync}\ncluster: {workers: 25, compute: 200 ms, network: "
     "{latency: 2 ms, bandwidth: 1 Gbit/s, message: 4 MB}, server: {receive: 3 ms, update: 7 "
     "ms}}\n"},
    {"exact/ring", &ring, REDUCE_TEXT("ring")},
    {"exact/tree", &tree, REDUCE_TEXT("tree")},
    {"exact/server", &through_server, REDUCE_TEXT("server")},
    {"exact/k_avg_period", &local_period_constant, REDUCE_TEXT("ring")},
    {"exact/clusters_ring", &ring, CLUSTERS_TEXT("{name: k_avg, steps: 2}", "ring")},
    {"exact/clusters_tree", &tree, CLUSTERS_TEXT("{name: k_avg, steps: 2}", "tree")},
    {"exact/hier_avg_period", &hierarchical_period,
     CLUSTERS_TEXT("{name: hier_avg, steps: 6, cluster_steps: 2, cluster_size: 4}", "ring")},
    {"exact/cocod_computes_longer", &overlapped_period,
     "end: 50 updates\npolicy: {name: cocod, steps: 4}\ncluster: {workers: 8, compute: 100 ms, "
     "network: {latency: 3 ms}}\n"},
    {"exact/cocod_reduces_longer", &overlapped_period,
     "end: 50 updates\npolicy: {name: cocod, steps: 4}\ncluster: {workers: 8, compute: 5 ms, "
     "network: {latency: 3 ms}}\n"},
    {"exact/overlap_local_sgd", &overlapped_period,
     CLUSTERS_TEXT("{name: overlap_local_sgd, steps: 4}", "ring")},
    {"loss/pushes_1_percent", &attempts_of_pushes, LOSS_TEXT("4000", "1 %")},
    {"loss/pushes_10_percent", &attempts_of_pushes, LOSS_TEXT("4000", "10 %")},
    {"loss/pushes_30_percent", &attempts_of_pushes, LOSS_TEXT("4000", "30 %")},
    {"loss/replies_1_percent", &attempts_of_replies, LOSS_TEXT("4000", "1 %")},
    {"loss/replies_10_percent", &attempts_of_replies, LOSS_TEXT("4000", "10 %")},
    {"loss/replies_30_percent", &attempts_of_replies, LOSS_TEXT("4000", "30 %")},
    {"loss/time_outs", &time_outs, LOSS_TEXT("3000", "50 %")},
    {"loss/time_outs_with_backoff", &time_outs, LOSS_TEXT("6000", "30 %, backoff: 1.25")},
    {"loss/reductions", &retries,
     "end: 600 updates\npolicy: {name: k_avg, steps: 2}\ncluster: {workers: 10, compute: 100 ms, "
     "network: {latency: 3 ms, loss: 10 %, timeout: 50 ms, all_reduce: ring}}\n"},
    {"ssp/lead_1", &slack, SLACK_TEXT("1")},
    {"ssp/lead_4", &slack, SLACK_TEXT("4")},
    {"identity/sync", &identity_waits, IDENTITY_TEXT("{name: sync}")},
    {"identity/async", &identity_continues, IDENTITY_TEXT("{name: async}")},
    {"identity/k_async", &identity_waits, IDENTITY_TEXT("{name: k_async, threshold: 7}")},
    {"identity/k_batch_async", &identity_continues,
     IDENTITY_TEXT("{name: k_batch_async, threshold: 40}")},
    {"identity/n_softsync", &identity_continues, IDENTITY_TEXT("{name: n_softsync, splits: 3}")},
    {"identity/fedbuff", &identity_continues,
     IDENTITY_TEXT("{name: fedbuff, threshold: 4, local_steps: 3}")},
    {"identity/hybrid_step", &identity_waits,
     IDENTITY_TEXT("{name: hybrid, threshold: {schedule: step, every: 70}}")},
    {"identity/hybrid_falls", &identity_waits,
     IDENTITY_TEXT("{name: hybrid, threshold: {schedule: step, every: 60, start: 25, increment: "
                   "-1, end: 2}}")},
    {"identity/hybrid_continues", &identity_continues,
     IDENTITY_TEXT("{name: hybrid, pushed_worker: continues, threshold: {schedule: linear, over: "
                   "1500}}")},
    {"identity/hybrid_formula", &identity_waits,
     IDENTITY_TEXT("{name: hybrid, threshold: {schedule: expression, formula: 1 + (n % 17)}}")},
    {"stale/none_sync", &never_stale, IDENTITY_TEXT("{name: sync}")},
    {"stale/none_k_sync", &never_stale, IDENTITY_TEXT("{name: k_sync, threshold: 9}")},
    {"stale/none_k_batch_sync", &never_stale, IDENTITY_TEXT("{name: k_batch_sync, threshold: 30}")},
    {"stale/none_backup", &never_stale,
     IDENTITY_TEXT("{name: backup, backup_workers: 6, late: finish}")},
    {"stale/async", &staleness_continues, STALENESS_TEXT("{name: async}")},
    {"stale/k_async_5", &staleness_waits, STALENESS_TEXT("{name: k_async, threshold: 5}")},
    {"stale/k_async_20", &staleness_waits, STALENESS_TEXT("{name: k_async, threshold: 20}")},
    {"stale/k_batch_async_10", &staleness_continues,
     STALENESS_TEXT("{name: k_batch_async, threshold: 10}")},
    {"stale/gradients_async", &staleness_in_gradients, STALENESS_TEXT("{name: async}")},
    {"stale/gradients_k_async_5", &staleness_in_gradients,
     STALENESS_TEXT("{name: k_async, threshold: 5}")},
};

const struct validation_part validation_server = {rows, sizeof rows / sizeof rows[0]};
