// SPDX-License-Identifier: GPL-3.0-or-later
// 64-bit fingerprints of bytes (XXH3, by libxxhash): of parameters, scenarios, data sets and event
// streams. XXH3 gives the same value on every CPU.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { FINGERPRINT_TEXT_SIZE = 17 };

uint64_t fingerprint_bytes(const void *bytes, size_t size);
uint64_t fingerprint_bytes_seeded(const void *bytes, size_t size, uint64_t seed);

// Folds a further value into a running fingerprint; the order matters.
uint64_t fingerprint_combine(uint64_t fingerprint, uint64_t value);

// 16 hexadecimal digits.
const char *fingerprint_format(uint64_t fingerprint, char text[FINGERPRINT_TEXT_SIZE]);

// A fingerprint of a long stream of bytes, cut in any way.
struct fingerprint_stream;
struct fingerprint_stream *fingerprint_stream_create(void);
void fingerprint_stream_add(struct fingerprint_stream *stream, const void *bytes, size_t size);
uint64_t fingerprint_stream_value(const struct fingerprint_stream *stream);
void fingerprint_stream_destroy(struct fingerprint_stream *stream); // NULL is fine
