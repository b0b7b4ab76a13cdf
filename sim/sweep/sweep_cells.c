// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/sweep/sweep_cells.h"

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_settings.h"
#include "sim/scenario/scenario_tree.h"
#include "sim/sweep/sweep_overlap.h"

void sweep_cells_reset(struct sweep_cells *cells) {
    memory_free(cells->places);
    memory_free(cells->scenarios);
    scenario_notes_reset(&cells->notes);
    *cells = (struct sweep_cells){0};
}

// What all cells share.
struct ground {
    const struct sweep_file *file;
    const struct node *root; // of the scenario
    const struct scenario_setting *settings;
    size_t setting_count;
    bool *known; // of the conditions (sweep_condition.h)
};

static enum status set_map(struct document *document, struct node *root, const struct node *map,
                           struct error *error) {
    REQUIRE(map->kind == NODE_MAP);
    enum status status = STATUS_OK;
    for (const struct node *member = map->first; member != NULL && status == STATUS_OK;
         member = member->next) {
        status = scenario_tree_set(document, root, member->key, member, error);
    }
    return status;
}

static enum status set_axis(const struct sweep_axis *axis, size_t index, struct document *document,
                            struct node *root, struct error *error) {
    REQUIRE(index < axis->count);
    enum status status = STATUS_OK;
    for (size_t k = 0; k < axis->key_count && status == STATUS_OK; k++) {
        const struct node *value = axis->values[index * axis->key_count + k];
        if (value != NULL) {
            status = scenario_tree_set(document, root, axis->keys[k], value, error);
        }
    }
    return status;
}

static enum status set_cell(const struct ground *ground, size_t place, struct document *document,
                            struct node *root, struct error *error) {
    REQUIRE(place < ground->file->axes.cell_count);
    const struct sweep_axes *axes = &ground->file->axes;
    enum status status = STATUS_OK;
    if (ground->file->set != NULL) {
        status = set_map(document, root, ground->file->set, error);
    }
    if (status == STATUS_OK) {
        status =
            scenario_settings_apply(document, root, ground->settings, ground->setting_count, error);
    }
    for (size_t i = 0; i < axes->count && status == STATUS_OK; i++) {
        const struct sweep_axis *axis = &axes->axes[i];
        status = set_axis(axis, sweep_axis_index(axis, place), document, root, error);
    }
    return status;
}

// Each cell has a tree of its own, since setting values changes it.
static enum status resolve_cell(const struct ground *ground, size_t place,
                                struct scenario *scenario, struct scenario_notes *notes,
                                struct error *error) {
    struct document *document = document_create();
    struct node *root = document_copy(document, ground->root);
    enum status status = set_cell(ground, place, document, root, error);
    if (status == STATUS_OK) {
        status = scenario_parse_tree(root, scenario, notes, error);
    }
    document_destroy(document);
    return status;
}

static enum status keep_cell(const struct ground *ground, size_t place,
                             const struct scenario *scenario, struct sweep_cells *cells,
                             struct error *error) {
    const struct sweep_file *file = ground->file;
    REQUIRE(cells->count < file->axes.cell_count);
    bool hold = true;
    char *text = file->condition_count == 0 ? NULL : scenario_print(scenario);
    sweep_conditions_look(file->conditions, file->condition_count, text, ground->known);
    enum status status =
        sweep_conditions_hold(file->conditions, file->condition_count, text, &hold, error);
    memory_free(text);
    if (status == STATUS_OK && hold) {
        cells->places[cells->count] = place;
        cells->scenarios[cells->count++] = *scenario;
    }
    return status;
}

// What has an effect in a cell that does not satisfy the conditions has none in the sweep: such a
// sweep's notes are taken when its cells are known.
static enum status make_cell(const struct ground *ground, size_t place, struct sweep_cells *cells,
                             struct error *error) {
    bool all = ground->file->condition_count == 0;
    size_t count = cells->count;
    struct scenario scenario;
    enum status status = resolve_cell(ground, place, &scenario, all ? &cells->notes : NULL, error);
    if (status == STATUS_OK) {
        status = keep_cell(ground, place, &scenario, cells, error);
    }
    if (status == STATUS_OK && !all && cells->count > count) {
        status = resolve_cell(ground, place, &scenario, &cells->notes, error);
    }
    return status;
}

static enum status make_all(const struct ground *ground, struct sweep_cells *cells,
                            struct error *error) {
    REQUIRE(cells->places == NULL && cells->scenarios == NULL);
    size_t places = ground->file->axes.cell_count;
    enum status status = scenario_tree_check_root(ground->root, "scenario", error);
    cells->places = memory_allocate(places, sizeof *cells->places);
    cells->scenarios = memory_allocate(places, sizeof *cells->scenarios);
    for (size_t place = 0; place < places && status == STATUS_OK; place++) {
        status = make_cell(ground, place, cells, error);
    }
    if (status == STATUS_OK) {
        status = sweep_conditions_check(ground->file->conditions, ground->file->condition_count,
                                        ground->known, error);
    }
    if (status == STATUS_OK && cells->count == 0) {
        status = node_error(node_member(ground->file->root, "where"), error, NULL,
                            "no cell satisfies all of these conditions");
    }
    return status;
}

enum status sweep_cells_make(const struct sweep_file *file, const struct scenario_setting *settings,
                             size_t setting_count, struct sweep_cells *cells, struct error *error) {
    REQUIRE(cells->places == NULL && cells->count == 0);
    REQUIRE(file->axes.cell_count > 0);
    struct document *document = document_create();
    struct node *root = NULL;
    enum status status = document_add_file(document, file->scenario_path, &root, error);
    if (status == STATUS_OK) {
        status = sweep_overlap_check_settings(settings, setting_count, &file->axes, error);
    }
    if (status == STATUS_OK) {
        bool *known = memory_allocate(2 * file->condition_count, sizeof *known);
        const struct ground ground = {file, root, settings, setting_count, known};
        status = make_all(&ground, cells, error);
        memory_free(known);
    }
    document_destroy(document);
    return status;
}
