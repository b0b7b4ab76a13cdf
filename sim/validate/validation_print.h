// SPDX-License-Identifier: GPL-3.0-or-later
// What closed forms against the simulator came to: as a table, as JSON, as a figure.
#pragma once

#include <stdio.h>

#include "sim/report/table.h"
#include "sim/validate/validation.h"

// rows, results: (count), count > 0. One row each, and the verdict.
void validation_print(FILE *out, const struct validation_row *rows,
                      const struct validation_result *results, size_t count,
                      const struct validation_options *options, enum table_format format);
void validation_print_json(FILE *out, const struct validation_row *rows,
                           const struct validation_result *results, size_t count,
                           const struct validation_options *options);

// Name, formula and source of each row.
void validation_print_list(FILE *out, const struct validation_row *rows, size_t count);

// The standard errors z in ascending order against the quantiles of the normal law, drawn by
// gnuplot; the ending of the path (.svg, .png, .pdf) names the format. Errors: those of
// gnuplot_draw and atomic_file_write. Requires: validation_has_means.
enum status validation_figure(const char *path, const struct validation_row *rows,
                              const struct validation_result *results, size_t count,
                              struct error *error);
