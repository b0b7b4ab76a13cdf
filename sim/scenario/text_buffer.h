// SPDX-License-Identifier: GPL-3.0-or-later
// A text that grows as it is written: for canonical forms, hints and lists of words.
#pragma once

#include <stddef.h>

struct text_buffer {
    char *text;      // ends with a zero once anything was added; NULL before
    size_t length;   // without the zero
    size_t capacity; // bytes
};

// Start from (struct text_buffer){0}; release with memory_free(buffer.text) or text_buffer_clear.
void text_buffer_add(struct text_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void text_buffer_add_bytes(struct text_buffer *buffer, const char *bytes, size_t count);

// The text so far, "" when nothing was added. Borrowed until the next call.
const char *text_buffer_text(const struct text_buffer *buffer);

void text_buffer_clear(struct text_buffer *buffer);
