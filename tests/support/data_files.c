// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/data_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <zlib.h>

void data_file_make(const char *path, const void *bytes, size_t size) {
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, size, stream), size);
    assert_int_equal(fclose(stream), 0);
}

void data_file_make_gzipped(const char *path, const void *bytes, size_t size) {
    gzFile stream = gzopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(gzwrite(stream, bytes, (unsigned)size), size);
    assert_int_equal(gzclose(stream), Z_OK);
}

static void put_word(uint8_t *bytes, uint32_t word) {
    for (int i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(word >> (24 - 8 * i));
    }
}

size_t idx_bytes_make(uint8_t type, uint32_t rank, const uint32_t *dimensions, const void *content,
                      size_t content_size, uint8_t bytes[IDX_TEXT_MAX]) {
    size_t header = 4 * (1 + (size_t)rank);
    assert_true(header + content_size <= IDX_TEXT_MAX);
    put_word(bytes, (uint32_t)type << 8 | rank);
    for (uint32_t i = 0; i < rank; i++) {
        put_word(bytes + 4 * (i + 1), dimensions[i]);
    }
    memcpy(bytes + header, content, content_size);
    return header + content_size;
}
