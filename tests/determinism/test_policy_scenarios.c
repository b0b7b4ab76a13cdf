// SPDX-License-Identifier: GPL-3.0-or-later
// Every scenario of scenarios/policies, cut short: it runs, keeps every rule (log_audit.h), has the
// same bits for any number of threads and on the slowest instruction set, and replays from its
// file.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "models/kernels/isa.h"
#include "sim/run/replay.h"
#include "sim/run/run_scenario.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/training/training_options.h"
#include "tests/support/log_audit.h"
#include "tests/support/scratch.h"
#include "tests/support/small_cluster.h"

enum { PATH_SIZE = 512, LINE_SIZE = 400 };

static const char folder[] = "scenarios/policies";

static void read_short(const char *path, struct scenario *scenario) {
    // Enough for a first update of all workers, for late gradients, and for a decision of adasync.
    static const struct scenario_setting settings[] = {{"end", "60 gradients"},
                                                       {"training.batch", "4"},
                                                       {"evaluation.every", "1 s"},
                                                       {"evaluation.test_samples", "40"},
                                                       {"evaluation.train_samples", "20"}};
    struct error error;
    if (scenario_read_noting(path, settings, 5, scenario, NULL, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    if (scenario->training.policy.threshold.schedule == SCHEDULE_ADASYNC) {
        scenario->training.policy.threshold.every /= 40; // decisions within so short a run
    }
}

static void run(const struct scenario *scenario, int32_t threads, enum kernels_isa isa,
                const char *output, struct runlog *log) {
    struct run_outcome outcome;
    struct error error;
    struct run_sink sink = runlog_memory_sink(log);
    struct run_options options = {.output = output,
                                  .threads = threads,
                                  .kernels = kernels_of(isa),
                                  .sinks = &sink,
                                  .sink_count = 1};
    *log = (struct runlog){0};
    if (run_scenario(scenario, &options, &outcome, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    log_audit_expect_sound(scenario, log);
}

static void expect_replays(const char *name, const char *path) {
    struct replay_outcome outcome;
    struct error error = {.message = ""};
    enum status status = replay_file(path, &(struct run_options){.threads = 2}, &outcome, &error);
    if (status != STATUS_OK) {
        fail_msg("%s: %s", name,
                 status == STATUS_DIFFERENT ? outcome.difference.text : error.message);
    }
}

static void check_scenario(void *const *state, const char *name) {
    struct scenario scenario;
    struct runlog first;
    struct runlog other;
    char path[PATH_SIZE];
    char output[SCRATCH_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    read_short(path, &scenario);
    scratch_path(state, name, output);
    run(&scenario, 1, kernels_best_isa(), output, &first);
    assert_true(first.update_count >= 1);
    expect_replays(name, output);
    run(&scenario, 3, kernels_best_isa(), NULL, &other);
    small_cluster_expect_equal(&first, &other, name);
    runlog_reset(&other);
    run(&scenario, 2, KERNELS_GENERIC, NULL, &other);
    small_cluster_expect_equal(&first, &other, name);
    runlog_reset(&other);
    runlog_reset(&first);
}

static void for_each(void *const *state, void (*check)(void *const *, const char *)) {
    int count = 0;
    DIR *open = opendir(folder);
    assert_non_null(open);
    for (const struct dirent *entry = NULL; (entry = readdir(open)) != NULL;) {
        const char *extension = strrchr(entry->d_name, '.');
        if (extension != NULL && strcmp(extension, ".yaml") == 0) {
            check(state, entry->d_name);
            count++;
        }
    }
    closedir(open);
    assert_true(count >= 9);
}

// An example that does not run, or not twice the same, is worse than none.
static void policy_scenarios__every_one__runs_alike_anywhere_and_replays(void **state) {
    for_each(state, check_scenario);
}

static void check_comment(void *const *state, const char *name) {
    (void)state;
    char path[PATH_SIZE];
    char line[LINE_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (int i = 0; i < 3; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        if (strncmp(line, "# ", 2) != 0 || strlen(line) < 20) {
            fail_msg("%s: line %d does not say what to watch for", path, i + 1);
        }
    }
    fclose(file);
}

// Three lines say what to watch for.
static void policy_scenarios__every_one__says_what_to_watch_for(void **state) {
    for_each(state, check_comment);
}

// A policy without an example is found by nobody.
static void policies__all_but_the_first_three__have_scenarios_of_their_names(void **state) {
    (void)state;
    for (enum policy policy = POLICY_K_SYNC; policy < POLICY_COUNT; policy++) {
        struct scenario scenario;
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/%s.yaml", folder, policy_table[policy].name);
        read_short(path, &scenario);
        assert_int_equal(scenario.training.policy.policy, policy);
    }
}

// Each policy's row of scenarios/README.md links an example: without it nobody can try the policy.
static void scenarios_readme__every_policy__links_an_example_that_is_there(void **state) {
    (void)state;
    static char text[1 << 18];
    FILE *file = fopen("scenarios/README.md", "r");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    text[size] = 0;
    fclose(file);
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        char row[64];
        char path[PATH_SIZE];
        snprintf(row, sizeof row, "\n| `%s` | ", policy_table[policy].name);
        const char *found = strstr(text, row);
        assert_non_null(found);
        snprintf(row, sizeof row, "[%s.yaml](", policy_table[policy].name);
        const char *link = strstr(found, row);
        assert_non_null(link);
        link += strlen(row);
        snprintf(path, sizeof path, "scenarios/%.*s", (int)strcspn(link, ")"), link);
        if (access(path, R_OK) != 0) {
            fail_msg("scenarios/README.md: there is no %s", path);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            policy_scenarios__every_one__runs_alike_anywhere_and_replays, scratch_setup,
            scratch_teardown),
        cmocka_unit_test(policy_scenarios__every_one__says_what_to_watch_for),
        cmocka_unit_test(policies__all_but_the_first_three__have_scenarios_of_their_names),
        cmocka_unit_test(scenarios_readme__every_policy__links_an_example_that_is_there),
    };
    return cmocka_run_group_tests_name("policy_scenarios", tests, NULL, NULL);
}
