// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_law_times and scenario_times: laws of measured times in a scenario, with their file and
// without, and where the files are kept in mind.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/scenario/scenario_law.h"
#include "sim/scenario/scenario_law_times.h"
#include "sim/scenario/scenario_own_value.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_past.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/scenario/scenario_times.h"
#include "tests/support/scratch.h"

enum { TEXT_SIZE = 2048 };

static const char times_csv[] = "rank,ms\n0,10\n1,30\n";

// A scenario file in the scratch folder, beside a.csv.
static enum status read_scenario(void **state, const char *text, struct scenario *scenario,
                                 struct error *error) {
    char path[SCRATCH_PATH_SIZE];
    scratch_write(state, "a.csv", times_csv);
    scratch_write(state, "s.yaml", text);
    return scenario_read_noting(scratch_path(state, "s.yaml", path), NULL, 0, scenario, NULL,
                                error);
}

static void read_well(void **state, const char *text, struct scenario *scenario) {
    struct error error;
    if (read_scenario(state, text, scenario, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
}

static void expect_refused(void **state, const char *text, enum status status, const char *words) {
    struct scenario scenario;
    struct error error;
    assert_int_equal(read_scenario(state, text, &scenario, &error), status);
    if (strstr(error.message, words) == NULL) {
        fail_msg("%s", error.message);
    }
}

// A path counts from the scenario's folder, not from where the program was called.
static void law_times_read__path__counts_from_the_folder_of_its_text(void **state) {
    struct scenario scenario;
    char path[SCRATCH_PATH_SIZE];
    char whole[SCRATCH_PATH_SIZE];
    read_well(state,
              "cluster: {workers: 2, compute: {law: trace, file: a.csv, column: ms, unit: ms, "
              "worker: rank}}\n",
              &scenario);
    const struct distribution *law = &scenario.cluster.compute;
    assert_true(law->law == LAW_TRACE && law->times.rows == 2 && law->times.named == 2);
    assert_true(distribution_mean(law) == 20e6 && distribution_least(law) == 10e6);
    assert_true(law->times.hash == fingerprint_bytes(times_csv, strlen(times_csv)));
    assert_int_equal(scenario.times_files.count, 1);
    scratch_path(state, "a.csv", path);
    assert_non_null(realpath(path, whole));
    assert_string_equal(times_files_find(&scenario.times_files, law->times.hash), whole);
    assert_null(times_files_find(&scenario.times_files, law->times.hash + 1));
}

// Equal times must be one run of a sweep, wherever they lie; and a log's scenario must be readable
// without them, with all that a check asks of them.
static void law_times_write__canonical_form__needs_no_file_and_names_none(void **state) {
    struct scenario scenario;
    struct scenario again;
    struct error error;
    char path[SCRATCH_PATH_SIZE];
    read_well(
        state,
        "model: none\ncluster:\n  workers: 2\n"
        "  compute: {law: empirical, file: a.csv, column: ms, unit: ms}\n"
        "  delay: {law: trace, file: a.csv, column: ms, unit: us, worker: rank, workers: 1}\n"
        "  groups: {g: {worker: 0, compute: {law: trace, file: a.csv, column: ms, unit: s}}}\n"
        "  events: {e: {event: pause, worker: 1, every: 3 s, for: {law: empirical, file: "
        "a.csv, column: ms, unit: ms}}}\n",
        &scenario);
    assert_int_equal(unlink(scratch_path(state, "a.csv", path)), 0);
    char *text = scenario_print(&scenario);
    assert_non_null(strstr(text, "compute: {law: empirical, hash: "));
    assert_non_null(strstr(text, ", column: ms, unit: ms, rows: 2, min: 10 ms, mean: 20 ms}\n"));
    assert_null(strstr(text, "a.csv"));
    if (scenario_parse("t", text, strlen(text), NULL, 0, &again, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_true(scenario_hash(&again) == scenario_hash(&scenario));
    assert_true(scenario_past_lacks_times(&again) && !scenario_past_lacks_times(&scenario));
    assert_int_equal(again.times_files.count, 0);
    assert_true(times_files_add(&again.times_files, &scenario.times_files));
    assert_false(scenario_past_lacks_times(&again));
    memory_free(text);
}

// A fork that goes on with another law still needs the file, and its log knows where it lies.
static void scenario_past_lacks_times__law_of_the_past__needs_its_file_too(void **state) {
    struct scenario scenario;
    read_well(state,
              "model: none\ncluster: {compute: 1 s}\npast: [{until: 2 s, cluster.compute: "
              "{law: trace, file: a.csv, column: ms, unit: ms}}]\n",
              &scenario);
    assert_false(scenario_past_lacks_times(&scenario));
    scenario.times_files.count = 0;
    assert_true(scenario_past_lacks_times(&scenario));
}

// Who pins the hash is told when the file has changed; who has moved it, names it anew.
static void law_times_read__file_and_hash__must_be_of_each_other(void **state) {
    struct scenario scenario;
    char text[TEXT_SIZE];
    static const char format[] =
        "cluster: {compute: {law: trace, file: a.csv, hash: %s, column: ms, unit: ms}}\n";
    char hash[FINGERPRINT_TEXT_SIZE];
    fingerprint_format(fingerprint_bytes(times_csv, strlen(times_csv)), hash);
    snprintf(text, sizeof text, format, hash);
    read_well(state, text, &scenario);
    snprintf(text, sizeof text, format, "0123456789abcdef");
    expect_refused(state, text, STATUS_BAD_DATA, "other times: its hash is ");
    snprintf(text, sizeof text, format, "12");
    expect_refused(state, text, STATUS_BAD_DATA, "16 hexadecimal digits");
}

// Each with what is wrong, where, and what to do.
static void law_times_read__mistakes__are_told_with_their_place(void **state) {
    static const struct {
        const char *law;
        const char *words;
    } cases[] = {
        {"{law: trace, column: ms, unit: ms}", "s.yaml:1:26: error: 'cluster.compute': a law of "
                                               "measured times needs 'file'"},
        {"{law: trace, file: a.csv, unit: ms}", "needs 'column'"},
        {"{law: trace, file: a.csv, column: ms}", "needs 'unit'"},
        {"{law: trace, file: a.csv, column: ms, unit: sec}", "there is no unit 'sec'"},
        {"{law: trace, file: a.csv, column: mss, unit: ms}",
         "a.csv:1:1: error: the header has no column 'mss' (did you mean 'ms'?); it has: rank, ms "
         "(the times of 'cluster.compute')"},
        {"{law: trace, file: [a.csv], column: ms, unit: ms}", "'cluster.compute.file' takes one"},
        {"{law: trace, file: a.csv, column: ms, unit: ms, at_most: 1 s}", "and no 'at_most'"},
        {"{law: trace, file: a.csv, column: ms, unit: ms, worker: rank}",
         "'cluster.compute.worker': this column of a.csv names 2 workers, and the cluster has 25"},
        {"{law: trace, file: a.csv, column: ms, unit: ms, rows: 1}",
         "'cluster.compute.rows' follows from the file: all of its rows are taken"},
        {"{law: trace, file: a.csv, column: ms, unit: ms, mean: 3 s}",
         "'cluster.compute.mean' follows from the file"},
        {"{law: trace, file: \"\", column: ms, unit: ms}",
         "'cluster.compute.file' needs the path of a CSV file or of a log"},
        {"{law: trace, file: a.csv, column: \"\", unit: ms}",
         "'cluster.compute.column' needs the name of a column"},
        {"{law: trace, file: a.csv, column: ms, unit: \"\"}",
         "'cluster.compute.unit' needs a unit: ns"},
        {"{law: trace, file: a.csv, column: ms, unit: ms, hash: \"\"}",
         "'cluster.compute.hash' needs the hash of a file"},
        {"{law: mixture, parts: {a: {law: trace, file: a.csv, column: ms, unit: ms}}}",
         "no part of a mixture has measured times"},
        {"{law: trace, hash: 0123456789abcdef, column: ms, unit: ms, rows: 0, min: 1 s, mean: 2 s}",
         "'cluster.compute.rows' must be 1 to 1000000"},
        {"{law: trace, hash: 0123456789abcdef, column: ms, unit: ms, rows: 2, min: 3 s, mean: 2 s}",
         "min is above the mean"},
        {"{law: trace, hash: 0123456789abcdef, column: ms, unit: ms, rows: 2, min: 3 s}",
         "needs 'mean'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[TEXT_SIZE];
        snprintf(text, sizeof text, "cluster: {compute: %s}\n", cases[i].law);
        expect_refused(state, text, STATUS_BAD_DATA, cases[i].words);
    }
    expect_refused(state,
                   "cluster: {workers: 2, network: {latency: {law: trace, file: a.csv, column: ms, "
                   "unit: us, worker: rank}}}\n",
                   STATUS_BAD_DATA, "only of compute and delay");
    expect_refused(state, "cluster: {compute: {law: trace, file: b.csv, column: ms, unit: ms}}\n",
                   STATUS_NO_INPUT, "1:39: error: 'cluster.compute.file': cannot be opened");
    expect_refused(state, "cluster: {compute: {law: trace, file: b.csv, column: ms, unit: ms}}\n",
                   STATUS_NO_INPUT, "/b.csv; a path counts from the folder of the file");
    expect_refused(state, "cluster: {compute: {law: trace, file: /, column: ms, unit: ms}}\n",
                   STATUS_NO_INPUT, "tried: /; a path counts");
}

// What was printed beside the hash of a file is compared with the file, and may be left out.
static void law_times_read__rows_min_or_mean_of_others_beside_a_hash__are_refused(void **state) {
    static const char good[] = "rows: 2, min: 10 ms, mean: 20 ms";
    const struct {
        const char *said;
        const char *words; // NULL: it is read
    } cases[] = {
        {good, NULL},
        {"mean: 20 ms", NULL},
        {"rows: 3, min: 10 ms, mean: 20 ms",
         "'cluster.compute.rows': the file has 2, the law says 3"},
        {"rows: 2, min: 11 ms, mean: 20 ms",
         "'cluster.compute.min': the file has 10 ms, the law says 11 ms"},
        {"mean: 19 ms", "'cluster.compute.mean': the file has 20 ms, the law says 19 ms"},
        {"rows: many", "'cluster.compute.rows' must be 1 to 1000000"},
    };
    struct scenario scenario;
    read_well(state, "cluster: {compute: {law: trace, file: a.csv, column: ms, unit: ms}}\n",
              &scenario);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[TEXT_SIZE];
        snprintf(text, sizeof text,
                 "cluster: {compute: {law: trace, file: a.csv, hash: %016" PRIx64
                 ", column: ms, unit: ms, %s}}\n",
                 scenario.cluster.compute.times.hash, cases[i].said);
        if (cases[i].words == NULL) {
            read_well(state, text, &scenario);
        } else {
            expect_refused(state, text, STATUS_BAD_DATA, cases[i].words);
        }
    }
}

// Other keys may take no time; workers that compute in no time would stop the clock.
static void scenario_times_refuse_zero__file_without_other_times__is_named(void **state) {
    scratch_write(state, "z.csv", "ms\n0\n0\n");
    expect_refused(state, "cluster: {compute: {law: trace, file: z.csv, column: ms, unit: ms}}\n",
                   STATUS_BAD_DATA,
                   "'cluster.compute' must be longer than 0 s, but all rows (2) of column 'ms' of "
                   "/");
    expect_refused(state,
                   "cluster: {compute: {law: empirical, file: z.csv, column: ms, unit: "
                   "ms}}\n",
                   STATUS_BAD_DATA, "/z.csv are 0");
    expect_refused(state,
                   "cluster: {groups: {g: {worker: 0, compute: {law: trace, file: z.csv, column: "
                   "ms, unit: ms}}}}\n",
                   STATUS_BAD_DATA,
                   "'cluster.groups.g.compute' must be longer than 0 s, but all rows (2)");
}

// A fork's past may have taken its times from another file than its end.
static void scenario_past_store__files_of_the_past__are_kept(void **state) {
    struct scenario scenario;
    scratch_write(state, "b.csv", "ms\n7\n");
    read_well(state,
              "model: none\nend: 9 s\npolicy: {name: async}\n"
              "cluster: {compute: {law: trace, file: a.csv, column: ms, unit: ms}}\n"
              "past: [{until: 2 s, cluster.compute: {law: trace, file: b.csv, column: ms, unit: "
              "ms}}]\n",
              &scenario);
    assert_int_equal(scenario.times_files.count, 2);
    assert_non_null(strstr(scenario.past, "rows: 1, min: 7 ms, mean: 7 ms"));
}

// A log carries the places as text, which may be anybody's.
static void times_files_read__text__is_the_list_that_was_written(void **state) {
    (void)state;
    struct times_file_list files = {
        .count = 2, .entries = {{.hash = 1, .path = "/a b/c.csv"}, {.hash = 255, .path = "d"}}};
    struct times_file_list again = {.count = 0};
    char text[TEXT_SIZE];
    times_files_write(&files, text, sizeof text);
    assert_string_equal(text, "0000000000000001 /a b/c.csv\n00000000000000ff d");
    times_files_read(text, &again);
    assert_memory_equal(&again, &files, sizeof files);
    times_files_read("nonsense\n0000000000000002 \n0000000000000003\n\n0000000000000004 x", &again);
    assert_int_equal(again.count, 3);
    assert_string_equal(times_files_find(&again, 4), "x");
}

static char told[TEXT_SIZE]; // what the last scenario_times_tell said

static void note(const char *sentence) {
    size_t length = strlen(told);
    snprintf(told + length, sizeof told - length, "%s\n", sentence);
}

// Who checks a scenario learns whether these are the times that were meant, and how soon they
// repeat: 2 rows of 20 ms on the average in 1 s are gone through 25 times, one's own 50 times.
static void scenario_times_tell__each_law__is_told_with_its_numbers(void **state) {
    struct scenario scenario;
    read_well(state,
              "model: none\nend: 1 s\ncluster:\n  workers: 2\n"
              "  compute: {law: trace, file: a.csv, column: ms, unit: ms}\n"
              "  server: {reply: {law: empirical, file: a.csv, column: ms, unit: us}}\n"
              "  groups:\n"
              "    g: {worker: 0, compute: {law: trace, file: a.csv, column: ms, unit: ms, "
              "worker: rank}}\n"
              "  events: {e: {event: pause, worker: 1, every: 3 s, for: {law: empirical, file: "
              "a.csv, column: ms, unit: ms}}}\n",
              &scenario);
    told[0] = 0;
    scenario_times_tell(&scenario, note);
    assert_string_equal(
        told,
        "cluster.compute: 2 measured times, taken in turn: mean 20 ms, standard deviation 10 ms, "
        "the least 10 ms; who never waits is through with all 2 after 0.04 s, 25 times in this "
        "run\n"
        "cluster.server.reply: 2 measured times, drawn from: mean 0.02 ms, standard deviation 0.01 "
        "ms, the least 0.01 ms\n"
        "cluster.groups.g.compute: 2 measured times, taken in turn: mean 20 ms, standard deviation "
        "10 ms, the least 10 ms; who never waits is through with its own, on average 1 after 0.02 "
        "s, 50 times in this run\n"
        "cluster.events.e.for: 2 measured times, drawn from: mean 20 ms, standard deviation 10 ms, "
        "the least 10 ms\n");
}

// What check prints must be a scenario that runs, from anywhere.
static void times_files_show__printed_scenario__names_its_files(void **state) {
    struct scenario scenario;
    struct scenario again;
    struct error error;
    read_well(state, "cluster: {compute: {law: trace, file: a.csv, column: ms, unit: ms}}\n",
              &scenario);
    uint64_t hash = scenario_hash(&scenario);
    char *canonical = scenario_print(&scenario);
    char *text = times_files_show(&scenario.times_files, canonical);
    memory_free(canonical);
    assert_non_null(strstr(text, "{law: trace, file: "));
    assert_non_null(strstr(text, "/a.csv"));
    if (scenario_parse("t", text, strlen(text), NULL, 0, &again, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_true(scenario_hash(&again) == hash);
    assert_false(scenario_times_lack(&again.cluster, &again.times_files));
    memory_free(text);
}

// A fork goes on with another law: the file of the past's is named, too, so that it runs again.
static void times_files_show__law_of_the_past__names_its_file(void **state) {
    struct scenario scenario;
    struct scenario again;
    struct error error;
    read_well(state,
              "cluster: {compute: 1 s}\npast: [{until: 5 s, cluster.compute: {law: trace, file: "
              "a.csv, column: ms, unit: ms}}]\n",
              &scenario);
    char *canonical = scenario_print(&scenario);
    char *text = times_files_show(&scenario.times_files, canonical);
    assert_null(strstr(canonical, "file: "));
    const char *past = strstr(text, "past: [");
    assert_non_null(past);
    assert_non_null(strstr(past, "{law: trace, file: "));
    if (scenario_parse("t", text, strlen(text), NULL, 0, &again, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    assert_true(scenario_hash(&again) == scenario_hash(&scenario));
    assert_int_equal(again.times_files.count, 1);
    memory_free(canonical);
    memory_free(text);
}

// A title is anybody's text.
static void times_files_show__title_and_unknown_hash__stay_as_they_are(void **state) {
    (void)state;
    static const char text[] = "title: a, hash: 000000000000002a, column\n"
                               "x: {law: trace, hash: 000000000000002b, column: ms}\n"
                               "y: {law: trace, hash: 000000000000002a, column: ms}\n";
    struct times_file_list files = {.count = 0};
    times_files_read("000000000000002a /a b.csv", &files);
    char *shown = times_files_show(&files, text);
    assert_string_equal(shown, "title: a, hash: 000000000000002a, column\n"
                               "x: {law: trace, hash: 000000000000002b, column: ms}\n"
                               "y: {law: trace, file: \"/a b.csv\", hash: 000000000000002a, "
                               "column: ms}\n");
    memory_free(shown);
}

// Where the law of a key is in its field.
static size_t law_offset(const struct value_type *type) {
    const struct {
        const struct value_type *type;
        size_t offset;
    } types[] = {{&value_law, 0},
                 {&value_delay, offsetof(struct delay_options, law)},
                 {&value_own_law, offsetof(struct own_law, law)},
                 {&value_law_or_none, offsetof(struct own_law, law)},
                 {&value_own_delay, offsetof(struct own_delay, delay.law)}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].type == type) {
            return types[i].offset;
        }
    }
    fail_msg("a type of laws that this test does not know");
    return 0;
}

static void expect_listed(struct scenario *scenario, const char *key, const void *law) {
    struct distribution *laws[CLUSTER_LAWS_MAX];
    int32_t count = cluster_options_laws(&scenario->cluster, laws);
    int32_t found = 0;
    while (found < count && laws[found] != law) {
        found++;
    }
    if (found == count) {
        fail_msg("cluster_options_laws leaves out the law of %s", key);
    }
}

// A law that is left out would draw from a file that nobody has read.
static void cluster_options_laws__every_key_of_a_law__is_among_them(void **state) {
    (void)state;
    static struct scenario scenario;
    size_t keys = 0;
    scenario.cluster.groups.count = 1;
    scenario.cluster.events.count = 1;
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        const struct schema_key *row = &schema_table[key];
        const struct named_map *map = row->type->named;
        char *field = (char *)&scenario + row->offset;
        if (row->type->is_law) {
            expect_listed(&scenario, row->key, field + law_offset(row->type));
            keys++;
        }
        for (size_t i = 0; map != NULL && i < map->key_count; i++) {
            const struct schema_key *inner = &map->keys[i].schema;
            if (inner->type->is_law) {
                expect_listed(&scenario, inner->key,
                              field + map->first_offset + inner->offset + law_offset(inner->type));
                keys++;
            }
        }
    }
    assert_int_equal(keys, 7 + 4 + 2);
}

// A seventeenth has no room, and must not be lost without a word.
static void times_files_add__more_than_fit__are_told(void **state) {
    (void)state;
    struct times_file_list all = {.count = 0};
    for (int i = 0; i < TIMES_FILES_MAX; i++) {
        struct times_file_list one = {.count = 1, .entries = {{.hash = (uint64_t)i, .path = "p"}}};
        assert_true(times_files_add(&all, &one) && times_files_add(&all, &one));
    }
    const struct times_file_list more = {.count = 1, .entries = {{.hash = 99, .path = "q"}}};
    assert_false(times_files_add(&all, &more));
    assert_int_equal(all.count, TIMES_FILES_MAX);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(law_times_read__path__counts_from_the_folder_of_its_text),
        TEST(law_times_write__canonical_form__needs_no_file_and_names_none),
        TEST(scenario_past_lacks_times__law_of_the_past__needs_its_file_too),
        TEST(law_times_read__file_and_hash__must_be_of_each_other),
        TEST(law_times_read__mistakes__are_told_with_their_place),
        TEST(scenario_past_store__files_of_the_past__are_kept),
        TEST(times_files_read__text__is_the_list_that_was_written),
        TEST(scenario_times_tell__each_law__is_told_with_its_numbers),
        TEST(law_times_read__rows_min_or_mean_of_others_beside_a_hash__are_refused),
        TEST(scenario_times_refuse_zero__file_without_other_times__is_named),
        TEST(times_files_show__printed_scenario__names_its_files),
        TEST(times_files_show__law_of_the_past__names_its_file),
        TEST(times_files_show__title_and_unknown_hash__stay_as_they_are),
        TEST(cluster_options_laws__every_key_of_a_law__is_among_them),
        TEST(times_files_add__more_than_fit__are_told),
    };
    return cmocka_run_group_tests_name("scenario_law_times", tests, NULL, NULL);
}
