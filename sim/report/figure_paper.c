// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/figure_paper.h"

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
} metrics[FIGURE_PAPER_METRICS] = {
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

static const char *read_heading(struct figure_paper *paper, char **fields, size_t count) {
    if (count < 3 || count > 2 + FIGURE_PAPER_NAMES_MAX || strcmp(fields[0], "metric") != 0 ||
        strcmp(fields[1], "t_sec") != 0) {
        return "the heading must be metric,t_sec and one to eight policies";
    }
    for (size_t i = 2; i < count; i++) {
        size_t size = sizeof paper->names[0];
        if ((size_t)snprintf(paper->names[i - 2], size, "%s", fields[i]) >= size) {
            return "a policy's name is too long";
        }
    }
    paper->name_count = count - 2;
    return NULL;
}

static bool read_number(const char *text, double *value) {
    REQUIRE(text != NULL);
    char *end = NULL;
    *value = *text == 0 ? (double)NAN : strtod(text, &end);
    return *text == 0 || (end != text && *end == 0);
}

static const char *read_row(struct figure_paper *paper, char **fields, size_t count) {
    struct figure_paper_row row = {.curve = FIGURE_CURVE_COUNT};
    double seconds = 0;
    if (count != 2 + paper->name_count) {
        return "the row has another number of fields than the heading";
    }
    for (int i = 0; i < FIGURE_PAPER_METRICS; i++) {
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
    for (size_t i = 0; i < paper->name_count; i++) {
        if (!read_number(fields[2 + i], &row.values[i])) {
            return "not a number";
        }
    }
    paper->rows = memory_grow(paper->rows, &paper->capacity, paper->count + 1, sizeof *paper->rows);
    paper->rows[paper->count++] = row;
    return NULL;
}

static const char *read_line(struct figure_paper *paper, char *line) {
    char *fields[2 + FIGURE_PAPER_NAMES_MAX] = {0};
    if (line[strspn(line, " \t\r\n")] == 0 || line[0] == '#') {
        return NULL;
    }
    size_t count = split(line, fields, 2 + FIGURE_PAPER_NAMES_MAX);
    return paper->name_count == 0 ? read_heading(paper, fields, count)
                                  : read_row(paper, fields, count);
}

// What is wrong with the text, and in which line.
static const char *read_lines(struct figure_paper *paper, char *text, size_t *number) {
    const char *wrong = NULL;
    for (char *rest = text; wrong == NULL && rest != NULL && *rest != 0;) {
        char *line = strsep(&rest, "\n");
        ++*number;
        wrong = read_line(paper, line);
    }
    return wrong == NULL && paper->count == 0 ? "there are no rows" : wrong;
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

enum status figure_paper_read(const char *path, struct figure_paper *paper, struct error *error) {
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
    const char *wrong = read_lines(paper, text, &number);
    memory_free(text);
    if (wrong != NULL) {
        figure_paper_reset(paper);
        return error_set(error, STATUS_BAD_DATA, "%s:%zu: error: %s", path, number, wrong);
    }
    return STATUS_OK;
}

void figure_paper_reset(struct figure_paper *paper) {
    memory_free(paper->rows);
    *paper = (struct figure_paper){0};
}

size_t figure_paper_column(const struct figure_paper *paper, const char *policy) {
    REQUIRE(policy != NULL);
    size_t column = 0;
    while (column < paper->name_count && strcmp(paper->names[column], policy) != 0) {
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

struct figure_fit figure_paper_fit(const struct figure_paper *paper, size_t column,
                                   const struct figure_line *line, enum figure_curve curve) {
    REQUIRE(curve < FIGURE_CURVE_COUNT);
    struct figure_fit fit = {0, (double)NAN};
    double squares = 0;
    for (size_t i = 0; i < paper->count && column < paper->name_count; i++) {
        const struct figure_paper_row *row = &paper->rows[i];
        double difference =
            row->curve == curve ? value_at(line, row->time_ns) - row->values[column] : (double)NAN;
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

void figure_paper_print_heading(FILE *out) {
    fprintf(out, "%-12s %7s %18s %12s %14s\n", "policy", "rounds", "test accuracy/pts",
            metrics[1].heading, metrics[2].heading);
}

void figure_paper_print(FILE *out, const struct figure_paper *paper, size_t column,
                        const char *label, const struct figure_lines *lines) {
    REQUIRE(column < paper->name_count);
    struct figure_fit fits[FIGURE_PAPER_METRICS];
    for (int i = 0; i < FIGURE_PAPER_METRICS; i++) {
        enum figure_curve curve = metrics[i].curve;
        fits[i] = figure_paper_fit(paper, column, &lines->lines[curve], curve);
    }
    fprintf(out, "%-12s %7" PRId64 " %18.3f %12.4f %14.4f   over %" PRId64 " points\n", label,
            lines->rounds, fits[0].root_mean_square_error, fits[1].root_mean_square_error,
            fits[2].root_mean_square_error, fits[0].points);
}
