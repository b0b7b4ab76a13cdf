// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/data_input.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/data/dataset_files.h"
#include "models/data/own_data.h"
#include "models/data/partition.h"
#include "models/data/random_data.h"
#include "sim/base/check.h"
#include "sim/runlog/hdf5_array.h"

enum { PATH_SIZE = DATA_INPUT_PATH_SIZE, OWN_ARRAYS = 4 };

_Static_assert((int)HDF5_ARRAY_RANK_MAX == (int)OWN_RANK_MAX, "shapes are copied");

// ---- a user's own ----

static struct own_array own_array_of(const struct hdf5_array *array) {
    struct own_array own = {.type = array->floats ? OWN_FLOATS : OWN_BYTES,
                            .rank = array->rank,
                            .numbers = array->numbers,
                            .name = array->object};
    memcpy(own.sizes, array->sizes, sizeof own.sizes);
    return own;
}

// Whether the training samples stand in a group and whether there is a test set beside them. One
// that cannot be used is refused: without a word, other samples would be tested on.
static enum status find_splits(const char *path, bool *divided, bool *has_test,
                               struct error *error) {
    REQUIRE(divided != NULL && has_test != NULL);
    static const char *const groups[SPLIT_COUNT] = {
        [SPLIT_TRAIN] = "/train", [SPLIT_TEST] = "/test"};
    enum hdf5_object found[SPLIT_COUNT];
    enum status status = hdf5_array_find(path, groups, SPLIT_COUNT, found, error);
    if (status != STATUS_OK) {
        return status;
    }
    for (int i = 0; i < SPLIT_COUNT; i++) {
        if (found[i] == HDF5_OBJECT_OTHER) {
            return error_set(error, STATUS_BAD_DATA,
                             "%s: %s must be a group, with %s/inputs and %s/labels; samples "
                             "without a test set may also be /inputs and /labels",
                             path, groups[i], groups[i], groups[i]);
        }
    }
    *divided = found[SPLIT_TRAIN] == HDF5_OBJECT_GROUP;
    *has_test = found[SPLIT_TEST] == HDF5_OBJECT_GROUP;
    if (*has_test && !*divided) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: it has a test set, /test, but /train/inputs and /train/labels are "
                         "missing: beside a test set the training samples must be named so",
                         path);
    }
    return STATUS_OK;
}

static enum status read_hdf5(const char *path, struct own_data *data, struct error *error) {
    REQUIRE(data != NULL);
    bool divided = false;
    bool has_test = false;
    enum status status = find_splits(path, &divided, &has_test, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct hdf5_array arrays[OWN_ARRAYS] = {
        {.object = divided ? "/train/inputs" : "/inputs", .kind = HDF5_ARRAY_INPUTS},
        {.object = divided ? "/train/labels" : "/labels", .kind = HDF5_ARRAY_LABELS},
        {.object = "/test/inputs", .kind = HDF5_ARRAY_INPUTS},
        {.object = "/test/labels", .kind = HDF5_ARRAY_LABELS}};
    status = hdf5_array_read(path, arrays, has_test ? OWN_ARRAYS : OWN_ARRAYS / 2, error);
    if (status != STATUS_OK) {
        return status;
    }
    *data = (struct own_data){.has_test = has_test};
    for (int i = 0; i < (has_test ? SPLIT_COUNT : 1); i++) {
        const struct hdf5_array *inputs = &arrays[2 * i];
        data->splits[i] = (struct own_split){own_array_of(inputs), own_array_of(inputs + 1)};
    }
    return STATUS_OK;
}

static const char *origin_of(const struct data_path *path) {
    return path->folder[0] == 0 ? "." : path->folder;
}

// The path itself, if it is absolute; otherwise below the first folder in which it is: that of the
// scenario, the working folder (the scenario may be a log's, which lies elsewhere), that of the
// data sets.
static enum status find_path(const struct data_path *path, const char *data_folder,
                             char found[PATH_SIZE], struct error *error) {
    const char *folders[] = {origin_of(path), ".", data_folder};
    if (path->text[0] == '/') {
        snprintf(found, PATH_SIZE, "%s", path->text);
        return STATUS_OK;
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        int length = snprintf(found, PATH_SIZE, "%s/%s", folders[i], path->text);
        if (length >= 0 && length < PATH_SIZE && access(found, F_OK) == 0) {
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_NO_INPUT,
                     "%s: there is no such file or folder in '%s', nor in the working folder, nor "
                     "in the folder of the data sets, '%s': --data names the folder that it is in",
                     path->text, folders[0], data_folder);
}

static enum status open_own(const struct data_options *options, const char *data_folder,
                            struct dataset **dataset, struct error *error) {
    char path[PATH_SIZE];
    struct stat facts;
    struct own_data data;
    enum status status = find_path(&options->path, data_folder, path, error);
    if (status != STATUS_OK) {
        return status;
    }
    bool is_folder = stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
    status = is_folder ? own_data_read_idx(path, &data, error) : read_hdf5(path, &data, error);
    return status == STATUS_OK ? own_data_create(&data, path, options->test_share, dataset, error)
                               : status;
}

bool data_input_place(const struct scenario *scenario, const char *data_folder,
                      char path[DATA_INPUT_PATH_SIZE]) {
    const struct data_options *options = &scenario->data;
    return scenario_has_data(scenario) && dataset_catalogue_format(options->name) == DATASET_OWN &&
           find_path(&options->path, data_folder, path, NULL) == STATUS_OK;
}

// ---- all kinds ----

enum status data_input_open(const struct scenario *scenario, const char *data_folder,
                            struct dataset **dataset, struct error *error) {
    REQUIRE(scenario != NULL && dataset != NULL);
    const struct data_options *options = &scenario->data;
    const struct random_data_options drawn = {.features = options->features,
                                              .classes = options->classes,
                                              .samples = options->samples,
                                              .seed = data_options_seed(options, scenario->seed)};
    switch (dataset_catalogue_format(options->name)) {
    case DATASET_RANDOM:
        *dataset = random_data_create(&drawn);
        return STATUS_OK;
    case DATASET_STREAM:
        *dataset = random_stream_create(&drawn);
        return STATUS_OK;
    case DATASET_OWN:
        return open_own(options, data_folder, dataset, error);
    case DATASET_IDX:
    case DATASET_CIFAR:
        break;
    }
    return dataset_open(options->name, data_folder, dataset, error);
}

struct shard_plan *data_input_shards(const struct scenario *scenario,
                                     const struct dataset *dataset) {
    REQUIRE(dataset != NULL);
    size_t count = dataset_describe(dataset)->train_count;
    int32_t workers = scenario->cluster.workers;
    if (data_options_stream(&scenario->data)) {
        return shard_plan_create_stream(count);
    }
    if (scenario->data.shards != SHARDS_DIRICHLET) {
        return shard_plan_create(scenario->data.shards, scenario_seed(scenario, SEEDS_MINIBATCHES),
                                 count, workers);
    }
    const struct partition_options options = {.seed = scenario_seed(scenario, SEEDS_MINIBATCHES),
                                              .alpha = scenario->data.alpha,
                                              .workers = workers,
                                              .least = (size_t)scenario->training.batch,
                                              .labels = dataset_labels(dataset, SPLIT_TRAIN),
                                              .sample_count = count};
    return shard_plan_create_dirichlet(&options);
}
