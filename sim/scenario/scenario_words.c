// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_words.h"

#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/cluster/worker_groups.h"
#include "sim/scenario/scenario_events_words.h"
#include "sim/scenario/scenario_past.h"
#include "sim/scenario/scenario_value.h"

// ---- numbers of workers ----

// The first member from a number on; workers: there is none.
static int32_t next_member(const bool *members, int32_t workers, int32_t from) {
    REQUIRE(from >= 0);
    while (from < workers && !members[from]) {
        from++;
    }
    return from;
}

// Of a row of members that begins at one: the last of it, but each of two is told by itself.
static int32_t row_end(const bool *members, int32_t workers, int32_t first) {
    REQUIRE(first < workers && members[first]);
    int32_t last = first;
    while (last + 1 < workers && members[last + 1]) {
        last++;
    }
    return last == first + 1 ? first : last;
}

static int32_t count_rows(const bool *members, int32_t workers) {
    int32_t rows = 0;
    for (int32_t first = next_member(members, workers, 0); first < workers; rows++) {
        first = next_member(members, workers, row_end(members, workers, first) + 1);
    }
    return rows;
}

void scenario_words_add_workers(struct text_buffer *buffer, const bool *members, int32_t workers) {
    REQUIRE(members != NULL && workers >= 1);
    int32_t rows = count_rows(members, workers);
    int32_t first = next_member(members, workers, 0);
    bool several = rows > 1 || (rows == 1 && row_end(members, workers, first) > first);
    text_buffer_add(buffer, rows == 0 ? "nobody" : several ? "workers " : "worker ");
    for (int32_t row = 0; row < rows; row++) {
        int32_t last = row_end(members, workers, first);
        text_buffer_add(buffer, "%s%" PRId32,
                        row == 0          ? ""
                        : row + 1 == rows ? " and "
                                          : ", ",
                        first);
        if (last > first) {
            text_buffer_add(buffer, " to %" PRId32, last);
        }
        first = next_member(members, workers, last + 1);
    }
}

// ---- who is delayed ----

// By cluster.delay: not those whose group has a delay of its own.
static void tell_delay(const struct cluster_options *cluster, const int16_t *group_of,
                       bool *members, void (*tell)(const char *sentence)) {
    const struct delay_options *delay = &cluster->delay;
    bool is_fixed = delay->who == DELAY_FIXED;
    int32_t delayed =
        is_fixed ? delay_options_fixed_workers(delay, cluster->workers) : cluster->workers;
    struct text_buffer sentence = {0};
    REQUIRE(delay->present && delayed <= cluster->workers);
    for (int32_t worker = 0; worker < cluster->workers; worker++) {
        int32_t group = group_of == NULL ? -1 : group_of[worker];
        bool has_own = group >= 0 && cluster->groups.entries[group].delay.own;
        members[worker] = worker < delayed && !has_own;
    }
    text_buffer_add(&sentence, "cluster.delay: ");
    scenario_words_add_workers(&sentence, members, cluster->workers);
    if (!is_fixed) {
        double share = delay->workers_is_count
                           ? (double)delay->workers_count / (double)cluster->workers
                           : delay->workers_share;
        text_buffer_add(&sentence, ", each gradient with a probability of %.3g %%", 100 * share);
    }
    tell(text_buffer_text(&sentence));
    text_buffer_clear(&sentence);
}

// ---- groups ----

struct group_writer {
    const char *prefix; // "cluster.groups.slow."
    bool has_uplink;    // of which something is said already
    struct text_buffer *sentence;
};

// ", network.latency 1 ms" for what is its own.
static void add_leaf(void *context, const char *dotted, const char *value) {
    static const char uplink[] = "uplink.";
    struct group_writer *writer = context;
    size_t length = strlen(writer->prefix);
    const char *key = dotted + length;
    if (strncmp(dotted, writer->prefix, length) != 0 || strcmp(key, "workers") == 0 ||
        strcmp(key, "who") == 0 || (strcmp(key, "slowdown") == 0 && strcmp(value, "1") == 0)) {
        return;
    }
    if (strncmp(key, uplink, strlen(uplink)) == 0) {
        text_buffer_add(writer->sentence, "%s%s %s",
                        writer->has_uplink ? ", " : ", who share an uplink of ",
                        key + strlen(uplink), value);
        writer->has_uplink = true;
    } else if (strcmp(key, "slowdown") == 0) {
        text_buffer_add(writer->sentence, ", compute takes %s times as long", value);
    } else {
        text_buffer_add(writer->sentence, ", %s %s", key, value);
    }
}

static void tell_group(const struct scenario *scenario, const bool *members, int32_t index,
                       void (*tell)(const char *sentence)) {
    const struct worker_group *group = &scenario->cluster.groups.entries[index];
    char prefix[SCHEMA_DOTTED_SIZE];
    char dotted[SCHEMA_DOTTED_SIZE];
    struct text_buffer sentence = {0};
    REQUIRE(index < scenario->cluster.groups.count);
    schema_join("cluster.groups", group->name, dotted);
    schema_join(dotted, "", prefix);
    struct group_writer writer = {.prefix = prefix, .sentence = &sentence};
    text_buffer_add(&sentence, "group %s: ", group->name);
    scenario_words_add_workers(&sentence, members, scenario->cluster.workers);
    if (group->who.who == WORKERS_DRAWN) {
        text_buffer_add(&sentence, ", drawn by seed %" PRIu64,
                        scenario_seed(scenario, SEEDS_TIMES));
    }
    value_each_named_leaf(KEY_GROUPS, scenario, add_leaf, &writer);
    tell(text_buffer_text(&sentence));
    text_buffer_clear(&sentence);
}

// Who is both in a group and among the first workers, whom cluster.delay delays: two things that
// are easily taken for one.
static void tell_overlap(const struct scenario *scenario, bool *members, int32_t index,
                         void (*tell)(const char *sentence)) {
    const struct cluster_options *cluster = &scenario->cluster;
    const struct worker_group *group = &cluster->groups.entries[index];
    int32_t delayed = cluster->delay.who == DELAY_FIXED
                          ? delay_options_fixed_workers(&cluster->delay, cluster->workers)
                          : 0;
    struct text_buffer sentence = {0};
    REQUIRE(index < cluster->groups.count && delayed <= cluster->workers);
    for (int32_t worker = delayed; worker < cluster->workers; worker++) {
        members[worker] = false;
    }
    int32_t first = next_member(members, cluster->workers, 0);
    if (group->delay.own || first == cluster->workers) {
        return;
    }
    scenario_words_add_workers(&sentence, members, cluster->workers);
    bool several = next_member(members, cluster->workers, first + 1) < cluster->workers;
    text_buffer_add(&sentence, " %s both in group %s and delayed", several ? "are" : "is",
                    group->name);
    tell(text_buffer_text(&sentence));
    text_buffer_clear(&sentence);
}

void scenario_words_tell(const struct scenario *scenario, void (*tell)(const char *sentence)) {
    REQUIRE(scenario != NULL && tell != NULL);
    const struct cluster_options *cluster = &scenario->cluster;
    int16_t *group_of = worker_groups_create(cluster, scenario_seed(scenario, SEEDS_TIMES));
    bool *members = memory_allocate((size_t)cluster->workers, sizeof *members);
    if (cluster->delay.present) {
        tell_delay(cluster, group_of, members, tell);
    }
    for (int32_t index = 0; index < cluster->groups.count; index++) {
        for (int32_t worker = 0; worker < cluster->workers; worker++) {
            members[worker] = group_of[worker] == index;
        }
        tell_group(scenario, members, index, tell);
        tell_overlap(scenario, members, index, tell);
    }
    memory_free(members);
    memory_free(group_of);
}

// ---- phases ----

static bool differ(const struct scenario *a, const struct scenario *b) {
    static const enum scenario_key keys[] = {KEY_GROUPS, KEY_EVENTS, KEY_DELAY};
    bool found = false;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct text_buffer texts[2] = {{0}, {0}};
        value_write(keys[i], a, &texts[0]);
        value_write(keys[i], b, &texts[1]);
        found |= strcmp(text_buffer_text(&texts[0]), text_buffer_text(&texts[1])) != 0;
        text_buffer_clear(&texts[0]);
        text_buffer_clear(&texts[1]);
    }
    return found;
}

static void tell_all(const struct scenario *scenario, void (*tell)(const char *sentence)) {
    scenario_words_tell(scenario, tell);
    events_tell(scenario, tell);
}

// The end of the run is not that of a phase, nor does the last one last from the beginning.
static void tell_phase(const struct scenario *scenario, const char *when, int64_t time_ns,
                       void (*tell)(const char *sentence)) {
    struct scenario phase = *scenario;
    char time[SIM_TIME_TEXT_SIZE];
    struct text_buffer sentence = {0};
    phase.end.kind = END_UPDATES;
    text_buffer_add(&sentence, "%s %s:", when, sim_time_format(time_ns, time));
    tell(text_buffer_text(&sentence));
    text_buffer_clear(&sentence);
    tell_all(&phase, tell);
}

void scenario_words_tell_phases(const struct scenario *scenario,
                                void (*tell)(const char *sentence)) {
    struct scenario_phase *phases = NULL;
    size_t count = scenario_past_phases(scenario, &phases);
    bool change = false;
    for (size_t i = 0; i < count; i++) {
        change |= differ(&phases[i].scenario, scenario);
    }
    for (size_t i = 0; i < count && change; i++) {
        tell_phase(&phases[i].scenario, "until", phases[i].until_ns, tell);
    }
    if (change) {
        tell_phase(scenario, "from", phases[count - 1].until_ns, tell);
    } else {
        tell_all(scenario, tell);
    }
    memory_free(phases);
}
