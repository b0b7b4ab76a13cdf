// SPDX-License-Identifier: GPL-3.0-or-later
// The only allocator. Running out of memory ends the process with status 71 and a sentence, so
// callers need no error path. Memory is zeroed unless it says otherwise. Release with memory_free.
#pragma once

#include <stdarg.h>
#include <stddef.h>

// count * size zeroed bytes (checked for overflow); never NULL, also for zero bytes.
void *memory_allocate(size_t count, size_t size);

// The same for what is visited in no order: from 4 MiB on in large pages, which the processor finds
// faster. What is filled once from end to end, as the rows of a log, may come faster in small ones.
void *memory_allocate_scattered(size_t count, size_t size);

// Aligned to 64 bytes, a cache line and the widest vector, and in large pages likewise.
void *memory_allocate_aligned(size_t count, size_t size);

// For what is filled at once, as a file is read: NOT zeroed, and in large pages of 2 MiB on, which
// come three times as fast. Aligned to 64 bytes.
void *memory_allocate_unfilled(size_t bytes);

// Grows or shrinks to count * size bytes; new bytes are NOT zeroed.
void *memory_resize(void *memory, size_t count, size_t size);

// Grows an array whose capacity (*capacity elements) may be too small for "needed" elements:
// doubles.
void *memory_grow(void *memory, size_t *capacity, size_t needed, size_t size);

char *memory_copy_text(const char *text);

// The one and then the other: a path and an ending.
char *memory_join_text(const char *first, const char *second);

// As printf writes it, however long.
char *memory_print_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *memory_print_text_of(const char *format, va_list arguments)
    __attribute__((format(printf, 1, 0)));

void memory_free(void *memory);
