// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/data/byte_sums.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/cpu_clones.h"

// Few enough bytes for 32 bits to hold the sum of their squares: 255^2 * 65536 < 2^32. gcc makes
// vectors of a loop whose length it knows.
enum { BLOCK = 4096 };

static inline __attribute__((always_inline)) void add_block(struct byte_sums *sums,
                                                            const uint8_t *bytes, size_t count) {
    uint32_t sum = 0;
    uint32_t squares = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t byte = bytes[i];
        sum += byte;
        squares += byte * byte;
    }
    sums->sum += sum;
    sums->squares += squares;
}

CPU_CLONED void byte_sums_add(struct byte_sums *sums, const uint8_t *bytes, size_t count) {
    size_t first = 0;
    for (; count - first >= BLOCK; first += BLOCK) {
        add_block(sums, bytes + first, BLOCK);
    }
    add_block(sums, bytes + first, count - first);
}

// With n bytes b: mean = sum b / (255 n), variance = (n sum b^2 - (sum b)^2) / (255 n)^2.
struct pixel_law byte_sums_law(const struct byte_sums *sums, uint64_t n) {
    REQUIRE(n >= 1);
    INVARIANT((unsigned __int128)n * sums->squares >= (unsigned __int128)sums->sum * sums->sum);
    unsigned __int128 spread =
        (unsigned __int128)n * sums->squares - (unsigned __int128)sums->sum * sums->sum;
    double mean = (double)sums->sum / (255.0 * (double)n);
    double std = spread == 0 ? 1 : sqrt((double)spread) / (255.0 * (double)n);
    return pixel_law_of(1 / (255 * std), -mean / std);
}
