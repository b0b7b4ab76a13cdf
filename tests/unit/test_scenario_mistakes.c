// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_mistakes: all mistakes of a scenario are told in one go, in the order of its text.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/scenario/scenario_mistakes.h"
#include "sim/scenario/scenario_parse.h"

static struct error error;

// The places of the errors of a text, in the order in which they are told: "2:3 4:1".
static const char *places_of(const char *text, const struct scenario_setting *setting) {
    static char places[1000];
    struct scenario scenario;
    assert_int_equal(
        scenario_parse("t", text, strlen(text), setting, setting != NULL, &scenario, &error),
        STATUS_BAD_DATA);
    places[0] = 0;
    for (const char *at = error.message; at != NULL; at = strchr(at, '\n')) {
        int line = 0;
        int column = 0;
        at += *at == '\n';
        if (sscanf(at, "t:%d:%d: error:", &line, &column) == 2) {
            size_t used = strlen(places);
            snprintf(places + used, sizeof places - used, "%s%d:%d", used > 0 ? " " : "", line,
                     column);
        }
    }
    return places;
}

// Who is told one mistake at a time runs the program once for each.
static void scenario_mistakes__of_keys_and_values__are_told_in_the_order_of_the_text(void **state) {
    (void)state;
    assert_string_equal(places_of("training: {batch: 0, learning_rate: fast}\n"
                                  "seed: -1\n"
                                  "sede: 1\n"
                                  "policy: {name: asinc, lambda: -2, nmae: 1}\n"
                                  "cluster:\n"
                                  "  workers: 0.5\n"
                                  "  compute: 10\n"
                                  "seed: 2\n"
                                  "ties: [fifo]\n",
                                  NULL),
                        "1:19 1:37 2:7 3:1 4:16 4:31 4:35 6:12 7:12 8:1 9:7");
}

// Values that are right each by itself, but not together, are told together, too.
static void scenario_mistakes__of_several_combinations__are_all_told(void **state) {
    (void)state;
    assert_string_equal(places_of("end: 100 s\nmodel: mnist_ray\n"
                                  "cluster: {workers: 2, delay: {law: exponential, mean: 1 s, "
                                  "workers: 5}}\n"
                                  "evaluation: {every: 1 ns}\n",
                                  NULL),
                        "3:69 4:21");
}

// Each has what a single one has: the line, a caret and what is allowed.
static void scenario_mistakes__every_one__shows_its_line_and_what_is_allowed(void **state) {
    (void)state;
    assert_string_equal(places_of("seed: -1\nties: fofi\n", NULL), "1:7 2:7");
    const char *second = strstr(error.message, "\nt:2:7: error: ");
    assert_non_null(second);
    assert_non_null(strstr(second, "\nties: fofi\n      ^\n"));
    assert_non_null(strstr(second, "did you mean 'fifo'?"));
    assert_memory_equal(error.message, "t:1:7: error: ", 14);
}

// A mistake that only another one makes sends its author to a line that is right.
static void scenario_mistakes__that_only_the_first_makes__are_not_told(void **state) {
    (void)state;
    // "10 s" is right of a threshold that counts time, and "counts" is what is wrong.
    assert_string_equal(places_of("policy:\n  name: hybrid\n"
                                  "  threshold: {schedule: step, counts: tiem, every: 10 s}\n",
                                  NULL),
                        "3:39");
    assert_string_equal(places_of("policy:\n  name: hybrid\n"
                                  "  threshold: {schedule: step, cuonts: time, every: 10 s}\n",
                                  NULL),
                        "3:31");
    // What stands in an unknown map is unknown with it, and combinations wait for their parts.
    assert_string_equal(places_of("clutser: {workers: 0, wrokers: 1}\n", NULL), "1:1");
    assert_string_equal(places_of("cluster: {workers: x, delay: {law: exponential, mean: 1 s, "
                                  "workers: 50}}\n",
                                  NULL),
                        "1:20");
}

// What the file says comes first; a setting's mistake stands behind, and in full.
static void scenario_mistakes__of_a_setting__stand_behind_those_of_the_file(void **state) {
    (void)state;
    const struct scenario_setting setting = {"training.batch", "0"};
    assert_string_equal(places_of("ties: fofi\n", &setting), "1:7");
    assert_non_null(strstr(error.message, "\n--set training.batch=0:1:1: error: "));
}

// A law, a table, a list and a past are told whole: not one part after the other.
static void scenario_mistakes__within_one_value__are_all_told(void **state) {
    (void)state;
    assert_string_equal(places_of("cluster:\n"
                                  "  compute: {law: normal, mean: 1, std: 0 s, negative: maybe,\n"
                                  "            sdt: 1 s, mean: 2 s}\n"
                                  "  delay: {law: uniform, workers: x}\n",
                                  NULL),
                        "2:32 2:40 2:55 3:13 3:23 4:16 4:16 4:34");
    assert_string_equal(places_of("model: {name: mlp, hidden: [0, 5, x]}\n"
                                  "policy:\n  name: hybrid\n  threshold:\n"
                                  "    schedule: table\n"
                                  "    table: [[0, 0], [1], [5, 2], [4, 2], [x, 3]]\n",
                                  NULL),
                        "1:29 1:35 6:17 6:21 6:35 6:43");
    assert_string_equal(places_of("model: none\n"
                                  "past: [{until: 4, policy: async}, {until: 5 s, seed: 3},\n"
                                  "       {until: 6 s, policy: {lambda: -1, nmae: x}, sede: 1}]\n",
                                  NULL),
                        "2:16 2:35 3:42 3:52 3:38");
}

static const char *places_with(const char *text, const struct scenario_setting *settings,
                               size_t count) {
    struct scenario scenario;
    assert_int_equal(scenario_parse("t", text, strlen(text), settings, count, &scenario, &error),
                     STATUS_BAD_DATA);
    return error.message;
}

// Settings are told together, with what is wrong in the file, and of one that sets a group all.
static void scenario_mistakes__of_settings__are_all_told(void **state) {
    (void)state;
    const struct scenario_setting settings[] = {{"training.bacth", "0"},
                                                {"policy", "{nmae: async, sedn: 1}"},
                                                {"ties", "{"},
                                                {"training.batch", "0"}};
    static const char *const told[] = {"t:2:1: error: unknown key 'sede'",
                                       "--set training.bacth=0:1:1: error: ",
                                       "unknown key 'nmae' under 'policy'",
                                       "unknown key 'sedn' under 'policy'",
                                       "--set ties={:",
                                       "--set training.batch=0:1:1: error: "};
    const char *message = places_with("seed: 1\nsede: 2\n", settings, 4);
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        if (strstr(message, told[i]) == NULL) {
            fail_msg("no '%s' in\n%s", told[i], message);
        }
    }
    assert_memory_equal(message, told[0], strlen(told[0]));
    // Of settings that could not be applied nothing else follows.
    message = places_with("cluster: {workers: 2, delay: {law: exponential, mean: 1 s, workers: 5}}",
                          settings, 1);
    assert_null(strstr(message, "but the cluster has"));
}

// Whoever gave the program something else than a scenario need not scroll.
static void scenario_mistakes__too_many__are_counted(void **state) {
    (void)state;
    char text[8192] = "";
    for (int i = 0; i < 90; i++) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "k%d: 1\n", i);
    }
    places_of(text, NULL);
    size_t more = 0;
    const char *last = strrchr(error.message, '\n');
    assert_int_equal(sscanf(last, "\nand %zu more", &more), 1);
    assert_in_range(more, 90 - MISTAKES_SHOWN, 89);
    for (int i = 90; i < 600; i++) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "k%d: 1\n", i);
    }
    places_of(text, NULL);
    assert_int_equal(sscanf(strrchr(error.message, '\n'), "\nand at least %zu more", &more), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenario_mistakes__of_keys_and_values__are_told_in_the_order_of_the_text),
        cmocka_unit_test(scenario_mistakes__of_several_combinations__are_all_told),
        cmocka_unit_test(scenario_mistakes__every_one__shows_its_line_and_what_is_allowed),
        cmocka_unit_test(scenario_mistakes__that_only_the_first_makes__are_not_told),
        cmocka_unit_test(scenario_mistakes__of_a_setting__stand_behind_those_of_the_file),
        cmocka_unit_test(scenario_mistakes__within_one_value__are_all_told),
        cmocka_unit_test(scenario_mistakes__of_settings__are_all_told),
        cmocka_unit_test(scenario_mistakes__too_many__are_counted),
    };
    return cmocka_run_group_tests_name("scenario_mistakes", tests, NULL, NULL);
}
