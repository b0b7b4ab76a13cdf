// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/json_value.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"

json_t *json_number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_text(const char *text) {
    REQUIRE(text != NULL);
    json_t *string = json_string(text);
    if (string == NULL) {
        char *ascii = memory_copy_text(text);
        for (char *byte = ascii; *byte != 0; byte++) {
            *byte = (unsigned char)*byte < 128 ? *byte : '?';
        }
        string = json_string(ascii);
        memory_free(ascii);
    }
    ENSURE(string != NULL);
    return string;
}

json_t *json_hash(uint64_t hash) {
    char text[FINGERPRINT_TEXT_SIZE];
    return json_string(fingerprint_format(hash, text));
}
