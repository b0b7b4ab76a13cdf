// SPDX-License-Identifier: GPL-3.0-or-later
// Parameters of fitted laws as text: with as many digits as are known of them, in a form that a
// scenario takes.
#pragma once

enum { FIT_TEXT_SIZE = 40 };

// "203.42 ms": to a twentieth of the width of what it may be, and no less than a nanosecond; a
// width of 0: to the nanosecond. The unit is the largest of ns, us, ms, s of which it has one.
const char *fit_time_format(double ns, double width_ns, char text[FIT_TEXT_SIZE]);

// "0.1012" likewise.
const char *fit_number_format(double value, double width, char text[FIT_TEXT_SIZE]);
