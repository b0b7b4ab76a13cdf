// SPDX-License-Identifier: GPL-3.0-or-later
// The table of scenario_schema.h.
#include "models/data/dataset_catalogue.h"
#include "models/data/random_data.h"
#include "models/model_catalogue.h"
#include "sim/base/complete_table.h"
#include "sim/scenario/scenario_applies.h"
#include "sim/scenario/scenario_events.h"
#include "sim/scenario/scenario_groups.h"
#include "sim/scenario/scenario_law.h"
#include "sim/scenario/scenario_schedule.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/scenario/scenario_value_plain.h"
#include "sim/scenario/scenario_value_quantity.h"
#include "sim/scenario/scenario_value_timeline.h"
#include "sim/training/threshold_schedule.h"

static const char *model_name(size_t index) {
    if (index == 0) {
        return "none";
    }
    return index <= model_catalogue_count() ? model_catalogue_entry(index - 1)->name : NULL;
}

static const char *data_name(size_t index) {
    return index < dataset_catalogue_count() ? dataset_catalogue_entry(index)->name : NULL;
}

static const char *const delay_who_names[] = {ROW(DELAY_FIXED) = "fixed",
                                              ROW(DELAY_RANDOM) = "random"};
ROWS_COMPLETE(DELAY_WHO_COUNT);

#define KEY(NAME, key, type, field, names, least, most, fallback, condition, doc)                  \
    [KEY_##NAME] = {key,                                                                           \
                    &value_##type,                                                                 \
                    offsetof(struct scenario, field),                                              \
                    names,                                                                         \
                    least,                                                                         \
                    most,                                                                          \
                    fallback,                                                                      \
                    applies_##condition,                                                           \
                    doc},

const struct schema_key schema_table[KEY_COUNT] = {
#include "sim/scenario/scenario_keys.def"
};
