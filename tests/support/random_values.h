// SPDX-License-Identifier: GPL-3.0-or-later
// Random values as a scenario writes them, for tests over many scenarios.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sim/base/rng_stream.h"
#include "sim/scenario/text_buffer.h"

uint32_t random_below(struct rng_stream *stream, size_t limit);
const char *random_pick(struct rng_stream *stream, const char *const *words, size_t count);
#define PICK(stream, words) random_pick((stream), (words), sizeof(words) / sizeof(words)[0])

void random_add_time(struct rng_stream *stream, struct text_buffer *text);
void random_add_number(struct rng_stream *stream, struct text_buffer *text, double scale);

// A map, even of a constant.
void random_add_law(struct rng_stream *stream, struct text_buffer *text);
