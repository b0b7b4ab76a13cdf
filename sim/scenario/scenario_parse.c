// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_parse.h"

#include "sim/scenario/scenario_document.h"
#include "sim/scenario/scenario_resolve.h"
#include "sim/scenario/scenario_settings.h"

static enum status resolve_with_settings(struct document *document, struct node *root,
                                         const struct scenario_setting *settings,
                                         size_t setting_count, struct scenario *scenario,
                                         struct error *error) {
    enum status status = scenario_tree_check_root(root, "scenario", error);
    if (status == STATUS_OK) {
        status = scenario_settings_apply(document, root, settings, setting_count, error);
    }
    return status == STATUS_OK ? scenario_resolve(root, scenario, error) : status;
}

enum status scenario_read(const char *path, const struct scenario_setting *settings,
                          size_t setting_count, struct scenario *scenario, struct error *error) {
    struct document *document = document_create();
    struct node *root = NULL;
    enum status status = document_add_file(document, path, &root, error);
    if (status == STATUS_OK) {
        status = resolve_with_settings(document, root, settings, setting_count, scenario, error);
    }
    document_destroy(document);
    return status;
}

enum status scenario_parse(const char *name, const char *text, size_t size,
                           const struct scenario_setting *settings, size_t setting_count,
                           struct scenario *scenario, struct error *error) {
    struct document *document = document_create();
    struct node *root = NULL;
    enum status status = document_add_text(document, name, text, size, &root, error);
    if (status == STATUS_OK) {
        status = resolve_with_settings(document, root, settings, setting_count, scenario, error);
    }
    document_destroy(document);
    return status;
}
