// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/onednn_layer.h"

#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

// What is computed and what is read. A tensor may lie in memory in several layouts.
enum tensor {
    IN,
    WEIGHTS,
    BIASES,
    SUMS, // in front of the max-pool
    PLACES,
    OUT,
    D_OUT,
    D_MASKED, // behind relu
    D_SUMS,
    D_WEIGHTS,
    D_BIASES,
    D_IN
};

enum { MEMORIES_MAX = 40, JOBS_MAX = 3, ARGUMENTS_MAX = 8 };

struct job {
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t arguments[ARGUMENTS_MAX];
    int argument_count;
};

struct onednn_layer {
    struct layer_task task;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_memory_t memories[MEMORIES_MAX];
    enum tensor tensors[MEMORIES_MAX];
    size_t memory_count;
    struct job jobs[DIRECTION_COUNT][JOBS_MAX];
    size_t job_counts[DIRECTION_COUNT];
};

// Which tensor is which argument of a primitive; ends with an argument of 0.
struct binding {
    int argument;
    enum tensor tensor;
};

static void must(dnnl_status_t status) {
    REQUIRE(status == dnnl_success);
}

void onednn_begin(bool avx2) {
    omp_set_num_threads(1);
    must(dnnl_set_max_cpu_isa(avx2 ? dnnl_cpu_isa_avx2 : dnnl_cpu_isa_all));
}

// ---- memory ----

static const dnnl_memory_desc_t *layout_of(const_dnnl_memory_t memory) {
    const dnnl_memory_desc_t *layout = NULL;
    must(dnnl_memory_get_memory_desc(memory, &layout));
    return layout;
}

static void copy(struct onednn_layer *layer, dnnl_memory_t from, dnnl_memory_t to) {
    dnnl_primitive_desc_t description = NULL;
    dnnl_primitive_t primitive = NULL;
    must(dnnl_reorder_primitive_desc_create(&description, layout_of(from), layer->engine,
                                            layout_of(to), layer->engine, NULL));
    must(dnnl_primitive_create(&primitive, description));
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    must(dnnl_primitive_execute(primitive, layer->stream, 2, arguments));
    must(dnnl_stream_wait(layer->stream));
    must(dnnl_primitive_destroy(primitive));
    must(dnnl_primitive_desc_destroy(description));
}

// The tensor in that layout; if it lies in another one already, with its numbers.
static dnnl_memory_t memory_of(struct onednn_layer *layer, enum tensor tensor,
                               const dnnl_memory_desc_t *layout) {
    dnnl_memory_t other = NULL;
    for (size_t i = 0; i < layer->memory_count; i++) {
        if (layer->tensors[i] == tensor) {
            other = layer->memories[i];
            if (dnnl_memory_desc_equal(layout_of(other), layout)) {
                return other;
            }
        }
    }
    REQUIRE(layer->memory_count < MEMORIES_MAX);
    dnnl_memory_t memory = NULL;
    must(dnnl_memory_create(&memory, layout, layer->engine, DNNL_MEMORY_ALLOCATE));
    if (other != NULL) {
        copy(layer, other, memory);
    }
    layer->tensors[layer->memory_count] = tensor;
    layer->memories[layer->memory_count++] = memory;
    return memory;
}

static dnnl_dim_t dim(size_t size) {
    return (dnnl_dim_t)size;
}

// Of so many sides as the layer's tensors have, in PyTorch's layout or in any.
static dnnl_memory_desc_t layout(const struct onednn_layer *layer, size_t first, size_t second,
                                 size_t height, size_t width, bool any) {
    dnnl_memory_desc_t result;
    const dnnl_dims_t dims = {dim(first), dim(second), dim(height), dim(width)};
    int rank = layer->task.kernel > 0 ? 4 : 2;
    dnnl_format_tag_t plain = rank == 4 ? dnnl_abcd : dnnl_ab;
    must(dnnl_memory_desc_init_by_tag(&result, rank, dims, dnnl_f32,
                                      any ? dnnl_format_tag_any : plain));
    return result;
}

static size_t side(const struct layer_task *task, size_t length) {
    return task->kernel > 0 ? length + 2 * task->padding - task->kernel + 1 : 1;
}

static dnnl_memory_desc_t layout_of_tensor(const struct onednn_layer *layer, enum tensor tensor,
                                           bool any) {
    const struct layer_task *task = &layer->task;
    size_t height = side(task, task->height);
    size_t width = side(task, task->width);
    dnnl_memory_desc_t biases;
    const dnnl_dims_t dims = {dim(task->outputs)};
    switch (tensor) {
    case IN:
        return layout(layer, task->batch, task->channels, task->height, task->width, any);
    case WEIGHTS:
        return layout(layer, task->outputs, task->channels, task->kernel, task->kernel, any);
    case SUMS:
        return layout(layer, task->batch, task->outputs, height, width, any);
    case OUT:
        return layout(layer, task->batch, task->outputs, height / task->pool, width / task->pool,
                      any);
    default:
        REQUIRE(tensor == BIASES);
        must(dnnl_memory_desc_init_by_tag(&biases, 1, dims, dnnl_f32, dnnl_a));
        return biases;
    }
}

static void bring(struct onednn_layer *layer, enum tensor tensor, enum tensor shape,
                  const float *values) {
    dnnl_memory_desc_t plain = layout_of_tensor(layer, shape, false);
    void *to = NULL;
    must(dnnl_memory_get_data_handle(memory_of(layer, tensor, &plain), &to));
    memcpy(to, values, dnnl_memory_desc_get_size(&plain));
}

// ---- primitives ----

static void run_job(const struct job *job, dnnl_stream_t stream) {
    must(dnnl_primitive_execute(job->primitive, stream, job->argument_count, job->arguments));
}

static dnnl_primitive_desc_t describe(const struct onednn_layer *layer, const_dnnl_op_desc_t what,
                                      const_dnnl_primitive_attr_t fused,
                                      const_dnnl_primitive_desc_t forward) {
    dnnl_primitive_desc_t description = NULL;
    must(dnnl_primitive_desc_create(&description, what, fused, layer->engine, forward));
    return description;
}

// Adds the primitive to those of the direction, in the layouts that it prefers, and runs it, so
// that what it makes is there for the next one.
static void add_job(struct onednn_layer *layer, enum direction direction,
                    const_dnnl_primitive_desc_t description, const struct binding *bindings) {
    REQUIRE(layer->job_counts[direction] < JOBS_MAX);
    struct job *job = &layer->jobs[direction][layer->job_counts[direction]++];
    must(dnnl_primitive_create(&job->primitive, description));
    for (const struct binding *at = bindings; at->argument != 0; at++) {
        const dnnl_memory_desc_t *wanted =
            dnnl_primitive_desc_query_md(description, dnnl_query_exec_arg_md, at->argument);
        REQUIRE(job->argument_count < ARGUMENTS_MAX);
        job->arguments[job->argument_count++] =
            (dnnl_exec_arg_t){at->argument, memory_of(layer, at->tensor, wanted)};
    }
    run_job(job, layer->stream);
    must(dnnl_stream_wait(layer->stream));
}

// Whatever is described: an op_desc points to one of them.
union operation {
    dnnl_convolution_desc_t conv;
    dnnl_inner_product_desc_t dense;
    dnnl_pooling_desc_t pool;
    dnnl_eltwise_desc_t relu;
};

static void describe_conv(const struct onednn_layer *layer, enum direction direction,
                          dnnl_convolution_desc_t *conv) {
    const dnnl_memory_desc_t in = layout_of_tensor(layer, IN, true);
    const dnnl_memory_desc_t weights = layout_of_tensor(layer, WEIGHTS, true);
    const dnnl_memory_desc_t biases = layout_of_tensor(layer, BIASES, true);
    const dnnl_memory_desc_t sums = layout_of_tensor(layer, SUMS, true);
    const dnnl_dims_t strides = {1, 1};
    const dnnl_dims_t pads = {dim(layer->task.padding), dim(layer->task.padding)};
    dnnl_alg_kind_t direct = dnnl_convolution_direct;
    if (direction == FORWARD) {
        must(dnnl_convolution_forward_desc_init(conv, dnnl_forward_training, direct, &in, &weights,
                                                &biases, &sums, strides, pads, pads));
    } else if (direction == BACKWARD_WEIGHTS) {
        must(dnnl_convolution_backward_weights_desc_init(conv, direct, &in, &weights, &biases,
                                                         &sums, strides, pads, pads));
    } else {
        must(dnnl_convolution_backward_data_desc_init(conv, direct, &in, &weights, &sums, strides,
                                                      pads, pads));
    }
}

static void describe_dense(const struct onednn_layer *layer, enum direction direction,
                           dnnl_inner_product_desc_t *dense) {
    const dnnl_memory_desc_t in = layout_of_tensor(layer, IN, true);
    const dnnl_memory_desc_t weights = layout_of_tensor(layer, WEIGHTS, true);
    const dnnl_memory_desc_t biases = layout_of_tensor(layer, BIASES, true);
    const dnnl_memory_desc_t sums = layout_of_tensor(layer, SUMS, true);
    if (direction == FORWARD) {
        must(dnnl_inner_product_forward_desc_init(dense, dnnl_forward_training, &in, &weights,
                                                  &biases, &sums));
    } else if (direction == BACKWARD_WEIGHTS) {
        must(dnnl_inner_product_backward_weights_desc_init(dense, &in, &weights, &biases, &sums));
    } else {
        must(dnnl_inner_product_backward_data_desc_init(dense, &in, &weights, &sums));
    }
}

// The convolution or dense layer itself, forward with its relu.
static dnnl_primitive_desc_t describe_layer(const struct onednn_layer *layer,
                                            enum direction direction,
                                            const_dnnl_primitive_desc_t forward) {
    union operation operation;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_post_ops_t behind = NULL;
    must(dnnl_primitive_attr_create(&attributes));
    must(dnnl_post_ops_create(&behind));
    if (direction == FORWARD && layer->task.relu) {
        must(dnnl_post_ops_append_eltwise(behind, 1, dnnl_eltwise_relu, 0, 0));
    }
    must(dnnl_primitive_attr_set_post_ops(attributes, behind));
    if (layer->task.kernel > 0) {
        describe_conv(layer, direction, &operation.conv);
    } else {
        describe_dense(layer, direction, &operation.dense);
    }
    dnnl_primitive_desc_t description = describe(layer, &operation, attributes, forward);
    must(dnnl_post_ops_destroy(behind));
    must(dnnl_primitive_attr_destroy(attributes));
    return description;
}

// The max-pool, forward behind the layer or (forward: its description then) backward.
static dnnl_primitive_desc_t describe_pool(struct onednn_layer *layer,
                                           const_dnnl_primitive_desc_t layer_forward,
                                           const_dnnl_primitive_desc_t forward) {
    union operation operation;
    const dnnl_memory_desc_t out = layout_of_tensor(layer, OUT, true);
    const dnnl_memory_desc_t *sums =
        dnnl_primitive_desc_query_md(layer_forward, dnnl_query_dst_md, 0);
    const dnnl_dims_t sides = {dim(layer->task.pool), dim(layer->task.pool)};
    const dnnl_dims_t pads = {0, 0};
    if (forward == NULL) {
        must(dnnl_pooling_forward_desc_init(&operation.pool, dnnl_forward_training,
                                            dnnl_pooling_max, sums, &out, sides, sides, pads,
                                            pads));
    } else {
        must(dnnl_pooling_backward_desc_init(&operation.pool, dnnl_pooling_max, sums, &out, sides,
                                             sides, pads, pads));
    }
    return describe(layer, &operation, NULL, forward);
}

// Relu is undone where "out" is 0, in its layout.
static void add_relu_backward(struct onednn_layer *layer, const dnnl_memory_desc_t *out) {
    const struct binding bindings[] = {
        {DNNL_ARG_DST, OUT}, {DNNL_ARG_DIFF_DST, D_OUT}, {DNNL_ARG_DIFF_SRC, D_MASKED}, {0, OUT}};
    const dnnl_alg_kind_t relu = dnnl_eltwise_relu_use_dst_for_bwd;
    union operation forward;
    union operation backward;
    must(dnnl_eltwise_forward_desc_init(&forward.relu, dnnl_forward_training, relu, out, 0, 0));
    must(dnnl_eltwise_backward_desc_init(&backward.relu, relu, out, out, 0, 0));
    dnnl_primitive_desc_t hint = describe(layer, &forward, NULL, NULL);
    dnnl_primitive_desc_t description = describe(layer, &backward, NULL, hint);
    add_job(layer, BACKWARD_WEIGHTS, description, bindings);
    must(dnnl_primitive_desc_destroy(description));
    must(dnnl_primitive_desc_destroy(hint));
}

// The tensors between the layer and the outside: without a max-pool its sums are what goes out,
// without relu the gradient by what goes out is not masked.
static enum tensor sums_of(const struct layer_task *task) {
    return task->pool > 1 ? SUMS : OUT;
}

static enum tensor d_masked_of(const struct layer_task *task) {
    return task->relu ? D_MASKED : D_OUT;
}

static enum tensor d_sums_of(const struct layer_task *task) {
    return task->pool > 1 ? D_SUMS : d_masked_of(task);
}

static void add_pool(struct onednn_layer *layer, const_dnnl_primitive_desc_t forward) {
    const struct binding there[] = {
        {DNNL_ARG_SRC, SUMS}, {DNNL_ARG_DST, OUT}, {DNNL_ARG_WORKSPACE, PLACES}, {0, OUT}};
    const struct binding back[] = {{DNNL_ARG_DIFF_DST, d_masked_of(&layer->task)},
                                   {DNNL_ARG_WORKSPACE, PLACES},
                                   {DNNL_ARG_DIFF_SRC, D_SUMS},
                                   {0, OUT}};
    dnnl_primitive_desc_t pool = describe_pool(layer, forward, NULL);
    add_job(layer, FORWARD, pool, there);
    if (layer->task.relu) {
        add_relu_backward(layer, dnnl_primitive_desc_query_md(pool, dnnl_query_dst_md, 0));
    }
    dnnl_primitive_desc_t pool_back = describe_pool(layer, forward, pool);
    add_job(layer, BACKWARD_WEIGHTS, pool_back, back);
    must(dnnl_primitive_desc_destroy(pool_back));
    must(dnnl_primitive_desc_destroy(pool));
}

static void add_backward(struct onednn_layer *layer, const_dnnl_primitive_desc_t forward) {
    const struct binding to_weights[] = {{DNNL_ARG_SRC, IN},
                                         {DNNL_ARG_DIFF_DST, d_sums_of(&layer->task)},
                                         {DNNL_ARG_DIFF_WEIGHTS, D_WEIGHTS},
                                         {DNNL_ARG_DIFF_BIAS, D_BIASES},
                                         {0, OUT}};
    const struct binding to_data[] = {{DNNL_ARG_DIFF_DST, d_sums_of(&layer->task)},
                                      {DNNL_ARG_WEIGHTS, WEIGHTS},
                                      {DNNL_ARG_DIFF_SRC, D_IN},
                                      {0, OUT}};
    dnnl_primitive_desc_t weights = describe_layer(layer, BACKWARD_WEIGHTS, forward);
    add_job(layer, BACKWARD_WEIGHTS, weights, to_weights);
    must(dnnl_primitive_desc_destroy(weights));
    if (layer->task.data) {
        dnnl_primitive_desc_t data = describe_layer(layer, BACKWARD_DATA, forward);
        add_job(layer, BACKWARD_DATA, data, to_data);
        must(dnnl_primitive_desc_destroy(data));
    }
}

// ---- the layer ----

struct onednn_layer *onednn_layer_create(const struct layer_task *task,
                                         const struct layer_tensors *tensors) {
    const struct binding there[] = {{DNNL_ARG_SRC, IN},
                                    {DNNL_ARG_WEIGHTS, WEIGHTS},
                                    {DNNL_ARG_BIAS, BIASES},
                                    {DNNL_ARG_DST, sums_of(task)},
                                    {0, OUT}};
    struct onednn_layer *layer = memory_allocate(1, sizeof *layer);
    layer->task = *task;
    must(dnnl_engine_create(&layer->engine, dnnl_cpu, 0));
    must(dnnl_stream_create(&layer->stream, layer->engine, dnnl_stream_default_flags));
    bring(layer, IN, IN, tensors->in);
    bring(layer, WEIGHTS, WEIGHTS, tensors->weights);
    bring(layer, BIASES, BIASES, tensors->biases);
    bring(layer, D_OUT, OUT, tensors->d_out);
    dnnl_primitive_desc_t forward = describe_layer(layer, FORWARD, NULL);
    add_job(layer, FORWARD, forward, there);
    if (task->pool > 1) {
        add_pool(layer, forward);
    } else if (task->relu) {
        add_relu_backward(layer, dnnl_primitive_desc_query_md(forward, dnnl_query_dst_md, 0));
    }
    add_backward(layer, forward);
    must(dnnl_primitive_desc_destroy(forward));
    return layer;
}

void onednn_layer_destroy(struct onednn_layer *layer) {
    for (size_t d = 0; d < DIRECTION_COUNT; d++) {
        for (size_t i = 0; i < layer->job_counts[d]; i++) {
            must(dnnl_primitive_destroy(layer->jobs[d][i].primitive));
        }
    }
    for (size_t i = 0; i < layer->memory_count; i++) {
        must(dnnl_memory_destroy(layer->memories[i]));
    }
    must(dnnl_stream_destroy(layer->stream));
    must(dnnl_engine_destroy(layer->engine));
    memory_free(layer);
}

void onednn_layer_run(const struct onednn_layer *layer, enum direction direction) {
    for (size_t i = 0; i < layer->job_counts[direction]; i++) {
        run_job(&layer->jobs[direction][i], layer->stream);
    }
}

float *onednn_layer_result(struct onednn_layer *layer, enum direction direction) {
    static const enum tensor results[] = {OUT, D_WEIGHTS, D_IN};
    static const enum tensor shapes[] = {OUT, WEIGHTS, IN};
    dnnl_memory_desc_t plain = layout_of_tensor(layer, shapes[direction], false);
    size_t size = dnnl_memory_desc_get_size(&plain);
    float *values = memory_allocate(size, 1);
    void *from = NULL;
    must(dnnl_memory_get_data_handle(memory_of(layer, results[direction], &plain), &from));
    memcpy(values, from, size);
    return values;
}
