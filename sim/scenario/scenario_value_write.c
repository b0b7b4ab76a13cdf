// SPDX-License-Identifier: GPL-3.0-or-later
// The other half of scenario_value.h: values as canonical text.
#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_law.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_schedule.h"
#include "sim/scenario/scenario_value.h"

static void write_end(const struct end_options *end, struct text_buffer *buffer) {
    char text[NUMBER_TEXT_SIZE];
    switch (end->kind) {
    case END_TIME:
        text_buffer_add(buffer, "%s", sim_time_format(end->time_ns, text));
        break;
    case END_UPDATES:
        text_buffer_add(buffer, "%" PRId64 " updates", end->count);
        break;
    case END_GRADIENTS:
        text_buffer_add(buffer, "%" PRId64 " gradients", end->count);
        break;
    case END_EPOCHS:
        text_buffer_add(buffer, "%s epochs", number_write(end->epochs, text));
        break;
    case END_KIND_COUNT:
        check_failed("invariant", "a kind of end", __FILE__, __LINE__);
    }
}

static void write_sizes(const struct mlp_options *sizes, struct text_buffer *buffer) {
    for (int32_t i = 0; i < sizes->hidden_count; i++) {
        text_buffer_add(buffer, "%s%" PRId32, i == 0 ? "[" : ", ", sizes->hidden[i]);
    }
    text_buffer_add(buffer, "]");
}

static void write_data_seed(const struct data_seed *seed, struct text_buffer *buffer) {
    if (seed->own) {
        text_buffer_add(buffer, "%" PRIu64, seed->value);
    } else {
        text_buffer_add(buffer, "scenario");
    }
}

static void write_delay_workers(const struct delay_options *delay, struct text_buffer *buffer) {
    char text[NUMBER_TEXT_SIZE];
    if (delay->workers_is_count) {
        text_buffer_add(buffer, "%" PRId32, delay->workers_count);
    } else {
        text_buffer_add(buffer, "%s", number_write_percent(delay->workers_share, text));
    }
}

// The law and, in the same map, the keys that stand inside it.
static void write_delay(enum scenario_key key, const struct scenario *scenario,
                        struct text_buffer *buffer) {
    if (!scenario->cluster.delay.present) {
        text_buffer_add(buffer, "none");
        return;
    }
    text_buffer_add(buffer, "{");
    law_write_members(&scenario->cluster.delay.law, buffer);
    for (enum scenario_key inner = 0; inner < KEY_COUNT; inner++) {
        if (schema_is_inside(inner, key)) {
            text_buffer_add(buffer, ", %s: ", strrchr(schema_table[inner].key, '.') + 1);
            value_write(inner, scenario, buffer);
        }
    }
    text_buffer_add(buffer, "}");
}

static void write_slack(int64_t slack, struct text_buffer *buffer) {
    if (slack == SLACK_UNLIMITED) {
        text_buffer_add(buffer, "unlimited");
    } else {
        text_buffer_add(buffer, "%" PRId64, slack);
    }
}

static void write_bandwidth(int64_t bits_per_s, struct text_buffer *buffer) {
    char text[NUMBER_TEXT_SIZE];
    text_buffer_add(buffer, "%s",
                    bits_per_s == 0 ? "unlimited" : number_write_bandwidth(bits_per_s, text));
}

static void write_message(int64_t bytes, struct text_buffer *buffer) {
    char text[NUMBER_TEXT_SIZE];
    text_buffer_add(buffer, "%s", bytes < 0 ? "model" : number_write_bytes(bytes, text));
}

// What is stored as a whole number.
static void write_whole(enum key_type type, const void *field, struct text_buffer *buffer) {
    switch (type) {
    case TYPE_SEED:
        text_buffer_add(buffer, "%" PRIu64, *(const uint64_t *)field);
        break;
    case TYPE_INT32:
        text_buffer_add(buffer, "%" PRId32, *(const int32_t *)field);
        break;
    case TYPE_SLACK:
        write_slack(*(const int64_t *)field, buffer);
        break;
    case TYPE_BANDWIDTH:
        write_bandwidth(*(const int64_t *)field, buffer);
        break;
    case TYPE_MESSAGE:
        write_message(*(const int64_t *)field, buffer);
        break;
    default:
        INVARIANT(type == TYPE_INT64);
        text_buffer_add(buffer, "%" PRId64, *(const int64_t *)field);
        break;
    }
}

void value_write(enum scenario_key key, const struct scenario *scenario,
                 struct text_buffer *buffer) {
    const struct schema_key *entry = &schema_table[key];
    const void *field = (const char *)scenario + entry->offset;
    char text[NUMBER_TEXT_SIZE];
    switch (entry->type) {
    case TYPE_TEXT:
    case TYPE_NAME:
        scalar_write(field, buffer);
        break;
    case TYPE_CHOICE:
        text_buffer_add(buffer, "%s", entry->word(*(const unsigned *)field));
        break;
    case TYPE_EXTENT:
    case TYPE_THRESHOLD:
    case TYPE_TABLE:
    case TYPE_FORMULA:
        schedule_value_write(entry, scenario, buffer);
        break;
    case TYPE_SEED:
    case TYPE_INT32:
    case TYPE_INT64:
    case TYPE_SLACK:
    case TYPE_BANDWIDTH:
    case TYPE_MESSAGE:
        write_whole(entry->type, field, buffer);
        break;
    case TYPE_NUMBER:
        text_buffer_add(buffer, "%s", number_write(*(const double *)field, text));
        break;
    case TYPE_BOOL:
        text_buffer_add(buffer, *(const bool *)field ? "true" : "false");
        break;
    case TYPE_TIME:
        text_buffer_add(buffer, "%s", sim_time_format(*(const int64_t *)field, text));
        break;
    case TYPE_LAW:
        law_write(field, buffer);
        break;
    case TYPE_LAW_OR_NONE:
        write_delay(key, scenario, buffer);
        break;
    case TYPE_SHARE_OR_COUNT:
        write_delay_workers(field, buffer);
        break;
    case TYPE_END:
        write_end(field, buffer);
        break;
    case TYPE_SIZES:
        write_sizes(field, buffer);
        break;
    case TYPE_SHARE:
        text_buffer_add(buffer, "%s", number_write_percent(*(const double *)field, text));
        break;
    case TYPE_DATA_SEED:
        write_data_seed(field, buffer);
        break;
    case TYPE_PAST:
        text_buffer_add(buffer, "%s", ((const char *)field)[0] == 0 ? "none" : (const char *)field);
        break;
    case TYPE_PATH:
        scalar_write(((const struct data_path *)field)->text, buffer);
        break;
    }
}
