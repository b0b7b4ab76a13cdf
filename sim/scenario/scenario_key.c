// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_key.h"

#include <string.h>

#include "sim/base/check.h"

bool key_begins_with_name(const char *word, size_t length) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    enum { LETTERS = 26 };
    REQUIRE(word != NULL);
    return length > 0 && length < MAP_NAME_SIZE && strspn(word, letters) >= length &&
           memchr(letters, word[0], LETTERS) != NULL;
}

bool key_is_name(const char *word) {
    return key_begins_with_name(word, strlen(word));
}

bool named_key_always(const void *entry) {
    return entry != NULL;
}

bool named_key_never(const void *entry) {
    return entry == NULL;
}

const void *key_field(const struct schema_key *key, const struct scenario *scenario) {
    REQUIRE(key->offset < sizeof *scenario);
    return (const char *)scenario + key->offset;
}

const char *key_name(const struct schema_key *key, size_t index) {
    const struct names *names = &key->names;
    REQUIRE(names->at != NULL || names->count > 0);
    if (names->at != NULL) {
        return names->at(index);
    }
    const char *row = (const char *)names->table + index * names->stride;
    return index < names->count ? *(const char *const *)row : NULL;
}

void key_write_allowed(const struct schema_key *key, struct text_buffer *buffer) {
    REQUIRE((key->type->allowed == NULL) != (key->type->words == NULL));
    if (key->type->words != NULL) {
        text_buffer_add(buffer, "%s", key->type->words);
    } else {
        key->type->allowed(key, buffer);
    }
}
