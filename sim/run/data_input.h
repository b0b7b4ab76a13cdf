// SPDX-License-Identifier: GPL-3.0-or-later
// Opens what a scenario says about its data: a set of the catalogue, random data, or a user's own
// file. HDF5 is read at runlog's door and handed to the data tier as plain arrays.
#pragma once

#include <stdbool.h>

#include "models/data/dataset.h"
#include "models/data/shard.h"
#include "sim/base/status.h"
#include "sim/scenario/scenario.h"

// data_folder: see data_folder.h. Errors: those of dataset_open; of a user's own file, those of
// hdf5_array_read, own_data_read_idx and own_data_create.
enum status data_input_open(const struct scenario *scenario, const char *data_folder,
                            struct dataset **dataset, struct error *error);

enum { DATA_INPUT_PATH_SIZE = 4096 };

// The file or folder of the scenario's own data that would be read, if there is one.
bool data_input_place(const struct scenario *scenario, const char *data_folder,
                      char path[DATA_INPUT_PATH_SIZE]);

// The shards of the scenario. Requires: scenario_check_data is content with the data set.
struct shard_plan *data_input_shards(const struct scenario *scenario,
                                     const struct dataset *dataset);
