// SPDX-License-Identifier: GPL-3.0-or-later
// A finished run forked: the same scenario up to a moment, and from there on with other settings.
#pragma once

#include "sim/base/status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_note.h"
#include "sim/scenario/scenario_settings.h"

// A fork: the scenario in "text" up to at_ns, and from there on the same with the settings. Errors:
// STATUS_BAD_DATA: a setting is wrong in itself; or it changes what cannot change midway ("NAME:
// ... cannot change at a fork: ..."); or the new end is before the fork.
struct scenario_fork {
    const char *name; // of the text, in messages
    const char *text; // canonical
    int64_t at_ns;
    const struct scenario_setting *settings;
    size_t setting_count;
    struct scenario_notes *notes; // gets the settings without effect; NULL: nobody asks
};
enum status scenario_fork(const struct scenario_fork *fork, struct scenario *forked,
                          struct error *error);
