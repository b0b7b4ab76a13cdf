// SPDX-License-Identifier: GPL-3.0-or-later
// What each worker is doing at the moment that a teller has come to.
#pragma once

#include "sim/report/teller.h"

enum { TELL_STANDING_SIZE = 128 };

// "computes 12 (v40)", at most 20 characters where numbers have at most 5 digits; returns text.
const char *tell_standing_brief(const struct teller *teller, int32_t worker,
                                char text[TELL_STANDING_SIZE]);

// "worker 7 computes gradient 12, read at version 40, since 3.014 s"
const char *tell_standing_sentence(const struct teller *teller, int32_t worker,
                                   char text[TELL_STANDING_SIZE]);
