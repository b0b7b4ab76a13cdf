// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_character.h"

#include "sim/base/check.h"

// The first byte says how many follow, and for a few what the second may be.
struct form {
    unsigned char first, last, least_second, most_second;
    size_t size;
};

static const struct form forms[] = {
    {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};

enum { FORM_COUNT = sizeof forms / sizeof forms[0] };

static const struct form *form_of(unsigned char first) {
    for (int i = 0; i < FORM_COUNT; i++) {
        if (first >= forms[i].first && first <= forms[i].last) {
            return &forms[i];
        }
    }
    return NULL;
}

size_t character_read(const char *text, size_t left, uint32_t *code) {
    REQUIRE(left > 0);
    const unsigned char *bytes = (const unsigned char *)text;
    const struct form *form = form_of(bytes[0]);
    if (form == NULL || left < form->size) {
        return 0;
    }
    uint32_t value = form->size == 1 ? bytes[0] : bytes[0] & (0x7Fu >> form->size);
    for (size_t i = 1; i < form->size; i++) {
        unsigned char least = i == 1 ? form->least_second : 0x80;
        unsigned char most = i == 1 ? form->most_second : 0xBF;
        if (bytes[i] < least || bytes[i] > most) {
            return 0;
        }
        value = value << 6 | (bytes[i] & 0x3Fu);
    }
    *code = value;
    return form->size;
}

struct range {
    uint32_t first, last;
    const char *what;
};

static const char *find(const struct range *ranges, size_t count, uint32_t code) {
    for (size_t i = 0; i < count; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last) {
            return ranges[i].what;
        }
    }
    return NULL;
}

#define CONTROL "a control character"
#define BREAK "a line break that YAML does not know"
#define NONE "no character of Unicode"
#define DIRECTION "a mark that turns the direction of writing"
#define UNSEEN "a character that is not seen"

const char *character_fault(uint32_t code) {
    static const struct range ranges[] = {
        {0x00, 0x08, CONTROL},     {0x0B, 0x0C, CONTROL},   {0x0E, 0x1F, CONTROL},
        {0x7F, 0x9F, CONTROL},     {0x2028, 0x2029, BREAK}, {0xFDD0, 0xFDEF, NONE},
        {0xFEFF, 0xFEFF, CONTROL},
    };
    if ((code & 0xFFFE) == 0xFFFE) { // the last two of each plane
        return NONE;
    }
    return find(ranges, sizeof ranges / sizeof ranges[0], code);
}

// The joiners U+200C and U+200D are letters' own in several scripts, and so are allowed.
const char *character_deceit(uint32_t code) {
    static const struct range ranges[] = {
        {0x00AD, 0x00AD, UNSEEN},   {0x034F, 0x034F, UNSEEN},    {0x061C, 0x061C, DIRECTION},
        {0x115F, 0x1160, UNSEEN},   {0x17B4, 0x17B5, UNSEEN},    {0x180E, 0x180E, UNSEEN},
        {0x200B, 0x200B, UNSEEN},   {0x200E, 0x200F, DIRECTION}, {0x202A, 0x202E, DIRECTION},
        {0x2060, 0x2065, UNSEEN},   {0x2066, 0x2069, DIRECTION}, {0x206A, 0x206F, UNSEEN},
        {0x3164, 0x3164, UNSEEN},   {0xFFA0, 0xFFA0, UNSEEN},    {0xFFF9, 0xFFFB, UNSEEN},
        {0x1D173, 0x1D17A, UNSEEN}, {0xE0000, 0xE0FFF, UNSEEN},
    };
    return find(ranges, sizeof ranges / sizeof ranges[0], code);
}
