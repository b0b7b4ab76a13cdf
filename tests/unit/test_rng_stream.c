// SPDX-License-Identifier: GPL-3.0-or-later
// rng_stream: Philox4x32-10 as published, one stream for each key, nobody's draws moved by others.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gsl/gsl_randist.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/gsl_stream.h"
#include "sim/base/rng_stream.h"
#include "sim/base/status.h"
#include "tests/support/child.h"
#include "tests/support/expect.h"

// Philox4x32-10 written anew from Salmon et al. (SC 2011, section 3.3): ten rounds of two 32 x 32
// products, the key bumped by the golden ratio and sqrt(3) - 1 in between.
static void reference_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t output[4]) {
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]};
    uint32_t k[2] = {key[0], key[1]};
    for (int round = 0; round < 10; round++) {
        uint64_t product0 = UINT64_C(0xD2511F53) * c[0];
        uint64_t product1 = UINT64_C(0xCD9E8D57) * c[2];
        uint32_t next[4] = {(uint32_t)(product1 >> 32) ^ c[1] ^ k[0], (uint32_t)product1,
                            (uint32_t)(product0 >> 32) ^ c[3] ^ k[1], (uint32_t)product0};
        memcpy(c, next, sizeof c);
        k[0] += 0x9E3779B9u;
        k[1] += 0xBB67AE85u;
    }
    memcpy(output, c, sizeof c);
}

static void expect_words(const uint32_t actual[4], const uint32_t expected[4]) {
    for (int i = 0; i < 4; i++) {
        assert_int_equal(actual[i], expected[i]);
    }
}

// The three vectors of Random123's tests/kat_vectors, philox4x32 10. The reference of these tests
// must itself be right.
static void reference_philox__published_vectors__agree(void **state) {
    (void)state;
    static const struct {
        uint32_t counter[4];
        uint32_t key[2];
        uint32_t output[4];
    } vectors[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint32_t output[4];
        reference_philox(vectors[i].counter, vectors[i].key, output);
        expect_words(output, vectors[i].output);
    }
}

static void draw_block(struct rng_stream *stream, uint32_t words[4]) {
    for (int i = 0; i < 4; i++) {
        words[i] = rng_stream_u32(stream);
    }
}

// The published vectors again, through the stream: a log of today must replay in ten years. (All
// ones is out of reach: a stream stops before its block counter wraps around.)
static void rng_stream__published_vectors__agree(void **state) {
    (void)state;
    struct rng_stream stream;
    uint32_t words[4];
    rng_stream_init(&stream, 0, (enum rng_purpose)0, 0, 0, 0);
    draw_block(&stream, words);
    expect_words(words, (const uint32_t[]){0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    rng_stream_init(&stream, UINT64_C(0x299f31d0a4093822), (enum rng_purpose)0xd3, 0x13198a2e,
                    0x03707344, 0x85a308);
    stream.counter[0] = 0x243f6a88;
    draw_block(&stream, words);
    expect_words(words, (const uint32_t[]){0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

// The layout of the counter is part of the semantics: (block, purpose | draw << 8, actor, number)
// under the seed as key.
static void rng_stream__counter_layout__is_as_documented(void **state) {
    (void)state;
    struct rng_stream stream;
    rng_stream_init(&stream, UINT64_C(0x0123456789abcdef), RNG_DELAY, 3, 41, 5);
    for (uint32_t block = 0; block < 100; block++) {
        const uint32_t counter[4] = {block, RNG_DELAY | 5u << 8, 3, 41};
        const uint32_t key[2] = {0x89abcdef, 0x01234567};
        uint32_t expected[4];
        uint32_t words[4];
        reference_philox(counter, key, expected);
        draw_block(&stream, words);
        expect_words(words, expected);
    }
    assert_int_equal(stream.draws, 400);
}

// Two keys that gave one stream would make two workers, or two seeds, march in step. High bits
// count, too: GSL's own generator takes seed 1 and seed 2^32 + 1 for the same.
static void rng_stream__any_part_of_the_key_changed__is_another_stream(void **state) {
    (void)state;
    static const struct {
        uint64_t seed;
        enum rng_purpose purpose;
        uint32_t actor;
        uint32_t number;
        uint32_t draw;
    } keys[] = {
        {1, RNG_TEST, 3, 41, 0},
        {2, RNG_TEST, 3, 41, 0},
        {(UINT64_C(1) << 32) + 1, RNG_TEST, 3, 41, 0},
        {1, RNG_DELAY, 3, 41, 0},
        {1, RNG_TEST, 4, 41, 0},
        {1, RNG_TEST, 41, 3, 0},
        {1, RNG_TEST, 3, 42, 0},
        {1, RNG_TEST, 3, 41, 1},
        {1, RNG_TEST, 3, 41, (1u << 24) - 1},
        {0, RNG_TEST, 3, 41, 0},
    };
    enum { COUNT = sizeof keys / sizeof keys[0] };
    uint64_t first[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        struct rng_stream stream;
        rng_stream_init(&stream, keys[i].seed, keys[i].purpose, keys[i].actor, keys[i].number,
                        keys[i].draw);
        first[i] = rng_stream_u64(&stream);
        for (size_t j = 0; j < i; j++) {
            assert_true(first[i] != first[j]);
        }
    }
}

// Common random numbers: a stream gives the same words whether or not others draw in between.
static void rng_stream__others_draw_in_between__draws_the_same(void **state) {
    (void)state;
    struct rng_stream alone;
    struct rng_stream among;
    struct rng_stream other;
    rng_stream_init(&alone, 7, RNG_TEST, 1, 0, 0);
    rng_stream_init(&among, 7, RNG_TEST, 1, 0, 0);
    rng_stream_init(&other, 7, RNG_TEST, 2, 0, 0);
    for (int i = 0; i < 1000; i++) {
        for (int j = 0; j < i % 7; j++) {
            (void)rng_stream_u32(&other);
        }
        assert_int_equal(rng_stream_u32(&among), rng_stream_u32(&alone));
    }
}

// A redraw must be another stream, whatever was drawn of this one.
static void rng_stream_next_draw__any_words_spent__is_the_stream_of_the_next_draw(void **state) {
    (void)state;
    for (int spent = 0; spent < 10; spent++) {
        struct rng_stream stream;
        struct rng_stream next;
        rng_stream_init(&stream, 9, RNG_TEST, 3, 41, 6);
        rng_stream_init(&next, 9, RNG_TEST, 3, 41, 7);
        for (int i = 0; i < spent; i++) {
            rng_stream_u32(&stream);
        }
        rng_stream_next_draw(&stream);
        for (int i = 0; i < 10; i++) {
            assert_true(rng_stream_u32(&stream) == rng_stream_u32(&next));
        }
    }
}

// A choice must neither take words of the draw nor depend on how many are taken.
static void rng_stream_beside__any_words_spent__is_a_stream_of_its_own(void **state) {
    (void)state;
    for (int spent = 0; spent < 10; spent++) {
        struct rng_stream stream;
        struct rng_stream beside;
        struct rng_stream expected;
        rng_stream_init(&stream, 9, RNG_TEST, 3, 41, 6);
        rng_stream_init(&expected, 9, RNG_TEST, 3, 41, 6 + (1u << 23));
        for (int i = 0; i < spent; i++) {
            rng_stream_u32(&stream);
        }
        rng_stream_beside(&stream, &beside);
        assert_int_equal(stream.draws, spent);
        for (int i = 0; i < 10; i++) {
            assert_true(rng_stream_u32(&beside) == rng_stream_u32(&expected));
        }
    }
}

static void init_with_draw_too_large(void *context) {
    rng_stream_init(context, 1, RNG_TEST, 0, 0, 1u << 24);
}

// A draw index that ran over would collide with another purpose.
static void rng_stream_init__draw_of_25_bits__is_a_broken_contract(void **state) {
    (void)state;
    struct rng_stream stream;
    char text[256];
    assert_int_equal(child_exit_status(init_with_draw_too_large, &stream, text, sizeof text),
                     STATUS_INTERNAL);
}

// 64 bits are two words, the low one first, and a double is its upper 53 bits: both are part of the
// semantics.
static void rng_stream_u64_and_uniform__words__are_put_together_as_documented(void **state) {
    (void)state;
    struct rng_stream words;
    rng_stream_init(&words, 9, RNG_TEST, 0, 0, 0);
    struct rng_stream wide = words;
    struct rng_stream real = words;
    for (int i = 0; i < 1000; i++) {
        uint64_t low = rng_stream_u32(&words);
        uint64_t expected = low | (uint64_t)rng_stream_u32(&words) << 32;
        assert_true(rng_stream_u64(&wide) == expected);
        expect_within(rng_stream_uniform(&real), ldexp((double)(expected >> 11), -53), 0);
    }
    assert_int_equal(wide.draws, 2000);
    assert_int_equal(real.draws, 2000);
}

// The law of all laws: mean 1/2, variance 1/12, neighbours uncorrelated. Each within 4 standard
// errors: sqrt(1/12/n), sqrt(1/180/n), 1/12/sqrt(n).
static void rng_stream_uniform__a_million_draws__have_the_moments_of_the_law(void **state) {
    (void)state;
    enum { DRAWS = 1000000 };
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_TEST, 0, 0, 0);
    double sum = 0;
    double squares = 0;
    double products = 0;
    double before = rng_stream_uniform(&stream) - 0.5;
    for (int i = 0; i < DRAWS; i++) {
        double x = rng_stream_uniform(&stream) - 0.5;
        assert_true(x >= -0.5 && x < 0.5);
        sum += x;
        squares += x * x;
        products += x * before;
        before = x;
    }
    expect_within(sum / DRAWS, 0, 4 * sqrt(1.0 / 12 / DRAWS));
    expect_within(squares / DRAWS, 1.0 / 12, 4 * sqrt(1.0 / 180 / DRAWS));
    expect_within(products / DRAWS, 0, 4.0 / 12 / sqrt(DRAWS));
}

// What the simulator does: the first draw of stream after stream. Those must be uniform, too, in
// each coordinate of the key. Chi square of 64 cells, 63 degrees of freedom: 0.9999 quantile 111.
static void rng_stream__first_draws_of_many_streams__are_uniform(void **state) {
    (void)state;
    enum { STREAMS = 100000, CELLS = 64 };
    for (int coordinate = 0; coordinate < 4; coordinate++) {
        int counts[CELLS] = {0};
        for (uint32_t i = 0; i < STREAMS; i++) {
            struct rng_stream stream;
            rng_stream_init(&stream, coordinate == 0 ? i : 1, RNG_TEST, coordinate == 1 ? i : 0,
                            coordinate == 2 ? i : 0, coordinate == 3 ? i : 0);
            counts[(int)(rng_stream_uniform(&stream) * CELLS)]++;
        }
        double expected = (double)STREAMS / CELLS;
        double chi_square = 0;
        for (int cell = 0; cell < CELLS; cell++) {
            chi_square += (counts[cell] - expected) * (counts[cell] - expected) / expected;
        }
        assert_true(chi_square < 111);
    }
}

// A shuffle that lost an index would lose training samples.
static void rng_stream_shuffle__any_count__is_a_permutation(void **state) {
    (void)state;
    enum { COUNT = 1000 };
    int32_t items[COUNT];
    int seen[COUNT] = {0};
    for (int32_t i = 0; i < COUNT; i++) {
        items[i] = i;
    }
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_SHARDS, 0, 0, 0);
    rng_stream_shuffle(&stream, items, COUNT);
    int moved = 0;
    for (int i = 0; i < COUNT; i++) {
        assert_in_range(items[i], 0, COUNT - 1);
        assert_int_equal(seen[items[i]]++, 0);
        moved += items[i] != i;
    }
    assert_true(moved > 900);
}

// A shard may be as small as one sample, and an empty list has one order, too.
static void rng_stream_shuffle__none_or_one__draws_nothing(void **state) {
    (void)state;
    int32_t items[] = {7};
    struct rng_stream stream;
    rng_stream_init(&stream, 1, RNG_TEST, 0, 0, 0);
    rng_stream_shuffle(&stream, items, 1);
    rng_stream_shuffle(&stream, items, 0);
    assert_int_equal(items[0], 7);
    assert_int_equal(stream.draws, 0);
}

// GSL's shuffle through a view of the stream: other bits would give every run other shards.
static void rng_stream_shuffle__any_count__is_that_of_gsl(void **state) {
    (void)state;
    for (size_t count = 0; count <= 300; count += 7) {
        struct rng_stream ours;
        struct rng_stream theirs;
        int32_t a[300];
        int32_t b[300];
        rng_stream_init(&ours, 7, RNG_TEST, (uint32_t)count, 0, 0);
        rng_stream_init(&theirs, 7, RNG_TEST, (uint32_t)count, 0, 0);
        for (int32_t i = 0; i < 300; i++) {
            a[i] = b[i] = i;
        }
        gsl_rng view = gsl_stream_view(&theirs);
        if (count > 1) {
            gsl_ran_shuffle(&view, b, count, sizeof *b);
        }
        rng_stream_shuffle(&ours, a, count);
        assert_memory_equal(a, b, sizeof a);
        assert_true(ours.draws == theirs.draws);
    }
}

// Every order equally likely: a biased shuffle would bias which samples meet. Chi square of the 24
// orders of four items, 23 degrees of freedom: 0.9999 quantile 57.
static void rng_stream_shuffle__orders_of_four__are_equally_likely(void **state) {
    (void)state;
    enum { SHUFFLES = 48000, ORDERS = 256 };
    int counts[ORDERS] = {0};
    for (uint32_t i = 0; i < SHUFFLES; i++) {
        struct rng_stream stream;
        int32_t items[4] = {0, 1, 2, 3};
        rng_stream_init(&stream, 1, RNG_TEST, 0, i, 0);
        rng_stream_shuffle(&stream, items, 4);
        counts[items[0] << 6 | items[1] << 4 | items[2] << 2 | items[3]]++;
    }
    double chi_square = 0;
    int orders = 0;
    for (int order = 0; order < ORDERS; order++) {
        if (counts[order] > 0) {
            double difference = counts[order] - SHUFFLES / 24.0;
            chi_square += difference * difference / (SHUFFLES / 24.0);
            orders++;
        }
    }
    assert_int_equal(orders, 24);
    assert_true(chi_square < 57);
}

// A number that is given to a second purpose makes draws equal that must have nothing to do with
// each other. 200 and 201 were given twice, and no draw of a simulation is among these.
static void rng_purpose__every_number__is_given_once(void **state) {
    (void)state;
    int given[256] = {0};
    char line[256];
    int purposes = 0;
    FILE *header = fopen("sim/base/rng_stream.h", "r");
    assert_non_null(header);
    while (fgets(line, sizeof line, header) != NULL) {
        int number = 0;
        if (sscanf(line, " RNG_%*[A-Z_] = %d,", &number) == 1) {
            assert_in_range(number, 1, 255);
            given[number]++;
            purposes++;
        }
    }
    fclose(header);
    assert_true(purposes > 30);
    for (int number = 1; number < 256; number++) {
        assert_in_range(given[number], 0,
                        number == RNG_DESIGN || number == RNG_DESIGN_ORDER ? 2 : 1);
    }
    assert_true(RNG_BOOTSTRAP >= 200 && RNG_SIGN_FLIP >= 200 && RNG_DESIGN >= 200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rng_purpose__every_number__is_given_once),
        cmocka_unit_test(reference_philox__published_vectors__agree),
        cmocka_unit_test(rng_stream__published_vectors__agree),
        cmocka_unit_test(rng_stream__counter_layout__is_as_documented),
        cmocka_unit_test(rng_stream__any_part_of_the_key_changed__is_another_stream),
        cmocka_unit_test(rng_stream__others_draw_in_between__draws_the_same),
        cmocka_unit_test(rng_stream_next_draw__any_words_spent__is_the_stream_of_the_next_draw),
        cmocka_unit_test(rng_stream_beside__any_words_spent__is_a_stream_of_its_own),
        cmocka_unit_test(rng_stream_init__draw_of_25_bits__is_a_broken_contract),
        cmocka_unit_test(rng_stream_u64_and_uniform__words__are_put_together_as_documented),
        cmocka_unit_test(rng_stream_uniform__a_million_draws__have_the_moments_of_the_law),
        cmocka_unit_test(rng_stream__first_draws_of_many_streams__are_uniform),
        cmocka_unit_test(rng_stream_shuffle__any_count__is_a_permutation),
        cmocka_unit_test(rng_stream_shuffle__none_or_one__draws_nothing),
        cmocka_unit_test(rng_stream_shuffle__any_count__is_that_of_gsl),
        cmocka_unit_test(rng_stream_shuffle__orders_of_four__are_equally_likely),
    };
    return cmocka_run_group_tests_name("rng_stream", tests, NULL, NULL);
}
