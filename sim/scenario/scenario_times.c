// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_times.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/sim_time.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/scenario/text_buffer.h"

const char *times_files_find(const struct times_file_list *files, uint64_t hash) {
    REQUIRE(files->count >= 0 && files->count <= TIMES_FILES_MAX);
    for (int32_t i = 0; i < files->count; i++) {
        if (files->entries[i].hash == hash) {
            return files->entries[i].path;
        }
    }
    return NULL;
}

static bool add(struct times_file_list *files, uint64_t hash, const char *path) {
    if (times_files_find(files, hash) != NULL) {
        return true;
    }
    if (files->count == TIMES_FILES_MAX) {
        return false;
    }
    struct times_file *file = &files->entries[files->count++];
    file->hash = hash;
    snprintf(file->path, sizeof file->path, "%s", path);
    return true;
}

bool times_files_add(struct times_file_list *files, const struct times_file_list *others) {
    bool fits = true;
    REQUIRE(others->count >= 0 && others->count <= TIMES_FILES_MAX);
    for (int32_t i = 0; i < others->count; i++) {
        fits = add(files, others->entries[i].hash, others->entries[i].path) && fits;
    }
    return fits;
}

void times_files_write(const struct times_file_list *files, char *text, size_t size) {
    size_t length = 0;
    REQUIRE(size > 0);
    text[0] = 0;
    for (int32_t i = 0; i < files->count; i++) {
        int added = snprintf(text + length, size - length, "%s%016" PRIx64 " %s",
                             i == 0 ? "" : "\n", files->entries[i].hash, files->entries[i].path);
        length += (size_t)added;
        INVARIANT(length < size);
    }
}

void times_files_read(const char *text, struct times_file_list *files) {
    enum { DIGITS = FINGERPRINT_TEXT_SIZE - 1 };
    REQUIRE(text != NULL);
    while (*text != 0) {
        size_t length = strcspn(text, "\n");
        if (strspn(text, "0123456789abcdef") == DIGITS && text[DIGITS] == ' ' &&
            length > DIGITS + 1 && length - DIGITS - 1 < LAW_TIMES_PATH_SIZE) {
            char path[LAW_TIMES_PATH_SIZE];
            snprintf(path, sizeof path, "%.*s", (int)(length - DIGITS - 1), text + DIGITS + 1);
            add(files, strtoull(text, NULL, 16), path);
        }
        text += length;
        text += *text == '\n';
    }
}

enum status scenario_times_note(struct scenario *scenario, struct error *error) {
    struct distribution *laws[CLUSTER_LAWS_MAX];
    int32_t count = cluster_options_laws(&scenario->cluster, laws);
    bool fits = true;
    for (int32_t i = 0; i < count; i++) {
        if (distribution_is_measured(laws[i]) && laws[i]->times.path[0] != 0) {
            fits = add(&scenario->times_files, laws[i]->times.hash, laws[i]->times.path) && fits;
            memset(laws[i]->times.path, 0, sizeof laws[i]->times.path);
        }
    }
    return fits ? STATUS_OK
                : error_set(error, STATUS_BAD_DATA,
                            "a scenario takes its measured times from at most %d files",
                            TIMES_FILES_MAX);
}

char *times_files_show(const struct times_file_list *files, const char *text) {
    static const char mark[] = ", hash: "; // law_times_write
    struct text_buffer shown = {0};
    size_t title = strncmp(text, "title: ", strlen("title: ")) == 0 ? strcspn(text, "\n") : 0;
    const char *rest = text + title;
    text_buffer_add(&shown, "%.*s", (int)title, text);
    for (const char *at = strstr(rest, mark); at != NULL; at = strstr(rest, mark)) {
        const char *path = times_files_find(files, strtoull(at + strlen(mark), NULL, 16));
        text_buffer_add(&shown, "%.*s", (int)(at - rest), rest);
        if (path != NULL) {
            text_buffer_add(&shown, ", file: ");
            scalar_write(path, &shown);
        }
        text_buffer_add(&shown, "%s", mark);
        rest = at + strlen(mark);
    }
    text_buffer_add(&shown, "%s", rest);
    ENSURE(shown.text != NULL);
    return shown.text;
}

enum status scenario_times_refuse_zero(const struct scenario *scenario,
                                       const struct distribution *law, const char *key,
                                       const struct node *place, struct error *error) {
    static const char hint[] = "without it the clock would stand still";
    REQUIRE(distribution_mean(law) <= 0);
    if (!distribution_is_measured(law)) {
        return node_error(place, error, hint, "'%s' must be longer than 0 s", key);
    }
    const char *path = law->times.path[0] != 0
                           ? law->times.path
                           : times_files_find(&scenario->times_files, law->times.hash);
    return node_error(place, error, hint,
                      "'%s' must be longer than 0 s, but all rows (%" PRId64 ") of column '%s' of "
                      "%s are 0",
                      key, law->times.rows, law->times.column, path != NULL ? path : "its file");
}

// The key of a law, in the order of cluster_options_laws.
static void name_law(const struct cluster_options *cluster, int32_t index,
                     char name[SCHEMA_DOTTED_SIZE]) {
    static const char *const own[] = {
        "compute",       "delay",        "network.latency",      "server.receive",
        "server.update", "server.reply", "network.inter_latency"};
    static const char *const of_group[] = {"compute", "delay", "network.latency", "uplink.latency"};
    static const char *const of_event[] = {"every", "for"};
    enum { OWN = sizeof own / sizeof own[0], OF_GROUP = sizeof of_group / sizeof of_group[0] };
    int32_t in_groups = index - OWN;
    int32_t in_events = in_groups - OF_GROUP * cluster->groups.count;
    REQUIRE(index >= 0 && in_events < 2 * cluster->events.count);
    if (in_groups < 0) {
        snprintf(name, SCHEMA_DOTTED_SIZE, "cluster.%s", own[index]);
    } else if (in_events < 0) {
        snprintf(name, SCHEMA_DOTTED_SIZE, "cluster.groups.%s.%s",
                 cluster->groups.entries[in_groups / OF_GROUP].name,
                 of_group[in_groups % OF_GROUP]);
    } else {
        snprintf(name, SCHEMA_DOTTED_SIZE, "cluster.events.%s.%s",
                 cluster->events.entries[in_events / 2].name, of_event[in_events % 2]);
    }
}

// Of a trace of compute times: a worker that never waits takes so many rows, and begins anew.
static void add_rounds(const struct scenario *scenario, const struct distribution *law,
                       struct text_buffer *sentence) {
    const struct law_times *times = &law->times;
    double rows = (double)times->rows / (times->named > 0 ? times->named : 1);
    double span_ns = (double)(scenario->end.time_ns - scenario->cluster.start_up_ns);
    double mean_ns = distribution_mean(law);
    REQUIRE(law->law == LAW_TRACE);
    if (scenario->end.kind == END_TIME && span_ns > 0 && mean_ns > 0) {
        text_buffer_add(sentence,
                        "; who never waits is through with %s%.4g after %.3g s, %.3g "
                        "times in this run",
                        times->named > 0 ? "its own, on average " : "all ", rows,
                        rows * mean_ns / NS_PER_S, span_ns / mean_ns / rows);
    }
}

static void tell_law(const struct scenario *scenario, const char *name,
                     const struct distribution *law, void (*tell)(const char *sentence)) {
    const double ms = 1e6; // ns
    struct text_buffer sentence = {0};
    REQUIRE(distribution_is_measured(law));
    text_buffer_add(&sentence, "%s: %" PRId64 " measured times, %s: mean %.4g ms", name,
                    law->times.rows, law->law == LAW_TRACE ? "taken in turn" : "drawn from",
                    distribution_mean(law) / ms);
    if (!isnan(law->times.deviation_ns)) {
        text_buffer_add(&sentence, ", standard deviation %.4g ms", law->times.deviation_ns / ms);
    }
    text_buffer_add(&sentence, ", the least %.4g ms", distribution_least(law) / ms);
    if (law->law == LAW_TRACE && strstr(name, ".compute") != NULL) {
        add_rounds(scenario, law, &sentence);
    }
    tell(text_buffer_text(&sentence));
    text_buffer_clear(&sentence);
}

void scenario_times_tell(const struct scenario *scenario, void (*tell)(const char *sentence)) {
    struct cluster_options cluster = scenario->cluster;
    struct distribution *laws[CLUSTER_LAWS_MAX];
    int32_t count = cluster_options_laws(&cluster, laws);
    REQUIRE(tell != NULL);
    for (int32_t i = 0; i < count; i++) {
        if (distribution_is_measured(laws[i])) {
            char name[SCHEMA_DOTTED_SIZE];
            name_law(&cluster, i, name);
            tell_law(scenario, name, laws[i], tell);
        }
    }
}

bool scenario_times_lack(const struct cluster_options *options,
                         const struct times_file_list *files) {
    struct cluster_options cluster = *options;
    struct distribution *laws[CLUSTER_LAWS_MAX];
    int32_t count = cluster_options_laws(&cluster, laws);
    bool lack = false;
    for (int32_t i = 0; i < count; i++) {
        lack = lack || (distribution_is_measured(laws[i]) &&
                        times_files_find(files, laws[i]->times.hash) == NULL);
    }
    return lack;
}
