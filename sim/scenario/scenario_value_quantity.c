// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_value_quantity.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_value_refuse.h"

static enum status read_any_time(const struct value_reading *reading) {
    int64_t span_ns = 0;
    const char *wrong = number_read_time(reading->node->text, &span_ns);
    if (wrong != NULL) {
        return value_refuse(reading, wrong);
    }
    if ((double)span_ns < reading->key->least || (double)span_ns > reading->key->most) {
        return value_refuse(reading, NULL);
    }
    *(int64_t *)reading->field = span_ns;
    return STATUS_OK;
}

static enum status read_time(const struct value_reading *reading) {
    REQUIRE(reading->key->type == &value_time);
    return read_any_time(reading);
}

static void write_time(const struct schema_key *key, const struct scenario *scenario,
                       struct text_buffer *buffer) {
    REQUIRE(key->type == &value_time);
    char text[SIM_TIME_TEXT_SIZE];
    text_buffer_add(buffer, "%s",
                    sim_time_format(*(const int64_t *)key_field(key, scenario), text));
}

static void allow_time(const struct schema_key *key, struct text_buffer *buffer) {
    char text[SIM_TIME_TEXT_SIZE];
    REQUIRE(key->least >= 0);
    text_buffer_add(buffer, "a time with its unit (ns, us, ms, s, min or h), at least %s",
                    sim_time_format((int64_t)key->least, text));
    if (key->most < (double)SIM_SPAN_MAX_NS) {
        text_buffer_add(buffer, ", at most %s", sim_time_format((int64_t)key->most, text));
    }
}

static bool vary_time(const struct schema_key *key, void *field, size_t index) {
    REQUIRE(key->type == &value_time);
    *(int64_t *)field = index == 0 ? NS_PER_S : 0;
    return index < 2;
}

const struct value_type value_time = {.read = read_time,
                                      .write = write_time,
                                      .allowed = allow_time,
                                      .vary = vary_time,
                                      .unit = "time"};

// A time, or a word for one.
static enum status read_missing(const struct value_reading *reading) {
    bool waits = strcmp(reading->node->text, "waits") == 0;
    REQUIRE(reading->key->type == &value_missing);
    if (waits || strcmp(reading->node->text, "goes_on") == 0) {
        *(int64_t *)reading->field = waits ? MISSING_WAITS : 0;
        return STATUS_OK;
    }
    return read_any_time(reading);
}

static void write_missing(const struct schema_key *key, const struct scenario *scenario,
                          struct text_buffer *buffer) {
    char text[SIM_TIME_TEXT_SIZE];
    int64_t missing_ns = *(const int64_t *)key_field(key, scenario);
    REQUIRE(missing_ns >= 0);
    text_buffer_add(buffer, "%s",
                    missing_ns == MISSING_WAITS ? "waits"
                    : missing_ns == 0           ? "goes_on"
                                                : sim_time_format(missing_ns, text));
}

static void allow_missing(const struct schema_key *key, struct text_buffer *buffer) {
    text_buffer_add(buffer, "waits, goes_on, or ");
    allow_time(key, buffer);
}

static bool vary_missing(const struct schema_key *key, void *field, size_t index) {
    REQUIRE(key->type == &value_missing);
    *(int64_t *)field = NS_PER_S;
    return index == 0;
}

const struct value_type value_missing = {.read = read_missing,
                                         .write = write_missing,
                                         .allowed = allow_missing,
                                         .vary = vary_missing,
                                         .unit = "time"};

// ---- shares and counts ----

// Errors: STATUS_BAD_DATA: it is no share, or lies outside.
static enum status read_share_between(const struct value_reading *reading, double least,
                                      double most, double *share) {
    double value = 0;
    if (number_is_too_small(reading->node->text)) {
        return value_refuse(reading, NUMBER_TOO_SMALL);
    }
    if (!number_read_percent(reading->node->text, &value) || value < least || value > most) {
        return value_refuse(reading, NULL);
    }
    *share = value;
    return STATUS_OK;
}

static enum status read_share(const struct value_reading *reading) {
    REQUIRE(reading->key->least < reading->key->most);
    return read_share_between(reading, reading->key->least, reading->key->most, reading->field);
}

static void write_share(const struct schema_key *key, const struct scenario *scenario,
                        struct text_buffer *buffer) {
    REQUIRE(key->type == &value_share);
    char text[NUMBER_TEXT_SIZE];
    double share = *(const double *)key_field(key, scenario);
    text_buffer_add(buffer, "%s", number_write_percent(share, text));
}

static void allow_share(const struct schema_key *key, struct text_buffer *buffer) {
    REQUIRE(key->least < key->most);
    text_buffer_add(buffer, "a share, %.15g %% to %.15g %%", 100 * key->least, 100 * key->most);
}

static bool vary_share(const struct schema_key *key, void *field, size_t index) {
    REQUIRE(key->type == &value_share);
    *(double *)field = key->most;
    return index == 0;
}

const struct value_type value_share = {
    .read = read_share, .write = write_share, .allowed = allow_share, .vary = vary_share};

static enum status read_share_or_count(const struct value_reading *reading) {
    struct delay_options *delay = reading->field;
    int64_t count = 0;
    double share = 0;
    bool is_count = number_read_integer(reading->node->text, &count);
    if (is_count && ((double)count < reading->key->least || (double)count > reading->key->most)) {
        return value_refuse(reading, NULL);
    }
    enum status status = is_count ? STATUS_OK : read_share_between(reading, 0, 1, &share);
    if (status == STATUS_OK) {
        delay->workers_is_count = is_count;
        delay->workers_count = (int32_t)count;
        delay->workers_share = share;
    }
    return status;
}

static void write_share_or_count(const struct schema_key *key, const struct scenario *scenario,
                                 struct text_buffer *buffer) {
    char text[NUMBER_TEXT_SIZE];
    const struct delay_options *delay = key_field(key, scenario);
    if (delay->workers_is_count) {
        text_buffer_add(buffer, "%" PRId32, delay->workers_count);
    } else {
        text_buffer_add(buffer, "%s", number_write_percent(delay->workers_share, text));
    }
}

const struct value_type value_share_or_count = {
    .read = read_share_or_count,
    .write = write_share_or_count,
    .unit = "share or count",
    .is_whole = true,
    .words = "a share, 0 % to 100 %, or a count, 0 to the number of workers"};

// ---- rates and sizes: a quantity, or one word for a value that no quantity has ----

static enum status read_quantity(const struct value_reading *reading, const char *word,
                                 int64_t word_value,
                                 const char *(*read)(const char *text, int64_t *value)) {
    REQUIRE(word != NULL && read != NULL);
    int64_t value = word_value;
    if (strcmp(reading->node->text, word) != 0) {
        const char *wrong = read(reading->node->text, &value);
        if (wrong != NULL) {
            return value_refuse(reading, wrong);
        }
        if ((double)value < reading->key->least || (double)value > reading->key->most) {
            return value_refuse(reading, NULL);
        }
    }
    *(int64_t *)reading->field = value;
    return STATUS_OK;
}

static enum status read_bandwidth(const struct value_reading *reading) {
    REQUIRE(reading->key->least > 0); // 0 is unlimited
    return read_quantity(reading, "unlimited", 0, number_read_bandwidth);
}

static void write_bandwidth(const struct schema_key *key, const struct scenario *scenario,
                            struct text_buffer *buffer) {
    char text[NUMBER_TEXT_SIZE];
    int64_t bits_per_s = *(const int64_t *)key_field(key, scenario);
    REQUIRE(bits_per_s >= 0);
    text_buffer_add(buffer, "%s",
                    bits_per_s == 0 ? "unlimited" : number_write_bandwidth(bits_per_s, text));
}

static bool vary_bandwidth(const struct schema_key *key, void *field, size_t index) {
    REQUIRE(key->type == &value_bandwidth);
    *(int64_t *)field = (int64_t)key->most;
    return index == 0;
}

const struct value_type value_bandwidth = {
    .read = read_bandwidth,
    .write = write_bandwidth,
    .vary = vary_bandwidth,
    .unit = "bits or bytes per second",
    .words = "unlimited, or a rate as in 10 Gbit/s or 100 MB/s, 1 kbit/s to 1000 Tbit/s"};

static enum status read_message(const struct value_reading *reading) {
    REQUIRE(reading->key->least >= 0); // -1 is the model's
    return read_quantity(reading, "model", -1, number_read_bytes);
}

static void write_message(const struct schema_key *key, const struct scenario *scenario,
                          struct text_buffer *buffer) {
    char text[NUMBER_TEXT_SIZE];
    int64_t bytes = *(const int64_t *)key_field(key, scenario);
    text_buffer_add(buffer, "%s", bytes < 0 ? "model" : number_write_bytes(bytes, text));
}

const struct value_type value_message = {.read = read_message,
                                         .write = write_message,
                                         .unit = "bytes",
                                         .words =
                                             "model, or a size as in 8 MB or 64 KiB, 0 B to 1 TB"};

// ---- ends ----

static const struct {
    const char *word;
    enum end_kind kind;
} end_units[] = {{"updates", END_UPDATES},    {"update", END_UPDATES}, {"gradients", END_GRADIENTS},
                 {"gradient", END_GRADIENTS}, {"epochs", END_EPOCHS},  {"epoch", END_EPOCHS}};

static enum status read_end_count(const struct value_reading *reading, const char *number,
                                  enum end_kind kind, struct end_options *field) {
    struct end_options end = {.kind = kind};
    REQUIRE(kind != END_TIME);
    if (kind == END_EPOCHS) {
        if (number_is_too_small(number)) {
            return value_refuse(reading, NUMBER_TOO_SMALL);
        }
        if (!number_read_decimal(number, &end.epochs) || end.epochs <= 0 || end.epochs > 1e6) {
            return value_refuse(reading, "epochs are a number above 0 and at most 1000000");
        }
    } else if (!number_read_integer(number, &end.count) || end.count < 1 ||
               end.count > INT64_C(1000000000000000)) {
        return value_refuse(reading, "it is a whole number, at least 1");
    }
    *field = end;
    return STATUS_OK;
}

// A count with its unit, if the text is one (*is_count), else nothing is read.
static enum status read_count(const struct value_reading *reading, struct end_options *field,
                              bool *is_count) {
    const char *text = reading->node->text;
    const char *unit = strchr(text, ' ');
    char number[NUMBER_TEXT_SIZE] = "";
    *is_count = false;
    REQUIRE(reading->key->type == &value_end || reading->key->type == &value_every);
    for (size_t i = 0; unit != NULL && i < sizeof end_units / sizeof end_units[0]; i++) {
        if (strcmp(unit + strspn(unit, " "), end_units[i].word) == 0 &&
            (size_t)(unit - text) < sizeof number) {
            memcpy(number, text, (size_t)(unit - text));
            *is_count = true;
            return read_end_count(reading, number, end_units[i].kind, field);
        }
    }
    return STATUS_OK;
}

static enum status read_end(const struct value_reading *reading) {
    bool is_count = false;
    enum status status = read_count(reading, reading->field, &is_count);
    if (is_count) {
        return status;
    }
    struct end_options end = {.kind = END_TIME};
    const char *wrong = number_read_time(reading->node->text, &end.time_ns);
    if (wrong == NULL && end.time_ns <= 0) {
        wrong = "it must be later than 0 s";
    }
    if (wrong != NULL) {
        return value_refuse(reading, wrong);
    }
    *(struct end_options *)reading->field = end;
    return STATUS_OK;
}

static void add_end(const struct end_options *end, struct text_buffer *buffer) {
    char text[NUMBER_TEXT_SIZE];
    switch (end->kind) {
    case END_TIME:
        text_buffer_add(buffer, "%s", sim_time_format(end->time_ns, text));
        return;
    case END_UPDATES:
        text_buffer_add(buffer, "%" PRId64 " updates", end->count);
        return;
    case END_GRADIENTS:
        text_buffer_add(buffer, "%" PRId64 " gradients", end->count);
        return;
    case END_EPOCHS:
        text_buffer_add(buffer, "%s epochs", number_write(end->epochs, text));
        return;
    case END_KIND_COUNT:
        break;
    }
    INVARIANT(end->kind < END_KIND_COUNT);
}

static void write_end(const struct schema_key *key, const struct scenario *scenario,
                      struct text_buffer *buffer) {
    REQUIRE(key->type == &value_end);
    add_end(key_field(key, scenario), buffer);
}

const struct value_type value_end = {.read = read_end,
                                     .write = write_end,
                                     .unit = "time or count",
                                     .words = "100 s, 200 updates, 5000 gradients or 2 epochs"};

// ---- how often something is evaluated ----

static enum status read_every(const struct value_reading *reading) {
    struct evaluation_options *evaluation = reading->field;
    struct end_options by_count = {.kind = END_TIME};
    int64_t every_ns = 0;
    bool is_count = false;
    enum status status = read_count(reading, &by_count, &is_count);
    const char *wrong = is_count ? NULL : number_read_time(reading->node->text, &every_ns);
    if (wrong != NULL || every_ns < 0) {
        return value_refuse(reading, wrong);
    }
    if (status == STATUS_OK) {
        evaluation->every_ns = every_ns;
        evaluation->by_count = by_count;
    }
    return status;
}

static void write_every(const struct schema_key *key, const struct scenario *scenario,
                        struct text_buffer *buffer) {
    const struct evaluation_options *evaluation = key_field(key, scenario);
    struct end_options every = evaluation->by_count;
    every.time_ns = evaluation->every_ns;
    add_end(&every, buffer);
}

const struct value_type value_every = {.read = read_every,
                                       .write = write_every,
                                       .unit = "time or count",
                                       .words = "a time of at least 0 s, 10 updates, 100 gradients "
                                                "or 2 epochs"};
