// SPDX-License-Identifier: GPL-3.0-or-later
// Goes through the events twice: once to learn how wide the times are, once to print.
#include "sim/report/tell.h"

#include "sim/report/tell_walk.h"

enum status tell(FILE *out, const struct runlog *log, const struct tell_options *options,
                 struct error *error) {
    struct teller teller;
    enum status status = tell_walk_begin(&teller, log, options, error);
    if (status != STATUS_OK) {
        return status;
    }
    teller.out = out;
    for (int pass = 0; pass < 2; pass++) {
        tell_walk_rewind(&teller, pass == 0);
        while (tell_walk_on(&teller)) {
        }
    }
    tell_walk_end(&teller);
    if (fflush(out) != 0 || ferror(out)) {
        return error_set(error, STATUS_IO, "cannot write the events");
    }
    return STATUS_OK;
}
