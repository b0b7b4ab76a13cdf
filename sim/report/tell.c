// SPDX-License-Identifier: GPL-3.0-or-later
// Goes through the events twice: once to learn how wide the times are, once to print.
#include "sim/report/tell.h"

#include "sim/report/tell_walk.h"

static void tell_all(struct teller *teller, bool measuring) {
    tell_walk_rewind(teller, measuring);
    while (teller->state.events_told < teller->log->event_count) {
        tell_walk_next(teller);
    }
    tell_walk_finish(teller);
}

enum status tell(FILE *out, const struct runlog *log, const struct tell_options *options,
                 struct error *error) {
    struct teller teller;
    enum status status = tell_walk_begin(&teller, log, options, error);
    if (status != STATUS_OK) {
        return status;
    }
    teller.out = out;
    tell_all(&teller, true);
    tell_all(&teller, false);
    tell_walk_end(&teller);
    if (fflush(out) != 0 || ferror(out)) {
        return error_set(error, STATUS_IO, "cannot write the events");
    }
    return STATUS_OK;
}
