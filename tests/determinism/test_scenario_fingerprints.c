// SPDX-License-Identifier: GPL-3.0-or-later
// The scenarios that come with desgd, cut short, have the fingerprints that they had when they were
// written down here: whoever changes a rule sees whose bits that changes, and gives those scenarios
// another number (scenario_semantics.h). The numbers of the table are those of the program before
// semantics 2, under which no event and no parameter of any of them changed; of easgd the distances
// in the log did.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <inttypes.h>
#include <string.h>

#include "sim/run/run_scenario.h"
#include "sim/scenario/scenario_parse.h"
#include "tests/support/log_audit.h"

static const struct {
    const char *path;
    uint64_t timeline;
    uint64_t parameters;
    int32_t semantics;
} table[] = {
    {"scenarios/first_run.yaml", 0xe83fc21c9db139fc, 0x6eae3f6c75296c41, 1},
    {"scenarios/mnist_async.yaml", 0xc2af29174f3a1649, 0x031df700b9f645ed, 1},
    {"scenarios/mnist_hybrid.yaml", 0xc2af29174f3a1649, 0x031df700b9f645ed, 1},
    {"scenarios/mnist_sync.yaml", 0x9353dd799c666689, 0xbd077d462c4af2bb, 1},
    {"scenarios/policies/adacomm.yaml", 0xb236df678da3a1b5, 0xb24ea10eab64ab3e, 1},
    {"scenarios/policies/adasync.yaml", 0xa59e05e20bf1a745, 0x2c430e9cbe46469d, 1},
    {"scenarios/policies/backup.yaml", 0x2be7f51ebe4ffce4, 0xdfebd8396e6e46eb, 1},
    {"scenarios/policies/cocod.yaml", 0xdc4ae2491d522c28, 0x3b89dce57ce671e2, 1},
    {"scenarios/policies/dc_asgd.yaml", 0xeddb3708a9301154, 0xdfe3c626736c4b01, 1},
    {"scenarios/policies/easgd.yaml", 0x828f1e438cb205f5, 0x68e24e37f755d6d7, 2},
    {"scenarios/policies/fedbuff.yaml", 0xf6108a817caa5620, 0x5a372c4ecb475784, 1},
    {"scenarios/policies/gap_aware.yaml", 0xeddb3708a9301154, 0x882de145ad1a3100, 1},
    {"scenarios/policies/hier_avg.yaml", 0xf340446c2eb3bb0e, 0xc9380f121befcf26, 1},
    {"scenarios/policies/hpsgd.yaml", 0xe17385a71095bc77, 0xfc7fecf697e0c2d0, 1},
    {"scenarios/policies/k_async.yaml", 0x290ce4c81bfcd692, 0x31196b5084655c3b, 1},
    {"scenarios/policies/k_avg.yaml", 0x6d0403f8749ce138, 0xbfa09d0ef4b95cb6, 1},
    {"scenarios/policies/k_batch_async.yaml", 0x98cf5a9507e04bc2, 0x24ed44db80d0aa81, 1},
    {"scenarios/policies/k_batch_sync.yaml", 0x5f7f9b15ba10aea7, 0x06396caec2842f50, 1},
    {"scenarios/policies/k_sync.yaml", 0x1450a53db1d0369f, 0xd13d7884105341a7, 1},
    {"scenarios/policies/n_softsync.yaml", 0xeddb3708a9301154, 0xd09f73b89e6b64f7, 1},
    {"scenarios/policies/overlap_local_sgd.yaml", 0xdc4ae2491d522c28, 0x43288d46834121ee, 1},
    {"scenarios/policies/post_local.yaml", 0x279d259fb6ef4453, 0x3407eabb3efd91e4, 1},
    {"scenarios/policies/ssp.yaml", 0xa91071862173bdbd, 0x8c1bcb32a7851f7d, 1},
    {"scenarios/policies/sync_switch.yaml", 0x473f5532569320c2, 0x0ade0deb663cb80b, 1},
    {"scenarios/studies/hier_avg/base.yaml", 0x57b0f4ad8e68318b, 0x0c1140e4824a359d, 1},
    {"scenarios/studies/hpsgd/base.yaml", 0xb00c2953efc111aa, 0x1a1e7b8ffa7766a8, 1},
    {"scenarios/studies/mnist_table/base.yaml", 0xc2af29174f3a1649, 0x031df700b9f645ed, 1},
    {"scenarios/studies/random_batch/base.yaml", 0x23d53664bfe753a5, 0xe724f0fd4087a7c2, 1},
};

enum { SCENARIO_COUNT = sizeof table / sizeof table[0] };

static void run_short(const char *path, struct scenario *scenario, struct runlog *log) {
    static const struct scenario_setting settings[] = {{"end", "60 gradients"},
                                                       {"training.batch", "4"},
                                                       {"evaluation.every", "0 s"},
                                                       {"evaluation.test_samples", "40"},
                                                       {"evaluation.train_samples", "20"}};
    struct error error;
    struct run_outcome outcome;
    *log = (struct runlog){0};
    struct run_sink sink = runlog_memory_sink(log);
    const struct run_options options = {.threads = 1, .sinks = &sink, .sink_count = 1};
    if (scenario_read_noting(path, settings, sizeof settings / sizeof settings[0], scenario, NULL,
                             &error) != STATUS_OK ||
        run_scenario(scenario, &options, &outcome, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    log_audit_expect_sound(scenario, log);
}

// A study that somebody ran last year, and a sweep that is half done, are of the same bits today.
static void scenarios__cut_short__have_the_fingerprints_that_they_had(void **state) {
    (void)state;
    for (size_t i = 0; i < SCENARIO_COUNT; i++) {
        struct scenario scenario;
        struct runlog log;
        run_short(table[i].path, &scenario, &log);
        if (log.ending.timeline_fingerprint != table[i].timeline ||
            log.ending.parameter_fingerprint != table[i].parameters ||
            scenario.semantics != table[i].semantics) {
            fail_msg("%s: 0x%016" PRIx64 ", 0x%016" PRIx64 ", semantics %" PRId32, table[i].path,
                     log.ending.timeline_fingerprint, log.ending.parameter_fingerprint,
                     scenario.semantics);
        }
        runlog_reset(&log);
    }
}

static bool is_in_table(const char *path) {
    for (size_t i = 0; i < SCENARIO_COUNT; i++) {
        if (strcmp(table[i].path, path) == 0) {
            return true;
        }
    }
    return strstr(path, "_sweep.yaml") != NULL;
}

// A scenario that is not in the table could change without a word.
static void scenarios__every_one__is_in_the_table(void **state) {
    (void)state;
    glob_t found;
    assert_int_equal(glob("scenarios/*.yaml", 0, NULL, &found), 0);
    assert_int_equal(glob("scenarios/policies/*.yaml", GLOB_APPEND, NULL, &found), 0);
    assert_int_equal(glob("scenarios/studies/*/base.yaml", GLOB_APPEND, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (!is_in_table(found.gl_pathv[i])) {
            fail_msg("%s is not in the table", found.gl_pathv[i]);
        }
    }
    globfree(&found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenarios__cut_short__have_the_fingerprints_that_they_had),
        cmocka_unit_test(scenarios__every_one__is_in_the_table),
    };
    return cmocka_run_group_tests_name("scenario_fingerprints", tests, NULL, NULL);
}
