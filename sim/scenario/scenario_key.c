// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_key.h"

#include "sim/base/check.h"

const void *key_field(const struct schema_key *key, const struct scenario *scenario) {
    REQUIRE(key->offset < sizeof *scenario);
    return (const char *)scenario + key->offset;
}

bool value_never_varies(const struct schema_key *key, void *field, size_t index) {
    REQUIRE(key != NULL && field != NULL);
    (void)index;
    return false;
}
