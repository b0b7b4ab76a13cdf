// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/interrupt.h"

#include <stddef.h>
#include <unistd.h>

#include "sim/base/status.h"

enum { SEEN_INT = 1, SEEN_TERM = 2, SEEN_OTHER = 4 };

// A signal handler can reach nothing but a global: the one of the program. A bit per signal.
static volatile sig_atomic_t signals_seen;

// A user who presses Ctrl-C again means it. Not so a sweep that passes an interrupt on to runs
// which the terminal has told already: that is the other signal.
static void note_signal(int number) {
    int bit = number == SIGINT ? SEEN_INT : number == SIGTERM ? SEEN_TERM : SEEN_OTHER;
    if (signals_seen & bit) {
        _exit(STATUS_INTERRUPTED);
    }
    signals_seen |= bit;
}

void interrupt_watch_also(int number) {
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

static volatile sig_atomic_t checkpoint_requests;

static void note_request(int number) {
    (void)number;
    checkpoint_requests = (checkpoint_requests + 1) & 0xff;
}

const volatile sig_atomic_t *checkpoint_requests_watch(void) {
    struct sigaction action = {.sa_handler = note_request, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    return &checkpoint_requests;
}

const volatile sig_atomic_t *interrupt_watch(void) {
    interrupt_watch_also(SIGINT);
    interrupt_watch_also(SIGTERM);
    signal(SIGXFSZ, SIG_IGN); // a file grown to its limit is an error of the write, not the end
    return &signals_seen;
}
