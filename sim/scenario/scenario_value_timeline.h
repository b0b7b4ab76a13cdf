// SPDX-License-Identifier: GPL-3.0-or-later
// The type of a key that names a timeline by its fingerprint, as logs have it.
#pragma once

#include "sim/scenario/scenario_key.h"

extern const struct value_type value_timeline; // uint64_t; 0: none
