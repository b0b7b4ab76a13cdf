// SPDX-License-Identifier: GPL-3.0-or-later
// An rng_stream in the clothes of a gsl_rng, so that GSL's laws draw from it. For sim/base only
// (the one door to GSL besides sweeps and statistics).
#pragma once

#include <gsl/gsl_rng.h>

#include "sim/base/rng_stream.h"

// A view that borrows the stream; valid as long as the stream is.
gsl_rng gsl_stream_view(struct rng_stream *stream);
