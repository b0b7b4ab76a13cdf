// SPDX-License-Identifier: GPL-3.0-or-later
// Models of the catalogue for tests, with sizes where the catalogue leaves them open: 784 inputs,
// 10 classes, hidden layers of 50 and 20; a quadratic of dimension 10, curvature 1, noise 1.
#pragma once

#include "models/model.h"

// NULL for an unknown name.
struct model *net_create(const char *name, enum arithmetic arithmetic);

// Under portable arithmetic, by these kernels.
struct model *net_create_with_kernels(const char *name, const struct kernels *kernels);
