// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a function in a child process, for functions that end the process.
#pragma once

#include <stddef.h>

// Runs action(context) in a child and returns its exit status: 0 if the action returns, 128 + the
// signal if one killed it. What it wrote on stderr is put into "text" (cut to size, closed by 0).
int child_exit_status(void (*action)(void *context), void *context, char *text, size_t size);
