// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes as text: the base64 of RFC 4648, with padding, in one line.
#pragma once

#include <stddef.h>
#include <stdio.h>

// Whether it could be written is for who closes the file to see.
void base64_write(const void *bytes, size_t size, FILE *out);
