// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/scenario/scenario_character.h"
#include "sim/scenario/scenario_document.h"
#include "sim/scenario/scenario_parse.h"

// Bytes of a code point in UTF-8, at most 4 and a zero.
static size_t encode(uint32_t code, char text[5]) {
    memset(text, 0, 5);
    if (code < 0x80) {
        text[0] = (char)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--) {
        text[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    text[0] = (char)((0xF00u >> size & 0xFF) | code);
    return size;
}

// A character that is read as another one would pass for it.
static void character__every_code_point__is_read_back(void **state) {
    (void)state;
    char text[5];
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        uint32_t read = 0;
        size_t size = encode(code, text);
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        assert_int_equal(character_read(text, size, &read), surrogate ? 0 : size);
        assert_int_equal(read, surrogate ? 0 : code);
        assert_int_equal(character_read(text, size - (size > 1), &read), size > 1 ? 0 : 1);
    }
}

// What Unicode calls bidirectional controls (its property Bidi_Control), and what is no text.
static const uint32_t unfit[] = {0x00,   0x01,   0x07,   0x08,   0x0B,   0x0C,   0x1B,    0x1F,
                                 0x7F,   0x80,   0x85,   0x9B,   0x9F,   0x061C, 0x200E,  0x200F,
                                 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067,  0x2068,
                                 0x2069, 0x2028, 0x2029, 0x200B, 0x2060, 0xFEFF, 0xFFF9,  0xFFFB,
                                 0xFFFE, 0xFFFF, 0xFDD0, 0x00AD, 0x180E, 0x3164, 0xE0001, 0xE0041};
enum { UNFIT_COUNT = sizeof unfit / sizeof unfit[0] };

static enum status parse_settings(const char *key, const char *value, struct error *error) {
    static const char text[] = "end: 1 s\nmodel: none\n";
    struct scenario scenario;
    struct scenario_setting setting = {key, value};
    return scenario_parse("t", text, sizeof text - 1, &setting, 1, &scenario, error);
}

// A value whose text is not what is seen of it would run another scenario than the one shown.
static void character__that_deceives__is_refused_however_it_is_written(void **state) {
    (void)state;
    static const char *const keys[] = {"title", "seed", "policy.name", "data.path"};
    for (size_t i = 0; i < UNFIT_COUNT; i++) {
        char value[64];
        char named[16];
        struct error error = {0};
        assert_true(character_fault(unfit[i]) != NULL || character_deceit(unfit[i]) != NULL);
        snprintf(value, sizeof value, "\"5 \\U%08X x\"", unfit[i]);
        snprintf(named, sizeof named, "U+%04X", unfit[i]);
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
            assert_int_equal(parse_settings(keys[k], value, &error), STATUS_BAD_DATA);
            if (strstr(error.message, named) == NULL) {
                fail_msg("%s=%s: %s", keys[k], value, error.message);
            }
        }
    }
}

// Words of every script are words: only what is unseen or turns others is not.
static void character__of_any_script__may_stand_in_a_title(void **state) {
    (void)state;
    static const char *const titles[] = {"Grüße",         "שלום",           "مرحبا",    "日本語",
                                         "می\u200cخواهم", "🧑\u200d🔬", "a\u00A0b", "x²≤½"};
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        struct error error = {0};
        assert_int_equal(parse_settings("title", titles[i], &error), STATUS_OK);
    }
}

// An earlier desgd took such a title, and its logs are still compared.
static void character__in_the_text_of_an_old_log__is_read(void **state) {
    (void)state;
    static const char text[] = "title: \"a \u202Eb\"\nend: 1 s\nmodel: none\n";
    struct scenario scenario;
    assert_int_equal(scenario_parse("t", text, sizeof text - 1, NULL, 0, &scenario, NULL),
                     STATUS_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(character__every_code_point__is_read_back),
        cmocka_unit_test(character__that_deceives__is_refused_however_it_is_written),
        cmocka_unit_test(character__of_any_script__may_stand_in_a_title),
        cmocka_unit_test(character__in_the_text_of_an_old_log__is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
