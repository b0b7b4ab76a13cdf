// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/setting_match.h"

#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_document.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/scenario/scenario_tree.h"
#include "sim/scenario/scenario_value.h"

enum { VALUE_SIZE = 4096 };

// NULL: the scenario cannot have it.
static char *with_setting(const char *name, const char *canonical,
                          const struct scenario_setting *setting) {
    REQUIRE(canonical != NULL && setting->key != NULL && setting->value != NULL);
    struct scenario scenario;
    struct error error;
    return scenario_parse(name, canonical, strlen(canonical), setting, 1, &scenario, &error) ==
                   STATUS_OK
               ? scenario_print(&scenario)
               : NULL;
}

enum setting_match setting_match_of(const char *name, const char *canonical,
                                    const struct scenario_setting *setting) {
    REQUIRE(name != NULL && canonical != NULL);
    char *changed = with_setting(name, canonical, setting);
    bool unchanged = changed != NULL && strcmp(changed, canonical) == 0;
    memory_free(changed);
    if (!unchanged) {
        return SETTING_IS_ANOTHER;
    }
    const char *under = NULL;
    bool of_names = schema_find_map(setting->key, &under) != NULL; // none is a value as any other
    return of_names || canonical_text_has(canonical, setting->key) ? SETTING_IS_HAD
                                                                   : SETTING_DOES_NOT_APPLY;
}

enum setting_match setting_match_among(char *const *texts, size_t count, size_t index,
                                       const struct scenario_setting *setting) {
    REQUIRE(index < count);
    char value[VALUE_SIZE];
    size_t other = 0;
    const struct scenario_setting another = {setting->key, value};
    enum setting_match match = setting_match_of("", texts[index], setting);
    if (match != SETTING_DOES_NOT_APPLY) {
        return match;
    }
    while (other < count &&
           !canonical_text_value(texts[other], setting->key, value, sizeof value)) {
        other++;
    }
    char *changed = other < count ? with_setting("", texts[index], &another) : NULL;
    bool has_default = changed != NULL && strcmp(changed, texts[index]) != 0;
    memory_free(changed);
    return has_default ? SETTING_IS_HAD : match;
}

// Of a key under a name that is there.
static char *default_under_name(const char *name, const char *canonical,
                                const struct named_key *named,
                                const struct scenario_setting *another) {
    char *changed = with_setting(name, canonical, another);
    bool has_effect = changed != NULL && strcmp(changed, canonical) != 0;
    memory_free(changed);
    return has_effect && !canonical_text_has(canonical, another->key)
               ? memory_copy_text(named->schema.fallback)
               : NULL;
}

char *setting_match_default(const char *name, const char *canonical, const char *key,
                            const char *another) {
    struct error error;
    struct scenario scenario;
    struct scenario changed;
    struct node *value = NULL;
    struct text_buffer text = {0};
    enum scenario_key found = schema_find(canonical_text_key(key));
    const struct named_key *named = found == KEY_COUNT ? schema_find_named(key) : NULL;
    if (named != NULL) {
        return default_under_name(name, canonical, named, &(struct scenario_setting){key, another});
    }
    if (found == KEY_COUNT || scenario_parse(name, canonical, strlen(canonical), NULL, 0, &scenario,
                                             &error) != STATUS_OK) {
        return NULL;
    }
    struct document *document = document_create();
    changed = scenario;
    if (!schema_table[found].applies(&scenario) &&
        document_add_text(document, name, another, strlen(another), &value, &error) == STATUS_OK &&
        value_read(found, value, &changed, &error) == STATUS_OK &&
        schema_table[found].applies(&changed)) {
        value_write(found, &scenario, &text);
    }
    document_destroy(document);
    return text.text;
}

static void each_leaf(const char *key, const struct node *value,
                      void (*leaf)(void *context, const char *key, const char *value),
                      void *context) {
    REQUIRE(key != NULL && leaf != NULL);
    struct text_buffer text = {0};
    if (value->kind == NODE_MAP && schema_is_group(key)) {
        for (const struct node *member = value->first; member != NULL; member = member->next) {
            text_buffer_add(&text, "%s.%s", key, member->key->text);
            each_leaf(text_buffer_text(&text), member, leaf, context);
            text_buffer_clear(&text);
        }
        return;
    }
    node_write_flow(value, &text);
    leaf(context, key, text_buffer_text(&text));
    text_buffer_clear(&text);
}

static bool has_nothing(const struct node *value) {
    bool found = node_is_empty(value) || (value->kind == NODE_MAP && value->first == NULL);
    for (const struct node *member = value->first; member != NULL && !found;
         member = member->next) {
        found = has_nothing(member);
    }
    return found;
}

enum status setting_match_check(const char *option, const struct scenario_setting *setting,
                                struct error *error) {
    struct document *document = document_create();
    struct node *value = NULL;
    struct error cause = {0};
    struct scenario scenario;
    bool is_nothing = document_add_text(document, option, setting->value, strlen(setting->value),
                                        &value, &cause) == STATUS_OK &&
                      has_nothing(value);
    document_destroy(document);
    if (!is_nothing || scenario_parse("", "seed: 1", strlen("seed: 1"), setting, 1, &scenario,
                                      &cause) == STATUS_OK) {
        return STATUS_OK; // or a mistake that others tell
    }
    const char *place = strchr(cause.message, ' '); // behind "--set"
    return error_set(error, cause.status, "%s%s", option, place == NULL ? "" : place);
}

void setting_match_each_leaf(const struct scenario_setting *setting,
                             void (*leaf)(void *context, const char *key, const char *value),
                             void *context) {
    REQUIRE(setting->value != NULL && leaf != NULL);
    struct document *document = document_create();
    struct node *value = NULL;
    struct error error;
    const char *key = short_form_key(setting->key);
    bool is_yaml = document_add_text(document, "--baseline", setting->value, strlen(setting->value),
                                     &value, &error) == STATUS_OK;
    if (is_yaml && value->kind == NODE_MAP) {
        each_leaf(setting->key, value, leaf, context);
    } else {
        leaf(context, is_yaml && key != NULL ? key : setting->key, setting->value);
    }
    document_destroy(document);
}
