// SPDX-License-Identifier: GPL-3.0-or-later
// Contract checks that stay on in every build: a broken one is a bug of desgd, never of its input.
// Prints what was broken and where, and ends the process with status 70 (STATUS_INTERNAL).
#pragma once

// REQUIRE: what a caller owes. ENSURE: what a function promises. INVARIANT: what always holds
// inside.
#define REQUIRE(condition)                                                                         \
    ((condition) ? (void)0 : check_failed("requires", #condition, __FILE__, __LINE__))
#define ENSURE(condition)                                                                          \
    ((condition) ? (void)0 : check_failed("ensures", #condition, __FILE__, __LINE__))
#define INVARIANT(condition)                                                                       \
    ((condition) ? (void)0 : check_failed("invariant", #condition, __FILE__, __LINE__))

__attribute__((cold)) _Noreturn void check_failed(const char *kind, const char *condition,
                                                  const char *file, int line);
