// SPDX-License-Identifier: GPL-3.0-or-later
// The host's clock, for progress lines, speeds and provenance only: nothing read here enters a
// simulation.
#pragma once

// Seconds from an arbitrary start; never goes back.
double wall_clock_seconds(void);

// "2026-11-20T06:07:38Z"
const char *wall_clock_date(char text[32]);
