// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_print, and the table that it and the documentation are made from: scenario_schema,
// scenario_value, scenario_law, scenario_reference.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_applies.h"
#include "sim/scenario/scenario_document.h"
#include "sim/scenario/scenario_law_parameter.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_reference.h"
#include "sim/scenario/scenario_value.h"
#include "sim/scenario/scenario_value_plain.h"
#include "sim/scenario/scenario_variation.h"
#include "sim/sweep/sweep_condition.h"
#include "sim/sweep/sweep_reference.h"
#include "sim/training/threshold_schedule.h"

static struct scenario parse(const char *text) {
    struct scenario scenario;
    struct error error = {0};
    if (scenario_parse("t", text, strlen(text), NULL, 0, &scenario, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return scenario;
}

static uint64_t hash_of(const char *text) {
    struct scenario scenario = parse(text);
    return scenario_hash(&scenario);
}

static void expect_print(const char *text, const char *expected) {
    struct scenario scenario = parse(text);
    char *printed = scenario_print(&scenario);
    assert_string_equal(printed, expected);
    memory_free(printed);
}

static void expect_has(const char *text, const char *part) {
    struct scenario scenario = parse(text);
    char *printed = scenario_print(&scenario);
    assert_non_null(strstr(printed, part));
    memory_free(printed);
}

// Logs keep this text and reports read it line by line: its layout is a file format.
static void print__hybrid_with_a_delay__is_this_text(void **state) {
    (void)state;
    expect_print("{title: 'a, b', policy: {name: hybrid},"
                 " cluster: {delay: {law: normal, std: 0.25 s}, network: {bandwidth: 1250 MB/s}}}",
                 "title: \"a, b\"\n"
                 "seed: 1\n"
                 "end: 100 s\n"
                 "model: mnist_ray\n"
                 "data:\n"
                 "  name: mnist\n"
                 "  shards: disjoint\n"
                 "training:\n"
                 "  batch: 32\n"
                 "  learning_rate: 0.01\n"
                 "policy:\n"
                 "  name: hybrid\n"
                 "  threshold:\n"
                 "    schedule: step\n"
                 "    every: 300\n"
                 "    start: 1\n"
                 "    increment: 1\n"
                 "    counts: gradients\n"
                 "  combine: sum\n"
                 "  pushed_worker: waits\n"
                 "cluster:\n"
                 "  workers: 25\n"
                 "  compute: {law: uniform, min: 180 ms, max: 220 ms}\n"
                 "  delay: {law: normal, mean: 0 s, std: 250 ms, negative: absolute, "
                 "workers: 50 %, who: fixed}\n"
                 "  network:\n"
                 "    latency: 0 s\n"
                 "    bandwidth: 10 Gbit/s\n"
                 "    message: model\n"
                 "  server:\n"
                 "    receive: 0 s\n"
                 "    update: 0 s\n"
                 "    reply: 0 s\n"
                 "  start_up: 0 s\n"
                 "evaluation:\n"
                 "  every: 1 s\n"
                 "  test_samples: 10000\n"
                 "  train_samples: 1000\n"
                 "log:\n"
                 "  events: true\n"
                 "  samples: false\n"
                 "  gradients: false\n"
                 "ties: fifo\n"
                 "semantics: 1\n"
                 "arithmetic: portable\n");
}

// A model's own keys stand with it, and only those that it takes; one without keys is its name, and
// one without data has no keys of data.
static void print__model__has_its_keys_or_is_a_bare_word(void **state) {
    (void)state;
    expect_has("{model: {name: mlp, hidden: [50, 20], noise: 3}}",
               "model:\n  name: mlp\n  hidden: [50, 20]\ndata:\n");
    expect_has("{model: mlp}", "model:\n  name: mlp\n  hidden: [50]\ndata:\n");
    expect_has("{model: {name: softmax, hidden: [5]}}", "\nmodel: softmax\ndata:\n");
    expect_has("{model: {name: quadratic, dimension: 3, noise: 0.5}, data: {shards: whole}}",
               "model:\n  name: quadratic\n  dimension: 3\n  curvature: 1\n  noise: 0.5\n"
               "training:\n  learning_rate: 0.01\npolicy:\n");
    expect_has("{model: quadratic}", "evaluation:\n  every: 1 s\nlog:\n");
    expect_has("{model: quadratic, arithmetic: openblas}", "semantics: 1\n");
}

// What does not apply must not be there: a timing-only run has no batch, sync no threshold.
static void print__timing_only_sync__has_no_other_keys(void **state) {
    (void)state;
    expect_print("{model: none, policy: {name: sync}, end: 200 updates, seed: 7}",
                 "seed: 7\n"
                 "end: 200 updates\n"
                 "model: none\n"
                 "policy:\n"
                 "  name: sync\n"
                 "cluster:\n"
                 "  workers: 25\n"
                 "  compute: {law: uniform, min: 180 ms, max: 220 ms}\n"
                 "  delay: none\n"
                 "  network:\n"
                 "    latency: 0 s\n"
                 "    bandwidth: unlimited\n"
                 "    message: model\n"
                 "  server:\n"
                 "    receive: 0 s\n"
                 "    update: 0 s\n"
                 "    reply: 0 s\n"
                 "  start_up: 0 s\n"
                 "log:\n"
                 "  events: true\n"
                 "ties: fifo\n"
                 "semantics: 1\n");
}

// Equal runs must have equal hashes, or a sweep does its work twice; others must differ, or it
// leaves some out.
static void hash__how_it_is_written__does_not_matter_and_what_it_says_does(void **state) {
    (void)state;
    uint64_t plain = hash_of("seed: 1");
    assert_true(plain == hash_of("{title: another, cluster: {workers: 25}}"));
    assert_true(plain == hash_of("end: 100000 ms"));
    assert_true(plain == hash_of("training: {learning_rate: 1e-2}"));
    assert_true(plain != hash_of("seed: 2"));
    assert_true(plain != hash_of("ties: random"));
    assert_true(plain != hash_of("cluster: {server: {reply: 1 ns}}"));
}

static void count_leaf(void *context, const char *key, const char *value) {
    struct scenario *scenario = context;
    struct text_buffer buffer = {0};
    enum scenario_key found = schema_find(key);
    assert_int_not_equal(found, KEY_COUNT);
    value_write(found, scenario, &buffer);
    assert_string_equal(value, text_buffer_text(&buffer));
    text_buffer_clear(&buffer);
    scenario->seed++;
}

// Reports read values from a log without a YAML parser: every leaf must be found by its key.
static void print__every_leaf__is_found_by_its_dotted_key(void **state) {
    (void)state;
    struct scenario scenario = parse("{seed: 100, policy: {name: hybrid}}");
    char *text = scenario_print(&scenario);
    char value[64];
    assert_true(canonical_text_value(text, "policy.threshold.every", value, sizeof value));
    assert_string_equal(value, "300");
    canonical_text_each(text, count_leaf, &scenario);
    assert_true(scenario.seed > 100 + 30); // so many leaves were seen
    memory_free(text);
}

// Every default is read by the same code as what people write; a wrong one stops every run.
static void schema__every_default__reads_back_as_itself(void **state) {
    (void)state;
    struct scenario scenario = parse("{policy: {name: hybrid}, cluster: {delay: 1 s}}");
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        struct text_buffer buffer = {0};
        value_write(key, &scenario, &buffer);
        if (key != KEY_POLICY && key != KEY_DELAY) {
            assert_string_equal(text_buffer_text(&buffer), schema_fallback(key, &scenario));
        }
        text_buffer_clear(&buffer);
    }
}

// Keys of a group must stand together, or the canonical form would open it twice.
static void schema__every_key__is_complete_and_in_its_group(void **state) {
    (void)state;
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        const struct schema_key *entry = &schema_table[key];
        assert_non_null(entry->key);
        assert_int_equal(schema_find(entry->key), key);
        assert_true(strlen(entry->doc) > 10);
        assert_non_null(entry->applies);
        bool words = entry->type == &value_name || entry->type == &value_choice;
        assert_int_equal(words, entry->names.table != NULL || entry->names.at != NULL);
        struct text_buffer allowed = {0};
        key_write_allowed(&schema_table[key], &allowed);
        assert_true(allowed.length > 3);
        text_buffer_clear(&allowed);
    }
    struct scenario scenario = parse("policy: {name: hybrid}");
    char *text = scenario_print(&scenario);
    const char *cluster = strstr(text, "cluster:\n");
    assert_non_null(cluster);
    assert_null(strstr(cluster + 1, "cluster:\n"));
    memory_free(text);
}

// A condition that held for the wrong policy would drop a key that somebody wrote, in silence.
static void schema__conditions_of_policies__hold_for_theirs_alone(void **state) {
    (void)state;
    const struct {
        bool (*applies)(const struct scenario *scenario);
        enum policy policy;
    } conditions[] = {{applies_pushed_worker, POLICY_HYBRID},
                      {schema_table[KEY_BACKUP_WORKERS].applies, POLICY_BACKUP},
                      {schema_table[KEY_SPLITS].applies, POLICY_N_SOFTSYNC},
                      {schema_table[KEY_SLACK].applies, POLICY_SSP}};
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        struct scenario scenario = {.training.policy.policy = policy};
        assert_true(applies_always(&scenario));
        for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
            assert_true(conditions[i].applies(&scenario) == (policy == conditions[i].policy));
        }
        assert_string_equal(key_name(&schema_table[KEY_POLICY], policy), policy_table[policy].name);
    }
    assert_null(key_name(&schema_table[KEY_POLICY], POLICY_COUNT));
}

static void expect_applies(enum scenario_key key, const char *expected) {
    struct text_buffer buffer = {0};
    variation_write(key, &buffer);
    assert_string_equal(text_buffer_text(&buffer), expected);
    text_buffer_clear(&buffer);
}

// A key of all schedules with a way from start to end, and of this one.
static void expect_applies_to_schedules(enum scenario_key key, const char *first) {
    struct text_buffer expected = {0};
    enum threshold_schedule last = 0;
    for (enum threshold_schedule schedule = 0; schedule < SCHEDULE_COUNT; schedule++) {
        last = schedule_table[schedule].has_way ? schedule : last;
    }
    text_buffer_add(&expected, "policies with a threshold, %s", first);
    for (enum threshold_schedule schedule = 0; schedule < SCHEDULE_COUNT; schedule++) {
        if (schedule_table[schedule].has_way) {
            text_buffer_add(&expected, "%s`%s`", schedule == last ? " or " : ", ",
                            schedule_table[schedule].name);
        }
    }
    expect_applies(key, text_buffer_text(&expected));
    text_buffer_clear(&expected);
}

// What the documents say of a key is what its condition holds for, and names what decides.
static void schema__when_a_key_applies__is_said_from_its_condition(void **state) {
    (void)state;
    expect_applies(KEY_SEED, "");
    expect_applies(KEY_START, "policies with a threshold");
    expect_applies(KEY_EVERY, "policies with a threshold, `schedule: step` or `adasync`");
    expect_applies_to_schedules(KEY_THRESHOLD_END, "`schedule: step`");
    expect_applies(KEY_COUNTS, "policies with a threshold, unless `schedule: constant` or "
                               "`expression`");
    expect_applies(KEY_PER, "`policy: dc_asgd`, `adaptive: true`, unless `model: none`, other than "
                            "`server`");
    expect_applies(KEY_RATE_COUNTS, "`schedule: step` or `cosine` or a `warm_up`, unless `model: "
                                    "none`");
    expect_applies(KEY_RATE_OF, "`schedule: step` or `cosine` or a `warm_up`, `policy: fedbuff`, "
                                "unless `model: none`, other than `server`");
    expect_applies(KEY_INTER_LATENCY, "policies that average local models, a `cluster_size`");
    expect_applies(KEY_DELAY_WHO, "a `delay`");
}

// Suggestions and listings are made from this.
static void schema__members_of_a_group__are_listed_once(void **state) {
    (void)state;
    struct word_list list;
    schema_list_members("policy", &list);
    assert_true(list.count >= 4);
    for (size_t i = 0; i < list.count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(list.words[i], list.words[j]);
        }
    }
    assert_string_equal(list.words[0], "name");
    assert_string_equal(list.words[1], "threshold");
    assert_true(schema_is_group("policy.threshold"));
    assert_false(schema_is_group("policy.threshold.every"));
    assert_false(schema_is_group("cluster.delay")); // a law, though keys stand in it
    assert_false(schema_is_group(""));
    assert_false(schema_is_group("polic"));
    assert_true(schema_is_inside(KEY_DELAY_WHO, KEY_DELAY));
    assert_false(schema_is_inside(KEY_DELAY, KEY_DELAY));
}

static void expect_law_comes_back(const char *law) {
    struct document *document = document_create();
    struct node *node = NULL;
    struct error error = {0};
    struct scenario scenario = parse("seed: 1");
    struct text_buffer buffer = {0};
    assert_int_equal(document_add_text(document, "t", law, strlen(law), &node, &error), STATUS_OK);
    assert_int_equal(value_read(KEY_COMPUTE, node, &scenario, &error), STATUS_OK);
    value_write(KEY_COMPUTE, &scenario, &buffer);
    assert_string_equal(text_buffer_text(&buffer), law);
    text_buffer_clear(&buffer);
    document_destroy(document);
}

// A law must come out of its text as it went in, whichever it is.
static void law__every_law__is_written_as_it_is_read(void **state) {
    (void)state;
    static const char *const laws[] = {"5 ms",
                                       "{law: uniform, min: 0 s, max: 1500 us}",
                                       "{law: shifted_exponential, shift: 1 s, mean: 2 s}",
                                       "{law: normal, mean: -1 s, std: 1 s, negative: redraw}",
                                       "{law: lognormal, mean: 1 s, cv: 0.1}",
                                       "{law: gamma, mean: 1 s, cv: 1e-06}",
                                       "{law: weibull, scale: 1 s, shape: 0.7}",
                                       "{law: pareto, scale: 1 s, shape: 1000000}"};
    for (size_t i = 0; i < sizeof laws / sizeof laws[0]; i++) {
        expect_law_comes_back(laws[i]);
    }
    for (enum law law = LAW_CONSTANT + 1; law <= LAW_MIXTURE; law++) {
        struct text_buffer text = {0};
        text_buffer_add(&text, "{law: %s", law_table[law].name);
        for (int i = 0; i < law_table[law].parameter_count; i++) {
            const struct law_parameter *parameter = &law_table[law].parameters[i];
            text_buffer_add(&text, ", %s: %d%s", parameter->name, 2 + i,
                            parameter->kind == LAW_PARAMETER_TIME ? " s" : "");
        }
        if (law == LAW_MIXTURE) {
            text_buffer_add(&text, ", parts: {a: {share: 100 %%, law: constant, value: 1 s}}");
        }
        text_buffer_add(&text, law == LAW_NORMAL ? ", negative: clip}" : "}");
        expect_law_comes_back(text_buffer_text(&text));
        text_buffer_clear(&text);
    }
}

static void expect_parameter(const struct law_parameter *parameter, double allowed, double refused,
                             const char *words) {
    struct text_buffer buffer = {0};
    assert_true(law_parameter_allows(parameter, allowed));
    assert_false(law_parameter_allows(parameter, refused));
    law_parameter_write_allowed(parameter, &buffer);
    assert_string_equal(text_buffer_text(&buffer), words);
    text_buffer_clear(&buffer);
}

// A law that is added says what its parameters may be: what it says must hold.
static void law__a_parameter__lies_above_its_least_and_is_whole_where_it_says_so(void **state) {
    (void)state;
    const struct law_parameter above = {"shape", LAW_PARAMETER_NUMBER, 2, 0, NAN};
    const struct law_parameter from = {"shape", LAW_PARAMETER_NUMBER, 2, 1, NAN};
    const struct law_parameter positive = {"cv", LAW_PARAMETER_NUMBER, 0, 0, NAN};
    const struct law_parameter whole = {"stages", LAW_PARAMETER_WHOLE, 0, 0, NAN};
    const struct law_parameter many = {"stages", LAW_PARAMETER_WHOLE, 2, 0, NAN};
    expect_parameter(&above, 2.001, 2, "a number above 2, at most 1e+06");
    expect_parameter(&from, 2, 1.999, "a number of at least 2, at most 1e+06");
    expect_parameter(&positive, 1e-6, 0, "a number from 1e-06 to 1e+06");
    expect_parameter(&positive, 1e6, 1000001, "a number from 1e-06 to 1e+06");
    expect_parameter(&whole, 1, 1.5, "a whole number from 1 to 1e+06");
    expect_parameter(&many, 3, 2, "a whole number above 2, at most 1e+06");
}

// What the program writes into a stream, whole.
static char *capture(void (*write)(FILE *out)) {
    FILE *file = tmpfile();
    assert_non_null(file);
    write(file);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = memory_allocate(size + 1, 1);
    assert_int_equal(fread(text, 1, size, file), size);
    fclose(file);
    return text;
}

static char *read_page(void) {
    FILE *file = fopen("scenarios/README.md", "r");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = memory_allocate(size + 1, 1);
    assert_int_equal(fread(text, 1, size, file), size);
    fclose(file);
    return text;
}

// Documentation that lags behind the tables would teach keys that are refused.
static void reference__every_table__is_current_in_scenarios_readme(void **state) {
    (void)state;
    static void (*const tables[])(FILE * out) = {
        scenario_write_key_table,   scenario_write_law_table,   scenario_write_policy_table,
        scenario_write_model_table, scenario_write_data_table,  scenario_write_schedule_table,
        scenario_write_fixed_keys,  sweep_reference_write_keys, sweep_reference_write_designs};
    char *page = read_page();
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char *table = capture(tables[i]);
        if (strstr(page, table) == NULL) {
            fail_msg("scenarios/README.md lacks this: run make docs\n%s", table);
        }
        memory_free(table);
    }
    memory_free(page);
}

// A relation that the page does not name is one that nobody writes.
static void reference__every_relation_of_a_condition__is_in_scenarios_readme(void **state) {
    (void)state;
    char *page = read_page();
    for (size_t i = 0; i < CONDITION_OPERATOR_COUNT; i++) {
        char word[64];
        snprintf(word, sizeof word, "`%s`", condition_operator_names[i]);
        assert_non_null(strstr(page, word));
    }
    memory_free(page);
}

// A key that is not documented does not exist for its users.
static void reference__every_key_and_law__is_in_both_listings(void **state) {
    (void)state;
    char *page = read_page();
    char *list = capture(scenario_write_keys);
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        char cell[128];
        snprintf(cell, sizeof cell, "| `%s` |", schema_table[key].key);
        assert_non_null(strstr(page, cell));
        snprintf(cell, sizeof cell, "%s: %s\n", schema_table[key].key, schema_table[key].fallback);
        assert_non_null(strstr(list, cell));
    }
    for (int law = 0; law < LAW_COUNT; law++) {
        char cell[128];
        snprintf(cell, sizeof cell, "| `%s` |", law_table[law].name);
        assert_non_null(strstr(page, cell));
    }
    memory_free(page);
    memory_free(list);
}

// Whoever reads a section twice looks for what is different in the second.
static void reference__headings__are_there_once(void **state) {
    (void)state;
    char *page = read_page();
    size_t headings = 0;
    for (const char *at = strstr(page, "\n#"); at != NULL; at = strstr(at + 1, "\n#")) {
        size_t length = strcspn(at + 1, "\n") + 2; // with both line ends
        headings++;
        for (const char *next = strstr(at + 1, "\n#"); next != NULL;
             next = strstr(next + 1, "\n#")) {
            if (strncmp(at, next, length) == 0) {
                fail_msg("twice: %.*s", (int)length - 2, at + 1);
            }
        }
    }
    assert_true(headings > 5);
    memory_free(page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(print__hybrid_with_a_delay__is_this_text),
        cmocka_unit_test(print__model__has_its_keys_or_is_a_bare_word),
        cmocka_unit_test(print__timing_only_sync__has_no_other_keys),
        cmocka_unit_test(hash__how_it_is_written__does_not_matter_and_what_it_says_does),
        cmocka_unit_test(print__every_leaf__is_found_by_its_dotted_key),
        cmocka_unit_test(schema__every_default__reads_back_as_itself),
        cmocka_unit_test(schema__every_key__is_complete_and_in_its_group),
        cmocka_unit_test(schema__conditions_of_policies__hold_for_theirs_alone),
        cmocka_unit_test(schema__when_a_key_applies__is_said_from_its_condition),
        cmocka_unit_test(schema__members_of_a_group__are_listed_once),
        cmocka_unit_test(law__every_law__is_written_as_it_is_read),
        cmocka_unit_test(law__a_parameter__lies_above_its_least_and_is_whole_where_it_says_so),
        cmocka_unit_test(reference__every_table__is_current_in_scenarios_readme),
        cmocka_unit_test(reference__headings__are_there_once),
        cmocka_unit_test(reference__every_relation_of_a_condition__is_in_scenarios_readme),
        cmocka_unit_test(reference__every_key_and_law__is_in_both_listings),
    };
    return cmocka_run_group_tests_name("scenario_print", tests, NULL, NULL);
}
