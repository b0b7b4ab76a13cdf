// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/random_values.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/distribution.h"
#include "sim/scenario/scenario_number.h"

uint32_t random_below(struct rng_stream *stream, size_t limit) {
    return rng_stream_u32(stream) % (uint32_t)limit;
}

const char *random_pick(struct rng_stream *stream, const char *const *words, size_t count) {
    return words[random_below(stream, count)];
}

void random_add_time(struct rng_stream *stream, struct text_buffer *text) {
    static const char *const units[] = {"ns", " us", " ms", "ms", " s", "  s", " min", " h"};
    static const char *const fractions[] = {".0", ".5", ".125", "", ""};
    const char *unit = PICK(stream, units);
    const char *fraction = strcmp(unit, "ns") == 0 ? "" : PICK(stream, fractions);
    bool small = random_below(stream, 2) == 0;
    uint32_t number = random_below(stream, small ? 10 : 1000000) + 1;
    text_buffer_add(text, "%" PRIu32 "%s%s", number, fraction, unit);
}

void random_add_number(struct rng_stream *stream, struct text_buffer *text, double scale) {
    char number[NUMBER_TEXT_SIZE];
    double value = (rng_stream_uniform(stream) + 1e-3) * scale;
    text_buffer_add(text, "%s", number_write(value, number));
}

// Without its braces; not a mixture, and of no file.
static void add_plain_law(struct rng_stream *stream, struct text_buffer *text) {
    const struct law_entry *law = &law_table[random_below(stream, LAW_MIXTURE)];
    text_buffer_add(text, "law: %s", law->name);
    for (int i = 0; i < law->parameter_count; i++) {
        text_buffer_add(text, ", %s: ", law->parameters[i].name);
        if (law->parameters[i].kind == LAW_PARAMETER_WHOLE) {
            text_buffer_add(text, "%" PRIu32, 1 + random_below(stream, 1000));
        } else if (law->parameters[i].kind == LAW_PARAMETER_NUMBER) {
            random_add_number(stream, text, 10);
        } else if (strcmp(law->parameters[i].name, "min") == 0) {
            text_buffer_add(text, "0 ns");
        } else {
            random_add_time(stream, text);
        }
    }
    if (law == &law_table[LAW_NORMAL]) {
        text_buffer_add(text, ", negative: %s", PICK(stream, negative_rule_names));
    }
    bool bounded = random_below(stream, 4) == 0 && law != &law_table[LAW_PARETO];
    if (bounded) { // above what random_add_time writes
        text_buffer_add(text, ", at_most: %" PRIu32 " h", 1100000 + random_below(stream, 10000));
    }
}

// The last part has the rest.
static void add_mixture(struct rng_stream *stream, struct text_buffer *text) {
    static const char *const names[] = {"slow", "a", "part_3", "9"};
    size_t count = 1 + random_below(stream, 4);
    text_buffer_add(text, "law: mixture, parts: {");
    for (size_t i = 0; i < count; i++) {
        text_buffer_add(text, "%s%s: {", i == 0 ? "" : ", ", names[i]);
        if (i + 1 < count) {
            text_buffer_add(text, "share: %" PRIu32 ".7 %%, ", random_below(stream, 32));
        }
        add_plain_law(stream, text);
        text_buffer_add(text, "}");
    }
    text_buffer_add(text, "}");
}

void random_add_law(struct rng_stream *stream, struct text_buffer *text) {
    text_buffer_add(text, "{");
    if (random_below(stream, 6) == 0) {
        add_mixture(stream, text);
    } else {
        add_plain_law(stream, text);
    }
    text_buffer_add(text, "}");
}
