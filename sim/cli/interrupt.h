// SPDX-License-Identifier: GPL-3.0-or-later
// SIGINT and SIGTERM: the first asks the run to stop at the next event boundary and write what
// there is, the second ends the process at once.
#ifndef DESGD_CLI_INTERRUPT_H
#define DESGD_CLI_INTERRUPT_H

#include <signal.h>

// Installs the handlers, and lets writes past a limit on file sizes fail like any other.  The flag
// is non-zero once a signal has come; it lives as long as the program.
const volatile sig_atomic_t *interrupt_watch(void);

// Takes one more signal for the same.
void interrupt_watch_also(int number);

// SIGUSR1 is counted: each asks for a checkpoint.
const volatile sig_atomic_t *checkpoint_requests_watch(void);

#endif
