// SPDX-License-Identifier: GPL-3.0-or-later
// First inputs for the fuzzers of binary formats, made from random logs so that they follow the
// formats as they are today.
#pragma once

// Writes files for a target (fuzz_target.h) into a folder; nothing for targets of text.
void fuzz_seeds_write(const char *target, const char *folder);
