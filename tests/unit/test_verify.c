// SPDX-License-Identifier: GPL-3.0-or-later
// verify: logs of every kind are what their scenarios give; spans that are not are found.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/sim_time.h"
#include "sim/run/fork.h"
#include "sim/run/verify.h"
#include "sim/runlog/file_seal.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

#define SMALL_NET                                                                                  \
    "seed: 7\nmodel: softmax\ndata: {name: random, features: 3, classes: 2, samples: 60}\n"        \
    "training: {batch: 2, learning_rate: 0.1}\n"                                                   \
    "evaluation: {every: 200 ms, test_samples: 6, train_samples: 4}\n"

// Every span of a gradient and an update is random, and so are the ties.
#define RANDOM_SERVER                                                                              \
    "ties: random\ncluster:\n  workers: 3\n  start_up: 10 ms\n"                                    \
    "  compute: {law: uniform, min: 80 ms, max: 120 ms}\n"                                         \
    "  delay: {law: normal, std: 60 ms, workers: 50 %, who: random}\n"                             \
    "  network: {latency: {law: exponential, mean: 1 ms}, bandwidth: 1 Mbit/s}\n"                  \
    "  server: {receive: {law: gamma, mean: 5 ms, cv: 0.5}, update: {law: uniform, min: 1 ms, "    \
    "max: 4 ms}, reply: {law: weibull, scale: 1 ms, shape: 2}}\n"

static const char server_run[] =
    SMALL_NET RANDOM_SERVER "end: 24 gradients\nlog: {samples: true, gradients: true}\n"
                            "policy: {name: hybrid, threshold: {schedule: step, every: 5}}\n";

static const char local_run[] =
    SMALL_NET "end: 1500 ms\nties: random\n"
              "policy: {name: hier_avg, steps: 4, cluster_steps: 2, cluster_size: 2}\n"
              "cluster:\n  workers: 4\n  compute: {law: exponential, mean: 50 ms}\n"
              "  network: {latency: {law: lognormal, mean: 1 ms, cv: 1}, cluster_size: 2, "
              "inter_latency: {law: pareto, scale: 2 ms, shape: 3}, inter_bandwidth: 1 Mbit/s}\n";

static void record(const char *yaml, const char *path, struct runlog *log) {
    struct scenario scenario;
    enum status status = STATUS_OK;
    struct small_cluster_options options = {.output = path};
    small_cluster_parse(&scenario, "%s", yaml);
    small_cluster_run_with(&scenario, &options, log, &status);
    assert_true(status == STATUS_OK || status == STATUS_DIVERGED);
}

static void verify(const char *path, struct verify_verdict *verdict) {
    verify_log(path, &(struct run_options){.threads = 1}, verdict);
}

static void expect_verified(const char *path, const char *what) {
    struct verify_verdict verdict;
    verify(path, &verdict);
    if (verdict.status != STATUS_OK) {
        fail_msg("%s: %d: %s", what, (int)verdict.status, verdict.reason);
    }
    for (int part = 0; part < VERIFY_PART_COUNT; part++) {
        assert_int_equal(verdict.findings[part], FINDING_HOLDS);
    }
    assert_int_equal(verdict.spans.rounded, 0);
}

// ---- what is whole ----

// A verdict that called a sound log of any kind different would be believed by nobody.
static void verify__logs_of_every_kind__are_verified(void **state) {
    static const char *const runs[] = {
        server_run,
        local_run,
        SMALL_NET RANDOM_SERVER "end: 1 s\npolicy: {name: async}\nlog: {events: false}\n",
        SMALL_NET RANDOM_SERVER "end: 1 s\npolicy: {name: fedbuff, threshold: 2, local_steps: 3}\n",
        SMALL_NET RANDOM_SERVER "end: 1 s\npolicy: {name: backup, backup_workers: 1}\n",
        SMALL_NET RANDOM_SERVER "end: 1 s\npolicy: {name: ssp, slack: 1, read: cached}\n",
        SMALL_NET RANDOM_SERVER "end: 1 s\npolicy: {name: easgd, steps: 2, alpha: 0.3}\n",
        SMALL_NET
        "end: 1 s\npolicy: {name: hpsgd}\ncluster: {workers: 2, compute: {law: "
        "exponential, mean: 50 ms}, network: {latency: {law: exponential, mean: 9 ms}}}\n",
        SMALL_NET "end: 1 s\npolicy: {name: cocod, steps: 2}\ncluster: {workers: 2, compute: {law: "
                  "exponential, mean: 50 ms}, network: {latency: 20 ms, all_reduce: tree}}\n",
        "model: none\nend: 3 s\n" RANDOM_SERVER,
        "model: none\nend: 40 updates\npolicy: {name: k_batch_sync, threshold: 2}\n" RANDOM_SERVER,
        "model: quadratic\nend: 1 s\ntraining: {learning_rate: 1e30}\n" // diverges
        "cluster: {workers: 3}\n",
    };
    char path[SCRATCH_PATH_SIZE];
    scratch_path(state, "a.h5", path);
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        struct runlog log;
        record(runs[i], path, &log);
        expect_verified(path, runs[i]);
        runlog_reset(&log);
    }
}

// A fork draws each span from the laws of the phase in which it began.
static void verify__a_fork_with_other_laws__is_verified(void **state) {
    static const struct scenario_setting settings[] = {
        {"cluster.compute", "{law: exponential, mean: 30 ms}"},
        {"cluster.server.update", "9 ms"},
        {"policy.name", "async"}};
    char path[SCRATCH_PATH_SIZE];
    char forked[SCRATCH_PATH_SIZE];
    struct runlog log;
    struct run_outcome outcome;
    struct error error = {.message = ""};
    record(SMALL_NET RANDOM_SERVER "end: 1500 ms\n", scratch_path(state, "a.h5", path), &log);
    runlog_reset(&log);
    const struct fork_request request = {
        .path = path, .at_ns = INT64_C(600000000), .settings = settings, .setting_count = 3};
    const struct run_options options = {.output = scratch_path(state, "b.h5", forked),
                                        .threads = 1};
    struct run_options with_sinks = options;
    struct run_sink none = {0};
    with_sinks.sinks = &none;
    with_sinks.sink_count = 1;
    if (fork_file(&request, &with_sinks, &outcome, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    expect_verified(forked, "a fork");
}

static void interrupt_and_verify(void *const *state, const char *yaml, struct runlog *log) {
    char path[SCRATCH_PATH_SIZE];
    struct scenario scenario;
    enum status status = STATUS_OK;
    struct verify_verdict verdict;
    struct interruption interruption = {.events_left = 41};
    struct run_sink sink = small_cluster_interruption(&interruption);
    struct small_cluster_options options = {.output = scratch_path(state, "a.h5", path),
                                            .sinks = &sink,
                                            .sink_count = 1,
                                            .interrupted = &interruption.flag};
    small_cluster_parse(&scenario, "%s", yaml);
    small_cluster_run_with(&scenario, &options, log, &status);
    assert_int_equal(status, STATUS_INTERRUPTED);
    expect_verified(path, "an interrupted run");
    verify(path, &verdict);
    assert_int_equal(verdict.run, RUN_INTERRUPTED);
}

// What was cut off is what the scenario gives up to there.
static void verify__an_interrupted_run__is_verified(void **state) {
    struct runlog log;
    interrupt_and_verify(state, server_run, &log);
    runlog_reset(&log);
}

// A cut in mid-exchange leaves the centre of the latest version.
static void verify__an_interrupted_run_with_a_centre__is_verified(void **state) {
    struct runlog log;
    interrupt_and_verify(state,
                         "seed: 3\nmodel: {name: quadratic, dimension: 3}\nend: 90 gradients\n"
                         "policy: {name: easgd, steps: 2}\n" RANDOM_SERVER,
                         &log);
    const float *centre = log.ending.centre;
    assert_non_null(centre);
    assert_true(log.update_count > 0);
    assert_true(fingerprint_bytes(centre, 3 * sizeof *centre) ==
                log.updates[log.update_count - 1].parameter_hash);
    runlog_reset(&log);
}

// ---- spans that are not those of the laws ----

// The laws of a scenario, but each computation is off by some ns, and one update never ends.
struct bent_laws {
    struct span_laws laws;
    int64_t off_ns;
    int64_t endless_version;
};

static void bent_gradient(const void *context, int64_t index, int32_t worker, int64_t number,
                          struct gradient_spans *spans) {
    const struct bent_laws *bent = context;
    (void)index;
    span_laws_gradient(&bent->laws, worker, number, spans);
    spans->compute_ns += bent->off_ns;
}

static int64_t bent_update(const void *context, int64_t version) {
    const struct bent_laws *bent = context;
    return version == bent->endless_version ? SIM_TIME_NEVER
                                            : span_laws_update(&bent->laws, version);
}

// A run that is consistent in itself, with other spans than its scenario's.
static void record_bent(const char *yaml, struct bent_laws *bent, const char *path) {
    struct scenario scenario;
    struct run_outcome outcome;
    struct error error = {.message = ""};
    small_cluster_parse(&scenario, "%s", yaml);
    span_laws_init(&bent->laws, &scenario.cluster, scenario.seed, scenario.ties == TIES_RANDOM, 0);
    const struct span_source source = {
        .context = bent, .gradient = bent_gradient, .update = bent_update};
    const struct run_options options = {.output = path, .spans = &source, .threads = 1};
    assert_int_equal(run_scenario(&scenario, &options, &outcome, &error), STATUS_OK);
}

static const char timing_run[] = "model: none\nend: 2 s\npolicy: {name: sync}\ncluster: {workers: "
                                 "3, compute: {law: exponential, "
                                 "mean: 100 ms}, network: {message: 0 B}}\n";

// A log of a machine whose libm rounds otherwise is as good; a log whose spans were all moved is
// not, though its replay is identical.
static void verify__spans_off_by_a_rounding__are_counted_and_pass(void **state) {
    struct bent_laws bent = {.off_ns = 1};
    struct verify_verdict verdict;
    char path[SCRATCH_PATH_SIZE];
    record_bent(timing_run, &bent, scratch_path(state, "a.h5", path));
    verify(path, &verdict);
    assert_int_equal(verdict.status, STATUS_OK);
    assert_int_equal(verdict.spans.rounded, verdict.gradients);
    bent.off_ns = 2;
    record_bent(timing_run, &bent, path);
    verify(path, &verdict);
    assert_int_equal(verdict.status, STATUS_DIFFERENT);
    assert_int_equal(verdict.findings[VERIFY_SPANS], FINDING_FAILS);
    assert_int_equal(verdict.findings[VERIFY_REPLAY], FINDING_NONE);
    assert_non_null(strstr(verdict.reason, "gradient 0 of worker 0: compute"));
}

// A time without a random draw is rounded nowhere.
static void verify__a_constant_span_off_by_1_ns__is_different(void **state) {
    struct bent_laws bent = {.off_ns = 1};
    struct verify_verdict verdict;
    char path[SCRATCH_PATH_SIZE];
    record_bent("model: none\nend: 2 s\npolicy: {name: sync}\ncluster: {workers: 3, compute: 100 "
                "ms}\n",
                &bent, scratch_path(state, "a.h5", path));
    verify(path, &verdict);
    assert_int_equal(verdict.status, STATUS_DIFFERENT);
    assert_non_null(strstr(verdict.reason, "compute is recorded as 100000001 ns"));
}

// An update that never ends is in no row: all rows are those of the laws, and the run stands still
// from there on. Its end must be drawn, too.
static void verify__a_run_that_stands_still__is_different(void **state) {
    struct bent_laws bent = {.endless_version = 4};
    struct verify_verdict verdict;
    char path[SCRATCH_PATH_SIZE];
    record_bent(timing_run, &bent, scratch_path(state, "a.h5", path));
    verify(path, &verdict);
    assert_int_equal(verdict.status, STATUS_DIFFERENT);
    assert_int_equal(verdict.findings[VERIFY_SPANS], FINDING_HOLDS);
    assert_int_equal(verdict.findings[VERIFY_REPLAY], FINDING_FAILS);
}

// ---- the file ----

// Whoever changes a file through HDF5 cuts off its seal; what is in it may be whole.
static void verify__a_log_without_its_seal__is_different(void **state) {
    struct runlog log;
    struct stat before;
    struct verify_verdict verdict;
    char path[SCRATCH_PATH_SIZE];
    record("model: none\nend: 1 s\ncluster: {workers: 2}\n", scratch_path(state, "a.h5", path),
           &log);
    runlog_reset(&log);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(truncate(path, before.st_size - FILE_SEAL_BYTES), 0);
    verify(path, &verdict);
    assert_int_equal(verdict.status, STATUS_DIFFERENT);
    assert_int_equal(verdict.findings[VERIFY_SEAL], FINDING_FAILS);
    assert_int_equal(verdict.findings[VERIFY_REPLAY], FINDING_HOLDS);
}

// What nobody can tell is no difference.
static void verify__files_that_are_no_log__are_unknown(void **state) {
    struct verify_verdict verdict;
    char path[SCRATCH_PATH_SIZE];
    verify(scratch_path(state, "none.h5", path), &verdict);
    assert_int_equal(verdict.status, STATUS_NO_INPUT);
    assert_int_equal(verdict.findings[VERIFY_READS], FINDING_FAILS);
    scratch_write(state, "text.h5", "no log");
    verify(scratch_path(state, "text.h5", path), &verdict);
    assert_int_equal(verdict.status, STATUS_BAD_DATA);
}

// One different log among unreadable ones decides.
static void verify_worse__of_many__names_a_difference_first(void **state) {
    (void)state;
    assert_int_equal(verify_worse(STATUS_OK, STATUS_OK), STATUS_OK);
    assert_int_equal(verify_worse(STATUS_OK, STATUS_NO_INPUT), STATUS_NO_INPUT);
    assert_int_equal(verify_worse(STATUS_NO_INPUT, STATUS_BAD_DATA), STATUS_NO_INPUT);
    assert_int_equal(verify_worse(STATUS_NO_INPUT, STATUS_DIFFERENT), STATUS_DIFFERENT);
    assert_int_equal(verify_worse(STATUS_DIFFERENT, STATUS_BAD_DATA), STATUS_DIFFERENT);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(verify__logs_of_every_kind__are_verified),
        IN_A_FOLDER(verify__a_fork_with_other_laws__is_verified),
        IN_A_FOLDER(verify__an_interrupted_run__is_verified),
        IN_A_FOLDER(verify__an_interrupted_run_with_a_centre__is_verified),
        IN_A_FOLDER(verify__spans_off_by_a_rounding__are_counted_and_pass),
        IN_A_FOLDER(verify__a_constant_span_off_by_1_ns__is_different),
        IN_A_FOLDER(verify__a_run_that_stands_still__is_different),
        IN_A_FOLDER(verify__a_log_without_its_seal__is_different),
        IN_A_FOLDER(verify__files_that_are_no_log__are_unknown),
        cmocka_unit_test(verify_worse__of_many__names_a_difference_first),
    };
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
