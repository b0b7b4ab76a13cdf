// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/simulation/checkpoint_keeper.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/wall_clock.h"

// A checkpoint that takes long (many live versions, a slow disk) comes less often: it may cost one
// part in so many of the run, but comes so many times less often at most.
enum { COST_SHARE = 20, LATER_AT_MOST = 10 };

void checkpoint_keeper_init(struct checkpoint_keeper *keeper, const char *path,
                            struct runlog_writer *writer, double every_seconds) {
    REQUIRE(every_seconds >= 0);
    *keeper = (struct checkpoint_keeper){.writer = writer, .every_seconds = every_seconds};
    keeper->path = memory_join_text(path, ".checkpoint");
    keeper->arithmetic = "";
    keeper->next_seconds = wall_clock_seconds() + every_seconds;
}

void checkpoint_keeper_reset(struct checkpoint_keeper *keeper) {
    memory_free(keeper->path);
    *keeper = (struct checkpoint_keeper){0};
}

bool checkpoint_keeper_is_due(struct checkpoint_keeper *keeper) {
    INVARIANT(keeper->path != NULL);
    if (keeper->requests != NULL && *keeper->requests != keeper->answered) {
        keeper->answered = *keeper->requests;
        return true;
    }
    return keeper->every_seconds > 0 && wall_clock_seconds() >= keeper->next_seconds;
}

static void tell(const struct checkpoint_keeper *keeper, const struct error *error) {
    REQUIRE(error->message[0] != 0);
    char sentence[sizeof error->message + 64];
    snprintf(sentence, sizeof sentence, "%s; the run continues without a checkpoint of this moment",
             error->message);
    if (keeper->notice != NULL) {
        keeper->notice(sentence);
    }
}

// The next one may be twice as long as this, and lies beside it for a moment.
static void leave_room(const struct checkpoint_keeper *keeper) {
    struct stat state;
    if (stat(keeper->path, &state) == 0) {
        runlog_writer_leave_room(keeper->writer, 2 * (uint64_t)state.st_size);
    }
}

void checkpoint_keeper_keep(struct checkpoint_keeper *keeper, struct checkpoint *checkpoint) {
    REQUIRE(!checkpoint->restoring);
    INVARIANT(strlen(keeper->arithmetic) < sizeof checkpoint->head.arithmetic);
    struct error error = {0};
    double start = wall_clock_seconds();
    snprintf(checkpoint->head.arithmetic, sizeof checkpoint->head.arithmetic, "%s",
             keeper->arithmetic);
    // A journal that cannot be written ends the run, which will say why.
    if (runlog_writer_mark(keeper->writer, &checkpoint->head.journal, NULL) == STATUS_OK) {
        if (!runlog_writer_put_back(keeper->writer)) {
            error_set(&error, STATUS_IO,
                      "the journal was removed or renamed and cannot be put back");
            tell(keeper, &error);
        } else if (checkpoint_write(keeper->path, checkpoint, &error) == STATUS_OK) {
            runlog_writer_keep(keeper->writer);
            leave_room(keeper);
        } else {
            tell(keeper, &error);
        }
    }
    double end = wall_clock_seconds();
    INVARIANT(end >= start);
    double pause = fmin(COST_SHARE * (end - start), LATER_AT_MOST * keeper->every_seconds);
    keeper->next_seconds = end + fmax(pause, keeper->every_seconds);
}
