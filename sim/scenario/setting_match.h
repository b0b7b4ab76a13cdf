// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a scenario has a setting KEY=VALUE: the one notion of it, for the baselines of sweeps and
// of comparisons. It is had if setting it changes nothing, so a value is what it means however it
// is written: "1000 ms" is "1 s", "policy.threshold=1" a constant schedule that starts with 1, and
// "policy={name: async}" the policy async, whatever its other keys are. A parameter of a law is a
// key, too: "cluster.delay.std=0.25 s".
#pragma once

#include "sim/scenario/scenario_settings.h"

enum setting_match {
    SETTING_IS_ANOTHER,     // or is none that the scenario could have
    SETTING_DOES_NOT_APPLY, // the key has no effect there, as a threshold under async; or it has
                            // its default and is not in the text
    SETTING_IS_HAD,
};

// canonical: the scenario's canonical text; name: for messages that nobody sees.
enum setting_match setting_match_of(const char *name, const char *canonical,
                                    const struct scenario_setting *setting);

// The same of one of these canonical texts (count): a key that it leaves out, since it has its
// default, is told from one without an effect by the value that another text has.
enum setting_match setting_match_among(char *const *texts, size_t count, size_t index,
                                       const struct scenario_setting *setting);

// Refuses a setting of which the value, or one inside its map, is none ("policy=", "policy={}"), as
// a scenario would: STATUS_BAD_DATA, with what is allowed. option: "--baseline", for the message.
enum status setting_match_check(const char *option, const struct scenario_setting *setting,
                                struct error *error);

// The default of a key that the canonical text leaves out because the scenario has it; NULL: the
// key is in the text, or has no effect there. another: a value other than the default. Released
// with memory_free.
char *setting_match_default(const char *name, const char *canonical, const char *key,
                            const char *another);

// The settings that one of a group of keys stands for ("policy.name=async" for "policy=async" and
// for "policy={name: async}"), a call each with key and value, which is flow YAML; any other
// setting as it is.
void setting_match_each_leaf(const struct scenario_setting *setting,
                             void (*leaf)(void *context, const char *key, const char *value),
                             void *context);
