// SPDX-License-Identifier: GPL-3.0-or-later
// The kernels in plain C, for any CPU: fused multiply-add is put together from other operations.
#include "models/kernels/isa_tables.h"

#define KERNELS_FOR_GENERIC
#define KERNELS_NAME "generic"

#include "models/kernels/all_kernels.h"

const struct kernels *kernels_generic(void) {
    return &kernels_table;
}
