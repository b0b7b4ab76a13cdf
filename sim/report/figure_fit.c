// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/figure_fit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/file_bytes.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"

static const struct {
    const char *name;
    enum figure_curve curve;
    const char *heading;
} metrics[FIT_METRICS] = {
    {"acc", FIGURE_TEST_ACCURACY, "test accuracy"},
    {"testloss", FIGURE_TEST_LOSS, "test loss"},
    {"trainloss", FIGURE_TRAIN_LOSS, "training loss"},
};

// Cuts a line at its commas, in place. Returns the number of fields, also beyond "most".
static size_t split(char *line, char **fields, size_t most) {
    REQUIRE(most > 0);
    size_t count = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *rest = line; rest != NULL; count++) {
        char *field = strsep(&rest, ",");
        if (count < most) {
            fields[count] = field;
        }
    }
    return count;
}

static const char *read_heading(struct fit_reference *reference, char **fields, size_t count) {
    if (count < 3 || count > 2 + FIT_NAMES_MAX || strcmp(fields[0], "metric") != 0 ||
        strcmp(fields[1], "t_sec") != 0) {
        return "the heading must be metric,t_sec and one to eight policies";
    }
    for (size_t i = 2; i < count; i++) {
        size_t size = sizeof reference->names[0];
        if ((size_t)snprintf(reference->names[i - 2], size, "%s", fields[i]) >= size) {
            return "a policy's name is too long";
        }
    }
    reference->name_count = count - 2;
    return NULL;
}

static bool read_number(const char *text, double *value) {
    REQUIRE(text != NULL);
    char *end = NULL;
    *value = *text == 0 ? (double)NAN : strtod(text, &end);
    return *text == 0 || (end != text && *end == 0);
}

static const char *read_row(struct fit_reference *reference, char **fields, size_t count) {
    struct fit_row row = {.curve = FIGURE_CURVE_COUNT};
    double seconds = 0;
    if (count != 2 + reference->name_count) {
        return "the row has another number of fields than the heading";
    }
    for (int i = 0; i < FIT_METRICS; i++) {
        if (strcmp(fields[0], metrics[i].name) == 0) {
            row.curve = metrics[i].curve;
        }
    }
    if (row.curve == FIGURE_CURVE_COUNT) {
        return "the metric must be acc, testloss or trainloss";
    }
    if (!read_number(fields[1], &seconds) || !(seconds >= 0 && seconds < 1e9)) {
        return "t_sec must be a number of seconds";
    }
    row.time_ns = (int64_t)llrint(seconds * (double)NS_PER_S);
    for (size_t i = 0; i < reference->name_count; i++) {
        if (!read_number(fields[2 + i], &row.values[i])) {
            return "not a number";
        }
    }
    reference->rows = memory_grow(reference->rows, &reference->capacity, reference->count + 1,
                                  sizeof *reference->rows);
    reference->rows[reference->count++] = row;
    return NULL;
}

static const char *read_line(struct fit_reference *reference, char *line) {
    char *fields[2 + FIT_NAMES_MAX] = {0};
    if (line[strspn(line, " \t\r\n")] == 0 || line[0] == '#') {
        return NULL;
    }
    size_t count = split(line, fields, 2 + FIT_NAMES_MAX);
    return reference->name_count == 0 ? read_heading(reference, fields, count)
                                      : read_row(reference, fields, count);
}

// What is wrong with the text, and in which line.
static const char *read_lines(struct fit_reference *reference, char *text, size_t *number) {
    const char *wrong = NULL;
    for (char *rest = text; wrong == NULL && rest != NULL && *rest != 0;) {
        char *line = strsep(&rest, "\n");
        ++*number;
        wrong = read_line(reference, line);
    }
    return wrong == NULL && reference->count == 0 ? "there are no rows" : wrong;
}

// A pipe that nobody writes is waited for; a device that never ends is not read to its end.
static int read_text(const char *path, char **text) {
    enum { BYTES_MAX = 1 << 24 };
    size_t size = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    int cause = file < 0 ? errno : file_read_whole(file, BYTES_MAX, text, &size);
    if (file >= 0) {
        close(file);
    }
    return cause;
}

enum status fit_reference_read(const char *path, struct fit_reference *reference,
                               struct error *error) {
    char *text = NULL;
    size_t number = 0;
    int cause = read_text(path, &text);
    if (cause == EFBIG) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: error: a paper's curves are at most 16 MiB of text, this file has "
                         "more",
                         path);
    }
    if (cause != 0) {
        return error_set(error, STATUS_NO_INPUT, "cannot read %s: %s", path, strerror(cause));
    }
    const char *wrong = read_lines(reference, text, &number);
    memory_free(text);
    if (wrong != NULL) {
        fit_reference_reset(reference);
        return error_set(error, STATUS_BAD_DATA, "%s:%zu: error: %s", path, number, wrong);
    }
    return STATUS_OK;
}

void fit_reference_reset(struct fit_reference *reference) {
    memory_free(reference->rows);
    *reference = (struct fit_reference){0};
}

static size_t column_of(const struct fit_reference *reference, const char *policy) {
    REQUIRE(policy != NULL);
    size_t column = 0;
    while (column < reference->name_count && strcmp(reference->names[column], policy) != 0) {
        column++;
    }
    return column;
}

static double value_at(const struct figure_line *line, int64_t time_ns) {
    for (size_t i = 0; i < line->count; i++) {
        if (line->points[i].time_ns == time_ns) {
            return line->points[i].mean;
        }
    }
    return (double)NAN;
}

struct fit fit_curve(const struct fit_reference *reference, const struct figure_policy *policy,
                     enum figure_curve curve) {
    REQUIRE(curve < FIGURE_CURVE_COUNT);
    size_t column = column_of(reference, policy->name);
    struct fit fit = {0, (double)NAN};
    double squares = 0;
    for (size_t i = 0; i < reference->count && column < reference->name_count; i++) {
        const struct fit_row *row = &reference->rows[i];
        double difference = row->curve == curve ? value_at(&policy->lines[curve], row->time_ns) -
                                                      row->values[column]
                                                : (double)NAN;
        if (!isnan(difference)) {
            squares += difference * difference;
            fit.points++;
        }
    }
    if (fit.points > 0) {
        fit.root_mean_square_error = sqrt(squares / (double)fit.points);
    }
    return fit;
}

void fit_print(FILE *out, const struct fit_reference *reference, const struct figure_data *data) {
    fprintf(out, "%-12s %7s %18s %12s %14s\n", "policy", "rounds", "test accuracy/pts",
            metrics[1].heading, metrics[2].heading);
    for (size_t i = 0; i < data->count; i++) {
        const struct figure_policy *policy = &data->policies[i];
        if (column_of(reference, policy->name) == reference->name_count) {
            continue;
        }
        fprintf(out, "%-12s %7" PRId64, policy->name, policy->rounds);
        fprintf(out, " %18.3f %12.4f %14.4f",
                fit_curve(reference, policy, FIGURE_TEST_ACCURACY).root_mean_square_error,
                fit_curve(reference, policy, FIGURE_TEST_LOSS).root_mean_square_error,
                fit_curve(reference, policy, FIGURE_TRAIN_LOSS).root_mean_square_error);
        fprintf(out, "   over %" PRId64 " points\n",
                fit_curve(reference, policy, FIGURE_TEST_ACCURACY).points);
    }
}
