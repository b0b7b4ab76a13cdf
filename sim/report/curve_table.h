// SPDX-License-Identifier: GPL-3.0-or-later
// The curves of one run (curve.h) as tables that follow from its log.
#pragma once

#include <stdio.h>

#include "sim/report/curve.h"
#include "sim/runlog/runlog_schema.h"

// To be released with curves_reset.
void curves_of_log(const struct runlog *log, struct curves *curves);
void curves_reset(struct curves *curves);

// Their columns, as the tables of a log have them: "curves_evaluations" and "curves_spans".
enum curve_table_id { CURVES_EVALUATIONS, CURVES_SPANS, CURVE_TABLE_COUNT };
extern const struct runlog_table curve_tables[CURVE_TABLE_COUNT];
const void *curve_table_rows(const struct curves *curves, enum curve_table_id id, size_t *count);

// As comma-separated values.
void curve_table_write_evaluations(const struct runlog *log, FILE *out);
void curve_table_write_spans(const struct runlog *log, FILE *out);
