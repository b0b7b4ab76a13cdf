// SPDX-License-Identifier: GPL-3.0-or-later
// Columns of tables as a page holds them: of each the first bytes of all its values, then the
// second ones, and so on (little-endian), one column behind the other, deflated, in base64. Bytes
// of one place are alike, so they deflate well. plots/page/report_data.js takes this apart.
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "sim/runlog/runlog_schema.h"

// Zeroed at first.
struct page_block {
    unsigned char *bytes; // (size), not yet deflated
    size_t size, capacity;
};

// Adds the columns that a file of these rows would have, and returns what was added:
// {name, count, columns: {NAME: delta}}, in their order. delta: each value is given by its distance
// from the one before it, since none falls.
json_t *page_block_add(struct page_block *block, const struct runlog_table *table, const void *rows,
                       size_t count);

// What the columns of a table are, in whatever run: {NAME: {type, units, long_name}}. type: i8, u8,
// i4, f8, or u1 of words.
json_t *page_block_describe(const struct runlog_table *table);

// Deflated, as text. Requires: at most so many bytes, which a browser has room for.
enum { PAGE_BLOCK_BYTES_MAX = 1000 * 1000 * 1000 };
void page_block_print(const struct page_block *block, FILE *out);

void page_block_reset(struct page_block *block);
