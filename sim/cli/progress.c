// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/sim_time.h"
#include "sim/base/wall_clock.h"

#define SECONDS_BETWEEN_LINES 0.1

void progress_init(struct progress *progress, bool wanted) {
    const char *terminal = getenv("TERM");
    bool can_redraw = isatty(STDERR_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0;
    *progress =
        (struct progress){.shown = wanted && can_redraw, .start_seconds = wall_clock_seconds()};
}

void progress_update(void *context, int64_t now_ns, double fraction) {
    struct progress *progress = context;
    if (!progress->shown) {
        return;
    }
    double now = wall_clock_seconds();
    if (now - progress->drawn_seconds < SECONDS_BETWEEN_LINES) {
        return;
    }
    progress->drawn_seconds = now;
    double elapsed = now - progress->start_seconds;
    fprintf(stderr, "\r%3.0f %%  cluster time %.1f s", 100 * fraction, sim_time_to_seconds(now_ns));
    if (fraction > 0.01) {
        int left = (int)(elapsed * (1 - fraction) / fraction + 0.5);
        fprintf(stderr, "  time left %d:%02d ", left / 60, left % 60);
    }
    fputs("\033[K", stderr);
    fflush(stderr);
}

void progress_clear(struct progress *progress) {
    if (progress->shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
}
