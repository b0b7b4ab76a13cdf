// SPDX-License-Identifier: GPL-3.0-or-later
// SIGINT, SIGTERM and SIGHUP: the first asks the run to stop at the next event boundary and write
// what there is, the second of a kind ends the process at once. A SIGHUP that was ignored when the
// program began (nohup) stays so. Before a command watches them they end the program wherever it
// waits, as in the opening of a FIFO: there is nothing to keep then. So a command reads what the
// user names first, and watches then.
#pragma once

#include <signal.h>

// Call before anything else in main, and so again in a program that has executed itself anew.
// SIGUSR1 is held from here on until somebody watches it: a checkpoint that is asked for, or a
// batch system's warning, in the first moments must not kill. SIGINT and SIGTERM come through even
// if who began the program had them ignored or blocked, as a shell does for a job in the
// background.
void interrupt_begin(void);

// Installs the handlers, and lets writes past a limit on file sizes fail like any other.  The flag
// is non-zero once a signal has come; it lives as long as the program.
const volatile sig_atomic_t *interrupt_watch(void);

// Takes one more signal for the same; one that was held comes in now.
void interrupt_watch_also(int number);

// SIGUSR1 is counted: each asks for a checkpoint. One that was held comes in now.
const volatile sig_atomic_t *checkpoint_requests_watch(void);
