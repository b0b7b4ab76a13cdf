// SPDX-License-Identifier: GPL-3.0-or-later
// The files of measured times that a scenario's laws name. The canonical form has their hashes, so
// that equal times make equal scenarios wherever they lie; the paths are kept beside it.
#pragma once

#include <stddef.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_node.h"

// NULL: nobody knows where the file with this hash lies.
const char *times_files_find(const struct times_file_list *files, uint64_t hash);

// Adds what the other list has and this one has not. False: there is no room for all.
bool times_files_add(struct times_file_list *files, const struct times_file_list *others);

// As text, a line "HASH PATH" for each. Reading takes what can be read, up to what there is room
// for: a log's text may be anybody's.
void times_files_write(const struct times_file_list *files, char *text, size_t size);
void times_files_read(const char *text, struct times_file_list *files);

// Takes the paths out of the laws of the cluster into the scenario's list. Errors: STATUS_BAD_DATA:
// more than TIMES_FILES_MAX.
enum status scenario_times_note(struct scenario *scenario, struct error *error);

// A canonical text in which the laws of measured times, those of the past included, name the files
// of the list, and not their hashes alone: for people, no canonical form. To be released with
// memory_free.
char *times_files_show(const struct times_file_list *files, const char *text);

// "'KEY' must be longer than 0 s", and of measured times which file has no others.
enum status scenario_times_refuse_zero(const struct scenario *scenario,
                                       const struct distribution *law, const char *key,
                                       const struct node *place, struct error *error);

// Says of each law of measured times what its rows are, and how soon they begin anew.
void scenario_times_tell(const struct scenario *scenario, void (*tell)(const char *sentence));

// Whether a law's file is not in the list.
bool scenario_times_lack(const struct cluster_options *options,
                         const struct times_file_list *files);
