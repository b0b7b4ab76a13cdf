// SPDX-License-Identifier: GPL-3.0-or-later
// A data set of the catalogue from its files: read, verified and put together.
#pragma once

#include "models/data/dataset_catalogue.h"

// From FOLDER/NAME. Errors: STATUS_NO_INPUT (a file is missing: says "make data"), STATUS_BAD_DATA
// (truncated, wrong format or wrong checksum; a name that stands for no files). Names the file and
// what was expected.
enum status dataset_open(const char *name, const char *folder, struct dataset **dataset,
                         struct error *error);

// The same for a recipe that need not be in the catalogue. Borrows the texts of its entry for the
// data set's lifetime. Requires: a recipe of files.
enum status dataset_open_recipe(const struct dataset_recipe *recipe, const char *folder,
                                struct dataset **dataset, struct error *error);
