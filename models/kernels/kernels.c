// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/kernels/kernels.h"

#include "sim/base/check.h"

size_t kernel_conv_side(const struct kernel_conv *conv, size_t side) {
    REQUIRE(conv->stride >= 1 && side + 2 * conv->padding >= conv->kernel);
    return (side + 2 * conv->padding - conv->kernel) / conv->stride + 1;
}

size_t kernel_conv_pooled_side(const struct kernel_conv *conv, size_t side) {
    REQUIRE(conv->pool >= 1);
    return kernel_conv_side(conv, side) / conv->pool;
}

void kernel_conv_require(const struct kernel_conv *conv) {
    REQUIRE(conv->channels >= 1 && conv->outputs >= 1 && conv->stride >= 1);
    REQUIRE(conv->kernel >= 1 && conv->kernel <= KERNEL_SIDE_MAX);
    REQUIRE(conv->padding < conv->kernel);
    REQUIRE(conv->height + 2 * conv->padding >= conv->kernel);
    REQUIRE(conv->width + 2 * conv->padding >= conv->kernel);
    REQUIRE(conv->pool >= 1 && conv->pool * conv->pool < KERNEL_NO_WINNER);
    REQUIRE(kernel_conv_pooled_side(conv, conv->height) >= 1);
    REQUIRE(kernel_conv_pooled_side(conv, conv->width) >= 1);
}

void kernel_pool_require(const struct kernel_pool *pool) {
    REQUIRE(pool->channels >= 1);
    REQUIRE(pool->pool >= 1 && pool->pool * pool->pool < KERNEL_NO_WINNER);
    REQUIRE(pool->height >= pool->pool && pool->width >= pool->pool);
}

void kernel_pass_require(const struct kernel_pass *pass) {
    REQUIRE(kernel_lanes_known(pass->lanes));
    REQUIRE(pass->in != NULL && pass->in != pass->out && pass->in != pass->d_in);
    REQUIRE(kernel_aligned(pass->in) && kernel_aligned(pass->out));
    REQUIRE(kernel_aligned(pass->d_out) && kernel_aligned(pass->d_in));
    REQUIRE(kernel_aligned(pass->winners));
    REQUIRE(pass->scratch != NULL && kernel_aligned(pass->scratch));
}
