// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/figure_data.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/atomic_file.h"
#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/cell.h"

// --- lines ---------------------------------------------------------------------------------------

// The point of that time, made where it is missing. Times mostly come in order: search from the
// end.
static struct figure_point *point_at(struct figure_line *line, int64_t time_ns) {
    INVARIANT(line->count <= line->capacity);
    size_t at = line->count;
    while (at > 0 && line->points[at - 1].time_ns > time_ns) {
        at--;
    }
    if (at > 0 && line->points[at - 1].time_ns == time_ns) {
        return &line->points[at - 1];
    }
    line->points =
        memory_grow(line->points, &line->capacity, line->count + 1, sizeof *line->points);
    memmove(&line->points[at + 1], &line->points[at], (line->count - at) * sizeof *line->points);
    line->count++;
    line->points[at] = (struct figure_point){.time_ns = time_ns};
    return &line->points[at];
}

// One round's value; NaN: it has none there.
static void add_value(struct figure_line *line, int64_t time_ns, double value) {
    if (isnan(value)) {
        return;
    }
    struct figure_point *point = point_at(line, time_ns);
    point->rounds++;
    point->mean += (value - point->mean) / (double)point->rounds;
    point->least = point->rounds == 1 ? value : fmin(point->least, value);
    point->most = point->rounds == 1 ? value : fmax(point->most, value);
}

static void add_evaluations(struct figure_policy *policy, const struct runlog *log) {
    for (size_t i = 0; i < log->evaluation_count; i++) {
        const struct evaluation_row *row = &log->evaluations[i];
        add_value(&policy->lines[FIGURE_TEST_ACCURACY], row->time_ns, 100 * row->test_accuracy);
        add_value(&policy->lines[FIGURE_TEST_LOSS], row->time_ns, row->test_loss);
        add_value(&policy->lines[FIGURE_TRAIN_LOSS], row->time_ns, row->train_loss);
    }
}

// Updates are in time order: those of one second follow each other.
static void add_updates(struct figure_policy *policy, const struct runlog *log) {
    size_t i = 0;
    while (i < log->update_count) {
        int64_t second = log->updates[i].time_ns / NS_PER_S;
        double thresholds = 0;
        double updates = 0;
        double staleness = 0;
        double gradients = 0;
        for (; i < log->update_count && log->updates[i].time_ns / NS_PER_S == second; i++) {
            const struct update_row *row = &log->updates[i];
            thresholds += (double)row->threshold;
            updates += 1;
            staleness += row->staleness_mean * (double)row->gradients;
            gradients += (double)row->gradients;
        }
        int64_t middle = sim_time_add(second * NS_PER_S, NS_PER_S / 2);
        add_value(&policy->lines[FIGURE_THRESHOLD], middle, thresholds / updates);
        add_value(&policy->lines[FIGURE_STALENESS], middle, staleness / gradients);
    }
}

// --- policies ------------------------------------------------------------------------------------

// data->count if there is none.
static size_t find_policy(const struct figure_data *data, const char *name) {
    size_t at = 0;
    while (at < data->count && strcmp(data->policies[at].name, name) != 0) {
        at++;
    }
    return at;
}

static struct figure_policy *add_policy(struct figure_data *data, const struct runlog *log) {
    REQUIRE(log->header.scenario != NULL);
    char value[64];
    data->policies =
        memory_grow(data->policies, &data->capacity, data->count + 1, sizeof *data->policies);
    struct figure_policy *policy = &data->policies[data->count++];
    *policy = (struct figure_policy){.cell = cell_text(log->header.scenario)};
    memcpy(policy->name, log->header.policy, sizeof policy->name);
    if (canonical_text_value(policy->cell, "cluster.start_up", value, sizeof value)) {
        sim_time_parse(value, &policy->start_up_ns);
    }
    return policy;
}

// Policy names become file names.
static bool is_plain_name(const char *name) {
    return name[0] != 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

// Points are put in order by insertion: that must not take for ever.
static bool in_time_order(const struct runlog *log) {
    bool ordered = true;
    for (size_t i = 1; i < log->evaluation_count && ordered; i++) {
        ordered = log->evaluations[i - 1].time_ns <= log->evaluations[i].time_ns;
    }
    for (size_t i = 1; i < log->update_count && ordered; i++) {
        ordered = log->updates[i - 1].time_ns <= log->updates[i].time_ns;
    }
    return ordered;
}

static enum status check_log(const struct figure_data *data, const char *name,
                             const struct runlog *log, struct error *error) {
    const char *policy = log->header.policy;
    if (log->ending.status != RUN_COMPLETE && log->ending.status != RUN_STALLED) {
        return error_set(
            error, STATUS_BAD_DATA, "%s: the run is %s; only complete runs can be averaged", name,
            log->ending.status < RUN_STATUS_COUNT ? run_status_names[log->ending.status]
                                                  : "of unknown status");
    }
    if (memchr(policy, 0, sizeof log->header.policy) == NULL || !is_plain_name(policy)) {
        return error_set(error, STATUS_BAD_DATA, "%s: the policy has no proper name", name);
    }
    if (!in_time_order(log)) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: its evaluations or updates are not in the order of time", name);
    }
    size_t former = find_policy(data, policy);
    char *cell = cell_text(log->header.scenario);
    bool fits = former == data->count || strcmp(data->policies[former].cell, cell) == 0;
    memory_free(cell);
    return fits ? STATUS_OK
                : error_set(error, STATUS_BAD_DATA,
                            "%s: another scenario of policy %s came before; a figure shows one "
                            "scenario a policy",
                            name, policy);
}

enum status figure_data_add(struct figure_data *data, const char *name, const struct runlog *log,
                            struct error *error) {
    REQUIRE(name != NULL);
    enum status status = check_log(data, name, log, error);
    if (status != STATUS_OK) {
        return status;
    }
    size_t at = find_policy(data, log->header.policy);
    struct figure_policy *policy = at < data->count ? &data->policies[at] : add_policy(data, log);
    if (policy->rounds == 0 || log->header.seed < policy->timeline_seed) {
        policy->timeline_seed = log->header.seed;
        timeline_of_log(log, policy->start_up_ns,
                        sim_time_add(policy->start_up_ns, FIGURE_TIMELINE_SECONDS * NS_PER_S),
                        &policy->timeline);
    }
    policy->rounds++;
    add_evaluations(policy, log);
    add_updates(policy, log);
    return STATUS_OK;
}

void figure_data_reset(struct figure_data *data) {
    for (size_t i = 0; i < data->count; i++) {
        memory_free(data->policies[i].cell);
        timeline_reset(&data->policies[i].timeline);
        for (int curve = 0; curve < FIGURE_CURVE_COUNT; curve++) {
            memory_free(data->policies[i].lines[curve].points);
        }
    }
    memory_free(data->policies);
    *data = (struct figure_data){0};
}

// --- files ---------------------------------------------------------------------------------------

// A block per curve, two empty lines apart (gnuplot's "index"); time, mean, least, most, rounds.
static void write_lines(FILE *out, const struct figure_policy *policy, int first, int last) {
    REQUIRE(first <= last && last <= FIGURE_CURVE_COUNT);
    static const char *const names[FIGURE_CURVE_COUNT] = {
        [FIGURE_TEST_ACCURACY] = "test accuracy / percentage points",
        [FIGURE_TEST_LOSS] = "test loss",
        [FIGURE_TRAIN_LOSS] = "training loss",
        [FIGURE_THRESHOLD] = "threshold K",
        [FIGURE_STALENESS] = "staleness / versions",
    };
    for (int curve = first; curve <= last; curve++) {
        const struct figure_line *line = &policy->lines[curve];
        fprintf(out, "%s# %s: time / s, mean, least, most, rounds\n", curve > first ? "\n\n" : "",
                names[curve]);
        for (size_t i = 0; i < line->count; i++) {
            const struct figure_point *point = &line->points[i];
            fprintf(out, "%.9g %.9g %.9g %.9g %" PRId64 "\n", sim_time_to_seconds(point->time_ns),
                    point->mean, point->least, point->most, point->rounds);
        }
        fputs(line->count == 0 ? "NaN NaN NaN NaN 0\n" : "", out);
    }
}

static void write_evaluations(FILE *out, const struct figure_policy *policy) {
    write_lines(out, policy, FIGURE_TEST_ACCURACY, FIGURE_TRAIN_LOSS);
}

static void write_updates(FILE *out, const struct figure_policy *policy) {
    write_lines(out, policy, FIGURE_THRESHOLD, FIGURE_STALENESS);
}

static void write_timeline(FILE *out, const struct figure_policy *policy) {
    timeline_write(out, &policy->timeline, policy->start_up_ns);
}

// The files of a policy, FOLDER/POLICY_NAME.dat, and the lines that they have begun with since.
struct figure_file {
    const char *name;
    void (*write)(FILE *out, const struct figure_policy *policy);
    struct own_file_kind kind;
};

#define FIGURE_KIND(text)                                                                          \
    {                                                                                              \
        .what = "numbers of a figure of desgd", .beginning = (text),                               \
        .beginning_size = sizeof(text) - 1                                                         \
    }
static const struct figure_file files[] = {
    {"evaluations", write_evaluations, FIGURE_KIND("# test accuracy")},
    {"updates", write_updates, FIGURE_KIND("# threshold K")},
    {"timeline", write_timeline, FIGURE_KIND("# computing")},
};
enum { FILE_COUNT = sizeof files / sizeof files[0] };

// To be released with memory_free.
static char *path_of(const struct figure_policy *policy, const char *folder,
                     const struct figure_file *file) {
    size_t room = strlen(folder) + strlen(policy->name) + strlen(file->name) + sizeof "/_.dat";
    char *path = memory_allocate(room, 1);
    snprintf(path, room, "%s/%s_%s.dat", folder, policy->name, file->name);
    return path;
}

static enum status check_file(const struct figure_policy *policy, const char *folder,
                              const struct figure_file *file, const char *paper,
                              struct error *error) {
    char *path = path_of(policy, folder, file);
    enum status status = atomic_file_check(path, &file->kind, error);
    if (status == STATUS_OK && paper != NULL && own_file_is_same(path, paper)) {
        status = error_set(error, STATUS_CANNOT_CREATE,
                           "%s: cannot create: this file is in the way: it is read, so it is not "
                           "replaced; choose another folder for the output",
                           path);
    }
    memory_free(path);
    return status;
}

static enum status write_file(const struct figure_policy *policy, const char *folder,
                              const struct figure_file *file, struct error *error) {
    char *text = NULL;
    size_t size = 0;
    char *path = path_of(policy, folder, file);
    FILE *stream = open_memstream(&text, &size);
    INVARIANT(stream != NULL);
    file->write(stream, policy);
    INVARIANT(fclose(stream) == 0);
    enum status status = atomic_file_write(path, &file->kind, text, size, error);
    memory_free(text);
    memory_free(path);
    return status;
}

enum status figure_data_write(const struct figure_data *data, const char *folder, const char *paper,
                              struct error *error) {
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return error_set(error, STATUS_CANNOT_CREATE, "cannot make the folder %s: %s", folder,
                         strerror(errno));
    }
    enum status status = STATUS_OK;
    const size_t count = data->count * FILE_COUNT;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        status = check_file(&data->policies[i / FILE_COUNT], folder, &files[i % FILE_COUNT], paper,
                            error);
    }
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        status = write_file(&data->policies[i / FILE_COUNT], folder, &files[i % FILE_COUNT], error);
    }
    return status;
}
