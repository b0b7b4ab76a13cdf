// SPDX-License-Identifier: GPL-3.0-or-later
// Logs in the hands of other programs: traces for viewers, tables as CSV, plots/desgd_log.py, and
// xarray, over runs of every policy and of every experiment.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/support/rows.h"
#include "tests/support/scratch.h"
#include "tests/support/skip.h"

enum { COMMAND_SIZE = 4096 };

// Under the sanitizers, where a start takes long, one of so many.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STEP = 7 };
#else
enum { STEP = 1 };
#endif

// Runs the command from the top of the tree, with $DESGD the program and $TMP the folder of the
// test. Returns the exit status.
static int shell(void *const *state, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int shell(void *const *state, const char *format, ...) {
    char command[COMMAND_SIZE];
    const char *program = getenv("DESGD");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    setenv("TMP", *state, 1);
    setenv("DESGD", program != NULL ? program : "build/desgd", 1);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void expect_shell(void *const *state, const char *command) {
    int status = shell(state, "%s", command);
    if (status != 0) {
        fail_msg("%s: exit status %d", command, status);
    }
}

// Skips the test unless Python has the modules.
static void need_modules(void *const *state, const char *modules, const char *packages) {
    if (shell(state, "/usr/bin/python3 -c 'import %s' 2>/dev/null", modules) != 0) {
        skip_because("%s is not installed, and no requirement of desgd", packages);
    }
}

// ---- runs ----

// "a.h5" of a scenario with these settings. One that diverges (2) has a log, too.
static void run_scenario(void *const *state, const char *scenario, const char *settings) {
    char command[COMMAND_SIZE];
    snprintf(command, sizeof command,
             "\"$DESGD\" run %s %s --set evaluation.test_samples=20 --set "
             "evaluation.train_samples=0 --quiet -o \"$TMP/a.h5\" >\"$TMP/says\" 2>&1 || "
             "[ $? = 2 ] || { cat \"$TMP/says\"; exit 1; }",
             scenario, settings);
    expect_shell(state, command);
}

static void expect_sound_trace(void *const *state, const char *scenario) {
    int status =
        shell(state, "\"$DESGD\" export \"$TMP/a.h5\" --chrome-trace -o \"$TMP/a.json\" && "
                     "\"$DESGD\" export \"$TMP/a.h5\" --csv \"$TMP/csv\" && "
                     "/usr/bin/python3 -B tests/cli/check_trace.py \"$TMP/a.json\" "
                     "\"$TMP/csv\" >\"$TMP/says\" || { cat \"$TMP/says\"; exit 1; }");
    if (status != 0) {
        fail_msg("%s: its trace is not sound", scenario);
    }
}

// If it failed, a viewer would refuse the trace of some policy, or show what did not happen: every
// lane adds up to what the log says of its worker.
static void trace__every_policy__is_sound(void **state) {
    glob_t found;
    assert_int_equal(glob("scenarios/policies/*.yaml", 0, NULL, &found), 0);
    for (size_t i = 0; i < rows(found.gl_pathc); i += STEP) {
        run_scenario(state, found.gl_pathv[i], "--set 'end=4 s'");
        expect_sound_trace(state, found.gl_pathv[i]);
    }
    globfree(&found);
    run_scenario(state, "tests/valgrind/timing_only.yaml", "");
    expect_sound_trace(state, "timing only");
}

// The same of runs in which something happens to the cluster.
static void trace__every_experiment__is_sound(void **state) {
    glob_t found;
    assert_int_equal(glob("scenarios/experiments/*.yaml", 0, NULL, &found), 0);
    for (size_t i = 0; i < rows(found.gl_pathc); i += STEP) {
        run_scenario(state, found.gl_pathv[i], "");
        expect_sound_trace(state, found.gl_pathv[i]);
    }
    globfree(&found);
}

// If it failed, the tests before would show nothing: each damage is found.
static void trace__damaged__is_refused(void **state) {
    static const char *const damages[] = {
        "s/\"dur\":[0-9]*\\./\"dur\":99999999./",                        // slices overlap
        "/\"name\":\"updating\"/d",                                      // arrows without a slice
        "0,/\"ph\":\"f\"/{/\"ph\":\"f\"/d}",                             // an arrow without an end
        "0,/\"name\":\"waiting\"/s/waiting/computing/",                  // other totals
        "s/\"name\":\"worker 2\"/\"name\":\"worker\"/",                  // names out of order
        "s/,\"bp\":\"e\"//",                                             // a field is missing
        "0,/\\.[0-9]*,\"dur\"/s/\\.\\([0-9]*\\),\"dur\"/.\\15,\"dur\"/", // half a nanosecond
    };
    run_scenario(state, "tests/valgrind/timing_only.yaml", "");
    expect_sound_trace(state, "timing only");
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        int status = shell(state,
                           "sed '%s' \"$TMP/a.json\" >\"$TMP/b.json\" && "
                           "/usr/bin/python3 -B tests/cli/check_trace.py \"$TMP/b.json\" "
                           "\"$TMP/csv\" >\"$TMP/says\" 2>&1",
                           damages[i]);
        if (status != 1) {
            fail_msg("%s: exit status %d", damages[i], status);
        }
    }
}

// ---- tables ----

// If it failed, a table would be missing, or be another than the one that is printed alone.
static void csv__all_tables__are_those_of_each(void **state) {
    run_scenario(state, "scenarios/experiments/slow_link.yaml", "");
    expect_shell(state, "\"$DESGD\" export \"$TMP/a.h5\" --csv \"$TMP/csv\"");
    expect_shell(state, "for table in events gradients updates evaluations reductions incidents "
                        "workers; do \"$DESGD\" export \"$TMP/a.h5\" --table $table | "
                        "cmp - \"$TMP/csv/$table.csv\" || exit 1; done");
    expect_shell(state, "[ $(ls \"$TMP/csv\" | wc -l) = 8 ]");
    expect_shell(state, "\"$DESGD\" export \"$TMP/a.h5\" --csv \"$TMP/csv\""); // over its own
}

// ---- Python ----

// Logs that have everything: incidents, local models, and samples and numbers of each gradient.
static const char *const logs[] = {
    "scenarios/experiments/slow_link.yaml",
    "scenarios/policies/hier_avg.yaml --set 'end=2 s'",
    "tests/valgrind/tiny_training.yaml --set 'log={samples: true, gradients: true}'",
    "tests/valgrind/timing_only.yaml --set 'end=1 ns'",
    "scenarios/policies/easgd.yaml --set 'end=2 s' --set log.events=false",
};

static void expect_read(void *const *state, const char *how) {
    for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
        run_scenario(state, logs[i], "");
        expect_shell(state, "\"$DESGD\" export \"$TMP/a.h5\" --csv \"$TMP/csv\"");
        if (shell(state,
                  "/usr/bin/python3 -B tests/cli/check_reader.py %s \"$TMP/a.h5\" \"$TMP/csv\" "
                  ">\"$TMP/says\" 2>&1 || { cat \"$TMP/says\"; exit 1; }",
                  how) != 0) {
            fail_msg("%s: Python reads another log (%s)", logs[i], how);
        }
    }
}

// If it failed, a table would come into Python otherwise than it is in the log.
static void python__desgd_log__reads_every_table(void **state) {
    need_modules(state, "h5py, numpy", "python3-h5py");
    expect_read(state, "tables");
}

// If it failed, the figures would not be drawn of some log, as of one without training.
static void python__desgd_log__draws_every_log(void **state) {
    need_modules(state, "h5py, matplotlib", "python3-matplotlib");
    expect_read(state, "figures");
    expect_shell(state, "/usr/bin/python3 -B plots/desgd_log.py \"$TMP/a.h5\" >\"$TMP/says\"");
}

// If it failed, xarray would ask for names of dimensions, or not open a group at all.
static void python__xarray__opens_every_group(void **state) {
    need_modules(state, "h5py, xarray, h5netcdf", "python3-xarray with python3-h5netcdf");
    expect_read(state, "xarray");
    expect_shell(state,
                 "printf 'scenario: %s/tests/valgrind/timing_only.yaml\\nvary: "
                 "{cluster.workers: [2, 3]}\\nrounds: 2\\n' \"$PWD\" >\"$TMP/s.yaml\" && "
                 "\"$DESGD\" sweep \"$TMP/s.yaml\" -o \"$TMP/s\" --quiet >\"$TMP/says\" 2>&1 "
                 "&& \"$DESGD\" merge \"$TMP/s\" >\"$TMP/says\"");
    expect_shell(state, "/usr/bin/python3 -B tests/cli/check_reader.py sweep \"$TMP/s/sweep.h5\" "
                        "\"$TMP/s\"");
}

int main(void) {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(trace__every_policy__is_sound),
        IN_SCRATCH(trace__every_experiment__is_sound),
        IN_SCRATCH(trace__damaged__is_refused),
        IN_SCRATCH(csv__all_tables__are_those_of_each),
        IN_SCRATCH(python__desgd_log__reads_every_table),
        IN_SCRATCH(python__desgd_log__draws_every_log),
        IN_SCRATCH(python__xarray__opens_every_group),
    };
    return cmocka_run_group_tests_name("other_programs", tests, NULL, NULL);
}
