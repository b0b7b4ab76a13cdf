// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_parse.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/scenario/scenario_document.h"
#include "sim/scenario/scenario_mistakes.h"
#include "sim/scenario/scenario_past.h"
#include "sim/scenario/scenario_resolve.h"
#include "sim/scenario/scenario_semantics.h"
#include "sim/scenario/scenario_tree.h"

// Who asks for no number, or for more than is needed, has the least.
static void settle_semantics(const struct node *root, struct scenario *scenario) {
    REQUIRE(root->kind == NODE_MAP);
    int32_t least = scenario_least_semantics(scenario);
    if (node_member(root, "semantics") == NULL || scenario->semantics > least) {
        scenario->semantics = least;
    }
}

enum status scenario_parse_tree(const struct node *root, struct scenario *scenario,
                                struct scenario_notes *notes, struct error *error) {
    REQUIRE(root != NULL && scenario != NULL);
    struct scenario resolved;
    enum status status = scenario_resolve(root, &resolved, notes, error);
    const struct node *past = status == STATUS_OK ? node_member(root, "past") : NULL;
    if (past != NULL) {
        bool own = notes != NULL && !(notes->settings_only && past->source == root->source);
        status = scenario_past_resolve(past, &resolved, own ? notes : NULL, error);
    }
    if (status == STATUS_OK) {
        settle_semantics(root, &resolved);
        *scenario = resolved;
    }
    return status;
}

// A text's "semantics" is said of the scenario that it holds. Where that one is of rules that this
// program has, what settings make of it is of these, too, whatever number it then needs.
static bool may_be_renumbered(const struct node *root, const struct scenario_setting *settings,
                              size_t setting_count) {
    REQUIRE(root->kind == NODE_MAP);
    struct scenario alone;
    bool says = false;
    for (size_t i = 0; i < setting_count; i++) {
        says = says || strcmp(settings[i].key, "semantics") == 0;
    }
    return setting_count > 0 && !says && node_member(root, "semantics") != NULL &&
           scenario_parse_tree(root, &alone, NULL, NULL) == STATUS_OK &&
           scenario_check_rules("", &alone, NULL) == STATUS_OK;
}

// What is wrong with the text, and then with settings.
static enum status tell_both(const struct node *root, const struct error *of_settings,
                             struct error *error) {
    struct error of_text;
    struct mistakes mistakes = {0};
    if (scenario_resolve_parts(root, &of_text) != STATUS_OK) {
        mistakes_add(&mistakes, root, root, &of_text);
    }
    mistakes_add(&mistakes, root, root, of_settings);
    enum status status = mistakes_finish(&mistakes, error);
    ENSURE(status != STATUS_OK);
    return status;
}

static enum status resolve_with_settings(struct document *document, struct node *root,
                                         const struct scenario_setting *settings,
                                         size_t setting_count, struct scenario *scenario,
                                         struct scenario_notes *notes, struct error *error) {
    REQUIRE(settings != NULL || setting_count == 0);
    enum status status = scenario_tree_check_root(root, "scenario", error);
    if (status != STATUS_OK) {
        return status;
    }
    bool renumbers = may_be_renumbered(root, settings, setting_count);
    struct error of_settings;
    if (scenario_settings_apply(document, root, settings, setting_count, &of_settings) !=
        STATUS_OK) {
        return tell_both(root, &of_settings, error);
    }
    status = scenario_parse_tree(root, scenario, notes, error);
    if (status == STATUS_OK && renumbers) {
        scenario->semantics = scenario_least_semantics(scenario);
    }
    return status;
}

enum status scenario_read_noting(const char *path, const struct scenario_setting *settings,
                                 size_t setting_count, struct scenario *scenario,
                                 struct scenario_notes *notes, struct error *error) {
    REQUIRE(path != NULL && scenario != NULL);
    struct document *document = document_create();
    struct node *root = NULL;
    enum status status = document_add_file(document, path, &root, error);
    if (status == STATUS_OK) {
        status =
            resolve_with_settings(document, root, settings, setting_count, scenario, notes, error);
    }
    document_destroy(document);
    return status;
}

enum status scenario_parse_noting(const char *name, const char *text, size_t size,
                                  const struct scenario_setting *settings, size_t setting_count,
                                  struct scenario *scenario, struct scenario_notes *notes,
                                  struct error *error) {
    REQUIRE(name != NULL && text != NULL && scenario != NULL);
    struct document *document = document_create();
    struct node *root = NULL;
    enum status status = document_add_text(document, name, text, size, &root, error);
    if (status == STATUS_OK) {
        status =
            resolve_with_settings(document, root, settings, setting_count, scenario, notes, error);
    }
    document_destroy(document);
    return status;
}

enum status scenario_parse(const char *name, const char *text, size_t size,
                           const struct scenario_setting *settings, size_t setting_count,
                           struct scenario *scenario, struct error *error) {
    return scenario_parse_noting(name, text, size, settings, setting_count, scenario, NULL, error);
}
