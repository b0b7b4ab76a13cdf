// SPDX-License-Identifier: GPL-3.0-or-later
// Laws of the scenario parser over many random scenarios and many damaged files.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/base/rng_stream.h"
#include "sim/scenario/scenario_events.h"
#include "sim/scenario/scenario_groups.h"
#include "sim/scenario/scenario_law.h"
#include "sim/scenario/scenario_number.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_schedule.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/scenario/scenario_value.h"
#include "sim/scenario/scenario_value_plain.h"
#include "sim/scenario/scenario_value_quantity.h"
#include "sim/scenario/text_buffer.h"
#include "sim/training/threshold_schedule.h"
#include "tests/support/random_events.h"
#include "tests/support/random_groups.h"
#include "tests/support/random_values.h"
#include "tests/support/setting_rules.h"

enum { SCENARIOS = 1000, MUTATIONS = 3000, SETTING_MUTATIONS = 1000, TEXT_MAX = 8192 };

// What settings are tried on.
static const char example[] =
    "title: Two slow workers\nseed: 1\nend: 20 s\nmodel: mnist_ray\n"
    "training: {batch: 32, learning_rate: 0.01}\n"
    "policy: {name: hybrid, threshold: {schedule: step, every: 100, start: 1, increment: 1}}\n"
    "cluster:\n"
    "  workers: 8\n"
    "  compute: {law: uniform, min: 180 ms, max: 220 ms}\n"
    "  delay: {law: exponential, mean: 300 ms, workers: 2}\n"
    "  network: {latency: 1 ms, bandwidth: 10 Gbit/s}\n"
    "  server: {receive: 10 ms, update: 5 ms}\n"
    "  groups: {slow: {workers: 2, slowdown: 4}, far: {worker: 7, network: {latency: 1 ms}}}\n"
    "  events: {nap: {event: pause, worker: 3, every: {law: exponential, mean: 1 s}, for: 10 "
    "ms}}\n";

// DESGD_TEST_SEED=N repeats what a failure printed.
static uint64_t base_seed(void) {
    const char *text = getenv("DESGD_TEST_SEED");
    return text == NULL ? 1 : strtoull(text, NULL, 10);
}

static struct rng_stream stream_of(uint32_t purpose, uint32_t number) {
    struct rng_stream stream;
    rng_stream_init(&stream, base_seed(), RNG_TEST, purpose, number, 0);
    return stream;
}

static void add_title(struct rng_stream *stream, struct text_buffer *text,
                      const struct schema_key *key) {
    (void)key;
    static const char *const pieces[] = {"a", "Z", "0",  " ",    "-", ":",       "#",    "'",
                                         "é", ",", "{",  "]",    "%", "日本",    "\\\"", "\\\\",
                                         "*", "!", "@",  "~",    "`", "\\u00e4", "|",    "=",
                                         ".", "?", "<<", "true", "&", "  ",      ": ",   " #"};
    text_buffer_add(text, "\"");
    for (uint32_t left = random_below(stream, 20); left > 0; left--) {
        text_buffer_add(text, "%s", PICK(stream, pieces));
    }
    text_buffer_add(text, "\"");
}

// Always as a map, so that a delay can have further keys in it.
static void add_law(struct rng_stream *stream, struct text_buffer *text,
                    const struct schema_key *key) {
    (void)key;
    random_add_law(stream, text);
}

static void add_end(struct rng_stream *stream, struct text_buffer *text,
                    const struct schema_key *key) {
    (void)key;
    static const char *const words[] = {"updates", "gradients"};
    switch (random_below(stream, 3)) {
    case 0: // so long that events begin, and not so long that there are too many, or evaluations
        text_buffer_add(text, "%" PRIu32 " us", 1000000 + random_below(stream, 200000000));
        break;
    case 1:
        text_buffer_add(text, "%" PRIu32, random_below(stream, 1000000) + 1);
        text_buffer_add(text, " %s", PICK(stream, words));
        break;
    default:
        random_add_number(stream, text, 10);
        text_buffer_add(text, " epochs");
    }
}

static void add_share_or_count(struct rng_stream *stream, struct text_buffer *text,
                               const struct schema_key *key) {
    (void)key;
    if (random_below(stream, 2) == 0) {
        text_buffer_add(text, "%" PRIu32, random_below(stream, 26));
    } else {
        random_add_number(stream, text, 99);
        text_buffer_add(text, " %%");
    }
}

static void add_quantity(struct rng_stream *stream, struct text_buffer *text,
                         const struct schema_key *key) {
    static const char *const rates[] = {"unlimited", "10 Gbit/s", "1.5 kbit/s", "100 MB/s"};
    static const char *const sizes[] = {"model", "8 MB", "64 KiB", "0 B", "1.5 kB", "1 TB"};
    text_buffer_add(text, "%s",
                    key->type == &value_bandwidth ? PICK(stream, rates) : PICK(stream, sizes));
}

static void add_word(struct rng_stream *stream, struct text_buffer *text,
                     const struct schema_key *key) {
    struct word_list list;
    value_list_words(key, &list);
    // No reductions: a mistake under some policies.
    size_t last = key == &schema_table[KEY_ALL_REDUCE] ? ALL_REDUCE_NONE : list.count;
    text_buffer_add(text, "%s", random_pick(stream, list.words, last));
}

// Models and data sets that fit each other.
static void add_name(struct rng_stream *stream, struct text_buffer *text,
                     const struct schema_key *key) {
    static const char *const models[] = {"none", "mnist_ray", "mnist_lenet",
                                         "mlp",  "softmax",   "quadratic"};
    static const char *const data[] = {"mnist", "fashion_mnist", "file"};
    bool model = key == &schema_table[KEY_MODEL];
    text_buffer_add(text, "%s", model ? PICK(stream, models) : PICK(stream, data));
}

// What the schedule counts is left at gradients, so that all of these fit, and there is no loss to
// be read without a model.
static void add_schedule_value(struct rng_stream *stream, struct text_buffer *text,
                               const struct schema_key *key) {
    static const char *const tables[] = {"[]", "[[0, 1]]", "[[3, workers], [900, 7], [1000, 1]]"};
    static const char *const formulas[] = {"1", "\"min(P, 1 + floor(n/300))\"", "2 ^ -n",
                                           "P - updates"};
    if (key->type == &value_table) {
        text_buffer_add(text, "%s", PICK(stream, tables));
    } else if (key->type == &value_formula) {
        text_buffer_add(text, "%s", PICK(stream, formulas));
    } else if (key->type == &value_threshold && random_below(stream, 4) == 0) {
        text_buffer_add(text, "workers");
    } else {
        uint32_t number = 1 + random_below(stream, 24);
        bool present = key == &schema_table[KEY_THRESHOLD_END] && number % 4 == 0;
        if (present) {
            text_buffer_add(text, "present");
        } else {
            text_buffer_add(text, "%" PRIu32, number);
        }
    }
}

// Evaluations are so rare that no end is a million of them away.
static void add_time_of(struct rng_stream *stream, struct text_buffer *text,
                        const struct schema_key *key) {
    if (key->type == &value_every || key == &schema_table[KEY_COMPUTE_PER_SAMPLE]) {
        text_buffer_add(text, "%" PRIu32 " min", random_below(stream, 60));
    } else {
        random_add_time(stream, text);
    }
}

static void add_missing(struct rng_stream *stream, struct text_buffer *text,
                        const struct schema_key *key) {
    if (random_below(stream, 2) == 0) {
        add_time_of(stream, text, key);
    } else {
        text_buffer_add(text, "%s", random_below(stream, 2) == 0 ? "waits" : "goes_on");
    }
}

static void add_choice(struct rng_stream *stream, struct text_buffer *text,
                       const struct schema_key *key) {
    if (key == &schema_table[KEY_COUNTS]) {
        text_buffer_add(text, random_below(stream, 2) == 0 ? "gradients" : "updates");
    } else if (key == &schema_table[KEY_SCHEDULE]) { // not adasync, which counts time
        text_buffer_add(text, "%s", schedule_table[random_below(stream, SCHEDULE_ADASYNC)].name);
    } else {
        add_word(stream, text, key);
    }
}

// Clusters divide 25 workers, and their steps the steps of a round.
static void add_integer(struct rng_stream *stream, struct text_buffer *text,
                        const struct schema_key *key) {
    uint32_t value = (key->least > 1 ? (uint32_t)key->least : 1) + random_below(stream, 24);
    if (key == &schema_table[KEY_CLUSTER_SIZE]) {
        value = value < 9 ? 1 : value < 17 ? 5 : 25;
    } else if (key == &schema_table[KEY_CLUSTER_STEPS]) {
        value = 1u << value % 3;
    }
    text_buffer_add(text, "%" PRIu32, key == &schema_table[KEY_STEPS] ? 4 * value : value);
}

static void add_data_seed(struct rng_stream *stream, struct text_buffer *text,
                          const struct schema_key *key) {
    (void)key;
    if (random_below(stream, 2) == 0) {
        text_buffer_add(text, "scenario");
    } else {
        text_buffer_add(text, "%" PRIu64, rng_stream_u64(stream));
    }
}

static void add_groups(struct rng_stream *stream, struct text_buffer *text,
                       const struct schema_key *key) {
    (void)key;
    random_groups_add(stream, text);
}

static void add_events(struct rng_stream *stream, struct text_buffer *text,
                       const struct schema_key *key) {
    (void)key;
    random_events_add(stream, 1, false, false, text);
}

static void add_any(struct rng_stream *stream, struct text_buffer *text,
                    const struct schema_key *key) {
    static const char *const pasts[] = {
        "none", "[{until: 1 ns, policy.name: sync}]",
        "[{until: 1 ns, policy: {name: hybrid, threshold: 3}, cluster.compute: 2 s}]"};
    static const char *const paths[] = {"data.h5", "\"my data/\u00e4: #1\"", "/tmp/a.h5", "../b"};
    if (key->type == &value_past) {
        text_buffer_add(text, "%s", PICK(stream, pasts));
    } else if (key->type == &value_path) {
        text_buffer_add(text, "%s", PICK(stream, paths));
    } else if (key->type == &value_bool) {
        text_buffer_add(text, "%s", random_below(stream, 2) == 0 ? "true" : "false");
    } else if (key->type == &value_seed || key->type == &value_use_seed) {
        text_buffer_add(text, "%" PRIu64, rng_stream_u64(stream));
    } else if (key->type == &value_share) { // of a loss an event has up to 1.5 times as much
        bool is_loss = strcmp(key->key, "cluster.network.loss") == 0;
        text_buffer_add(text, "%" PRIu32 ".5 %%", random_below(stream, is_loss ? 60 : 99));
    } else if (key->type == &value_sizes) {
        text_buffer_add(text, "[%" PRIu32 ", 20]", 1 + random_below(stream, 65536));
    } else if (key->least >= 1) {
        text_buffer_add(text, "%" PRIu32 ".5", 1 + random_below(stream, 24));
    } else {
        assert_ptr_equal(key->type, &value_number);
        random_add_number(stream, text, key->most <= 1 ? 0.9 : 1);
    }
}

// A random value of a key, within what every combination with the others allows.
static void add_value(struct rng_stream *stream, struct text_buffer *text,
                      const struct schema_key *key) {
    static const struct {
        const struct value_type *type;
        void (*add)(struct rng_stream *, struct text_buffer *, const struct schema_key *);
    } adders[] = {{&value_text, add_title},
                  {&value_name, add_name},
                  {&value_choice, add_choice},
                  {&value_int32, add_integer},
                  {&value_int64, add_integer},
                  {&value_slack, add_integer}, // unlimited bounds no cache
                  {&value_time, add_time_of},
                  {&value_missing, add_missing},
                  {&value_law, add_law},
                  {&value_delay, add_law},
                  {&value_share_or_count, add_share_or_count},
                  {&value_message, add_quantity},
                  {&value_bandwidth, add_quantity},
                  {&value_end, add_end},
                  {&value_every, add_time_of},
                  {&value_data_seed, add_data_seed},
                  {&value_extent, add_schedule_value},
                  {&value_threshold, add_schedule_value},
                  {&value_table, add_schedule_value},
                  {&value_formula, add_schedule_value},
                  {&value_groups, add_groups},
                  {&value_events, add_events}};
    size_t i = 0;
    for (; i < sizeof adders / sizeof adders[0] && adders[i].type != key->type; i++) {
    }
    (i < sizeof adders / sizeof adders[0] ? adders[i].add : add_any)(stream, text, key);
}

// Each key is set, or left out, by chance; but not the semantics, the workers, on which others
// depend, what rules others out (local steps, the counterfactual), and with epochs the model.
static struct scenario random_scenario(struct rng_stream *stream) {
    struct scenario_setting settings[KEY_COUNT];
    struct text_buffer values[KEY_COUNT] = {{0}};
    struct scenario scenario;
    struct error error = {0};
    size_t count = 0;
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        bool inside_law = key == KEY_DELAY_WORKERS || key == KEY_DELAY_WHO;
        bool delayed = count > 0 && strncmp(settings[count - 1].key, "cluster.delay", 13) == 0;
        bool epochs = key == KEY_MODEL && count > 0 && strstr(settings[count - 1].value, "epoch");
        bool needed = key == KEY_DATA_PATH || key == KEY_LOSS_TIMEOUT; // by data, by a loss
        bool rules = key == KEY_LOCAL_STEPS || strstr(schema_table[key].key, "counterfactual.");
        if ((random_below(stream, 3) == 0 && !needed) || key == KEY_SEMANTICS ||
            key == KEY_WORKERS || rules || epochs || (inside_law && !delayed)) {
            continue;
        }
        add_value(stream, &values[count], &schema_table[key]);
        settings[count] = (struct scenario_setting){schema_table[key].key, values[count].text};
        count++;
        if (setting_rules_broken(settings, count)) {
            text_buffer_clear(&values[--count]);
        }
    }
    enum status status = scenario_parse("t", "{}", 2, settings, count, &scenario, &error);
    for (size_t i = 0; i < count; i++) {
        text_buffer_clear(&values[i]);
    }
    if (status != STATUS_OK) {
        fail_msg("DESGD_TEST_SEED=%" PRIu64 ": %s", base_seed(), error.message);
    }
    return scenario;
}

// Every key of both, those that do not apply included, and the bits of what text might round.
static void expect_equal_scenarios(const struct scenario *a, const struct scenario *b) {
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        struct text_buffer left = {0};
        struct text_buffer right = {0};
        value_write(key, a, &left);
        value_write(key, b, &right);
        assert_string_equal(text_buffer_text(&left), text_buffer_text(&right));
        text_buffer_clear(&left);
        text_buffer_clear(&right);
    }
    assert_memory_equal(&a->training.learning_rate, &b->training.learning_rate, sizeof(double));
    assert_memory_equal(&a->end.epochs, &b->end.epochs, sizeof(double));
    assert_memory_equal(&a->cluster.delay.workers_share, &b->cluster.delay.workers_share,
                        sizeof(double));
    assert_memory_equal(a->cluster.compute.parameters, b->cluster.compute.parameters,
                        sizeof a->cluster.compute.parameters);
    assert_memory_equal(a->cluster.delay.law.parameters, b->cluster.delay.law.parameters,
                        sizeof a->cluster.delay.law.parameters);
}

// True if the canonical form of a scenario reads back as it, byte for byte.
static void expect_round_trip(const struct scenario *scenario) {
    struct scenario back;
    struct error error = {0};
    char *text = scenario_print(scenario);
    if (scenario_parse("canonical", text, strlen(text), NULL, 0, &back, &error) != STATUS_OK) {
        fail_msg("%s\nof\n%s", error.message, text);
    }
    char *again = scenario_print(&back);
    assert_string_equal(again, text);
    assert_true(scenario_hash(scenario) == scenario_hash(&back));
    expect_equal_scenarios(scenario, &back);
    memory_free(text);
    memory_free(again);
}

// A replay reads the canonical form: what it loses, the replay gets wrong.
static void scenario__any_that_is_right__reads_back_from_its_canonical_form(void **state) {
    (void)state;
    print_message("DESGD_TEST_SEED=%" PRIu64 "\n", base_seed());
    for (uint32_t i = 0; i < SCENARIOS; i++) {
        struct rng_stream stream = stream_of(1, i);
        struct scenario scenario = random_scenario(&stream);
        expect_round_trip(&scenario);
    }
}

static size_t read_text(const char *path, char text[TEXT_MAX]) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(text, 1, TEXT_MAX / 2, file);
    fclose(file);
    return size;
}

// Puts "size" bytes in the place of "gone" bytes at a place, if they fit.
static size_t splice(char text[TEXT_MAX], size_t length, size_t at, size_t gone, const char *bytes,
                     size_t size) {
    if (length - gone + size > TEXT_MAX) {
        return length;
    }
    memmove(text + at + size, text + at + gone, length - at - gone);
    memcpy(text + at, bytes, size);
    return length - gone + size;
}

// One random edit: what a slip of the keyboard, a broken disk or ill will may do.
static size_t damage(struct rng_stream *stream, char text[TEXT_MAX], size_t length) {
    static const char *const tokens[] = {":",           "{",       "}",         "[",
                                         "]",           ",",       "&a ",       "*a",
                                         "!!int ",      "---\n",   "...",       "\t",
                                         "'",           "\"",      "\xff",      "%",
                                         "| ",          "> ",      "? ",        "- ",
                                         "\n",          "\r",      "<<: ",      "1e999",
                                         "-",           "#",       "\\",        "\x01",
                                         "é",           "nan",     " ",         "  ",
                                         "0x1",         "\n  ",    "{{{{{{{{{", "[[[[[[[[[",
                                         "%YAML",       "@",       "none",      "law:",
                                         "seed:",       "workers", ": ",        "\xEF\xBB\xBF",
                                         "\xE2\x80\xA8"};
    char bytes[256];
    size_t at = length == 0 ? 0 : random_below(stream, length);
    size_t span = length == 0 ? 0 : random_below(stream, length - at < 40 ? length - at : 40);
    const char *token = PICK(stream, tokens);
    switch (random_below(stream, 5)) {
    case 0:
        return splice(text, length, at, span, "", 0);
    case 1:
        memcpy(bytes, text + at, span);
        return splice(text, length, length == 0 ? 0 : random_below(stream, length), 0, bytes, span);
    case 2:
        bytes[0] = (char)rng_stream_u32(stream);
        return splice(text, length, at, span > 0, bytes, 1);
    case 3:
        return splice(text, length, at, span, token, strlen(token));
    default:
        return splice(text, length, at, 0, token, strlen(token));
    }
}

static void expect_message(const struct error *error, const char *place, uint32_t number) {
    size_t length = strlen(error->message);
    if (strncmp(error->message, place, strlen(place)) != 0 ||
        strstr(error->message, ": error: ") == NULL || length < 20 || length > 3000) {
        fail_msg("DESGD_TEST_SEED=%" PRIu64 ", number %" PRIu32 ": %s", base_seed(), number,
                 error->message);
    }
}

// A damaged file must be refused with a place, or be a scenario like any other: never a crash, a
// leak or a hang.
static void scenario__any_damaged_file__is_refused_or_right(void **state) {
    (void)state;
    static const char *const files[] = {"scenarios/mnist_hybrid.yaml", "scenarios/first_run.yaml",
                                        "scenarios/mnist_sync.yaml"};
    char text[TEXT_MAX];
    uint32_t accepted = 0;
    for (uint32_t i = 0; i < MUTATIONS; i++) {
        struct rng_stream stream = stream_of(2, i);
        struct scenario scenario;
        struct error error = {0};
        size_t length = read_text(PICK(&stream, files), text);
        for (uint32_t edits = 1 + random_below(&stream, 4); edits > 0; edits--) {
            length = damage(&stream, text, length);
        }
        enum status status = scenario_parse("damaged", text, length, NULL, 0, &scenario, &error);
        if (status == STATUS_OK) {
            accepted++;
            expect_round_trip(&scenario);
        } else {
            assert_int_equal(status, STATUS_BAD_DATA);
            expect_message(&error, "damaged:", i);
        }
    }
    assert_true(accepted > MUTATIONS / 100);    // edits of comments and numbers are harmless
    assert_true(accepted < MUTATIONS * 9 / 10); // and most others are not
}

// The same for what stands behind --set.
static void settings__any_damaged_text__is_refused_or_right(void **state) {
    (void)state;
    char key[TEXT_MAX + 1];
    char value[TEXT_MAX + 1];
    for (uint32_t i = 0; i < SETTING_MUTATIONS; i++) {
        struct rng_stream stream = stream_of(3, i);
        struct scenario scenario;
        struct error error = {0};
        const struct schema_key *entry = &schema_table[random_below(&stream, KEY_COUNT)];
        size_t key_length = strlen(entry->key);
        size_t value_length = strlen(entry->fallback);
        memcpy(key, entry->key, key_length);
        memcpy(value, entry->fallback, value_length);
        if (random_below(&stream, 3) == 0) {
            key_length = damage(&stream, key, key_length);
        }
        value_length = damage(&stream, value, value_length);
        key[key_length] = 0;
        value[value_length] = 0;
        const struct scenario_setting setting = {key, value};
        if (scenario_parse("t", example, strlen(example), &setting, 1, &scenario, &error) ==
            STATUS_OK) {
            expect_round_trip(&scenario);
        } else {
            expect_message(&error, "", i);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenario__any_that_is_right__reads_back_from_its_canonical_form),
        cmocka_unit_test(scenario__any_damaged_file__is_refused_or_right),
        cmocka_unit_test(settings__any_damaged_text__is_refused_or_right),
    };
    return cmocka_run_group_tests_name("property_scenario", tests, NULL, NULL);
}
