// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_variation.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_applies.h"
#include "sim/scenario/scenario_schedule.h"
#include "sim/scenario/scenario_value.h"
#include "sim/scenario/scenario_value_plain.h"

static bool vary(enum scenario_key key, struct scenario *scenario, size_t index) {
    const struct schema_key *entry = &schema_table[key];
    REQUIRE(key < KEY_COUNT);
    return entry->type->vary != NULL &&
           entry->type->vary(entry, (char *)scenario + entry->offset, index);
}

// The bytes of a scenario from a field on that a variation of the field may change. The whole
// scenario, with its groups and events, is too large to be copied for each value.
enum { FIELD_BYTES = 4096 };
_Static_assert(sizeof(struct training_options) <= FIELD_BYTES, "the longest field that varies");

bool variation_applies(enum scenario_key key, struct scenario *scenario,
                       const enum scenario_key *varied, size_t count) {
    REQUIRE(key < KEY_COUNT && count <= 3);
    bool found = schema_table[key].applies(scenario);
    if (found || count == 0) {
        return found;
    }
    unsigned char kept[FIELD_BYTES];
    unsigned char *field = (unsigned char *)scenario + schema_table[varied[0]].offset;
    size_t left = sizeof *scenario - schema_table[varied[0]].offset;
    size_t bytes = left < sizeof kept ? left : sizeof kept;
    memcpy(kept, field, bytes);
    for (size_t i = 0; !found && vary(varied[0], scenario, i); i++) {
        found = variation_applies(key, scenario, varied + 1, count - 1);
    }
    memcpy(field, kept, bytes);
    return found || variation_applies(key, scenario, varied + 1, count - 1);
}

bool variation_may_apply(enum scenario_key key, struct scenario *scenario) {
    const struct value_type *type = schema_table[key].type;
    bool own = type != &value_threshold; // of a threshold its value says whether it applies
    return type == &value_text || type == &value_past || type->named != NULL ||
           variation_applies(key, scenario, &key, own);
}

const char *variation_short_name(enum scenario_key key) {
    REQUIRE(key < KEY_COUNT);
    return key == KEY_POLICY      ? "policy"
           : key == KEY_MODEL     ? "model"
           : key == KEY_DATA_NAME ? "data"
                                  : schema_table[key].key;
}

// ---- in words ----

enum { VALUES_MAX = 64, PATHS_MAX = 4 };

// Up to two other keys, which have to have other values than their defaults.
struct path {
    enum scenario_key keys[2];
    size_t count;
};

static void set_defaults(struct scenario *scenario) {
    static const enum scenario_key first[] = {KEY_POLICY, KEY_SCHEDULE, KEY_COUNTS};
    struct document *document = document_create();
    *scenario = (struct scenario){0};
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        value_set_default(first[i], document, scenario);
    }
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        value_set_default(key, document, scenario);
    }
    document_destroy(document);
}

static bool is_varied(enum scenario_key key, enum scenario_key but) {
    return key != but && schema_table[key].type->vary != NULL;
}

// The paths of the fewest keys. Returns how many.
static size_t find_paths(enum scenario_key key, const struct scenario *defaults,
                         struct path paths[PATHS_MAX]) {
    REQUIRE(key < KEY_COUNT);
    size_t count = 0;
    struct scenario scenario = *defaults;
    for (size_t length = 0; length <= 2 && count == 0; length++) {
        for (enum scenario_key a = 0; a < KEY_COUNT && count < PATHS_MAX; a++) {
            enum scenario_key last = length == 2 ? KEY_COUNT : a + 2;
            for (enum scenario_key b = a + 1; b < last && count < PATHS_MAX; b++) {
                enum scenario_key tried[] = {key, a, b};
                bool varies = (length < 1 || is_varied(a, key)) &&
                              (length < 2 || (b < KEY_COUNT && is_varied(b, key)));
                if (varies && variation_applies(key, &scenario, tried, 1 + length)) {
                    paths[count++] = (struct path){{a, b}, length};
                    a = length == 0 ? KEY_COUNT - 1 : a;
                }
            }
        }
    }
    return count;
}

// Sets the keys of a path, and the key itself, so that it applies.
static bool follow(enum scenario_key key, struct scenario *scenario,
                   const enum scenario_key *varied, size_t count) {
    REQUIRE(key < KEY_COUNT && count <= 3);
    bool found = schema_table[key].applies(scenario);
    const struct scenario before = *scenario;
    for (size_t i = 0; count > 0 && !found && vary(varied[0], scenario, i); i++) {
        found = follow(key, scenario, varied + 1, count - 1);
    }
    if (!found) {
        *scenario = before;
    }
    return found || (count > 0 && follow(key, scenario, varied + 1, count - 1));
}

// Which values of "varied" let the key apply; of all that there are.
static size_t values_of(enum scenario_key key, const struct scenario *scenario,
                        enum scenario_key varied, bool let[VALUES_MAX]) {
    REQUIRE(key < KEY_COUNT && varied < KEY_COUNT);
    size_t count = 0;
    struct scenario changed = *scenario;
    for (; count < VALUES_MAX && vary(varied, &changed, count); count++) {
        let[count] = variation_applies(key, &changed, &key, 1);
    }
    ENSURE(count < VALUES_MAX);
    return count;
}

// "`policy: hybrid`, `async` or `sync`": those that are "let", or those that are not.
static void write_values(enum scenario_key key, const bool let[], size_t count, bool which,
                         struct text_buffer *buffer) {
    REQUIRE(count <= VALUES_MAX);
    size_t left = 0;
    bool first = true;
    const char *dot = strrchr(variation_short_name(key), '.');
    for (size_t i = 0; i < count; i++) {
        left += let[i] == which;
    }
    for (size_t i = 0; i < count; i++) {
        if (let[i] == which) {
            left--;
            text_buffer_add(buffer, "%s`%s%s%s`",
                            first       ? ""
                            : left == 0 ? " or "
                                        : ", ",
                            !first        ? ""
                            : dot == NULL ? variation_short_name(key)
                                          : dot + 1,
                            first ? ": " : "", key_name(&schema_table[key], i));
            first = false;
        }
    }
}

// Sets of policies that have a name of their own.
static const char *group_of(const bool let[POLICY_COUNT]) {
    static const struct {
        bool (*holds)(const struct scenario *scenario);
        const char *name;
    } groups[] = {{applies_threshold, "policies with a threshold"},
                  {applies_local_models, "policies that average local models"},
                  {applies_server, "policies with a server"},
                  {applies_combine, "policies with a server except `easgd`"}};
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        enum policy policy = 0;
        for (; policy < POLICY_COUNT; policy++) {
            struct scenario scenario = {.model = "mnist_ray", .training.policy.policy = policy};
            if (groups[i].holds(&scenario) != let[policy]) {
                break;
            }
        }
        if (policy == POLICY_COUNT) {
            return groups[i].name;
        }
    }
    return NULL;
}

// What a number, a bool or a delay has to be: not its default.
static void write_present(enum scenario_key key, const struct scenario *scenario,
                          enum scenario_key varied, const char *before,
                          struct text_buffer *buffer) {
    struct scenario changed = *scenario;
    struct document *document = document_create();
    const char *dot = strrchr(schema_table[varied].key, '.');
    value_set_default(varied, document, &changed);
    document_destroy(document);
    if (!variation_applies(key, &changed, &key, 1)) {
        bool is_bool = schema_table[varied].type == &value_bool;
        text_buffer_add(buffer, is_bool ? "%s`%s: true`" : "%sa `%s`", before,
                        dot == NULL ? schema_table[varied].key : dot + 1);
    }
}

// What another key has to be ("unless": may not be). Nothing if it may be anything.
static void write_constraint(enum scenario_key key, const struct scenario *scenario,
                             enum scenario_key varied, const char *before, bool unless,
                             struct text_buffer *buffer) {
    REQUIRE(key != varied);
    const struct value_type *type = schema_table[varied].type;
    bool let[VALUES_MAX];
    size_t let_count = 0;
    if (type != &value_choice && type != &value_name) {
        if (!unless) {
            write_present(key, scenario, varied, before, buffer);
        }
        return;
    }
    size_t count = values_of(key, scenario, varied, let);
    for (size_t i = 0; i < count; i++) {
        let_count += let[i];
    }
    const char *group = varied == KEY_POLICY ? group_of(let) : NULL;
    bool is_unless = group == NULL && let_count > 4 && count - let_count < 4;
    if (let_count == count || unless != is_unless) {
        return;
    }
    text_buffer_add(buffer, "%s%s%s", before, unless ? "unless " : "", group == NULL ? "" : group);
    if (group == NULL) {
        write_values(varied, let, count, !unless, buffer);
    }
}

static bool is_on(const struct path *path, enum scenario_key key) {
    return (path->count > 0 && path->keys[0] == key) || (path->count > 1 && path->keys[1] == key);
}

// On a path of as many keys, what may take the place of one on the first path.
static void write_alternatives(enum scenario_key key, const struct scenario *defaults,
                               const struct path *paths, size_t count, enum scenario_key instead,
                               struct text_buffer *buffer) {
    for (size_t i = 1; i < count && is_on(&paths[0], instead); i++) {
        struct scenario scenario = *defaults;
        const enum scenario_key varied[] = {key, paths[i].keys[0], paths[i].keys[1]};
        bool found = follow(key, &scenario, varied, 1 + paths[i].count);
        ENSURE(found);
        for (size_t k = 0; k < paths[i].count && !is_on(&paths[i], instead); k++) {
            if (!is_on(&paths[0], paths[i].keys[k])) {
                write_constraint(key, &scenario, paths[i].keys[k], " or ", false, buffer);
            }
        }
    }
}

// What the key itself has to be, where its default does not do.
static void write_own(enum scenario_key key, const struct scenario *scenario,
                      struct text_buffer *buffer) {
    REQUIRE(key < KEY_COUNT);
    const struct schema_key *entry = &schema_table[key];
    struct scenario changed = *scenario;
    struct document *document = document_create();
    value_set_default(key, document, &changed);
    document_destroy(document);
    if (!entry->applies(&changed) && entry->type != &value_threshold) {
        text_buffer_add(buffer, "%sother than `%s`", buffer->length == 0 ? "" : ", ",
                        entry->fallback);
    }
}

void variation_write(enum scenario_key key, struct text_buffer *buffer) {
    struct scenario defaults;
    struct path paths[PATHS_MAX];
    REQUIRE(key < KEY_COUNT && buffer->length == 0);
    set_defaults(&defaults);
    size_t count = find_paths(key, &defaults, paths);
    if (count == 0) {
        return;
    }
    struct scenario scenario = defaults;
    const enum scenario_key varied[] = {key, paths[0].keys[0], paths[0].keys[1]};
    bool found = follow(key, &scenario, varied, 1 + paths[0].count);
    ENSURE(found);
    for (int pass = 0; pass < 2; pass++) {
        for (enum scenario_key other = 0; other < KEY_COUNT; other++) {
            size_t before = buffer->length;
            if (is_varied(other, key)) {
                write_constraint(key, &scenario, other, before == 0 ? "" : ", ", pass == 1, buffer);
            }
            if (buffer->length > before) {
                write_alternatives(key, &defaults, paths, count, other, buffer);
            }
        }
    }
    write_own(key, &scenario, buffer);
}
