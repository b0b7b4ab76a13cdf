// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_past.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_document.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_mistakes.h"
#include "sim/scenario/scenario_print.h"
#include "sim/scenario/scenario_resolve.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/scenario/scenario_times.h"
#include "sim/scenario/scenario_tree.h"
#include "sim/scenario/scenario_value.h"

// ---- what may differ, as text ----

struct leaf_writer {
    const char *other; // leaves that it has, too, are left out; NULL: none are
    struct text_buffer *buffer;
    bool without_names; // leaves under a name are left out, too
};

static void write_leaf(void *context, const char *key, const char *value) {
    const struct leaf_writer *writer = context;
    const char *why = NULL;
    char other[SCENARIO_PAST_SIZE];
    if (scenario_past_rule(key, &why) != PAST_MAY_DIFFER ||
        (writer->without_names && schema_find_named(key) != NULL) ||
        (writer->other != NULL && canonical_text_value(writer->other, key, other, sizeof other) &&
         strcmp(other, value) == 0)) {
        return;
    }
    text_buffer_add(writer->buffer, ", %s: %s", key, value);
}

// ", KEY: VALUE, ..." for what "text" says otherwise than "other".
static void write_differences(const char *text, const char *other, bool without_names,
                              struct text_buffer *buffer) {
    REQUIRE(text != NULL);
    struct leaf_writer writer = {.other = other, .buffer = buffer, .without_names = without_names};
    canonical_text_each(text, write_leaf, &writer);
}

// Under the names of one key: what one scenario says otherwise than another.
struct named_writer {
    const char *other; // its canonical text; NULL: all is written
    bool absences;     // what it lacks is written, with the value that it then has
    struct text_buffer *buffer;
};

static void write_named_leaf(void *context, const char *dotted, const char *value) {
    const struct named_writer *writer = context;
    char other[SCENARIO_PAST_SIZE];
    bool has =
        writer->other != NULL && canonical_text_value(writer->other, dotted, other, sizeof other);
    if (writer->absences && !has) {
        text_buffer_add(writer->buffer, ", %s: %s", dotted, schema_find_row(dotted)->fallback);
    } else if (!writer->absences && !(has && strcmp(other, value) == 0)) {
        text_buffer_add(writer->buffer, ", %s: %s", dotted, value);
    }
}

// ", KEY: VALUE, ..." for what "earlier" says otherwise than "present" in maps by names. Where the
// names, or their order, which may decide who is in them, are others, the whole map is written.
static void write_named(const struct scenario *earlier, const struct scenario *present,
                        struct text_buffer *buffer) {
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        if (schema_table[key].type->named == NULL) {
            continue;
        }
        bool same = value_names_are_equal(key, earlier, present);
        char *texts[2] = {scenario_past_present_text(earlier), scenario_past_present_text(present)};
        struct named_writer writer = {.other = same ? texts[1] : NULL, .buffer = buffer};
        if (!same && value_name_count(key, present) > 0) {
            text_buffer_add(buffer, ", %s: none", schema_table[key].key);
        }
        value_each_named_leaf(key, earlier, write_named_leaf, &writer);
        writer = (struct named_writer){.other = texts[0], .absences = true, .buffer = buffer};
        if (same) {
            value_each_named_leaf(key, present, write_named_leaf, &writer);
        }
        memory_free(texts[0]);
        memory_free(texts[1]);
    }
}

static char *value_text(enum scenario_key key, const struct scenario *scenario) {
    REQUIRE(key < KEY_COUNT);
    struct text_buffer buffer = {0};
    value_write(key, scenario, &buffer);
    return buffer.text;
}

// Whether "earlier" is another scenario, or none, with the key's value of "present".
static bool would_matter(enum scenario_key key, const struct scenario *earlier,
                         const struct scenario *present) {
    REQUIRE(key < KEY_COUNT);
    struct scenario changed = *earlier;
    struct document *document = document_create();
    struct node *node = NULL;
    struct error error;
    char *text = value_text(key, present);
    if (!schema_table[KEY_COUNTS].applies(earlier)) { // then the present's is read beside it
        changed.training.policy.threshold.counts = present->training.policy.threshold.counts;
    }
    enum status status =
        document_add_text(document, schema_table[key].key, text, strlen(text), &node, &error);
    if (status == STATUS_OK) {
        status = value_read(key, node, &changed, &error);
    }
    document_destroy(document);
    memory_free(text);
    // Every value is read, and 10 s cannot be where gradients are counted.
    return status != STATUS_OK || schema_table[key].applies(&changed);
}

// ", KEY: VALUE, ..." for what the canonical text of "earlier" leaves out, because it stands at
// none, as a momentum of 0 does, or has no part in it, and "present" does not: not written, it
// would be the present's.
static void write_absences(const struct scenario *earlier, const struct scenario *present,
                           struct text_buffer *buffer) {
    const char *why = NULL;
    for (enum scenario_key key = 0; key < KEY_COUNT; key++) {
        const struct schema_key *entry = &schema_table[key];
        if (scenario_past_rule(entry->key, &why) == PAST_MAY_DIFFER && entry->type->named == NULL &&
            !entry->applies(earlier) && entry->applies(present) &&
            would_matter(key, earlier, present)) {
            char *value = value_text(key, earlier);
            text_buffer_add(buffer, ", %s: %s", entry->key, value);
            memory_free(value);
        }
    }
}

char *scenario_past_present_text(const struct scenario *scenario) {
    struct scenario present = *scenario;
    present.past[0] = 0;
    present.semantics = 1;
    return scenario_print(&present);
}

static bool differ_midway(const char *a, const char *b) {
    REQUIRE(a != NULL && b != NULL);
    struct text_buffer differences = {0};
    write_differences(a, b, false, &differences);
    write_differences(b, a, false, &differences);
    bool differ = differences.length > 0;
    text_buffer_clear(&differences);
    return differ;
}

// ---- what a past may hold ----

static enum status complain(const struct past_place *place, struct error *error,
                            const char *sentence) {
    REQUIRE(place->node != NULL || place->name != NULL);
    return place->node != NULL ? node_error(place->node, error, NULL, "%s", sentence)
                               : error_set(error, STATUS_BAD_DATA, "%s: %s", place->name, sentence);
}

struct rule_check {
    const char *other;
    bool forks; // keys that follow may differ
    char *sentence;
    size_t size;
};

static void check_leaf(void *context, const char *key, const char *value) {
    const struct rule_check *check = context;
    const char *why = NULL;
    char other[SCENARIO_PAST_SIZE];
    enum past_rule rule = scenario_past_rule(key, &why);
    bool equal =
        canonical_text_value(check->other, key, other, sizeof other) && strcmp(other, value) == 0;
    bool allowed = rule == PAST_MAY_DIFFER || (rule == PAST_FOLLOWS && check->forks);
    if (equal || allowed || check->sentence[0] != 0) {
        return;
    }
    snprintf(check->sentence, check->size, "'%s' cannot change %s: %s", key,
             check->forks ? "at a fork" : "midway", why);
}

void scenario_past_check_rules(const char *text, const char *other, bool forks, char *sentence,
                               size_t size) {
    REQUIRE(text != NULL && other != NULL && size > 0);
    sentence[0] = 0;
    struct rule_check check = {other, forks, sentence, size};
    canonical_text_each(text, check_leaf, &check);
    check.other = text;
    canonical_text_each(other, check_leaf, &check);
}

static enum status check_policy(const struct scenario *scenario, const struct past_place *place,
                                struct error *error) {
    REQUIRE(scenario->training.policy.policy < POLICY_COUNT);
    char sentence[256];
    const struct policy_entry *policy = &policy_table[scenario->training.policy.policy];
    if (policy->may_change_midway) {
        return STATUS_OK;
    }
    snprintf(sentence, sizeof sentence,
             "a run under '%s' cannot change midway: this policy keeps account of more than the "
             "server's buffer",
             policy->name);
    return complain(place, error, sentence);
}

// The draws of the past stay what they were. Under seeds that follow the policy, they would not.
static enum status check_seeds(const struct scenario *earlier, const struct scenario *present,
                               const struct past_place *place, struct error *error) {
    REQUIRE(earlier != NULL && present != NULL);
    if (earlier->training.policy.policy == present->training.policy.policy ||
        !scenario_seeds_follow_policy(present)) {
        return STATUS_OK;
    }
    return complain(place, error,
                    "'policy.name' cannot change midway where 'seeds' follow it: the draws of the "
                    "past would be others");
}

// ---- the canonical past ----

static enum status check_and_store(const struct text_buffer *past, struct scenario *scenario,
                                   const struct past_place *place, struct error *error) {
    REQUIRE(scenario->past[0] == 0);
    char sentence[256];
    if (past->length + 1 >= sizeof scenario->past) {
        snprintf(sentence, sizeof sentence,
                 "the past is too long: written out it may have %zu bytes, this has %zu",
                 sizeof scenario->past - 2, past->length);
        return complain(place, error, sentence);
    }
    snprintf(scenario->past, sizeof scenario->past, "%s%s", text_buffer_text(past),
             past->length == 0 ? "" : "]");
    return STATUS_OK;
}

enum status scenario_past_store(const struct scenario_phase *phases, size_t count,
                                struct scenario *scenario, const struct past_place *place,
                                struct error *error) {
    REQUIRE(count <= SCENARIO_PHASES_MAX + 1);
    struct text_buffer past = {0};
    char time[SIM_TIME_TEXT_SIZE];
    char *present = scenario_past_present_text(scenario);
    char *next = scenario_past_present_text(count > 0 ? &phases[0].scenario : scenario);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        char *text = next;
        next = scenario_past_present_text(i + 1 < count ? &phases[i + 1].scenario : scenario);
        bool over = phases[i].until_ns <= scenario->cluster.start_up_ns;
        if (!over && differ_midway(text, next)) {
            text_buffer_add(&past, "%s{until: %s", past.length == 0 ? "[" : ", ",
                            sim_time_format(phases[i].until_ns, time));
            write_differences(text, present, true, &past);
            write_named(&phases[i].scenario, scenario, &past);
            write_absences(&phases[i].scenario, scenario, &past);
            text_buffer_add(&past, "}");
            status = check_policy(&phases[i].scenario, place, error);
            status = status == STATUS_OK ? check_seeds(&phases[i].scenario, scenario, place, error)
                                         : status;
        }
        memory_free(text);
        if (status == STATUS_OK &&
            !times_files_add(&scenario->times_files, &phases[i].scenario.times_files)) {
            status = complain(place, error, "too many files of measured times");
        }
    }
    if (status == STATUS_OK && past.length > 0) {
        status = check_policy(scenario, place, error);
    }
    if (status == STATUS_OK) {
        status = check_and_store(&past, scenario, place, error);
    }
    memory_free(next);
    memory_free(present);
    text_buffer_clear(&past);
    return status;
}

// ---- reading ----

static const char example[] = "for example past: [{until: 40 s, policy.name: async}]";

static enum status read_until(const struct node *entry, int64_t *until_ns, struct error *error) {
    REQUIRE(entry->kind == NODE_MAP);
    const struct node *until = node_member(entry, "until");
    if (until == NULL || until->kind != NODE_SCALAR) {
        return node_error(entry, error, example, "an entry of 'past' says until when");
    }
    const char *wrong = sim_time_parse(until->text, until_ns);
    if (wrong != NULL || *until_ns < 0) {
        return node_error(until, error, example, "'until' is no time: %s",
                          wrong != NULL ? wrong : "it is before the start");
    }
    return STATUS_OK;
}

// All members of an entry but "until".
static enum status set_members(struct document *document, struct node *root,
                               const struct node *entry, struct error *error) {
    REQUIRE(entry->kind == NODE_MAP && root->kind == NODE_MAP);
    struct mistakes mistakes = {0};
    for (const struct node *member = entry->first;
         member != NULL && mistakes.count < MISTAKES_COUNTED; member = member->next) {
        const struct node *key = member->key;
        struct error wrong;
        enum status status = STATUS_OK;
        if (node_member(entry, key->text) != member) {
            status = node_error(key, &wrong, NULL, "'%s' is written twice", key->text);
        } else if (strcmp(key->text, "past") == 0) {
            status = node_error(key, &wrong, example, "a past has no past of its own");
        } else if (strcmp(key->text, "until") != 0) {
            status = scenario_tree_set(document, root, key, member, &wrong);
        }
        if (status != STATUS_OK) {
            mistakes_add(&mistakes, entry, key, &wrong);
        }
    }
    return mistakes_finish(&mistakes, error);
}

// Whether a whole scenario keeps the rules of what may differ.
static enum status check_phase(const struct node *entry, const char *present,
                               const struct scenario *scenario, struct error *error) {
    char sentence[256];
    char *text = scenario_print(scenario);
    scenario_past_check_rules(text, present, false, sentence, sizeof sentence);
    memory_free(text);
    return sentence[0] == 0 ? STATUS_OK : node_error(entry, error, NULL, "%s", sentence);
}

// A past being read, entry after entry.
struct past_reading {
    const struct scenario *scenario; // whose past it is
    const char *present;             // its canonical text without the past
    struct scenario_notes *notes;    // NULL: nobody asks
};

// notes: of this entry.
static enum status read_phase(const struct node *entry, const char *present,
                              struct scenario_phase *phase, struct scenario_notes *notes,
                              struct error *error) {
    struct error wrong;
    struct mistakes mistakes = {0};
    if (entry->kind != NODE_MAP) {
        return node_error(entry, error, example, "an entry of 'past' is a map");
    }
    struct document *document = document_create();
    struct node *root = NULL;
    enum status status =
        document_add_text(document, "past", present, strlen(present), &root, error);
    ENSURE(status == STATUS_OK); // it is canonical
    if (read_until(entry, &phase->until_ns, &wrong) != STATUS_OK) {
        mistakes_add(&mistakes, entry, entry, &wrong);
    }
    if (set_members(document, root, entry, &wrong) != STATUS_OK) {
        mistakes_add(&mistakes, entry, entry, &wrong);
    }
    if (mistakes.count > 0 && scenario_resolve_parts(root, &wrong) != STATUS_OK) {
        mistakes_add(&mistakes, entry, entry, &wrong);
    }
    status = mistakes_finish(&mistakes, error);
    if (status == STATUS_OK) {
        status = scenario_resolve(root, &phase->scenario, notes, error);
    }
    document_destroy(document);
    return status == STATUS_OK ? check_phase(entry, present, &phase->scenario, error) : status;
}

// The entry after so many others.
static enum status read_entry(const struct node *entry, const struct past_reading *reading,
                              struct scenario_phase *phases, size_t count, struct error *error) {
    REQUIRE(count <= SCENARIO_PHASES_MAX);
    struct scenario_phase *phase = &phases[count];
    const struct end_options *end = &reading->scenario->end;
    if (count == SCENARIO_PHASES_MAX) {
        return node_error(entry, error, NULL, "a past has at most %d entries", SCENARIO_PHASES_MAX);
    }
    struct scenario_notes *notes =
        reading->notes == NULL ? NULL : scenario_notes_of_past(reading->notes, count);
    enum status status = read_phase(entry, reading->present, phase, notes, error);
    if (status == STATUS_OK && count > 0 && phase->until_ns <= phase[-1].until_ns) {
        status = node_error(entry, error, NULL,
                            "the entries of a past stand in order of time, each later than the one "
                            "before");
    }
    if (status == STATUS_OK && end->kind == END_TIME && phase->until_ns > end->time_ns) {
        status = node_error(entry, error, NULL, "the run ends before that");
    }
    return status;
}

static enum status read_phases(const struct node *list, const struct past_reading *of,
                               struct scenario_phase *phases, size_t *count, struct error *error) {
    char *present = scenario_past_present_text(of->scenario);
    const struct past_reading reading = {of->scenario, present, of->notes};
    struct mistakes mistakes = {0};
    REQUIRE(list->kind == NODE_LIST);
    *count = 0;
    for (const struct node *entry = list->first;
         entry != NULL && mistakes.count < SCENARIO_PHASES_MAX; entry = entry->next) {
        struct error wrong;
        if (read_entry(entry, &reading, phases, *count, &wrong) == STATUS_OK) {
            ++*count;
        } else {
            mistakes_add(&mistakes, list, entry, &wrong);
        }
    }
    memory_free(present);
    return mistakes_finish(&mistakes, error);
}

enum status scenario_past_resolve(const struct node *list, struct scenario *scenario,
                                  struct scenario_notes *notes, struct error *error) {
    if (list->kind == NODE_SCALAR && strcmp(list->text, "none") == 0) {
        scenario->past[0] = 0;
        return STATUS_OK;
    }
    if (list->kind != NODE_LIST) {
        return node_error(list, error, example, "'past' takes a list, or none");
    }
    struct scenario_phase *phases = memory_allocate(SCENARIO_PHASES_MAX, sizeof *phases);
    size_t count = 0;
    const struct past_reading reading = {.scenario = scenario, .notes = notes};
    enum status status = read_phases(list, &reading, phases, &count, error);
    if (status == STATUS_OK) {
        const struct past_place place = {.node = list};
        status = scenario_past_store(phases, count, scenario, &place, error);
    }
    memory_free(phases);
    return status;
}

size_t scenario_past_phases(const struct scenario *scenario, struct scenario_phase **phases) {
    size_t count = 0;
    *phases = NULL;
    if (scenario->past[0] == 0) {
        return 0;
    }
    struct error error;
    struct document *document = document_create();
    struct node *list = NULL;
    *phases = memory_allocate(SCENARIO_PHASES_MAX, sizeof **phases);
    enum status status =
        document_add_text(document, "past", scenario->past, strlen(scenario->past), &list, &error);
    if (status == STATUS_OK) {
        const struct past_reading reading = {.scenario = scenario};
        status = read_phases(list, &reading, *phases, &count, &error);
    }
    ENSURE(status == STATUS_OK); // it is canonical
    document_destroy(document);
    return count;
}

bool scenario_past_lacks_times(const struct scenario *scenario) {
    struct scenario_phase *phases = NULL;
    size_t count = scenario_past_phases(scenario, &phases);
    bool lack = scenario_times_lack(&scenario->cluster, &scenario->times_files);
    for (size_t i = 0; i < count; i++) {
        lack = lack || scenario_times_lack(&phases[i].scenario.cluster, &scenario->times_files);
    }
    memory_free(phases);
    return lack;
}
