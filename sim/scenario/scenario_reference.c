// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_reference.h"

#include <string.h>

#include "models/data/dataset_catalogue.h"
#include "models/model_catalogue.h"
#include "sim/base/check.h"
#include "sim/base/distribution.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_events.h"
#include "sim/scenario/scenario_law.h"
#include "sim/scenario/scenario_own_value.h"
#include "sim/scenario/scenario_past.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/scenario/scenario_value.h"
#include "sim/scenario/scenario_variation.h"
#include "sim/training/threshold_schedule.h"

// Adds the words right below "group" that apply to the scenario, each once.
static void list_keys(const struct scenario *scenario, const char *group,
                      struct text_buffer *buffer) {
    REQUIRE(group != NULL);
    const char *last = "";
    size_t last_length = 0;
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        const char *dotted = schema_table[key].key;
        if (strncmp(dotted, group, strlen(group)) != 0 || !schema_table[key].applies(scenario)) {
            continue;
        }
        const char *word = dotted + strlen(group);
        size_t length = strcspn(word, ".");
        bool named = strcmp(word, "name") == 0 || strcmp(word, "schedule") == 0;
        if (!named && (length != last_length || strncmp(word, last, length) != 0)) {
            text_buffer_add(buffer, "%s%.*s", last[0] == 0 ? "" : ", ", (int)length, word);
            last = word;
            last_length = length;
        }
    }
}

void scenario_list_policy_keys(enum policy policy, struct text_buffer *buffer) {
    REQUIRE(policy < POLICY_COUNT);
    struct scenario scenario = {
        .model = "mnist_ray", .cluster.workers = 2, .training.policy.policy = policy};
    list_keys(&scenario, "policy.", buffer);
}

void scenario_list_schedule_keys(enum threshold_schedule schedule, struct text_buffer *buffer) {
    REQUIRE(schedule < SCHEDULE_COUNT);
    struct scenario scenario = {
        .model = "mnist_ray",
        .cluster.workers = 2,
        .training.policy = {.policy = POLICY_HYBRID,
                            .threshold = {.schedule = schedule, .start = 1, .end = 2}}};
    list_keys(&scenario, "policy.threshold.", buffer);
}

// Underscores and bars are Markdown's own; keys stand in backticks, where only bars matter.
static void write_cell(FILE *out, const char *text) {
    REQUIRE(text != NULL);
    for (; *text != 0; text++) {
        fprintf(out, *text == '|' ? "\\|" : "%c", *text);
    }
}

// A law's range in the table is a link: the list of laws is a section of its own.
static void write_range(FILE *out, const struct schema_key *key) {
    struct text_buffer allowed = {0};
    if (key->type->is_law) {
        bool own = key->type == &value_own_law || key->type == &value_own_delay;
        bool none = key->type == &value_delay || key->type == &value_own_delay ||
                    key->type == &value_law_or_none;
        text_buffer_add(&allowed, "%s%sa time %s 0 s, or a [law](#laws)", own ? "inherited, " : "",
                        none ? "none, " : "", key->least > 0 ? "longer than" : "of at least");
    } else {
        key_write_allowed(key, &allowed);
    }
    write_cell(out, text_buffer_text(&allowed));
    text_buffer_clear(&allowed);
}

void scenario_write_key_table(FILE *out) {
    fputs("| key | unit | range | default | what it says |\n|---|---|---|---|---|\n", out);
    char dotted[SCHEMA_DOTTED_SIZE];
    const struct schema_key *key = NULL;
    for (size_t i = 0; (key = schema_listed(i, dotted)) != NULL; i++) {
        fprintf(out, "| `%s` | %s | ", dotted, key->type->unit == NULL ? "–" : key->type->unit);
        write_range(out, key);
        fprintf(out, " | `%s` | ", key->fallback);
        write_cell(out, key->doc);
        struct text_buffer applies = {0};
        if (schema_find(dotted) != KEY_COUNT) {
            variation_write(schema_find(dotted), &applies);
        }
        if (applies.length > 0) {
            fprintf(out, " Applies: %s.", text_buffer_text(&applies));
        }
        text_buffer_clear(&applies);
        fputs(" |\n", out);
    }
}

static void write_law_parameter(FILE *out, const struct law_parameter *parameter) {
    REQUIRE(parameter->name != NULL);
    char least[SIM_TIME_TEXT_SIZE];
    if (parameter->kind != LAW_PARAMETER_TIME) {
        struct text_buffer allowed = {0};
        law_parameter_write_allowed(parameter, &allowed);
        fprintf(out, "`%s`: %s", parameter->name, text_buffer_text(&allowed));
        text_buffer_clear(&allowed);
        return;
    }
    fprintf(out, "`%s`: a time", parameter->name);
    if (parameter->least >= 0) {
        fprintf(out, ", %s %s", parameter->least_allowed ? "at least" : "longer than",
                sim_time_format((int64_t)parameter->least, least));
    }
    if (parameter->default_value == parameter->default_value) { // not NaN
        fprintf(out, " (default %s)", sim_time_format((int64_t)parameter->default_value, least));
    }
}

void scenario_write_law_table(FILE *out) {
    fputs("| law | parameters | what it is |\n|---|---|---|\n", out);
    for (int i = 0; i < LAW_COUNT; i++) {
        const struct law_entry *law = &law_table[i];
        fprintf(out, "| `%s` | ", law->name);
        bool is_measured = i == LAW_TRACE || i == LAW_EMPIRICAL;
        for (int p = 0; p < law->parameter_count && !is_measured; p++) {
            fputs(p == 0 ? "" : "; ", out);
            write_law_parameter(out, &law->parameters[p]);
        }
        for (int rule = 0; i == LAW_NORMAL && rule < NEGATIVE_RULE_COUNT; rule++) {
            fprintf(out, "%s%s%s", rule == 0 ? "; `negative`: " : ", ", negative_rule_names[rule],
                    rule == 0 ? " (default)" : "");
        }
        if (i == LAW_MIXTURE) {
            fprintf(out, "`parts`: 1 to %d laws by name, each with its `share`", LAW_PARTS_MAX);
        }
        if (is_measured) {
            fputs("`file`: a CSV file or a log; `column` of the times; their `unit` (of a log: "
                  "ns); `worker`: the column with the workers' names (default: none)",
                  out);
        }
        fputs(" | ", out);
        write_cell(out, law->summary);
        fputs(" |\n", out);
    }
}

// A paper by its link, where it is on arXiv.
static void write_paper(FILE *out, const char *paper) {
    const char *number = strncmp(paper, "arXiv ", 6) == 0 ? paper + 6 : NULL;
    if (number == NULL) {
        write_cell(out, paper);
    } else {
        fprintf(out, "[%s](https://arxiv.org/abs/%s)", number, number);
    }
}

void scenario_write_policy_table(FILE *out) {
    fputs("| policy | what it does | paper | example | its keys under `policy` "
          "|\n|---|---|---|---|---|\n",
          out);
    for (enum policy policy = 0; policy < POLICY_COUNT; policy++) {
        struct text_buffer keys = {0};
        const char *name = policy_table[policy].name;
        const char *folder = policy <= POLICY_HYBRID ? "mnist_" : "policies/";
        scenario_list_policy_keys(policy, &keys);
        fprintf(out, "| `%s` | ", name);
        write_cell(out, policy_table[policy].summary);
        fputs(" | ", out);
        write_paper(out, policy_table[policy].paper);
        fprintf(out, " | [%s.yaml](%s%s.yaml) | %s |\n", name, folder, name,
                text_buffer_text(&keys));
        text_buffer_clear(&keys);
    }
}

void scenario_write_schedule_table(FILE *out) {
    fputs("| schedule | K | its keys under `policy.threshold` |\n|---|---|---|\n", out);
    for (int i = 0; i < SCHEDULE_COUNT; i++) {
        struct text_buffer keys = {0};
        scenario_list_schedule_keys((enum threshold_schedule)i, &keys);
        fprintf(out, "| `%s` | ", schedule_table[i].name);
        write_cell(out, schedule_table[i].summary);
        fprintf(out, " | %s |\n", text_buffer_text(&keys));
        text_buffer_clear(&keys);
    }
}

void scenario_write_model_table(FILE *out) {
    fputs("| model | what it is |\n|---|---|\n| `none` | no gradients: the timing alone |\n", out);
    for (size_t i = 0; i < model_catalogue_count(); i++) {
        fprintf(out, "| `%s` | ", model_catalogue_entry(i)->name);
        write_cell(out, model_catalogue_entry(i)->summary);
        fputs(" |\n", out);
    }
}

void scenario_write_data_table(FILE *out) {
    fputs("| data set | what it is | training samples | test samples |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < dataset_catalogue_count(); i++) {
        const struct dataset_entry *entry = dataset_catalogue_entry(i);
        fprintf(out, "| `%s` | ", entry->name);
        write_cell(out, entry->summary);
        if (entry->train_count == 0) {
            fputs(" | as you say | as you say |\n", out);
        } else {
            fprintf(out, " | %zu | %zu |\n", entry->train_count, entry->test_count);
        }
    }
}

// Neighbours with one reason share a line.
void scenario_write_fixed_keys(FILE *out) {
    const char *last = "";
    for (enum scenario_key key = 0; key < KEY_PAST; key++) {
        const char *why = NULL;
        if (scenario_past_rule(schema_table[key].key, &why) != PAST_FIXED) {
            continue;
        }
        if (last[0] != 0) {
            if (strcmp(last, why) == 0) {
                fputs(", ", out);
            } else {
                fprintf(out, ": %s\n", last);
            }
        }
        fprintf(out, "%s`%s`", strcmp(last, why) == 0 ? "" : "- ", schema_table[key].key);
        last = why;
    }
    fprintf(out, ": %s\n", last);
}

void scenario_write_keys(FILE *out) {
    char dotted[SCHEMA_DOTTED_SIZE];
    const struct schema_key *key = NULL;
    for (size_t i = 0; (key = schema_listed(i, dotted)) != NULL; i++) {
        struct text_buffer allowed = {0};
        key_write_allowed(key, &allowed);
        fprintf(out, "%s: %s\n    %s\n    allowed: %s\n", dotted, key->fallback, key->doc,
                text_buffer_text(&allowed));
        text_buffer_clear(&allowed);
    }
}
