// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/text_buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

void text_buffer_add_bytes(struct text_buffer *buffer, const char *bytes, size_t count) {
    REQUIRE(bytes != NULL || count == 0);
    buffer->text = memory_grow(buffer->text, &buffer->capacity, buffer->length + count + 1, 1);
    memcpy(buffer->text + buffer->length, bytes, count);
    buffer->length += count;
    buffer->text[buffer->length] = 0;
}

void text_buffer_add(struct text_buffer *buffer, const char *format, ...) {
    REQUIRE(buffer != NULL && format != NULL);
    va_list arguments;
    va_list again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int count = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    ENSURE(count >= 0);
    size_t size = (size_t)count + 1;
    buffer->text = memory_grow(buffer->text, &buffer->capacity, buffer->length + size, 1);
    vsnprintf(buffer->text + buffer->length, size, format, again);
    va_end(again);
    buffer->length += size - 1;
}

const char *text_buffer_text(const struct text_buffer *buffer) {
    REQUIRE(buffer->text != NULL || buffer->length == 0);
    return buffer->text == NULL ? "" : buffer->text;
}

void text_buffer_clear(struct text_buffer *buffer) {
    REQUIRE(buffer != NULL);
    memory_free(buffer->text);
    *buffer = (struct text_buffer){0};
}
