// SPDX-License-Identifier: GPL-3.0-or-later
// The user's own files: every command that writes, with every path that it reads under every name
// that it writes to, by the name itself, a hard link, a symbolic link and a folder by another name.
// No file of the user's changes by a byte, and the command says what is in the way (73).
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
#include <unistd.h>

#include "tests/support/hdf5_file.h"
#include "tests/support/scratch.h"

enum { CANNOT_CREATE = 73, COMMAND_SIZE = 4096, FILE_SIZE_MAX = 1 << 18 };

// Under the sanitizers, where a start takes long, one of so many; the ways take turns, too.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STEP = 7 };
#else
enum { STEP = 1 };
#endif

static const char *program(void) {
    const char *path = getenv("DESGD");
    return path != NULL ? path : "build/desgd";
}

// The commands run in the folder; $DESGD is the program. Returns the exit status.
static int shell(void *const *state, const char *command) {
    char whole[COMMAND_SIZE];
    char path[SCRATCH_PATH_SIZE];
    assert_non_null(realpath(program(), path));
    snprintf(whole, sizeof whole, "cd '%s' && DESGD='%s' && { %s; } >says 2>&1",
             (const char *)*state, path, command);
    int status = system(whole);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

struct bytes {
    size_t size;
    char bytes[FILE_SIZE_MAX];
};

static void read_bytes(const char *path, struct bytes *read) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    read->size = fread(read->bytes, 1, FILE_SIZE_MAX, file);
    fclose(file);
}

// ---- by which way a file has a name ----

enum way { BY_NAME, BY_HARD_LINK, BY_SYMBOLIC_LINK, BY_OTHER_FOLDER, WAY_COUNT };

// Makes the file at f/OUTPUT what "source" is; its name as an input goes to "input".
static void place(void *const *state, enum way way, const char *source, const char *output,
                  char *input, size_t size) {
    char command[COMMAND_SIZE];
    static const char *const makes[WAY_COUNT] = {
        [BY_NAME] = "cp %s 'f/%s'",
        [BY_HARD_LINK] = "cp %s f/mine && ln f/mine 'f/%s'",
        [BY_SYMBOLIC_LINK] = "cp %s f/mine && ln -s mine 'f/%s'",
        [BY_OTHER_FOLDER] = "cp %s 'f/%s'",
    };
    assert_int_equal(shell(state, "rm -rf f && mkdir f && ln -sfn f g"), 0);
    snprintf(command, sizeof command, makes[way], source, output);
    assert_int_equal(shell(state, command), 0);
    bool is_link = way == BY_HARD_LINK || way == BY_SYMBOLIC_LINK;
    snprintf(input, size, "%s/%s", way == BY_OTHER_FOLDER ? "g" : "f", is_link ? "mine" : output);
}

// What to do was said, too.
static void expect_said(void *const *state, const char *command) {
    static struct bytes said;
    char path[SCRATCH_PATH_SIZE];
    read_bytes(scratch_path(state, "says", path), &said);
    said.bytes[said.size < FILE_SIZE_MAX ? said.size : FILE_SIZE_MAX - 1] = 0;
    if (strstr(said.bytes, "; choose another ") == NULL) {
        fail_msg("%s: does not say what to do: %s", command, said.bytes);
    }
}

// The command is refused, and the file is what it was under both names.
static void expect_unharmed(void *const *state, const char *command, const char *source,
                            const char *output, const char *input) {
    static struct bytes before;
    static struct bytes after;
    char path[SCRATCH_PATH_SIZE];
    char name[SCRATCH_PATH_SIZE];
    read_bytes(scratch_path(state, source, path), &before);
    assert_true(before.size > 0);
    int status = shell(state, command);
    if (status != CANNOT_CREATE) {
        fail_msg("%s: exit status %d with f/%s in the way", command, status, output);
    }
    expect_said(state, command);
    snprintf(name, sizeof name, "f/%s", output);
    const char *const names[] = {name, input};
    for (size_t i = 0; i < 2; i++) {
        read_bytes(scratch_path(state, names[i], path), &after);
        if (after.size != before.size || memcmp(after.bytes, before.bytes, after.size) != 0) {
            fail_msg("%s: %s is no longer what it was", command, names[i]);
        }
    }
}

// ---- the files ----

static void make_files(void *const *state) {
    static const float inputs[] = {0, 1, 0, 1, 0, 1, 0, 1};
    static const unsigned char labels[] = {0, 1, 0, 1, 0, 1, 0, 1};
    char path[SCRATCH_PATH_SIZE];
    scratch_write(state, "timing.yaml",
                  "model: none\nend: 1 s\ncluster: {workers: 2, compute: 100 ms}\n");
    scratch_write(state, "sweep.yaml",
                  "scenario: ../timing.yaml\nvary: {cluster.workers: [2]}\nrounds: 1\n");
    scratch_write(state, "diary", "Dear diary, this is no file of desgd's.\n");
    hid_t file = hdf5_file_create(scratch_path(state, "data.h5", path));
    hdf5_file_add(file, "/inputs", H5T_IEEE_F32LE, 2, (const hsize_t[]){8, 1}, H5T_NATIVE_FLOAT,
                  inputs);
    hdf5_file_add(file, "/labels", H5T_STD_U8LE, 1, (const hsize_t[]){8}, H5T_NATIVE_UCHAR, labels);
    assert_int_equal(H5Fclose(file), 0);
    assert_int_equal(shell(state, "\"$DESGD\" run timing.yaml --quiet -o log.h5"), 0);
    // As a log is that another program has changed.
    assert_int_equal(shell(state, "cp log.h5 changed.h5 && truncate -s -32 changed.h5"), 0);
}

// ---- desgd run ----

static const char *const endings[] = {
    "", ".part", ".journal", ".checkpoint", ".checkpoint.previous", ".checkpoint.part"};
enum { ENDING_COUNT = sizeof endings / sizeof endings[0] };

// A run reads a scenario, a log to fork, data, or a log for its times, and writes six names.
static void run__what_it_reads_under_what_it_writes__is_not_touched(void **state) {
    static const struct {
        const char *source, *arguments;
    } inputs[] = {
        {"timing.yaml", "run '%s'"},
        {"log.h5", "run --from '%s' --at '500 ms'"},
        {"log.h5", "run '%s'"},
        {"data.h5", "run timing.yaml --set model=softmax --set 'data={name: file, path: %s}' --set "
                    "training.batch=1 --set evaluation.test_samples=1"},
        {"log.h5", "run timing.yaml --set 'cluster.compute={law: trace, file: %s, column: "
                   "compute_ns}'"},
    };
    char input[SCRATCH_PATH_SIZE];
    char output[SCRATCH_PATH_SIZE];
    char arguments[COMMAND_SIZE / 2];
    char command[COMMAND_SIZE];
    make_files(state);
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0] * ENDING_COUNT * WAY_COUNT; i += STEP) {
        size_t which = i / (ENDING_COUNT * WAY_COUNT);
        enum way way = (enum way)(i % WAY_COUNT);
        snprintf(output, sizeof output, "a.h5%s", endings[i / WAY_COUNT % ENDING_COUNT]);
        place(state, way, inputs[which].source, output, input, sizeof input);
        snprintf(arguments, sizeof arguments, inputs[which].arguments, input);
        snprintf(command, sizeof command, "\"$DESGD\" %s --quiet -o f/a.h5%s", arguments,
                 i % 2 == 0 ? "" : " --resume");
        expect_unharmed(state, command, inputs[which].source, output, input);
    }
}

// What is not read is not replaced either: no file but an empty one or one of desgd's own.
static void run__file_of_the_user_s__is_in_the_way(void **state) {
    static const char *const sources[] = {"diary", "data.h5", "changed.h5"};
    char input[SCRATCH_PATH_SIZE];
    char output[SCRATCH_PATH_SIZE];
    char command[COMMAND_SIZE];
    make_files(state);
    for (size_t i = 0; i < 3 * ENDING_COUNT * 2; i += STEP) {
        const char *source = sources[i / 2 / ENDING_COUNT];
        const char *ending = endings[i / 2 % ENDING_COUNT];
        if (strcmp(source, "changed.h5") == 0 && strcmp(ending, ".part") == 0) {
            continue; // that is what a kill leaves
        }
        snprintf(output, sizeof output, "a.h5%s", ending);
        place(state, BY_NAME, source, output, input, sizeof input);
        snprintf(command, sizeof command, "\"$DESGD\" run timing.yaml --quiet -o f/a.h5%s",
                 i % 2 == 0 ? "" : " --resume");
        expect_unharmed(state, command, source, output, input);
    }
}

// ---- the others ----

// A sweep reads its own file, a scenario and data, and writes into a folder.
static void sweep__what_it_reads_under_what_it_writes__is_not_touched(void **state) {
    static const char *const names[] = {"plan.tsv", "sweep.csv", "0123456789abcdef.h5",
                                        "0123456789abcdef.yaml", "0123456789abcdef.h5.journal"};
    char input[SCRATCH_PATH_SIZE];
    char command[COMMAND_SIZE];
    make_files(state);
    for (size_t i = 0; i < sizeof names / sizeof names[0] * WAY_COUNT; i += STEP) {
        place(state, (enum way)(i % WAY_COUNT), "sweep.yaml", names[i / WAY_COUNT], input,
              sizeof input);
        snprintf(command, sizeof command, "\"$DESGD\" sweep '%s' -o f", input);
        expect_unharmed(state, command, "sweep.yaml", names[i / WAY_COUNT], input);
        place(state, (enum way)(i % WAY_COUNT), "timing.yaml", names[i / WAY_COUNT], input,
              sizeof input);
        snprintf(command, sizeof command,
                 "printf 'scenario: %s\\nvary: {cluster.workers: [2]}\\nrounds: 1\\n' >s.yaml; "
                 "\"$DESGD\" sweep s.yaml -o f",
                 input);
        expect_unharmed(state, command, "timing.yaml", names[i / WAY_COUNT], input);
    }
}

// recover reads a journal, export a log, merge and figure write files beside what the user may have
// there.
static void recover_export_merge_figure__file_of_the_user_s__is_in_the_way(void **state) {
    static const struct {
        const char *source, *name, *command;
    } rows[] = {
        {"journal", "a.h5", "\"$DESGD\" recover '%s' -o f/a.h5"},
        {"journal", "a.h5.part", "\"$DESGD\" recover '%s' -o f/a.h5"},
        {"diary", "a.h5", ": '%s'; \"$DESGD\" recover journal -o f/a.h5"},
        {"diary", "a.h5.part", ": '%s'; \"$DESGD\" recover journal -o f/a.h5"},
        {"log.h5", "a.json", "\"$DESGD\" export '%s' --chrome-trace -o f/a.json"},
        {"diary", "a.json", ": '%s'; \"$DESGD\" export log.h5 --chrome-trace -o f/a.json"},
        {"diary", "a.json.part", ": '%s'; \"$DESGD\" export log.h5 --chrome-trace -o f/a.json"},
        {"log.h5", "events.csv", "\"$DESGD\" export '%s' --csv f"},
        {"diary", "workers.csv",
         ": '%s'; \"$DESGD\" export log.h5 --csv f || { e=$?; ls f/events.csv && exit 1; exit $e; "
         "}"},
        {"diary", "updates.csv.part", ": '%s'; \"$DESGD\" export log.h5 --csv f"},
        {"diary", "sweep.h5", ": '%s'; cp s/* f; cp diary f/sweep.h5; \"$DESGD\" merge f"},
        {"diary", "sweep.csv", ": '%s'; cp s/* f; cp diary f/sweep.csv; \"$DESGD\" merge f"},
        {"diary", "timeline.csv", ": '%s'; \"$DESGD\" figure timeline log.h5 --keep f"},
        {"diary", "timeline.gp.part",
         ": '%s'; \"$DESGD\" figure timeline log.h5 --keep f || { e=$?; ls f/*.csv && exit 1; exit "
         "$e; }"},
        {"diary", "a.svg", ": '%s'; \"$DESGD\" figure timeline log.h5 -o f/a.svg"},
        {"diary", "a.png.part", ": '%s'; \"$DESGD\" figure timeline log.h5 -o f/a.png"},
    };
    char input[SCRATCH_PATH_SIZE];
    char command[COMMAND_SIZE];
    make_files(state);
    assert_int_equal(shell(state,
                           "mkdir z && cp sweep.yaml z && \"$DESGD\" sweep z/sweep.yaml -o "
                           "s --quiet && printf 'desgdjnl\\1\\0\\0\\0\\0\\0\\0\\0' >journal"),
                     0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] * WAY_COUNT; i += STEP) {
        const enum way way = (enum way)(i % WAY_COUNT);
        if (way != BY_NAME && strncmp(rows[i / WAY_COUNT].command, ":", 1) == 0) {
            continue; // it is not read
        }
        place(state, way, rows[i / WAY_COUNT].source, rows[i / WAY_COUNT].name, input,
              sizeof input);
        snprintf(command, sizeof command, rows[i / WAY_COUNT].command, input);
        expect_unharmed(state, command, rows[i / WAY_COUNT].source, rows[i / WAY_COUNT].name,
                        input);
    }
}

// A folder, a pipe or a device under a name that a command writes to: nothing is waited for,
// nothing else is written, and what to do is said.
static void all__no_regular_file__is_in_the_way(void **state) {
    static const char *const makes[] = {"mkdir", "mkfifo", "ln -s /dev/null"};
    static const struct {
        const char *name, *command;
    } rows[] = {
        {"a.h5", "run timing.yaml --quiet -o f/a.h5"},
        {"a.h5.part", "run timing.yaml --quiet -o f/a.h5"},
        {"a.h5.journal", "run timing.yaml --quiet -o f/a.h5"},
        {"a.h5.checkpoint", "run timing.yaml --quiet -o f/a.h5"},
        {"a.h5.checkpoint.previous", "run timing.yaml --quiet -o f/a.h5 --resume"},
        {"a.h5.checkpoint.part", "run timing.yaml --quiet -o f/a.h5 --resume"},
        {"a.h5", "recover journal -o f/a.h5"},
        {"a.h5.part", "recover journal -o f/a.h5"},
        {"plan.tsv", "sweep sweep.yaml -o f"},
        {"sweep.h5", "merge s -o f"},
        {"sweep.csv", "merge s -o f"},
        {"timeline.csv", "figure timeline log.h5 --keep f"},
        {"timeline.gp.part", "figure timeline log.h5 --keep f"},
        {"a.pdf", "figure timeline log.h5 -o f/a.pdf"},
        {"a.svg.part", "figure timeline log.h5 -o f/a.svg"},
        {"a.json", "export log.h5 --chrome-trace -o f/a.json"},
        {"a.json.part", "export log.h5 --chrome-trace -o f/a.json"},
        {"workers.csv", "export log.h5 --csv f"},
        {"workers.csv.part", "export log.h5 --csv f"},
    };
    char command[COMMAND_SIZE];
    make_files(state);
    assert_int_equal(
        shell(state, "mkdir z && cp sweep.yaml z && \"$DESGD\" sweep z/sweep.yaml -o s --quiet "
                     "&& cp z/sweep.yaml . && sed -i s,../,, sweep.yaml && "
                     "printf 'desgdjnl\\1\\0\\0\\0\\0\\0\\0\\0' >journal"),
        0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] * 3; i += STEP) {
        const char *make = makes[i % 3];
        const char *name = rows[i / 3].name;
        snprintf(command, sizeof command, "rm -rf f && mkdir f && %s f/%s", make, name);
        assert_int_equal(shell(state, command), 0);
        snprintf(command, sizeof command, "timeout 20 \"$DESGD\" %s", rows[i / 3].command);
        int status = shell(state, command);
        if (status != CANNOT_CREATE) {
            fail_msg("%s: exit status %d after %s f/%s", command, status, make, name);
        }
        expect_said(state, command);
        assert_int_equal(shell(state, "[ $(ls f | wc -l) = 1 ] && [ -c /dev/null ]"), 0);
    }
}

int main(void) {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(run__what_it_reads_under_what_it_writes__is_not_touched),
        IN_SCRATCH(run__file_of_the_user_s__is_in_the_way),
        IN_SCRATCH(sweep__what_it_reads_under_what_it_writes__is_not_touched),
        IN_SCRATCH(recover_export_merge_figure__file_of_the_user_s__is_in_the_way),
        IN_SCRATCH(all__no_regular_file__is_in_the_way),
    };
    return cmocka_run_group_tests_name("user_files", tests, NULL, NULL);
}
