// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/base64.h"

#include <stdint.h>

#include "sim/base/check.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_write(const void *bytes, size_t size, FILE *out) {
    REQUIRE(bytes != NULL || size == 0);
    const unsigned char *from = bytes;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t three = (uint32_t)from[i] << 16 | (left > 1 ? (uint32_t)from[i + 1] << 8 : 0) |
                         (left > 2 ? from[i + 2] : 0);
        char four[] = {digits[three >> 18], digits[three >> 12 & 63],
                       left > 1 ? digits[three >> 6 & 63] : '=',
                       left > 2 ? digits[three & 63] : '='};
        fwrite(four, 1, sizeof four, out);
    }
}
