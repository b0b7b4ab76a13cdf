// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/run_claim.h"

#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/own_file.h"
#include "sim/run/data_folder.h"
#include "sim/run/data_input.h"
#include "sim/runlog/file_kind.h"
#include "sim/runlog/journal.h"
#include "sim/simulation/checkpoint.h"

// What a run with the output PATH has beside it.
struct claimed {
    const char *ending;
    const struct own_file_kind *kind;
    bool is_part;       // half written
    bool of_checkpoint; // only where there are checkpoints
};

static const struct claimed claims[] = {
    {"", &file_kind_log, false, false},
    {".part", &file_kind_log, true, false},
    {".journal", &journal_file_kind, false, false},
    {".checkpoint", &checkpoint_file_kind, false, true},
    {".checkpoint.previous", &checkpoint_file_kind, false, true},
    {".checkpoint.part", &checkpoint_file_kind, true, true},
};
static const char LONGEST_ENDING[] = ".checkpoint.previous";
enum { CLAIM_COUNT = sizeof claims / sizeof claims[0] };

enum status run_claim_refuse_same(const char *output, const char *input, struct error *error) {
    REQUIRE(output != NULL && input != NULL);
    if (!own_file_is_same(output, input)) {
        return STATUS_OK;
    }
    bool one_name = strcmp(output, input) == 0;
    return error_set(error, STATUS_CANNOT_CREATE,
                     "%s: cannot create: this file is in the way: it is read%s%s, so it is not "
                     "replaced; choose another name for the output",
                     output, one_name ? "" : " as ", one_name ? "" : input);
}

enum status run_claim_check_length(const char *path, const char *longest_ending,
                                   struct error *error) {
    REQUIRE(path != NULL && longest_ending != NULL);
    char *copy = memory_copy_text(path);
    long name_max = pathconf(dirname(copy), _PC_NAME_MAX); // -1: missing, which is told later
    memory_free(copy);
    const char *slash = strrchr(path, '/');
    size_t name = strlen(slash == NULL ? path : slash + 1) + strlen(longest_ending);
    size_t most = name_max < 0 ? NAME_MAX : (size_t)name_max;
    if (name <= most && strlen(path) + strlen(longest_ending) < PATH_MAX) {
        return STATUS_OK;
    }
    return error_set(error, STATUS_CANNOT_CREATE,
                     "%s: the name is too long: with '%s' behind it, as a file beside it has, it "
                     "may have %zu bytes, and the whole path %d",
                     path, longest_ending, most, PATH_MAX - 1);
}

static enum status check_content(const struct claimed *claim, const char *path,
                                 struct error *error) {
    REQUIRE(claim->kind != NULL);
    return claim->is_part ? own_file_check_part(path, claim->kind, error)
                          : own_file_check(path, claim->kind, error);
}

// data: the scenario's own, or NULL.
static enum status check_claim(const struct claimed *claim, const struct scenario *scenario,
                               const struct run_options *options, const char *data,
                               struct error *error) {
    const struct times_file_list *times = &scenario->times_files;
    REQUIRE(options->output != NULL);
    char *path = memory_join_text(options->output, claim->ending);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < options->input_count && status == STATUS_OK; i++) {
        status = run_claim_refuse_same(path, options->inputs[i], error);
    }
    for (int32_t i = 0; i < times->count && status == STATUS_OK; i++) {
        status = run_claim_refuse_same(path, times->entries[i].path, error);
    }
    if (status == STATUS_OK && data != NULL) {
        status = run_claim_refuse_same(path, data, error);
    }
    if (status == STATUS_OK) {
        status = check_content(claim, path, error);
    }
    memory_free(path);
    return status;
}

enum status run_claim_check(const struct scenario *scenario, const struct run_options *options,
                            struct error *error) {
    REQUIRE(options->output != NULL);
    char place[DATA_INPUT_PATH_SIZE];
    const char *folder = data_folder(options->data_folder);
    const char *data = data_input_place(scenario, folder, place) ? place : NULL;
    enum status status = run_claim_check_length(
        options->output, options->checkpoints ? LONGEST_ENDING : ".journal.kept", error);
    for (size_t i = 0; i < CLAIM_COUNT && status == STATUS_OK; i++) {
        if (options->checkpoints || !claims[i].of_checkpoint) {
            status = check_claim(&claims[i], scenario, options, data, error);
        }
    }
    return status;
}
