// SPDX-License-Identifier: GPL-3.0-or-later
// What a newcomer does who adds a law, a schedule of the threshold, or a policy with a server and a
// key of its own: in how few files it is done, and that nothing that is forgotten goes unnoticed. A
// copy of the sources is changed, built and tried; then each piece of the change is left out in
// turn, and the build must fail, or a test. Pages that the program writes do not count.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "sim/base/memory.h"
#include "tests/support/scratch.h"

enum { COMMAND_SIZE = 2048, PIECES_MAX = 16 };

// ---- the changes ----

// Text that goes before the first place where "before" stands; NULL: the whole of a new file.
struct piece {
    const char *file;
    const char *before;
    const char *text;
};

struct addition {
    const char *name;
    int files_most;
    const char *tests; // the programs that must notice what is forgotten
    const char *run;   // a scenario that needs the addition, and its settings
    struct piece pieces[PIECES_MAX];
};

#define HEADER "// SPDX-License-Identifier: GPL-3.0-or-later\n"

static const struct addition law = {
    .name = "a law",
    .files_most = 3,
    .tests = "unit/test_distribution unit/test_scenario_print",
    .run = "tests/valgrind/timing_only.yaml --set 'cluster.compute={law: rayleigh, scale: 100 ms}'",
    .pieces = {
        {"sim/base/distribution.h", "    LAW_COUNT,", "    LAW_RAYLEIGH, // scale\n"},
        {"sim/base/distribution.c", "};\n\nconst char *const negative_rule_names",
         "    ROW(LAW_RAYLEIGH) = {\"rayleigh\", \"the length of a Gaussian vector in the plane\", "
         "1,\n"
         "                         {{\"scale\", TIME_FROM(0, 0)}}},\n"},
        {"sim/base/distribution.c", "    case LAW_PARETO:\n        return gsl_ran_pareto",
         "    case LAW_RAYLEIGH:\n        return gsl_ran_rayleigh(rng, p[0]);\n"},
        {"sim/base/distribution.c",
         "    case LAW_EXPONENTIAL:\n    case LAW_NORMAL:", "    case LAW_RAYLEIGH:\n"},
        {"sim/base/distribution.c", "    case LAW_WEIBULL:\n        return gsl_cdf_weibull_P",
         "    case LAW_RAYLEIGH:\n        return gsl_cdf_rayleigh_P(x, p[0]);\n"},
        {"sim/base/distribution.c", "    case LAW_CONSTANT:\n    case LAW_EXPONENTIAL:",
         "    case LAW_RAYLEIGH:\n        return p[0] * sqrt(M_PI / 2);\n"},
        {"tests/unit/test_distribution.c",
         "    {{.law = LAW_EXPONENTIAL, .parameters = {200 * MS}},",
         "    {{.law = LAW_RAYLEIGH, .parameters = {200 * MS}}, cdf_rayleigh, 200 * MS * 200 * MS "
         "* "
         "(2 - M_PI / 2)},\n"},
        {"tests/unit/test_distribution.c", "static double cdf_weibull",
         "static double cdf_rayleigh(const double *p, double x) {\n"
         "    return gsl_cdf_rayleigh_P(x, p[0]);\n}\n\n"},
    }};

static const struct addition schedule = {
    .name = "a schedule",
    .files_most = 3,
    .tests = "unit/test_threshold_schedule unit/test_scenario_print",
    .run = "tests/valgrind/timing_only.yaml --set 'policy={name: k_sync, threshold: "
           "{schedule: square, start: 1, end: 2, over: 10}}'",
    .pieces = {
        {"sim/training/training_options.h", "    SCHEDULE_COUNT,", "    SCHEDULE_SQUARE,\n"},
        {"sim/training/threshold_schedule.c", "static double logistic(",
         "static int64_t square(const struct policy_options *policy, "
         "const struct aggregation_view *view) {\n"
         "    double u = progress(&policy->threshold, view);\n"
         "    return gone(policy, view, u * u);\n}\n\n"},
        {"sim/training/threshold_schedule.c", "    ROW(SCHEDULE_ADASYNC)",
         "    ROW(SCHEDULE_SQUARE) = {.name = \"square\", .threshold = square,\n"
         "                            .summary = \"K goes with the square of x\",\n"
         "                            .has_counts = true, .has_way = true},\n"},
        {"tests/unit/test_threshold_schedule.c", "    case SCHEDULE_COUNT:\n        break;",
         "    case SCHEDULE_SQUARE:\n"},
        {"tests/unit/test_threshold_schedule.c", "        {SCHEDULE_SIGMOID, 1, 25, 480, 13},",
         "        {SCHEDULE_SQUARE, 1, 25, 480, 7},\n"},
    }};

static const struct addition policy = {
    .name = "a policy",
    .files_most = 6,
    .tests =
        "unit/test_aggregation determinism/test_policy_scenarios property/test_property_service "
        "unit/test_scenario_print unit/test_scenario_note",
    .run = "scenarios/policies/drop_stale.yaml --set 'end=20 s'",
    .pieces = {
        {"sim/training/training_options.h", "    POLICY_K_AVG,", "    POLICY_DROP_STALE,\n"},
        {"sim/training/training_options.h", "    int32_t splits;",
         "    int64_t staleness_most; // drop_stale\n"},
        {"sim/training/training_options.c", "extern const struct aggregation aggregation_dc_asgd;",
         "extern const struct aggregation aggregation_drop_stale;\n"},
        {"sim/training/training_options.c", "    ROW(POLICY_K_AVG)",
         "    ROW(POLICY_DROP_STALE) = {.name = \"drop_stale\",\n"
         "                              .aggregation = &aggregation_drop_stale,\n"
         "                              .summary = \"async; what is too stale is dropped\",\n"
         "                              .paper = \"arXiv 0000.00000\",\n"
         "                              .combine = COMBINE_MEAN, .may_change_midway = true},\n"},
        {"sim/training/aggregation_drop_stale.c", NULL,
         HEADER "// Async; the server drops what is staler than so many versions.\n"
                "#include \"sim/training/aggregation.h\"\n\n"
                "static bool drops(const struct policy_options *options, int64_t staleness) {\n"
                "    return staleness > options->staleness_most;\n}\n\n"
                "const struct aggregation aggregation_drop_stale = {\n"
                "    .threshold = aggregation_one,\n"
                "    .pushed_worker_waits = aggregation_always,\n    .drops = drops};\n"},
        {"sim/scenario/scenario_keys.def", "KEY(STALE_WEIGHT,",
         "OF_POLICY(staleness_most, POLICY_DROP_STALE)\n"
         "KEY(STALENESS_MOST, \"policy.staleness_most\", int64, training.policy.staleness_most,\n"
         "    NO_NAMES, 0, 1e15, \"3\", staleness_most,\n"
         "    \"The staleness of the stalest gradient that is applied.\")\n"},
        {"tests/unit/test_aggregation.c", "    case POLICY_K_AVG:",
         "    case POLICY_DROP_STALE: {\n"
         "        struct policy_options most = {.policy = policy, .staleness_most = 2};\n"
         "        return drops(&most, 3) && !drops(&most, 2);\n    }\n"},
        {"scenarios/policies/drop_stale.yaml", NULL,
         "# Workers that take long push gradients that are more than two versions old: dropped.\n"
         "# Compare with --set policy.name=async: there all of them are applied, however stale.\n"
         "# Watch the number of dropped gradients, and the staleness: never above 2.\n"
         "model: mnist_ray\nend: 60 s\npolicy: {name: drop_stale, staleness_most: 2}\n"
         "cluster:\n  workers: 4\n  compute: {law: exponential, mean: 100 ms}\n"
         "  server: {receive: 3 ms, update: 2 ms}\n"},
    }};

static size_t count_pieces(const struct addition *addition) {
    size_t count = 0;
    while (addition->pieces[count].file != NULL) {
        count++;
    }
    return count;
}

static int count_files(const struct addition *addition) {
    int files = 0;
    for (size_t i = 0; i < count_pieces(addition); i++) {
        bool is_new = true;
        for (size_t j = 0; j < i; j++) {
            is_new = is_new && strcmp(addition->pieces[i].file, addition->pieces[j].file) != 0;
        }
        files += is_new;
    }
    return files;
}

// ---- the copy ----

static char tree[SCRATCH_PATH_SIZE];

// In the copy, with its output in a file there. Returns the exit status.
__attribute__((format(printf, 1, 2))) static int in_tree(const char *format, ...) {
    char command[COMMAND_SIZE] =
        "cd \"$TREE\" && unset MAKEFLAGS MFLAGS MAKELEVEL && exec >output 2>&1; ";
    size_t used = strlen(command);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command + used, sizeof command - used, format, arguments);
    va_end(arguments);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void show_output(void) {
    if (system("grep -E 'error|ERROR|FAILED|[*]{3}' \"$TREE/output\" | head -12 >&2") != 0) {
        print_error("(no output)\n");
    }
}

static int make_copy(void **state) {
    if (scratch_setup(state) != 0) {
        return -1;
    }
    setenv("TREE", scratch_path(state, "tree", tree), 1);
    bool copied = system("mkdir -p \"$TREE/build/obj\" \"$TREE/results\" && "
                         "cp -a Makefile *.md sim models tests scenarios \"$TREE\" && "
                         "cp -a results/*.md \"$TREE/results\" && "
                         "cp -a build/obj/release \"$TREE/build/obj\" && "
                         "ln -s \"$PWD/data\" \"$TREE/data\"") == 0;
    // The objects are of the same flags, though they stand elsewhere.
    return copied && in_tree("make build/obj/release/flags && "
                             "touch -d 2020-01-01 build/obj/release/flags") == 0
               ? 0
               : -1;
}

static char *read_file(const char *name) {
    char path[2 * SCRATCH_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", tree, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return NULL;
    }
    struct stat about;
    assert_int_equal(fstat(fileno(file), &about), 0);
    char *text = memory_allocate((size_t)about.st_size + 1, 1);
    assert_int_equal(fread(text, 1, (size_t)about.st_size, file), about.st_size);
    fclose(file);
    return text;
}

// NULL: there is none. A file that is so already keeps its time: nothing is compiled for it.
static void write_file(const char *name, const char *text) {
    char path[2 * SCRATCH_PATH_SIZE];
    char *there = read_file(name);
    bool same = there != NULL && text != NULL && strcmp(there, text) == 0;
    memory_free(there);
    snprintf(path, sizeof path, "%s/%s", tree, name);
    if (text == NULL) {
        remove(path);
    } else if (!same) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        assert_int_equal(fclose(file), 0);
    }
}

// The text with the piece in it. Frees the text.
static char *put(const struct piece *piece, char *text) {
    const char *place = piece->before == NULL ? "" : strstr(text, piece->before);
    if (place == NULL) {
        fail_msg("%s: there is no '%s' any more", piece->file, piece->before);
    }
    int front = piece->before == NULL ? 0 : (int)(place - text);
    size_t size = (size_t)front + strlen(piece->text) + strlen(place) + 1;
    char *changed = memory_allocate(size, 1);
    snprintf(changed, size, "%.*s%s%s", front, front == 0 ? "" : text, piece->text, place);
    memory_free(text);
    return changed;
}

// All pieces but this one, on the files as they were.
static void apply_but(const struct addition *addition, char *const *originals, size_t left_out) {
    size_t count = count_pieces(addition);
    for (size_t i = 0; i < count; i++) {
        const char *file = addition->pieces[i].file;
        char *text = originals[i] == NULL ? NULL : memory_copy_text(originals[i]);
        for (size_t j = 0; j < count; j++) {
            if (j != left_out && strcmp(addition->pieces[j].file, file) == 0) {
                text = put(&addition->pieces[j], text);
            }
        }
        write_file(file, text);
        memory_free(text);
    }
}

// ---- what is forgotten ----

// Compiles the sources that the addition touches: most of what is forgotten stops here.
static bool sources_compile(const struct addition *addition) {
    char objects[COMMAND_SIZE] = "";
    for (size_t i = 0; i < count_pieces(addition); i++) {
        const char *file = addition->pieces[i].file;
        size_t length = strlen(file);
        char path[SCRATCH_PATH_SIZE];
        char *there = read_file(file);
        snprintf(path, sizeof path, "build/obj/release/%.*so ", (int)length - 1, file);
        if (there != NULL && file[length - 1] == 'c' && strstr(objects, path) == NULL) {
            strcat(objects, path);
        }
        memory_free(there);
    }
    return in_tree("make -j2 %s", objects) == 0;
}

static bool tests_pass(const struct addition *addition) {
    return in_tree("set -e; make -j2 docs; P=; for t in %s; do P=\"$P "
                   "build/obj/release/tests/$t\"; done; "
                   "make -j2 build $P; for p in $P; do DESGD=build/desgd $p; done",
                   addition->tests) == 0;
}

static void expect_told(const struct addition *addition, char *const *originals, size_t left_out) {
    const struct piece *piece = &addition->pieces[left_out];
    apply_but(addition, originals, left_out);
    const char *by = !sources_compile(addition) ? "the compiler"
                     : !tests_pass(addition)    ? "the linker or a test"
                                                : NULL;
    print_message("%s without its piece in %s: %s\n", addition->name, piece->file,
                  by == NULL ? "NOBODY TELLS" : by);
    if (by == NULL) {
        fail_msg("%s: without '%.60s' in %s nothing fails", addition->name, piece->text,
                 piece->file);
    }
}

static void expect_addition(const struct addition *addition) {
    char *originals[PIECES_MAX] = {NULL};
    size_t count = count_pieces(addition);
    print_message("%s: %d files\n", addition->name, count_files(addition));
    assert_true(count_files(addition) <= addition->files_most);
    for (size_t i = 0; i < count; i++) {
        originals[i] = read_file(addition->pieces[i].file);
    }
    apply_but(addition, originals, count);
    if (!tests_pass(addition) || in_tree("build/desgd run %s", addition->run) != 0) {
        show_output();
        fail_msg("%s: does not build, run or pass", addition->name);
    }
    for (size_t i = 0; i < count; i++) {
        expect_told(addition, originals, i);
    }
    for (size_t i = 0; i < count; i++) {
        write_file(addition->pieces[i].file, originals[i]);
    }
    for (size_t i = 0; i < count; i++) {
        memory_free(originals[i]);
    }
}

// Each file more is one that somebody forgets.
static void a_law__takes_three_files__and_none_is_forgotten(void **state) {
    (void)state;
    expect_addition(&law);
}

// Likewise: a schedule that runs, and whose omissions crash, is worse than none.
static void a_schedule__takes_three_files__and_none_is_forgotten(void **state) {
    (void)state;
    expect_addition(&schedule);
}

// Likewise: what a policy does is said once, and nobody else asks for its name.
static void a_policy__takes_six_files__and_none_is_forgotten(void **state) {
    (void)state;
    expect_addition(&policy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_schedule__takes_three_files__and_none_is_forgotten),
        cmocka_unit_test(a_policy__takes_six_files__and_none_is_forgotten),
        cmocka_unit_test(a_law__takes_three_files__and_none_is_forgotten),
    };
    return cmocka_run_group_tests_name("additions", tests, make_copy, scratch_teardown);
}
