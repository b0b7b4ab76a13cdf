// SPDX-License-Identifier: GPL-3.0-or-later
// One table for each instruction set, and what their sources share. For models/kernels alone.
#pragma once

#include "models/kernels/kernels.h"

// NULL where this program was not built for the set.
const struct kernels *kernels_avx512(void);
const struct kernels *kernels_avx2(void);
const struct kernels *kernels_generic(void);
