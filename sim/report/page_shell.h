// SPDX-License-Identifier: GPL-3.0-or-later
// The page of a report without its data: build/page/report.html, which the Makefile puts together
// from plots/page, is inside the program.
#pragma once

#include <stddef.h>

// Both parts of it: before and behind where the data go.
struct page_shell {
    const char *head;
    size_t head_size;
    const char *tail;
    size_t tail_size;
};
struct page_shell page_shell(void);
