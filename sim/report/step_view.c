// SPDX-License-Identifier: GPL-3.0-or-later
// What keys do. What the screen says: step_view_draw.c.
#include "sim/report/step_view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"

enum { MANY = 10 };

static bool has_two(const struct step_view *view) {
    return view->runs[1].steps != NULL;
}

static int64_t time_at(struct step_run *run, size_t line) {
    REQUIRE(run->steps != NULL);
    return line < tell_steps_count(run->steps) ? tell_steps_at(run->steps, line)->state.said_ns
                                               : SIM_TIME_NEVER;
}

int64_t step_view_time(struct step_view *view) {
    int64_t time_ns = time_at(&view->runs[0], view->runs[0].line);
    if (has_two(view)) {
        int64_t other_ns = time_at(&view->runs[1], view->runs[1].line);
        time_ns = other_ns > time_ns ? other_ns : time_ns;
    }
    return time_ns;
}

static void go_to(struct step_run *run, int64_t time_ns) {
    REQUIRE(run->steps != NULL);
    size_t lines = tell_steps_until(run->steps, time_ns);
    run->line = lines == 0 ? 0 : lines - 1;
}

void step_view_go(struct step_view *view, int64_t time_ns) {
    go_to(&view->runs[0], time_ns);
    if (has_two(view)) {
        go_to(&view->runs[1], time_ns);
    }
}

static void say(struct step_view *view, const char *sentence) {
    REQUIRE(sentence[0] != 0);
    snprintf(view->message, sizeof view->message, "%s", sentence);
}

// Of two runs whichever has the next event goes on, both if they have theirs at once.
static void forward(struct step_view *view) {
    struct step_run *runs = view->runs;
    int64_t next_ns = time_at(&runs[0], runs[0].line + 1);
    int64_t other_ns = has_two(view) ? time_at(&runs[1], runs[1].line + 1) : SIM_TIME_NEVER;
    if (next_ns == SIM_TIME_NEVER && other_ns == SIM_TIME_NEVER) {
        say(view, "this is the end of the run");
        return;
    }
    runs[0].line += next_ns <= other_ns;
    runs[1].line += other_ns <= next_ns;
}

// And the later one back.
static void back(struct step_view *view) {
    struct step_run *runs = view->runs;
    int64_t time_ns = runs[0].line == 0 ? -1 : time_at(&runs[0], runs[0].line);
    int64_t other_ns = has_two(view) && runs[1].line > 0 ? time_at(&runs[1], runs[1].line) : -1;
    if (time_ns < 0 && other_ns < 0) {
        say(view, "this is the beginning of the run");
        return;
    }
    runs[0].line -= time_ns >= other_ns;
    runs[1].line -= other_ns >= time_ns;
}

static void step(struct step_view *view, int count) {
    REQUIRE(count != 0);
    for (int i = 0; i < abs(count); i++) {
        if (count > 0) {
            forward(view);
        } else {
            back(view);
        }
    }
}

// To the next moment of which that is true, in whichever run comes first.
static void until(struct step_view *view, struct tell_goal goal, const char *none) {
    struct step_run *runs = view->runs;
    size_t line = tell_steps_find(runs[0].steps, runs[0].line, goal);
    int64_t time_ns = time_at(&runs[0], line);
    if (!has_two(view)) {
        if (time_ns == SIM_TIME_NEVER) {
            say(view, none);
            return;
        }
        runs[0].line = line;
        return;
    }
    size_t other = tell_steps_find(runs[1].steps, runs[1].line, goal);
    int64_t other_ns = time_at(&runs[1], other);
    if (time_ns == SIM_TIME_NEVER && other_ns == SIM_TIME_NEVER) {
        say(view, none);
        return;
    }
    step_view_go(view, time_ns < other_ns ? time_ns : other_ns);
    runs[0].line = time_ns <= other_ns ? line : runs[0].line;
    runs[1].line = other_ns <= time_ns ? other : runs[1].line;
}

// ---- what is asked for ----

static bool read_number(const char *text, int64_t least, int64_t most, int64_t *number) {
    char *end = NULL;
    long long value = strtoll(text, &end, 10);
    *number = value;
    return end != text && *end == 0 && value >= least && value <= most;
}

static void take_time(struct step_view *view) {
    int64_t time_ns = 0;
    const char *wrong = sim_time_parse(view->input, &time_ns);
    if (wrong != NULL) {
        snprintf(view->message, sizeof view->message, "%s: %s", view->input, wrong);
    } else if (time_ns >= step_view_time(view)) {
        until(view, (struct tell_goal){TELL_GOAL_TIME, time_ns}, "the run ends before that");
    } else {
        step_view_go(view, time_ns);
    }
}

static void take_worker(struct step_view *view) {
    int64_t most = view->runs[0].log->header.workers - 1;
    int64_t worker = 0;
    bool where = view->prompt == STEP_PROMPT_WHERE;
    if (where && view->input[0] == 0) {
        view->worker = -1;
    } else if (!read_number(view->input, 0, most, &worker)) {
        snprintf(view->message, sizeof view->message,
                 "there is no worker %s: the run has workers 0 to %" PRId64, view->input, most);
    } else if (where) {
        view->worker = (int32_t)worker;
    } else {
        view->worker = (int32_t)worker;
        until(view, (struct tell_goal){TELL_GOAL_WORKER, worker},
              "nothing happens to this worker any more");
    }
}

static void take_version(struct step_view *view) {
    REQUIRE(view->prompt == STEP_PROMPT_VERSION);
    int64_t version = 0;
    if (!read_number(view->input, 1, INT64_MAX, &version)) {
        snprintf(view->message, sizeof view->message, "%s: a version is a number, 1 or more",
                 view->input);
    } else {
        view->runs[0].line = 0;
        view->runs[1].line = 0;
        until(view, (struct tell_goal){TELL_GOAL_VERSION, version}, "the run does not get so far");
    }
}

static enum step_wish take_input(struct step_view *view) {
    enum step_prompt prompt = view->prompt;
    struct step_run before[2] = {view->runs[0], view->runs[1]};
    switch (prompt) {
    case STEP_PROMPT_TIME:
        take_time(view);
        break;
    case STEP_PROMPT_WORKER:
    case STEP_PROMPT_WHERE:
        take_worker(view);
        break;
    case STEP_PROMPT_VERSION:
        take_version(view);
        break;
    case STEP_PROMPT_FORK:
        view->prompt = STEP_NO_PROMPT;
        return view->input[0] == 0 ? STEP_STAY : STEP_FORK;
    case STEP_NO_PROMPT:
    case STEP_PROMPT_COUNT:
        break;
    }
    if (view->message[0] != 0) { // it was not found: one stays
        memcpy(view->runs, before, sizeof before);
    }
    view->prompt = STEP_NO_PROMPT;
    return STEP_STAY;
}

static enum step_wish edit(struct step_view *view, int key) {
    REQUIRE(view->prompt != STEP_NO_PROMPT);
    size_t length = strlen(view->input);
    if (key == '\n' || key == '\r') {
        return take_input(view);
    }
    if (key == STEP_KEY_ESCAPE) {
        view->prompt = STEP_NO_PROMPT;
    } else if ((key == STEP_KEY_BACKSPACE || key == '\b') && length > 0) {
        view->input[length - 1] = 0;
    } else if (key >= ' ' && key < STEP_KEY_BACKSPACE && length + 1 < sizeof view->input) {
        view->input[length] = (char)key;
        view->input[length + 1] = 0;
    }
    return STEP_STAY;
}

static void ask(struct step_view *view, enum step_prompt prompt) {
    REQUIRE(prompt != STEP_NO_PROMPT);
    view->prompt = prompt;
    view->input[0] = 0;
}

static bool ask_by(struct step_view *view, int key) {
    static const char keys[STEP_PROMPT_COUNT] = {[STEP_PROMPT_TIME] = 't',
                                                 [STEP_PROMPT_WORKER] = 'w',
                                                 [STEP_PROMPT_WHERE] = 'i',
                                                 [STEP_PROMPT_VERSION] = 'v',
                                                 [STEP_PROMPT_FORK] = 'f'};
    for (int i = STEP_NO_PROMPT + 1; i < STEP_PROMPT_COUNT; i++) {
        if (keys[i] == key) {
            ask(view, (enum step_prompt)i);
            return true;
        }
    }
    return false;
}

static bool move_by(struct step_view *view, int key) {
    switch (key) {
    case 'n':
    case ' ':
    case '\n':
    case '\r':
    case STEP_KEY_RIGHT:
    case STEP_KEY_DOWN:
        step(view, 1);
        return true;
    case 'b':
    case STEP_KEY_BACKSPACE:
    case '\b':
    case STEP_KEY_LEFT:
    case STEP_KEY_UP:
        step(view, -1);
        return true;
    case STEP_KEY_PAGE_DOWN:
        step(view, MANY);
        return true;
    case STEP_KEY_PAGE_UP:
        step(view, -MANY);
        return true;
    case 'g':
    case STEP_KEY_HOME:
        view->runs[0].line = 0;
        view->runs[1].line = 0;
        return true;
    case 'G':
    case STEP_KEY_END:
        for (int i = 0; i < (has_two(view) ? 2 : 1); i++) {
            view->runs[i].line = tell_steps_count(view->runs[i].steps) - 1;
        }
        return true;
    default:
        return false;
    }
}

enum step_wish step_view_key(struct step_view *view, int key) {
    REQUIRE(view->runs[0].steps != NULL);
    view->message[0] = 0;
    if (view->prompt != STEP_NO_PROMPT) {
        return edit(view, key);
    }
    if (move_by(view, key) || ask_by(view, key)) {
        return STEP_STAY;
    }
    switch (key) {
    case 'u':
        until(view, (struct tell_goal){TELL_GOAL_VERSION, 0}, "no update comes any more");
        return STEP_STAY;
    case 'k':
        until(view, (struct tell_goal){TELL_GOAL_THRESHOLD, 0}, "K does not change any more");
        return STEP_STAY;
    case 'x':
        return has_two(view) ? STEP_CLOSE : STEP_STAY;
    case 'q':
        return STEP_LEAVE;
    default:
        return STEP_STAY;
    }
}
