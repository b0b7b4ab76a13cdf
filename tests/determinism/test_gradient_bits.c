// SPDX-License-Identifier: GPL-3.0-or-later
// Portable arithmetic: the bits of a gradient depend on nothing but its inputs. Not on the
// instruction set, the compiler, its optimisation (compilers.sh builds this program in several ways
// and compares what it prints), nor the samples that share a block.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/initial_weights.h"
#include "models/kernels/isa.h"
#include "models/kernels/kernels.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"
#include "tests/support/batch_gradient.h"
#include "tests/support/nets.h"
#include "tests/support/reference_net.h"
#include "tests/support/scratch.h"
#include "tests/support/skip.h"

static const char *const nets[] = {"mnist_ray", "mnist_lenet",   "cifar_lenet", "cifar_cnn",
                                   "softmax",   "cifar_resnet8", "mlp"};
enum { NET_COUNT = sizeof nets / sizeof nets[0] };

static const size_t batches[] = {1, 7, 12, 32, 33, 48, 100};
enum { BATCH_COUNT = sizeof batches / sizeof batches[0], BATCH_MAX = 100 };

struct problem {
    struct model *model;
    struct model_workspace *workspace;
    size_t parameter_count;
    real *parameters;
    real *gradient;
    real *inputs;
    uint8_t labels[BATCH_MAX];
};

// Parameters of one law for all tensors, so that no path of a residual net is zero.
static struct problem problem_create(const char *net, const struct kernels *kernels) {
    struct problem p = {.model = net_create_with_kernels(net, kernels)};
    p.parameter_count = model_parameter_count(p.model);
    p.workspace = model_workspace_create(p.model, BATCH_MAX);
    p.parameters = memory_allocate(p.parameter_count, sizeof(real));
    p.gradient = memory_allocate(p.parameter_count, sizeof(real));
    p.inputs = memory_allocate_aligned(model_inputs_size(p.model, BATCH_MAX), sizeof(real));
    for (size_t t = 0; t < model_tensor_count(p.model); t++) {
        const struct parameter_tensor *tensor = model_tensor(p.model, t);
        initial_weights_fill(6, (uint32_t)t, tensor->fan_in, tensor->count,
                             p.parameters + tensor->offset);
    }
    return p;
}

static void problem_destroy(struct problem *p) {
    model_workspace_destroy(p->workspace);
    model_destroy(p->model);
    memory_free(p->parameters);
    memory_free(p->gradient);
    memory_free(p->inputs);
}

// Sample number "number" at place n of a batch.
static void put_sample(struct problem *p, size_t batch, size_t n, uint32_t number) {
    size_t inputs = model_input_count(p->model);
    size_t first = n / KERNEL_LANES * KERNEL_LANES;
    size_t lanes = model_block_lanes(p->model, batch - first);
    real *block = p->inputs + first * inputs;
    struct rng_stream stream;
    rng_stream_init(&stream, 6, RNG_TEST, number, 0, 0);
    for (size_t i = 0; i < inputs; i++) {
        block[i * lanes + n - first] = (real)(3 * rng_stream_uniform(&stream) - 1);
    }
    p->labels[n] = (uint8_t)(number % 10);
}

static void put_batch(struct problem *p, size_t batch) {
    memset(p->inputs, 0, model_inputs_size(p->model, BATCH_MAX) * sizeof(real));
    for (size_t n = 0; n < batch; n++) {
        put_sample(p, batch, n, (uint32_t)n);
    }
}

// Of loss, gradient, and losses and hits of an evaluation.
static uint64_t fingerprint_of(struct problem *p, size_t batch) {
    double losses[BATCH_MAX];
    uint8_t correct[BATCH_MAX];
    put_batch(p, batch);
    double loss = batch_gradient(p->model, p->workspace, p->parameters, p->inputs, p->labels, batch,
                                 p->gradient);
    model_evaluate(p->model, p->workspace, p->parameters, p->inputs, p->labels, batch, losses,
                   correct);
    uint64_t hash = fingerprint_bytes(p->gradient, p->parameter_count * sizeof(real));
    hash = fingerprint_combine(hash, fingerprint_bytes(&loss, sizeof loss));
    hash = fingerprint_combine(hash, fingerprint_bytes(losses, batch * sizeof *losses));
    return fingerprint_combine(hash, fingerprint_bytes(correct, batch));
}

// Under a sanitizer everything takes ten times as long, and compilers are not what it is about.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool is_slow = true;
#else
static const bool is_slow = false;
#endif

// Plain C needs a second for a gradient of a large net, so it computes only two of them: one block
// with one sample, and two blocks. Under a sanitizer the large nets have a batch of each width of
// blocks alone: 8, 16, and 32 with a rest.
static bool is_worth_while(size_t net, enum kernels_isa isa, size_t batch) {
    bool large = strcmp(nets[net], "cifar_cnn") == 0 || strcmp(nets[net], "cifar_resnet8") == 0;
    size_t only = strcmp(nets[net], "cifar_cnn") == 0 ? 33 : 1;
    if (isa == KERNELS_GENERIC) {
        return is_slow ? batch == 1 && !large : !large || batch == only;
    }
    return !is_slow || !large || batch == 1 || batch == 12 || batch == 33;
}

// For compilers.sh: the fingerprint of each net, batch and instruction set that this CPU has.
static void print_fingerprints(void) {
    for (size_t net = 0; net < NET_COUNT; net++) {
        for (enum kernels_isa isa = 0; isa < KERNELS_ISA_COUNT; isa++) {
            if (!kernels_isa_supported(isa)) {
                continue;
            }
            struct problem p = problem_create(nets[net], kernels_of(isa));
            for (size_t b = 0; b < BATCH_COUNT; b++) {
                if (is_worth_while(net, isa, batches[b])) {
                    printf("%s, batch %zu, %s: %016" PRIx64 "\n", nets[net], batches[b],
                           kernels_isa_name(isa), fingerprint_of(&p, batches[b]));
                }
            }
            problem_destroy(&p);
        }
    }
}

static void expect_bits_of_best(size_t net, enum kernels_isa isa, const uint64_t *best) {
    struct problem p = problem_create(nets[net], kernels_of(isa));
    for (size_t b = 0; b < BATCH_COUNT; b++) {
        if (is_worth_while(net, isa, batches[b]) && fingerprint_of(&p, batches[b]) != best[b]) {
            fail_msg("%s, batch %zu: %s gives other bits than %s", nets[net], batches[b],
                     kernels_isa_name(isa), kernels_isa_name(kernels_best_isa()));
        }
    }
    problem_destroy(&p);
}

// Whose CPU lacks AVX-512, or AVX2, must get the numbers of the paper that was made with it.
static void gradients__of_every_instruction_set__have_the_same_bits(void **state) {
    (void)state;
    for (size_t net = 0; net < NET_COUNT; net++) {
        struct problem p = problem_create(nets[net], kernels_of(kernels_best_isa()));
        uint64_t best[BATCH_COUNT] = {0};
        for (size_t b = 0; b < BATCH_COUNT; b++) {
            if (is_worth_while(net, kernels_best_isa(), batches[b])) {
                best[b] = fingerprint_of(&p, batches[b]);
            }
        }
        problem_destroy(&p);
        for (enum kernels_isa isa = 0; isa < KERNELS_ISA_COUNT; isa++) {
            if (isa != kernels_best_isa() && kernels_isa_supported(isa)) {
                expect_bits_of_best(net, isa, best);
            }
        }
    }
}

// Two samples of one number must not give one fingerprint, or the test above says nothing.
static void gradients__of_other_batches__have_other_bits(void **state) {
    (void)state;
    struct problem p = problem_create("mnist_ray", NULL);
    uint64_t seven = fingerprint_of(&p, 7);
    assert_true(fingerprint_of(&p, 32) != seven);
    assert_true(fingerprint_of(&p, 7) == seven); // and what came before leaves no trace
    p.parameters[5] += 1e-6F;
    assert_true(fingerprint_of(&p, 7) != seven);
    problem_destroy(&p);
}

// The gradient that one sample at a lane gives, as if the loss knew no other sample, and its
// outputs. The others are samples first_neighbour and on, or nobody (count is lane + 1 at least).
static void gradient_of_one(struct problem *p, uint32_t sample, size_t lane,
                            uint32_t first_neighbour, real *outputs, real *gradient) {
    size_t classes = (size_t)model_class_count(p->model);
    real *d_outputs = memory_allocate_aligned(classes * KERNEL_LANES, sizeof(real));
    memset(p->inputs, 0, model_inputs_size(p->model, BATCH_MAX) * sizeof(real));
    for (size_t n = 0; n < KERNEL_LANES && first_neighbour > 0; n++) {
        put_sample(p, KERNEL_LANES, n, first_neighbour + (uint32_t)n);
    }
    put_sample(p, KERNEL_LANES, lane, sample);
    struct net_block *block =
        net_block_create(p->model, p->parameters, p->inputs, p->labels, KERNEL_LANES, KERNEL_LANES);
    for (size_t k = 0; k < classes; k++) {
        outputs[k] = net_block_outputs(block)[k * KERNEL_LANES + lane];
        d_outputs[k * KERNEL_LANES + lane] = (real)k - 3;
    }
    net_block_backward(block, d_outputs, gradient);
    net_block_destroy(block);
    memory_free(d_outputs);
}

// A gradient is a sum over samples, and what a sample adds to it must be its own affair: not that
// of its neighbours in the block, of its place there, nor of the lanes that are filled up.
static void gradient__of_one_sample__does_not_depend_on_its_neighbours(void **state) {
    (void)state;
    for (size_t net = 0; net < NET_COUNT; net++) {
        struct problem p = problem_create(nets[net], NULL);
        size_t size = p.parameter_count * sizeof(real);
        real *other = memory_allocate(p.parameter_count, sizeof(real));
        real outputs[10];
        real other_outputs[10];
        gradient_of_one(&p, 3, 5, 100, outputs, p.gradient);
        const struct {
            size_t lane;
            uint32_t neighbours;
        } others[] = {{5, 200}, {5, 0}, {0, 0}, {31, 300}};
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
            gradient_of_one(&p, 3, others[i].lane, others[i].neighbours, other_outputs, other);
            assert_memory_equal(other_outputs, outputs, sizeof outputs);
            for (size_t k = 0; k < p.parameter_count; k++) {
                other[k] += 0.0F; // -0 and +0 are one number; the sign of nothing may differ
                p.gradient[k] += 0.0F;
            }
            assert_memory_equal(other, p.gradient, size);
        }
        gradient_of_one(&p, 4, 5, 100, other_outputs, other);
        assert_memory_not_equal(other, p.gradient, size);
        memory_free(other);
        problem_destroy(&p);
    }
}

// Of the first "count" samples in one block, with some gradient by each of the outputs.
static void gradient_of_block(struct problem *p, size_t lanes, size_t count, real *gradient) {
    size_t classes = (size_t)model_class_count(p->model);
    real *d_outputs = memory_allocate_aligned(classes * lanes, sizeof(real));
    memset(p->inputs, 0, model_inputs_size(p->model, BATCH_MAX) * sizeof(real));
    for (size_t n = 0; n < count; n++) {
        put_sample(p, lanes, n, (uint32_t)n);
        for (size_t k = 0; k < classes; k++) {
            d_outputs[k * lanes + n] = (real)k - (real)0.7 * (real)n;
        }
    }
    struct net_block *block =
        net_block_create(p->model, p->parameters, p->inputs, p->labels, lanes, count);
    net_block_backward(block, d_outputs, gradient);
    net_block_destroy(block);
    memory_free(d_outputs);
}

// How many lanes a block has is a matter of speed: a log of small minibatches must not tell whether
// they were computed in wide blocks, as they once were.
static void gradient__of_a_narrow_block__has_the_bits_of_a_wide_one(void **state) {
    (void)state;
    const size_t counts[] = {1, 8, 12, 16};
    for (size_t net = 0; net < NET_COUNT; net++) {
        struct problem p = problem_create(nets[net], NULL);
        real *wide = memory_allocate(p.parameter_count, sizeof(real));
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            gradient_of_block(&p, model_block_lanes(p.model, counts[i]), counts[i], p.gradient);
            gradient_of_block(&p, KERNEL_LANES, counts[i], wide);
            assert_memory_equal(p.gradient, wide, p.parameter_count * sizeof(real));
        }
        memory_free(wide);
        problem_destroy(&p);
    }
}

// Losses and hits of an evaluation must not depend on how its samples are cut into batches.
static void evaluation__of_any_batch__gives_a_sample_the_same_loss(void **state) {
    (void)state;
    for (size_t net = 0; net < NET_COUNT; net++) {
        struct problem p = problem_create(nets[net], NULL);
        double together[BATCH_MAX];
        double alone;
        uint8_t correct[BATCH_MAX];
        put_batch(&p, 50);
        model_evaluate(p.model, p.workspace, p.parameters, p.inputs, p.labels, 50, together,
                       correct);
        for (uint32_t n = 0; n < 50; n += 7) {
            put_batch(&p, 0);
            put_sample(&p, 1, 0, n);
            model_evaluate(p.model, p.workspace, p.parameters, p.inputs, p.labels, 1, &alone,
                           correct);
            assert_memory_equal(&alone, &together[n], sizeof alone);
        }
        problem_destroy(&p);
    }
}

// The compiler and its zeal must not show in a result. compilers.sh says which it tries.
static void gradients__of_every_compiler__have_the_same_bits(void **state) {
    char command[2 * SCRATCH_PATH_SIZE];
    char self[SCRATCH_PATH_SIZE] = "";
    if (is_slow) {
        skip_because("a sanitizer's build is slow, and compilers are not what it is about");
    }
    if (system("command -v clang >/dev/null") != 0) {
        skip_because("clang is not installed");
    }
    assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    snprintf(command, sizeof command, "tests/determinism/compilers.sh '%s' '%s'", self,
             (const char *)*state);
    assert_int_equal(system(command), 0);
}

// A CPU that lacks a set leaves it out of every test above, and a reader must see that.
static void gradients__of_every_instruction_set__were_tried(void **state) {
    (void)state;
    skip_without_all_instruction_sets();
}

int main(int argument_count, char **arguments) {
    if (argument_count == 2 && strcmp(arguments[1], "print") == 0) {
        print_fingerprints();
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients__of_every_instruction_set__have_the_same_bits),
        cmocka_unit_test(gradients__of_other_batches__have_other_bits),
        cmocka_unit_test(gradient__of_one_sample__does_not_depend_on_its_neighbours),
        cmocka_unit_test(gradient__of_a_narrow_block__has_the_bits_of_a_wide_one),
        cmocka_unit_test(evaluation__of_any_batch__gives_a_sample_the_same_loss),
        cmocka_unit_test_setup_teardown(gradients__of_every_compiler__have_the_same_bits,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test(gradients__of_every_instruction_set__were_tried),
    };
    return cmocka_run_group_tests_name("gradient_bits", tests, NULL, NULL);
}
