// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/batch_gradient.h"

#include "sim/base/check.h"

double batch_gradient(const struct model *model, struct model_workspace *workspace,
                      const real *parameters, const real *inputs, const uint8_t *labels,
                      size_t batch, real *gradient) {
    REQUIRE(batch >= 1);
    double loss_sum = 0;
    for (size_t first = 0, lanes; first < batch; first += lanes) {
        lanes = model_block_lanes(model, batch - first);
        const struct model_block block = {.inputs = inputs + first * model_input_count(model),
                                          .labels = labels + first,
                                          .count = batch - first < lanes ? batch - first : lanes,
                                          .batch = batch,
                                          .first = first == 0};
        model_gradient_block(model, workspace, parameters, &block, gradient, &loss_sum);
    }
    return loss_sum / (double)batch;
}
