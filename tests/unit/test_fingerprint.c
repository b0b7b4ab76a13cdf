// SPDX-License-Identifier: GPL-3.0-or-later
// fingerprint: the same bytes give the same 64 bits everywhere, however they are cut.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/fingerprint.h"

// The buffer of xxHash's own sanity test: the top bytes of the powers of a prime.
static void fill_sanity_buffer(unsigned char *bytes, size_t size) {
    uint64_t generator = 2654435761u;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (unsigned char)(generator >> 56);
        generator *= UINT64_C(11400714785074694797);
    }
}

// Other programs (xxhsum -H3, Python's xxhash) must be able to check a log. The values are those of
// xxHash's tests/sanity_test_vectors.h, XSUM_XXH3_testdata.
static void fingerprint_bytes__sanity_vectors__are_xxh3(void **state) {
    (void)state;
    static const struct {
        size_t size;
        uint64_t plain;
        uint64_t seeded;
    } vectors[] = {{0, UINT64_C(0x2d06800538d394c2), UINT64_C(0xa8a6b918b2f0364a)},
                   {1, UINT64_C(0xc44bdff4074eecdb), UINT64_C(0x032be332dd766ef8)},
                   {6, UINT64_C(0x27b56a84cd2d7325), UINT64_C(0x84589c116ab59ab9)},
                   {12, UINT64_C(0xa713daf0dfbb77e7), UINT64_C(0xe7303e1b2336de0e)},
                   {195, UINT64_C(0xcd94217ee362ec3a), UINT64_C(0xba68003d370cb3d9)},
                   {512, UINT64_C(0x617e49599013cb6b), UINT64_C(0x3ce457de14c27708)}};
    unsigned char bytes[512];
    fill_sanity_buffer(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        assert_true(fingerprint_bytes(bytes, vectors[i].size) == vectors[i].plain);
        assert_true(fingerprint_bytes_seeded(bytes, vectors[i].size,
                                             UINT64_C(11400714785074694797)) == vectors[i].seeded);
    }
}

// A fingerprint that missed a changed bit would call two different runs identical.
static void fingerprint_bytes__any_bit_flipped__differs(void **state) {
    (void)state;
    unsigned char bytes[300] = {0};
    uint64_t whole = fingerprint_bytes(bytes, sizeof bytes);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] = (unsigned char)(1u << bit % 8);
        assert_true(fingerprint_bytes(bytes, sizeof bytes) != whole);
        bytes[bit / 8] = 0;
    }
    assert_true(fingerprint_bytes(bytes, sizeof bytes - 1) != whole);
    assert_true(fingerprint_bytes_seeded(bytes, sizeof bytes, 1) != whole);
}

// Events are folded in order: exchanging two must show.
static void fingerprint_combine__other_order__differs(void **state) {
    (void)state;
    uint64_t one_two = fingerprint_combine(fingerprint_combine(0, 1), 2);
    uint64_t two_one = fingerprint_combine(fingerprint_combine(0, 2), 1);
    assert_true(one_two != two_one);
    assert_true(one_two != fingerprint_combine(fingerprint_combine(0, 1), 3));
    assert_true(one_two == fingerprint_combine(fingerprint_combine(0, 1), 2));
}

// The journal is hashed in whatever pieces it was written: the pieces must not matter.
static void fingerprint_stream__any_cut__equals_the_whole(void **state) {
    (void)state;
    unsigned char bytes[5000];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)(i * 131 >> 3);
    }
    uint64_t whole = fingerprint_bytes(bytes, sizeof bytes);
    const size_t pieces[] = {1, 7, 64, 255, 256, 1000, 4999, 5000};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct fingerprint_stream *stream = fingerprint_stream_create();
        for (size_t at = 0; at < sizeof bytes; at += pieces[i]) {
            size_t left = sizeof bytes - at;
            fingerprint_stream_add(stream, bytes + at, left < pieces[i] ? left : pieces[i]);
            (void)fingerprint_stream_value(stream); // looking must not disturb
        }
        assert_true(fingerprint_stream_value(stream) == whole);
        fingerprint_stream_destroy(stream);
    }
    fingerprint_stream_destroy(NULL);
}

// Nothing added is the empty input, not some state of its own.
static void fingerprint_stream__nothing_added__is_that_of_no_bytes(void **state) {
    (void)state;
    struct fingerprint_stream *stream = fingerprint_stream_create();
    assert_true(fingerprint_stream_value(stream) == fingerprint_bytes("", 0));
    fingerprint_stream_destroy(stream);
}

// Logs hold the text: leading zeros must stay, or the widths would differ.
static void fingerprint_format__any_value__has_16_digits(void **state) {
    (void)state;
    char text[FINGERPRINT_TEXT_SIZE];
    assert_string_equal(fingerprint_format(0, text), "0000000000000000");
    assert_string_equal(fingerprint_format(0xabc, text), "0000000000000abc");
    assert_string_equal(fingerprint_format(UINT64_MAX, text), "ffffffffffffffff");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fingerprint_bytes__sanity_vectors__are_xxh3),
        cmocka_unit_test(fingerprint_bytes__any_bit_flipped__differs),
        cmocka_unit_test(fingerprint_combine__other_order__differs),
        cmocka_unit_test(fingerprint_stream__any_cut__equals_the_whole),
        cmocka_unit_test(fingerprint_stream__nothing_added__is_that_of_no_bytes),
        cmocka_unit_test(fingerprint_format__any_value__has_16_digits),
    };
    return cmocka_run_group_tests_name("fingerprint", tests, NULL, NULL);
}
