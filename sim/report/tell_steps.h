// SPDX-License-Identifier: GPL-3.0-or-later
// The lines of tell one by one, in any order: a log that is stepped through. Between the events are
// moments whose state is kept, so that a line, and what is known behind it, is found from the
// nearest of these: a log of any length takes the same time.
#pragma once

#include "sim/base/status.h"
#include "sim/report/teller.h"

struct tell_steps;

// With details. Borrows the log. Errors: STATUS_BAD_DATA (the log has no events).
enum status tell_steps_open(const struct runlog *log, struct tell_steps **steps,
                            struct error *error);
void tell_steps_close(struct tell_steps **steps);

// At least one: how the run ended.
size_t tell_steps_count(const struct tell_steps *steps);

// So many lines from "first" on, each with its end; as many as there are. To be released with
// memory_free.
char *tell_steps_text(struct tell_steps *steps, size_t first, size_t count);

// Behind which character of a line its words begin.
int tell_steps_indent(const struct tell_steps *steps);

// What is known behind the event that says this line: until the next call. Requires: line < count.
const struct teller *tell_steps_at(struct tell_steps *steps, size_t line);

// What is looked for: the first line behind another that is all of this.
enum tell_goal_kind {
    TELL_GOAL_TIME,      // not earlier than this
    TELL_GOAL_WORKER,    // of this worker, or of an update that applies its gradients
    TELL_GOAL_VERSION,   // makes this version, or a later one
    TELL_GOAL_THRESHOLD, // K changes
};
struct tell_goal {
    enum tell_goal_kind kind;
    int64_t value; // ns, the worker, the version
};

// Returns the number of lines if there is none. Requires: a worker is one of the run's.
size_t tell_steps_find(struct tell_steps *steps, size_t behind, struct tell_goal goal);

// How many lines are of this time or earlier.
size_t tell_steps_until(struct tell_steps *steps, int64_t time_ns);
