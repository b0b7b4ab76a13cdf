// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of a scenario file: read with a cap on their size, checked to be text in UTF-8.
#pragma once

#include <stddef.h>

#include "sim/base/status.h"
#include "sim/scenario/scenario_node.h"

enum { SOURCE_SIZE_MAX = 1000000 };

// Reads a file whole; *text is zero-terminated, to be released with memory_free. A file longer than
// SOURCE_SIZE_MAX is not read. Errors: STATUS_NO_INPUT (missing, a directory, cannot be read),
// STATUS_BAD_DATA (too long).
enum status source_read_file(const char *path, char **text, size_t *size, struct error *error);

// Errors: STATUS_BAD_DATA: too long, not UTF-8, or a control character other than tab and newline.
enum status source_check_text(const struct source *source, size_t size, struct error *error);
