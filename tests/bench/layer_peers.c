// SPDX-License-Identifier: GPL-3.0-or-later
// Every distinct convolution and dense layer of the catalogue's nets, with what is fused behind it,
// by desgd's kernels and by oneDNN: microseconds of one block of samples, and desgd's time over
// oneDNN's, by direction; first both must have computed the same. Behind the layers of a net its
// whole gradient, beside OpenBLAS's product of large matrices. One thread, in turn in one process.
//
//     layer_peers avx2|avx512 [8|16|32 [NET]]
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "models/kernels/isa.h"
#include "models/kernels/kernels.h"
#include "models/layer_kinds.h"
#include "models/linear_algebra.h"
#include "models/model.h"
#include "models/model_catalogue.h"
#include "models/model_parts.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/run/bench_peak.h"
#include "tests/bench/onednn_layer.h"

enum { TURNS = 15, TURN_MICROSECONDS = 2000, TASKS_MAX = 64 };

// A layer as desgd's nets compute it.
struct subject {
    const struct step_plan *plan;
    const struct step *step;
    struct layer_pass pass; // without d_in
    float *d_in;
};

// ---- what is compared ----

static struct layer_task task_of(const struct step *step, size_t batch) {
    const struct layer *layer = step->layer;
    bool conv = layer->recipe.kind == &layer_conv2d;
    return (struct layer_task){
        .batch = batch,
        .channels = conv ? layer->in.channels : layer_shape_count(&layer->in),
        .height = conv ? layer->in.height : 1,
        .width = conv ? layer->in.width : 1,
        .outputs = layer->recipe.outputs,
        .kernel = layer->recipe.kernel,
        .padding = layer->recipe.padding,
        .pool = step->pool,
        .relu = step->relu,
        .data = step->in != STEP_NONE,
    };
}

// Uniform in +-scale, whatever the machine.
static float *numbers(size_t count, float scale) {
    uint32_t state = (uint32_t)count;
    float *values = memory_allocate_aligned(count, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525U + 1013904223U;
        values[i] = scale * ((float)(state >> 8) / 8388608.0F - 1);
    }
    return values;
}

// (samples, width) to (width, samples), or back.
static float *turned(const float *values, size_t rows, size_t columns) {
    float *result = memory_allocate_aligned(rows * columns, sizeof *result);
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < columns; c++) {
            result[c * rows + r] = values[r * columns + c];
        }
    }
    return result;
}

// The same numbers as in "tensors", as desgd lays them out, and memory for the results.
static struct subject subject_of(const struct model *model, const struct step *step,
                                 const struct layer_tensors *tensors, size_t batch) {
    size_t in = layer_shape_count(&step->layer->in);
    size_t out = layer_shape_count(&step->last->out);
    size_t biases = step->layer->recipe.outputs;
    size_t weights = biases * step->layer->fan_in;
    float *parameters = memory_allocate_aligned(weights + biases, sizeof *parameters);
    memcpy(parameters, tensors->weights, weights * sizeof *parameters);
    memcpy(parameters + weights, tensors->biases, biases * sizeof *parameters);
    return (struct subject){
        .plan = &model->plan,
        .step = step,
        .d_in = memory_allocate_aligned(in * batch, sizeof(float)),
        .pass = {.batch = batch,
                 .parameters = parameters,
                 .in = turned(tensors->in, batch, in),
                 .out = memory_allocate_aligned(out * batch, sizeof(float)),
                 .d_out = turned(tensors->d_out, batch, out),
                 .d_parameters = memory_allocate_aligned(weights + biases, sizeof(float)),
                 .kept = memory_allocate_aligned(step->kept_bytes * batch, 1),
                 .scratch =
                     memory_allocate_aligned(step_scratch_bytes(&model->plan, step, batch), 1)}};
}

static void subject_free(struct subject *subject) {
    memory_free((void *)subject->pass.parameters);
    memory_free((void *)subject->pass.in);
    memory_free(subject->pass.out);
    memory_free((void *)subject->pass.d_out);
    memory_free(subject->d_in);
    memory_free(subject->pass.d_parameters);
    memory_free(subject->pass.kept);
    memory_free(subject->pass.scratch);
}

// To the data alone there is no way: BACKWARD_DATA computes both.
static void subject_run(const struct subject *subject, enum direction direction) {
    struct layer_pass pass = subject->pass;
    if (direction == FORWARD) {
        step_forward(subject->plan, subject->step, &pass);
        return;
    }
    pass.d_in = direction == BACKWARD_DATA ? subject->d_in : NULL;
    step_backward(subject->plan, subject->step, &pass, false);
}

// The difference of the two in parts of the one, both as vectors: rounding, or another sign of a
// number near zero, is below a thousandth.
static double difference(const float *a, const float *b, size_t count) {
    double square = 0;
    double whole = 0;
    for (size_t i = 0; i < count; i++) {
        square += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        whole += (double)a[i] * (double)a[i];
    }
    return sqrt(square / whole);
}

static void require_same(const struct subject *subject, struct onednn_layer *peer,
                         enum direction direction) {
    const struct layer_shape *shape =
        direction == FORWARD ? &subject->step->last->out : &subject->step->layer->in;
    size_t width = layer_shape_count(shape);
    size_t weights = subject->step->layer->recipe.outputs * subject->step->layer->fan_in;
    float *theirs = onednn_layer_result(peer, direction);
    if (direction == BACKWARD_WEIGHTS) {
        INVARIANT(difference(subject->pass.d_parameters, theirs, weights) < 1e-3);
    } else {
        float *ours = turned(direction == FORWARD ? subject->pass.out : subject->d_in, width,
                             subject->pass.batch);
        INVARIANT(difference(ours, theirs, width * subject->pass.batch) < 1e-3);
        memory_free(ours);
    }
    memory_free(theirs);
}

// ---- time ----

// Of this thread alone: what else the machine does is not in it.
static double processor_seconds(void) {
    struct timespec now;
    INVARIANT(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// Microseconds of one, of so many; peer NULL: desgd's.
static double time_of(const struct subject *subject, const struct onednn_layer *peer,
                      enum direction direction, size_t count) {
    double start = processor_seconds();
    for (size_t i = 0; i < count; i++) {
        if (peer == NULL) {
            subject_run(subject, direction);
        } else {
            onednn_layer_run(peer, direction);
        }
    }
    return (processor_seconds() - start) / (double)count * 1e6;
}

static int by_value(const void *left, const void *right) {
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double values[TURNS]) {
    qsort(values, TURNS, sizeof *values, by_value);
    return values[TURNS / 2];
}

struct timing {
    double ours[DIRECTION_COUNT]; // microseconds
    double theirs[DIRECTION_COUNT];
};

static struct timing measure(const struct subject *subject, const struct onednn_layer *peer,
                             size_t directions) {
    double times[DIRECTION_COUNT][2][TURNS];
    struct timing result = {0};
    for (size_t t = 0; t < TURNS; t++) {
        for (size_t d = 0; d < directions; d++) {
            for (size_t side = 0; side < 2; side++) {
                const struct onednn_layer *who = side == 0 ? NULL : peer;
                double one = time_of(subject, who, (enum direction)d, 1);
                times[d][side][t] =
                    time_of(subject, who, (enum direction)d, 1 + (size_t)(TURN_MICROSECONDS / one));
            }
        }
        if (directions > BACKWARD_DATA) {
            times[BACKWARD_DATA][0][t] -= times[BACKWARD_WEIGHTS][0][t];
        }
    }
    for (size_t d = 0; d < directions; d++) {
        result.ours[d] = median(times[d][0]);
        result.theirs[d] = median(times[d][1]);
    }
    return result;
}

// ---- a whole net ----

struct share {
    double microseconds; // of the gradient
    double product;      // GFLOP/s of OpenBLAS's product
    double share;        // of it that the gradient reaches
};

// Of the product of large matrices, for each GFLOP.
static double product_seconds(const float *a, const float *b, float *result) {
    const double side = BENCH_PEAK_SIDE;
    double start = processor_seconds();
    bench_peak_multiply(a, b, result);
    return (processor_seconds() - start) / (2 * side * side * side) * 1e9;
}

static double gradient_seconds(const struct model *model, struct model_workspace *workspace,
                               const float *parameters, const struct model_block *block,
                               float *gradient) {
    double loss = 0;
    size_t count = 0;
    double start = processor_seconds();
    double seconds = 0;
    while (seconds < TURN_MICROSECONDS * 1e-6) {
        model_gradient_block(model, workspace, parameters, block, gradient, &loss);
        seconds = processor_seconds() - start;
        count++;
    }
    return seconds / (double)count;
}

static struct share share_of_product(const struct model *model, size_t batch) {
    float *matrices = numbers((size_t)3 << 20, 1);
    float *parameters = numbers(model_parameter_count(model), 0.1F);
    float *gradient = numbers(model_parameter_count(model), 1);
    float *inputs = numbers(model_inputs_size(model, batch), 1);
    uint8_t *labels = memory_allocate(batch, 1);
    struct model_workspace *workspace = model_workspace_create(model, batch);
    struct model_block block = {
        .inputs = inputs, .labels = labels, .count = batch, .batch = batch, .first = true};
    double gflop = model_mflop_per_gradient(model) * (double)batch / 1e3;
    double times[TURNS];
    double rates[TURNS];
    double shares[TURNS];
    for (size_t t = 0; t < TURNS; t++) {
        rates[t] = 1 / product_seconds(matrices, matrices + (1 << 20), matrices + (2 << 20));
        times[t] = gradient_seconds(model, workspace, parameters, &block, gradient);
        shares[t] = gflop / times[t] / rates[t];
    }
    model_workspace_destroy(workspace);
    memory_free(matrices);
    memory_free(parameters);
    memory_free(gradient);
    memory_free(inputs);
    memory_free(labels);
    return (struct share){median(times) * 1e6, median(rates), median(shares)};
}

// ---- the table ----

static void print_row(const char *net, const struct step *step, const struct timing *timing,
                      size_t directions) {
    struct layer_task task = task_of(step, 1);
    char shape[64];
    int length = task.kernel == 0
                     ? snprintf(shape, sizeof shape, "%zu to %zu", task.channels, task.outputs)
                     : snprintf(shape, sizeof shape, "%zux%zux%zu to %zu k%zu", task.channels,
                                task.height, task.width, task.outputs, task.kernel);
    length += snprintf(shape + length, sizeof shape - (size_t)length, task.relu ? ", relu" : "");
    if (task.pool > 1) {
        snprintf(shape + length, sizeof shape - (size_t)length, ", pool %zu", task.pool);
    }
    printf("%-13s %-15s %-32s", net, step->layer->recipe.name, shape);
    for (size_t d = 0; d < DIRECTION_COUNT; d++) {
        if (d < directions) {
            printf(" %8.1f %5.2f", timing->ours[d], timing->ours[d] / timing->theirs[d]);
        } else {
            printf(" %8s %5s", "-", "-");
        }
    }
    printf("\n");
    fflush(stdout);
}

// What was compared, as the kernels see it, and what came out.
struct seen {
    size_t batch; // of all tasks
    struct layer_task tasks[TASKS_MAX];
    size_t count;
    size_t compared; // layers and directions
    size_t slower;   // of these: desgd takes longer
    double worst;    // desgd's time / oneDNN's
};

static void note(struct seen *seen, const struct timing *timing, size_t directions) {
    for (size_t d = 0; d < directions; d++) {
        double ratio = timing->ours[d] / timing->theirs[d];
        seen->compared++;
        seen->slower += ratio > 1;
        seen->worst = ratio > seen->worst ? ratio : seen->worst;
    }
}

static void compare(const char *net, const struct model *model, const struct step *step,
                    struct seen *seen) {
    size_t batch = seen->batch;
    struct layer_task task = task_of(step, batch);
    size_t directions = task.data ? DIRECTION_COUNT : BACKWARD_DATA;
    size_t outputs = task.outputs;
    struct layer_tensors tensors = {.in = numbers(layer_shape_count(&step->layer->in) * batch, 1),
                                    .weights = numbers(outputs * step->layer->fan_in, 0.1F),
                                    .biases = numbers(outputs, 0.1F),
                                    .d_out =
                                        numbers(layer_shape_count(&step->last->out) * batch, 0.1F)};
    struct subject subject = subject_of(model, step, &tensors, batch);
    struct onednn_layer *peer = onednn_layer_create(&task, &tensors);
    for (size_t d = 0; d < directions; d++) {
        subject_run(&subject, (enum direction)d);
        require_same(&subject, peer, (enum direction)d);
    }
    struct timing timing = measure(&subject, peer, directions);
    print_row(net, step, &timing, directions);
    note(seen, &timing, directions);
    onednn_layer_destroy(peer);
    subject_free(&subject);
    memory_free((void *)tensors.in);
    memory_free((void *)tensors.weights);
    memory_free((void *)tensors.biases);
    memory_free((void *)tensors.d_out);
}

// Whether it was not compared before; notes that it is now.
static bool is_new(struct seen *seen, const struct step *step) {
    struct layer_task task = task_of(step, seen->batch);
    for (size_t i = 0; i < seen->count; i++) {
        if (memcmp(&seen->tasks[i], &task, sizeof task) == 0) {
            return false;
        }
    }
    REQUIRE(seen->count < TASKS_MAX);
    seen->tasks[seen->count++] = task;
    return true;
}

static void compare_net(const char *net, const struct kernels *kernels, struct seen *seen) {
    struct model *model = model_create(&(struct model_options){.name = net, .kernels = kernels});
    for (size_t i = 0; i < model->plan.count; i++) {
        const struct step *step = &model->plan.steps[i];
        const struct layer_kind *kind = step->layer->recipe.kind;
        if ((kind == &layer_conv2d || kind == &layer_dense) && is_new(seen, step)) {
            compare(net, model, step, seen);
        }
    }
    struct share share = share_of_product(model, seen->batch);
    printf("%-13s whole gradient: %.1f us, %.1f %% of OpenBLAS's %.1f GFLOP/s (%s)\n", net,
           share.microseconds, 100 * share.share, share.product, linear_algebra_core_name());
    model_destroy(model);
}

int main(int argc, char **argv) {
    enum kernels_isa isa = KERNELS_AVX2;
    struct seen seen = {.batch = argc < 3 ? KERNEL_LANES : strtoul(argv[2], NULL, 10)};
    if (argc < 2 || argc > 4 || !kernels_isa_by_name(argv[1], &isa) || isa == KERNELS_GENERIC ||
        !kernels_isa_supported(isa) || (seen.batch != 8 && seen.batch != 16 && seen.batch != 32)) {
        fprintf(stderr, "usage: layer_peers avx2|avx512 [8|16|32 [NET]]: what the processor has\n");
        return 64;
    }
    REQUIRE(linear_algebra_load(isa == KERNELS_AVX2 ? "Haswell" : "SkylakeX", NULL) == STATUS_OK);
    onednn_begin(isa == KERNELS_AVX2);
    printf(
        "%s, one thread, %zu samples: desgd's us, and its time / oneDNN's; medians of %d turns\n",
        argv[1], seen.batch, TURNS);
    printf("%-13s %-15s %-32s %14s %14s %14s\n", "net", "layer", "", "forward", "back: weights",
           "back: data");
    for (size_t i = 0; i < model_catalogue_count(); i++) {
        const struct model_entry *entry = model_catalogue_entry(i);
        if (entry->family == MODEL_OF_ITS_DATA && (argc < 4 || strcmp(argv[3], entry->name) == 0)) {
            compare_net(entry->name, kernels_of(isa), &seen);
        }
    }
    printf("%zu of %zu slower than oneDNN, the worst %.2f times\n", seen.slower, seen.compared,
           seen.worst);
    return 0;
}
