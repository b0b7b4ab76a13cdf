// SPDX-License-Identifier: GPL-3.0-or-later
// Tests that cannot be made here say why: tests/run.sh counts and names them, and takes one without
// a reason for a failure. Not for pool threads: a skip jumps.
#pragma once

// Ends the test that calls it as skipped, for this reason (one line).
void skip_because(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

// For a test that follows those which try every instruction set of this CPU: skipped, with their
// names, if there are some that it lacks.
void skip_without_all_instruction_sets(void);
