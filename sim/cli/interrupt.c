// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/interrupt.h"

#include <stddef.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/status.h"

enum { SEEN_INT = 1, SEEN_TERM = 2, SEEN_HUP = 4, SEEN_OTHER = 8 };

// A signal handler can reach nothing but a global: the one of the program. A bit per signal.
static volatile sig_atomic_t signals_seen;

static int bit_of(int number) {
    switch (number) {
    case SIGINT:
        return SEEN_INT;
    case SIGTERM:
        return SEEN_TERM;
    case SIGHUP:
        return SEEN_HUP;
    default:
        return SEEN_OTHER;
    }
}

// A user who presses Ctrl-C again means it. Not so a sweep that passes an interrupt on to runs
// which the terminal has told already: that is the other signal.
static void note_signal(int number) {
    if (signals_seen & bit_of(number)) {
        _exit(STATUS_INTERRUPTED);
    }
    signals_seen |= bit_of(number);
}

static void change_mask(int how, int number) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    INVARIANT(sigprocmask(how, &one, NULL) == 0);
}

// A mask is kept when a program executes another, a handler is not.
void interrupt_begin(void) {
    change_mask(SIG_BLOCK, SIGUSR1);
    INVARIANT(signal(SIGINT, SIG_DFL) != SIG_ERR);
    INVARIANT(signal(SIGTERM, SIG_DFL) != SIG_ERR);
    change_mask(SIG_UNBLOCK, SIGINT);
    change_mask(SIG_UNBLOCK, SIGTERM);
}

static void watch(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    INVARIANT(sigaction(number, &action, NULL) == 0);
    change_mask(SIG_UNBLOCK, number);
}

void interrupt_watch_also(int number) {
    watch(number, note_signal);
}

static volatile sig_atomic_t checkpoint_requests;

static void note_request(int number) {
    (void)number;
    checkpoint_requests = (checkpoint_requests + 1) & 0xff;
}

const volatile sig_atomic_t *checkpoint_requests_watch(void) {
    watch(SIGUSR1, note_request);
    return &checkpoint_requests;
}

const volatile sig_atomic_t *interrupt_watch(void) {
    struct sigaction hang_up;
    interrupt_watch_also(SIGINT);
    interrupt_watch_also(SIGTERM);
    if (sigaction(SIGHUP, NULL, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN) {
        interrupt_watch_also(SIGHUP);
    }
    return &signals_seen;
}
