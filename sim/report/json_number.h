// SPDX-License-Identifier: GPL-3.0-or-later
// A number as JSON, which knows neither NaN nor infinity: null.
#pragma once

#include <jansson.h>
#include <math.h>

static inline json_t *json_number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}
