// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/random_groups.h"

#include "tests/support/random_values.h"

static void add_sometimes(struct rng_stream *stream, struct text_buffer *text, const char *words) {
    text_buffer_add(text, "%s", random_below(stream, 2) == 0 ? words : "");
}

void random_groups_add(struct rng_stream *stream, struct text_buffer *text) {
    static const char *const members[] = {"worker: 24", "workers: [20, 22..23]", "workers: 3",
                                          "workers: 20 %, who: drawn"};
    static const char *const laws[] = {"{law: exponential, mean: 150 ms}", "200 ms", "inherited",
                                       "{law: lognormal, mean: 100 ms, cv: 1.5}"};
    size_t before = text->length;
    for (uint32_t i = 0; i < 4; i++) {
        if (random_below(stream, 3) == 0 && text->length > before) {
            continue;
        }
        text_buffer_add(text, "%sgroup_%u: {%s", text->length == before ? "{" : ", ", i,
                        members[i]);
        text_buffer_add(text, ", slowdown: %u.%u", random_below(stream, 9),
                        1 + random_below(stream, 9));
        text_buffer_add(text, ", compute: %s", laws[random_below(stream, 4)]);
        add_sometimes(stream, text, ", delay: none");
        text_buffer_add(text, ", network: {latency: %s", laws[random_below(stream, 4)]);
        add_sometimes(stream, text, ", bandwidth: 1 Gbit/s");
        add_sometimes(stream, text, ", loss: 2 %, timeout: 200 ms");
        add_sometimes(stream, text, ", backoff: 1.5");
        text_buffer_add(text, "}");
        add_sometimes(stream, text, ", uplink: {latency: 1 ms, bandwidth: 100 Mbit/s}");
        text_buffer_add(text, "}");
    }
    text_buffer_add(text, "}");
}
