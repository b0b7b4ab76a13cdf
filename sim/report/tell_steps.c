// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/tell_steps.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/tell_walk.h"

// Events between two states that are kept, at least; more with many workers, of whom each state has
// a part.
enum { EVENTS_BETWEEN = 1024 };

struct tell_steps {
    struct tell_options options;
    struct teller walker;
    struct tell_state *kept;
    size_t kept_count, kept_capacity;
    size_t count; // lines
};

static int32_t workers_of(const struct tell_steps *steps) {
    return steps->walker.log->header.workers;
}

static void keep(struct tell_steps *steps) {
    INVARIANT(steps->kept_count <= steps->kept_capacity);
    steps->kept =
        memory_grow(steps->kept, &steps->kept_capacity, steps->kept_count + 1, sizeof *steps->kept);
    steps->kept[steps->kept_count] = (struct tell_state){0};
    tell_state_copy(&steps->kept[steps->kept_count++], &steps->walker.state, workers_of(steps));
}

enum status tell_steps_open(const struct runlog *log, struct tell_steps **steps,
                            struct error *error) {
    struct tell_steps *made = memory_allocate(1, sizeof *made);
    made->options = tell_options_all();
    made->options.details = true;
    enum status status = tell_walk_begin(&made->walker, log, &made->options, error);
    if (status != STATUS_OK) {
        memory_free(made);
        return status;
    }
    size_t between = EVENTS_BETWEEN + 4 * (size_t)workers_of(made);
    tell_walk_rewind(&made->walker, true);
    for (size_t i = 0;; i++) {
        if (i % between == 0) {
            keep(made);
        }
        if (!tell_walk_on(&made->walker)) {
            break;
        }
    }
    made->count = made->walker.state.lines;
    ENSURE(made->count > 0);
    *steps = made;
    return STATUS_OK;
}

void tell_steps_close(struct tell_steps **steps) {
    if (*steps == NULL) {
        return;
    }
    for (size_t i = 0; i < (*steps)->kept_count; i++) {
        tell_state_reset(&(*steps)->kept[i]);
    }
    memory_free((*steps)->kept);
    tell_walk_end(&(*steps)->walker);
    memory_free(*steps);
    *steps = NULL;
}

size_t tell_steps_count(const struct tell_steps *steps) {
    REQUIRE(steps != NULL);
    return steps->count;
}

int tell_steps_indent(const struct tell_steps *steps) {
    REQUIRE(steps != NULL);
    return steps->walker.width + steps->walker.decimals + 4;
}

// The last kept state at which no more lines than that were said, none of this time or later, and
// this version was not made.
static const struct tell_state *nearest(const struct tell_steps *steps, size_t lines,
                                        int64_t time_ns, int64_t version) {
    REQUIRE(steps->kept_count > 0);
    size_t first = 0;
    size_t behind = steps->kept_count;
    while (behind - first > 1) {
        size_t middle = first + (behind - first) / 2;
        const struct tell_state *kept = &steps->kept[middle];
        bool is_before = kept->lines <= lines && kept->said_ns < time_ns && kept->version < version;
        *(is_before ? &first : &behind) = middle;
    }
    return &steps->kept[first];
}

// The last with no more lines than that.
static const struct tell_state *nearest_to_line(const struct tell_steps *steps, size_t lines) {
    return nearest(steps, lines, INT64_MAX, INT64_MAX);
}

// Where to begin to look for the goal behind so many lines.
static const struct tell_state *nearest_to_goal(const struct tell_steps *steps, size_t lines,
                                                struct tell_goal goal) {
    const struct tell_state *start = nearest_to_line(steps, lines);
    const struct tell_state *later = start;
    if (goal.kind == TELL_GOAL_TIME) {
        later = nearest(steps, SIZE_MAX, goal.value, INT64_MAX);
    } else if (goal.kind == TELL_GOAL_VERSION) {
        later = nearest(steps, SIZE_MAX, INT64_MAX, goal.value);
    }
    return later > start ? later : start;
}

static void go_back(struct tell_steps *steps, const struct tell_state *state) {
    REQUIRE(state != &steps->walker.state);
    steps->walker.measuring = true;
    tell_state_copy(&steps->walker.state, state, workers_of(steps));
}

// The place of the n-th line in a text.
static char *line_of(char *text, size_t number) {
    for (; number > 0 && *text != 0; number--) {
        text = strchr(text, '\n') + 1;
    }
    return text;
}

char *tell_steps_text(struct tell_steps *steps, size_t first, size_t count) {
    REQUIRE(first <= steps->count);
    char *text = NULL;
    size_t size = 0;
    go_back(steps, nearest_to_line(steps, first));
    size_t skipped = first - steps->walker.state.lines;
    steps->walker.measuring = false;
    steps->walker.out = open_memstream(&text, &size);
    INVARIANT(steps->walker.out != NULL);
    while (steps->walker.state.lines < first + count && tell_walk_on(&steps->walker)) {
    }
    fclose(steps->walker.out);
    steps->walker.out = NULL;
    char *begin = line_of(text, skipped);
    *line_of(begin, count) = 0;
    char *lines = memory_copy_text(begin);
    memory_free(text);
    return lines;
}

const struct teller *tell_steps_at(struct tell_steps *steps, size_t line) {
    REQUIRE(line < steps->count);
    go_back(steps, nearest_to_line(steps, line));
    while (steps->walker.state.lines <= line && tell_walk_on(&steps->walker)) {
    }
    return &steps->walker;
}

// ---- looking for a line ----

// The time in front of a line, as exact as it was said; INT64_MIN: it has none.
static int64_t time_of(const char *line) {
    char time[SIM_TIME_TEXT_SIZE];
    int64_t time_ns = 0;
    line += strspn(line, " ");
    const char *end = strstr(line, " s  ");
    if (end == NULL || end - line + 3 > SIM_TIME_TEXT_SIZE) {
        return INT64_MIN;
    }
    snprintf(time, sizeof time, "%.*s", (int)(end - line) + 2, line);
    return sim_time_parse(time, &time_ns) == NULL ? time_ns : INT64_MIN;
}

static bool names_worker(const char *line, int64_t worker) {
    char name[32];
    snprintf(name, sizeof name, "worker %" PRId64, worker);
    const char *found = strstr(line, name);
    while (found != NULL && strchr("0123456789", found[strlen(name)]) != NULL &&
           found[strlen(name)] != 0) {
        found = strstr(found + 1, name);
    }
    return found != NULL;
}

// Whether it is this line that the goal means, of those that are said at once.
static bool is_meant(const char *line, struct tell_goal goal) {
    switch (goal.kind) {
    case TELL_GOAL_TIME:
        return time_of(line) >= goal.value;
    case TELL_GOAL_WORKER:
        return names_worker(line, goal.value) || strstr(line, " makes version ") != NULL ||
               strstr(line, "  workers ") != NULL || strstr(line, " of workers ") != NULL;
    case TELL_GOAL_VERSION:
        return strstr(line, " makes version ") != NULL;
    case TELL_GOAL_THRESHOLD:
        break;
    }
    return strstr(line, "  K changes from ") != NULL;
}

// The first line from "first" on, and before "end", that the goal means; or "end".
static size_t find_among(struct tell_steps *steps, size_t first, size_t end,
                         struct tell_goal goal) {
    REQUIRE(first < end);
    struct tell_state *place = &steps->walker.state;
    struct tell_state before = {0};
    tell_state_copy(&before, place, workers_of(steps));
    char *text = tell_steps_text(steps, first, end - first);
    go_back(steps, &before);
    tell_state_reset(&before);
    char *line = text;
    for (; first < end; first++) {
        char *next = line_of(line, 1);
        next[-1] = 0;
        if (is_meant(line, goal)) {
            break;
        }
        line = next;
    }
    memory_free(text);
    return first;
}

// What a step of the walk must do for its lines to be looked at.
static bool may_be_meant(const struct tell_state *before, const struct teller *now,
                         const struct teller *of_worker, size_t of_worker_lines,
                         struct tell_goal goal) {
    switch (goal.kind) {
    case TELL_GOAL_TIME:
        return now->state.said_ns >= goal.value;
    case TELL_GOAL_WORKER:
        return of_worker->state.lines > of_worker_lines;
    case TELL_GOAL_VERSION:
        return now->state.version > before->version && now->state.version >= goal.value;
    case TELL_GOAL_THRESHOLD:
        break;
    }
    return now->state.threshold != before->threshold;
}

size_t tell_steps_find(struct tell_steps *steps, size_t behind, struct tell_goal goal) {
    REQUIRE(goal.kind != TELL_GOAL_WORKER || (goal.value >= 0 && goal.value < workers_of(steps)));
    struct tell_options options = steps->options;
    options.worker = goal.kind == TELL_GOAL_WORKER ? (int32_t)goal.value : -1;
    struct teller of_worker = steps->walker;
    of_worker.state = (struct tell_state){0};
    of_worker.options = &options;
    of_worker.measuring = true;
    size_t first = behind + 1;
    size_t found = steps->count;
    go_back(steps, nearest_to_goal(steps, first, goal));
    tell_state_copy(&of_worker.state, &steps->walker.state, workers_of(steps));
    while (found == steps->count) {
        struct tell_state before = steps->walker.state; // its numbers alone
        size_t lines = of_worker.state.lines;
        if (!tell_walk_on(&steps->walker) ||
            (goal.kind == TELL_GOAL_WORKER && !tell_walk_on(&of_worker))) {
            break;
        }
        size_t end = steps->walker.state.lines;
        size_t begin = before.lines > first ? before.lines : first;
        if (end > begin && may_be_meant(&before, &steps->walker, &of_worker, lines, goal)) {
            size_t hit = find_among(steps, begin, end, goal);
            found = hit < end ? hit : found;
        }
    }
    tell_state_reset(&of_worker.state);
    return found;
}

size_t tell_steps_until(struct tell_steps *steps, int64_t time_ns) {
    REQUIRE(time_ns < INT64_MAX);
    char *first = tell_steps_text(steps, 0, 1);
    bool none = time_of(first) > time_ns;
    memory_free(first);
    return none ? 0 : tell_steps_find(steps, 0, (struct tell_goal){TELL_GOAL_TIME, time_ns + 1});
}
