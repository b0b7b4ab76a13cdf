// SPDX-License-Identifier: GPL-3.0-or-later
// A table of texts, printed as aligned text, Markdown or LaTeX.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table;

// title: printed above; "" for none.
struct table *table_create(const char *title);
void table_destroy(struct table **table); // *table may be NULL

enum { TABLE_COLUMNS_MAX = 64 };

// Columns come before the first cell; left: texts; else numbers, aligned to the right. Requires:
// fewer than TABLE_COLUMNS_MAX so far.
void table_column(struct table *table, const char *heading, bool left);

// As text the first column then has lines of its own, each above its row, and no part in the width.
void table_name_above(struct table *table);

// What LaTeX refers to the table by, "tab:LABEL"; by default there is no label.
void table_label(struct table *table, const char *label);

// The next cell, row by row.
void table_put(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

size_t table_width(const struct table *table); // of the widest line as text, title aside

enum table_format { TABLE_TEXT, TABLE_MARKDOWN, TABLE_LATEX };
enum { TABLE_LINE_WIDTH = 100 }; // of text paragraphs

// Requires: the last row is whole. LaTeX: a table environment with caption and label, whose rules
// are those of booktabs.
void table_print(FILE *out, const struct table *table, enum table_format format);

// A paragraph of text that may stand between tables: wrapped at TABLE_LINE_WIDTH, or escaped; a
// comment in LaTeX, for a paper has its own words.
void table_print_paragraph(FILE *out, const char *text, enum table_format format);
