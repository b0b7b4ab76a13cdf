// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/interrupt.h"

#include <stddef.h>
#include <unistd.h>

#include "sim/base/status.h"

// A signal handler can reach nothing but a global: the one of the program.
static volatile sig_atomic_t signals_seen;

static void note_signal(int number) {
    (void)number;
    if (signals_seen) {
        _exit(STATUS_INTERRUPTED);
    }
    signals_seen = 1;
}

const volatile sig_atomic_t *interrupt_watch(void) {
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &signals_seen;
}
