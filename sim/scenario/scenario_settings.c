// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_settings.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_mistakes.h"
#include "sim/scenario/scenario_tree.h"

// The value as YAML; of "@FILE" what the file holds.
static enum status read_value(struct document *document, const char *name, const char *value,
                              struct node **node, struct error *error) {
    REQUIRE(name != NULL && value != NULL);
    if (value[0] == '@') { // with which no YAML begins
        return value[1] == 0 ? error_set(error, STATUS_BAD_DATA,
                                         "%s:1:1: error: '@' is followed by the name of a file, as "
                                         "in --set cluster=@cluster.yaml",
                                         name)
                             : document_add_file(document, value + 1, node, error);
    }
    enum status status = document_add_text(document, name, value, strlen(value), node, error);
    return status == STATUS_OK ? node_check_characters(*node, error) : status;
}

static enum status apply(struct document *document, struct node *root,
                         const struct scenario_setting *setting, struct error *error) {
    char key_excerpt[EXCERPT_SIZE];
    char value_excerpt[EXCERPT_SIZE];
    struct text_buffer name = {0};
    struct node *value = NULL;
    text_buffer_add(&name, "--set %s=%s", text_excerpt(setting->key, key_excerpt),
                    text_excerpt(setting->value, value_excerpt));
    const struct node *key =
        document_add_named_scalar(document, text_buffer_text(&name), setting->key);
    enum status status =
        read_value(document, text_buffer_text(&name), setting->value, &value, error);
    if (status == STATUS_OK) {
        status = scenario_tree_set(document, root, key, value, error);
    }
    text_buffer_clear(&name);
    return status;
}

enum status scenario_settings_apply(struct document *document, struct node *root,
                                    const struct scenario_setting *settings, size_t count,
                                    struct error *error) {
    struct mistakes mistakes = {0};
    REQUIRE(root->kind == NODE_MAP && (count == 0 || settings != NULL));
    for (size_t i = 0; i < count; i++) {
        struct error wrong;
        if (apply(document, root, &settings[i], &wrong) != STATUS_OK) {
            mistakes_add(&mistakes, root, root, &wrong);
        }
    }
    return mistakes_finish(&mistakes, error);
}
