// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/base/check.h"
#include "sim/base/status.h"

enum { ALIGNMENT = 64, PAGE = 4096, LARGE_PAGE = 2 << 20, LARGE = 2 * LARGE_PAGE };

static _Noreturn void out_of_memory(size_t count, size_t size) {
    fprintf(stderr, "desgd: out of memory: %zu x %zu bytes are not to be had\n", count, size);
    _Exit(STATUS_NO_MEMORY);
}

static size_t total_bytes(size_t count, size_t size) {
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2) {
        out_of_memory(count, size);
    }
    return bytes == 0 ? 1 : bytes;
}

static size_t round_up(size_t bytes, size_t alignment) {
    return (bytes + alignment - 1) / alignment * alignment;
}

// As many large pages as fit in it.
static void *in_large_pages(void *memory, size_t bytes) {
    if (bytes >= LARGE) {
        size_t before = round_up((uintptr_t)memory, PAGE) - (uintptr_t)memory;
        madvise((char *)memory + before, bytes - before,
                MADV_HUGEPAGE); // else there are small ones
    }
    return memory;
}

void *memory_allocate(size_t count, size_t size) {
    void *memory = calloc(1, total_bytes(count, size));
    if (memory == NULL) {
        out_of_memory(count, size);
    }
    return memory;
}

void *memory_allocate_scattered(size_t count, size_t size) {
    return in_large_pages(memory_allocate(count, size), total_bytes(count, size));
}

static void *allocate_aligned(size_t alignment, size_t bytes) {
    void *memory = aligned_alloc(alignment, bytes);
    if (memory == NULL) {
        out_of_memory(1, bytes);
    }
    ENSURE((uintptr_t)memory % alignment == 0);
    return memory;
}

void *memory_allocate_aligned(size_t count, size_t size) {
    size_t bytes = round_up(total_bytes(count, size), ALIGNMENT);
    return memset(in_large_pages(allocate_aligned(ALIGNMENT, bytes), bytes), 0, bytes);
}

void *memory_allocate_unfilled(size_t bytes) {
    size_t alignment = bytes < LARGE_PAGE ? ALIGNMENT : LARGE_PAGE;
    size_t whole = round_up(total_bytes(1, bytes), alignment);
    void *memory = allocate_aligned(alignment, whole);
    if (alignment == LARGE_PAGE) {
        madvise(memory, whole, MADV_HUGEPAGE); // without it there are small ones
    }
    return memory;
}

void *memory_resize(void *memory, size_t count, size_t size) {
    REQUIRE(size > 0);
    void *resized = realloc(memory, total_bytes(count, size));
    if (resized == NULL) {
        out_of_memory(count, size);
    }
    return resized;
}

void *memory_grow(void *memory, size_t *capacity, size_t needed, size_t size) {
    REQUIRE((memory != NULL || *capacity == 0) && size > 0);
    if (needed <= *capacity) {
        return memory;
    }
    size_t grown = *capacity < 16 ? 16 : *capacity * 2;
    *capacity = grown < needed ? needed : grown;
    ENSURE(*capacity >= needed && *capacity > 0);
    return memory_resize(memory, *capacity, size);
}

char *memory_copy_text(const char *text) {
    size_t bytes = strlen(text) + 1;
    char *copy = memory_allocate(bytes, 1);
    memcpy(copy, text, bytes);
    return copy;
}

char *memory_join_text(const char *first, const char *second) {
    return memory_print_text("%s%s", first, second);
}

char *memory_print_text(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = memory_print_text_of(format, arguments);
    va_end(arguments);
    return text;
}

char *memory_print_text_of(const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    REQUIRE(length >= 0);
    char *text = memory_allocate((size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

void memory_free(void *memory) {
    free(memory);
}
