// SPDX-License-Identifier: GPL-3.0-or-later
// The user's terminal: keys one by one, and screens (sim/report/screen.h) of which only what
// differs is written. Whatever ends the program in order leaves the terminal as it was.
#pragma once

#include <signal.h>

#include "sim/base/status.h"
#include "sim/report/screen.h"

struct terminal;

// Whether stdin and stdout are a terminal that can show screens. Errors: STATUS_USAGE, with why
// not; what: "desgd tell --step".
enum status terminal_check(const char *what, struct error *error);

// Takes the terminal over. interrupted: a signal that has come ends the waiting for a key; Ctrl-C
// is a key like any other, and so is Ctrl-Z. Errors: those of terminal_check.
enum status terminal_open(const char *what, const volatile sig_atomic_t *interrupted,
                          struct terminal **terminal, struct error *error);
void terminal_close(struct terminal **terminal);

enum { TERMINAL_NO_KEY = -1, TERMINAL_IS_GONE = -2 };

// The next key: a character, or a key of sim/report/step_view.h. TERMINAL_NO_KEY: none came in so
// many milliseconds. TERMINAL_IS_GONE: none will come: the terminal is closed, Ctrl-C or Ctrl-D was
// pressed, or a signal came.
int terminal_key(struct terminal *terminal, int milliseconds);

// A blank screen of the terminal's size, to be filled and shown.
struct screen *terminal_blank(struct terminal *terminal);
void terminal_show(struct terminal *terminal);
