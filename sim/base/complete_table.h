// SPDX-License-Identifier: GPL-3.0-or-later
// Tables with a row for each value of an enum: a file in which one is left out does not compile.
// ROW names each row, and behind its last table a file says how many there are in all:
//
//     const char *const colour_names[COLOUR_COUNT] = {ROW(RED) = "red", ROW(BLUE) = "blue"};
//     const char *const shape_names[SHAPE_COUNT] = {ROW(ROUND) = "round"};
//     ROWS_COMPLETE(COLOUR_COUNT + SHAPE_COUNT);
//
// A row that stands twice, the compiler tells by itself.
#pragma once

#define ROW(index) [(index) + 0 * __COUNTER__]
#define ROWS_COMPLETE(count) _Static_assert(__COUNTER__ == (count), "a table lacks a row")
