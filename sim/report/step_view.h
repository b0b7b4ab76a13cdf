// SPDX-License-Identifier: GPL-3.0-or-later
// A run, or two side by side, looked at event by event: what a key does, and what the screen says
// then. Knows neither a terminal nor how runs are made.
#pragma once

#include <stdbool.h>

#include "sim/report/screen.h"
#include "sim/report/tell_steps.h"

// Keys besides the characters of ASCII.
enum {
    STEP_KEY_BACKSPACE = 127,
    STEP_KEY_ESCAPE = 256,
    STEP_KEY_LEFT,
    STEP_KEY_RIGHT,
    STEP_KEY_UP,
    STEP_KEY_DOWN,
    STEP_KEY_HOME,
    STEP_KEY_END,
    STEP_KEY_PAGE_UP,
    STEP_KEY_PAGE_DOWN,
};

enum { STEP_INPUT_SIZE = 256, STEP_MESSAGE_SIZE = 512 };

struct step_run {
    const struct runlog *log;
    struct tell_steps *steps; // NULL: there is no second run
    const char *name;
    size_t line; // the last that is shown
    size_t top;  // the first
    int rows;    // for which that is so
};

enum step_prompt {
    STEP_NO_PROMPT,
    STEP_PROMPT_TIME,
    STEP_PROMPT_WORKER,
    STEP_PROMPT_WHERE,
    STEP_PROMPT_VERSION,
    STEP_PROMPT_FORK,
    STEP_PROMPT_COUNT,
};

// Zeroed but for what is said here; nothing to release.
struct step_view {
    struct step_run runs[2]; // the caller's
    int32_t worker;          // whose place is told; -1: whoever's event it is
    enum step_prompt prompt;
    char input[STEP_INPUT_SIZE];
    char message[STEP_MESSAGE_SIZE]; // until the next key
};

// What the caller is to do after a key.
enum step_wish {
    STEP_STAY,
    STEP_LEAVE,
    STEP_FORK,  // the first run at step_view_time with the setting in "input"; it becomes runs[1]
    STEP_CLOSE, // the second run, which is not looked at any more: it can be released
};

enum step_wish step_view_key(struct step_view *view, int key);

// The time of the moment that is looked at.
int64_t step_view_time(struct step_view *view);

// Goes there: to the last event that is not later.
void step_view_go(struct step_view *view, int64_t time_ns);

// Fills the screen, which has its size. It keeps in the view what of the story was on it, so that
// little changes with the next event.
void step_view_draw(struct step_view *view, struct screen *screen);
