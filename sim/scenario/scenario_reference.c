// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_reference.h"

#include <string.h>

#include "models/data/dataset.h"
#include "models/model.h"
#include "sim/base/distribution.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_document.h"
#include "sim/scenario/scenario_law.h"
#include "sim/scenario/scenario_past.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/scenario/scenario_source.h"
#include "sim/training/threshold_schedule.h"

const char scenario_example[] =
    "# Eight workers train a small net; two of them are slow.\n"
    "title: Two slow workers\n"
    "seed: 1\n"
    "end: 20 s\n"
    "model: mnist_ray\n"
    "training: {batch: 32, learning_rate: 0.01}\n"
    "policy:\n"
    "  name: hybrid\n"
    "  threshold: {schedule: step, every: 100, start: 1, increment: 1}\n"
    "cluster:\n"
    "  workers: 8\n"
    "  compute: {law: uniform, min: 180 ms, max: 220 ms}\n"
    "  delay: {law: exponential, mean: 300 ms, workers: 2}\n"
    "  network: {latency: 1 ms, bandwidth: 10 Gbit/s}\n"
    "  server: {receive: 10 ms, update: 5 ms}\n";

static const char introduction[] =
    "# Scenarios\n"
    "\n"
    "<!-- Made by `make docs` from the tables of the program: edit those. -->\n"
    "\n"
    "A scenario is a text file in YAML that says everything that determines a run: who trains "
    "what, "
    "under which policy, on what kind of cluster, until when. The same scenario and seed give the "
    "same events and the same parameters, bit for bit.\n"
    "\n"
    "## How to write one\n"
    "\n";

static const char usage[] =
    "\n"
    "```\n"
    "desgd check FILE                             is it right, and what does it come to?\n"
    "desgd run FILE -o run.h5                     run it\n"
    "desgd run FILE --set policy.name=async       the same, but for one key\n"
    "```\n"
    "\n"
    "Every key has a default, so `{model: mnist_ray, policy: {name: async}}` is a scenario, too. "
    "`desgd check` prints the canonical form, in which every key that applies is written out; the "
    "log keeps it. A key that does not apply, such as `policy.threshold` under `sync`, may stand "
    "in the file: it is checked, and then dropped from the canonical form, with a note. So one "
    "file "
    "serves many policies. Refused, with the reason, is momentum where a policy has no rule for "
    "it: "
    "under `easgd`, `hpsgd`, `cocod` and `overlap_local_sgd`.\n"
    "\n"
    "- A time carries its unit: `200 ms`; known are `ns`, `us`, `ms`, `s`, `min` and `h`. Times "
    "are exact to the nanosecond.\n"
    "- A key that is written in dots, `policy.threshold.every`, stands in nested maps, in lines of "
    "their own or in braces: `policy: {threshold: {every: 300}}`. In dots it is for `--set` and "
    "for "
    "sweeps.\n"
    "- `--set KEY=VALUE` takes YAML: `--set 'cluster.compute={law: uniform, min: 180 ms, max: 220 "
    "ms}'`. Setting a law replaces all of it; `--set 'cluster.delay.std=500 ms'` changes one "
    "number "
    "of it. Setting a group sets each key that the map names.\n"
    "- A key that is written has a value: `policy:` with nothing behind it, `{}`, `~` and `null` "
    "are mistakes, in a file, in `--set` and in a sweep; only a title may be empty. Leave a key "
    "out for its default.\n"
    "- A mistake is told with its file, line and column, and with what would be right. Anchors, "
    "aliases, tags and merge keys are not read.\n";

static const char what_if[] =
    "\n"
    "## What if: runs that change midway\n"
    "\n"
    "`desgd run --from FILE.h5 --at TIME --set KEY=VALUE -o NEW.h5` forks a finished run: events "
    "before TIME are those of FILE.h5, bit for bit, and from TIME on the run follows the changed "
    "scenario. The new log's scenario has both in it:\n"
    "\n"
    "```yaml\n"
    "model: none\n"
    "policy: {name: hybrid, threshold: {every: 100}}\n"
    "past: [{until: 40 s, policy.threshold.every: 300}]\n"
    "```\n"
    "\n"
    "says that `every` was 300 until 40 s. It is a scenario like any other: it can be run by "
    "itself, replayed, compared, swept and forked again, and then has one entry more; each names "
    "what was otherwise than it is at the end. A past that changes nothing is dropped from the "
    "canonical form, so a fork without `--set` is the same run with the same log.\n"
    "\n"
    "- At TIME nothing happens. The queue, the service under way, the buffer, n, the version and "
    "the gradients under way stay as they are; the next receipt is the first that asks the new "
    "policy, and n counts on. A flush takes the whole buffer, also what joined it under the old "
    "policy. A worker that waits for the reply to a gradient in the buffer gets it after the flush "
    "that applies that gradient, whatever the policy is by then, and one that has been replied to "
    "is not replied to again. Whom ssp held back goes on at the next receipt, where the new policy "
    "does not hold them.\n"
    "- Nobody waits for ever: the change comes between two receipts, when at least one worker is "
    "not waiting, and its gradient is received some day and tested against a K of at most the "
    "number of workers.\n"
    "- A gradient that was dispatched before TIME keeps its spans, an update that had begun its "
    "own; later ones draw from the laws of the new scenario. Draws are keyed by worker and number, "
    "so where the laws are the same, so are the delays, under every policy.\n"
    "- An update that ends at TIME or later is made with the new learning rate and `combine`. "
    "`end`, `title`, `log` and `evaluation` may be set, too: they hold for the whole of the new "
    "run.\n"
    "- The past is rebuilt by running it again with the recorded spans; every event and every "
    "update of it is held against the log. The data set must be the one that the log was made "
    "with.\n"
    "\n"
    "What cannot change midway, and why:\n"
    "\n";

// Adds the words right below "group" that apply to the scenario, each once.
static void list_keys(const struct scenario *scenario, const char *group,
                      struct text_buffer *buffer) {
    const char *last = "";
    size_t last_length = 0;
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        const char *dotted = schema_table[key].key;
        if (strncmp(dotted, group, strlen(group)) != 0 ||
            !schema_table[key].condition->holds(scenario)) {
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
    struct scenario scenario = {.model = "mnist_ray", .training.policy.policy = policy};
    list_keys(&scenario, "policy.", buffer);
}

void scenario_list_schedule_keys(enum threshold_schedule schedule, struct text_buffer *buffer) {
    struct scenario scenario = {
        .model = "mnist_ray",
        .training.policy = {.policy = POLICY_HYBRID,
                            .threshold = {.schedule = schedule, .start = 1, .end = 2}}};
    list_keys(&scenario, "policy.threshold.", buffer);
}

// Underscores and bars are Markdown's own; keys stand in backticks, where only bars matter.
static void write_cell(FILE *out, const char *text) {
    for (; *text != 0; text++) {
        fprintf(out, *text == '|' ? "\\|" : "%c", *text);
    }
}

static const char *unit_of(const struct schema_key *key) {
    switch (key->type) {
    case TYPE_TIME:
    case TYPE_LAW:
    case TYPE_LAW_OR_NONE:
        return "time";
    case TYPE_END:
        return "time or count";
    case TYPE_BANDWIDTH:
        return "bits or bytes per second";
    case TYPE_MESSAGE:
        return "bytes";
    case TYPE_SHARE_OR_COUNT:
        return "share or count";
    default:
        return "–";
    }
}

// A law's range in the table is a link: the list of laws is a section of its own.
static void write_range(FILE *out, const struct schema_key *key) {
    struct text_buffer allowed = {0};
    if (key->type == TYPE_LAW || key->type == TYPE_LAW_OR_NONE) {
        text_buffer_add(&allowed, "%sa time %s 0 s, or a [law](#laws)",
                        key->type == TYPE_LAW ? "" : "none, ",
                        key->least > 0 ? "longer than" : "of at least");
    } else {
        schema_write_allowed(key, &allowed);
    }
    write_cell(out, text_buffer_text(&allowed));
    text_buffer_clear(&allowed);
}

static void write_keys_table(FILE *out) {
    fputs("\n## Keys\n\n| key | unit | range | default | what it says |\n|---|---|---|---|---|\n",
          out);
    for (int i = 0; i < KEY_COUNT; i++) {
        const struct schema_key *key = &schema_table[i];
        fprintf(out, "| `%s` | %s | ", key->key, unit_of(key));
        write_range(out, key);
        fprintf(out, " | `%s` | ", key->fallback);
        write_cell(out, key->doc);
        if (key->condition->text[0] != 0) {
            fprintf(out, " Applies: %s.", key->condition->text);
        }
        fputs(" |\n", out);
    }
}

static void write_law_parameter(FILE *out, const struct law_parameter *parameter) {
    char least[SIM_TIME_TEXT_SIZE];
    if (parameter->kind == LAW_PARAMETER_NUMBER) {
        fprintf(out, "`%s`: a number from %g to %g", parameter->name, LAW_NUMBER_LEAST,
                LAW_NUMBER_MOST);
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

static void write_laws(FILE *out) {
    fputs("\n## Laws\n\nA law of times is a map, `{law: normal, mean: 1 s, std: 250 ms}`; a bare "
          "time is a constant.\n\n| law | parameters | what it is |\n|---|---|---|\n",
          out);
    for (int i = 0; i < LAW_COUNT; i++) {
        const struct law_entry *law = &law_table[i];
        fprintf(out, "| `%s` | ", law->name);
        for (int p = 0; p < law->parameter_count; p++) {
            fputs(p == 0 ? "" : "; ", out);
            write_law_parameter(out, &law->parameters[p]);
        }
        for (int rule = 0; i == LAW_NORMAL && rule < NEGATIVE_RULE_COUNT; rule++) {
            fprintf(out, "%s%s", rule == 0 ? "; `negative`: " : ", ", negative_rule_names[rule]);
        }
        fputs(" | ", out);
        write_cell(out, law->summary);
        fputs(" |\n", out);
    }
    fprintf(out, "\nOf a draw below zero the first rule, `%s`, is the default.\n",
            negative_rule_names[0]);
}

static void write_training(FILE *out) {
    fputs("\n## Policies\n\n| policy | what it does | defined in | its keys under `policy` "
          "|\n|---|---|---|---|\n",
          out);
    for (int i = 0; i < POLICY_COUNT; i++) {
        struct text_buffer keys = {0};
        scenario_list_policy_keys((enum policy)i, &keys);
        fprintf(out, "| `%s` | ", policy_table[i].name);
        write_cell(out, policy_table[i].summary);
        fprintf(out, " | %s | %s |\n", policy_table[i].paper, text_buffer_text(&keys));
        text_buffer_clear(&keys);
    }
    fputs("\n## Schedules of the threshold\n\n| schedule | K | its keys under "
          "`policy.threshold` |\n|---|---|---|\n",
          out);
    for (int i = 0; i < SCHEDULE_COUNT; i++) {
        struct text_buffer keys = {0};
        scenario_list_schedule_keys((enum threshold_schedule)i, &keys);
        fprintf(out, "| `%s` | ", schedule_table[i].name);
        write_cell(out, schedule_table[i].summary);
        fprintf(out, " | %s |\n", text_buffer_text(&keys));
        text_buffer_clear(&keys);
    }
}

static void write_models(FILE *out) {
    fputs("\n## Models\n\n| model | what it is |\n|---|---|\n| `none` | no gradients: the timing "
          "alone |\n",
          out);
    for (size_t i = 0; i < model_catalogue_count(); i++) {
        fprintf(out, "| `%s` | ", model_catalogue_entry(i)->name);
        write_cell(out, model_catalogue_entry(i)->summary);
        fputs(" |\n", out);
    }
    fputs("\n## Data sets\n\n| data set | what it is | training samples | test samples |\n"
          "|---|---|---|---|\n",
          out);
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
static void write_what_if(FILE *out) {
    const char *last = "";
    fputs(what_if, out);
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

void scenario_write_reference(FILE *out) {
    fprintf(out, "%s```yaml\n%s```\n%s", introduction, scenario_example, usage);
    fprintf(out, "- A scenario is at most %d MB of UTF-8, nested at most %d levels deep.\n",
            SOURCE_SIZE_MAX / 1000000, DOCUMENT_DEPTH_MAX);
    write_keys_table(out);
    write_laws(out);
    write_training(out);
    write_models(out);
    write_what_if(out);
}

void scenario_write_keys(FILE *out) {
    for (int i = 0; i < KEY_COUNT; i++) {
        struct text_buffer allowed = {0};
        schema_write_allowed(&schema_table[i], &allowed);
        fprintf(out, "%s: %s\n    %s\n    allowed: %s\n", schema_table[i].key,
                schema_table[i].fallback, schema_table[i].doc, text_buffer_text(&allowed));
        text_buffer_clear(&allowed);
    }
}
