// SPDX-License-Identifier: GPL-3.0-or-later
// How stale the applied gradients were: a histogram a cell, of all its rounds.
#include <inttypes.h>
#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/figure_parts.h"

enum { BINS_MAX = 60 };

struct histogram {
    int64_t *values; // (count): of each applied gradient
    size_t count, capacity;
    int64_t most;
    double mean;
    size_t first, rows; // of the data
};

static enum status read_cell(const struct figure *figure, size_t cell, struct histogram *histogram,
                             struct error *error) {
    const struct comparison *comparison = figure->comparison;
    REQUIRE(cell < comparison->cell_count);
    enum status status = STATUS_OK;
    for (size_t r = 0; r < comparison->cells[cell].run_count && status == STATUS_OK; r++) {
        struct runlog log = {0};
        status = figure_read_log(&comparison->runs[comparison->cells[cell].runs[r]], &log, error);
        for (size_t i = 0; i < log.gradient_count; i++) {
            int64_t staleness = log.gradients[i].staleness;
            if (log.gradients[i].outcome == OUTCOME_APPLIED && staleness >= 0) {
                histogram->values = memory_grow(histogram->values, &histogram->capacity,
                                                histogram->count + 1, sizeof *histogram->values);
                histogram->values[histogram->count++] = staleness;
                histogram->most = staleness > histogram->most ? staleness : histogram->most;
                histogram->mean += ((double)staleness - histogram->mean) / (double)histogram->count;
            }
        }
        runlog_reset(&log);
    }
    return status;
}

// One row a bin up to the last that is not empty: of what share of the gradients.
static void put_rows(struct figure *figure, size_t cell, int64_t width,
                     struct histogram *histogram) {
    REQUIRE(width > 0 && histogram->most / width < BINS_MAX);
    size_t bins[BINS_MAX] = {0};
    char label[FIGURE_LABEL_SIZE];
    compare_cell_label(figure->comparison, cell, label);
    histogram->first = figure->rows;
    for (size_t i = 0; i < histogram->count; i++) {
        bins[histogram->values[i] / width]++;
    }
    for (int64_t bin = 0; histogram->count > 0 && bin <= histogram->most / width; bin++) {
        int64_t last = bin * width > INT64_MAX - width ? INT64_MAX : bin * width + width - 1;
        fprintf(figure->data, "%" PRId64 ",%" PRId64 ",%.9g,%zu", bin * width, last,
                100.0 * (double)bins[bin] / (double)histogram->count, bins[bin]);
        figure_end_row(figure, label);
    }
    histogram->rows = figure->rows - histogram->first;
}

static struct figure_box box_of(const struct figure *figure, size_t count, size_t at) {
    enum { LEFT = 62, HEAD = 34, HEIGHT = 130, FOOT = 44 };
    int columns = count <= 3 ? 1 : count <= 8 ? 2 : 3;
    int pitch = (FIGURE_WIDTH - FIGURE_MARGIN) / columns;
    int left = LEFT + (int)(at % (size_t)columns) * pitch;
    int top = figure->top + HEAD + (int)(at / (size_t)columns) * (HEAD + HEIGHT + FOOT);
    return (struct figure_box){left, top, left + pitch - LEFT, top + HEIGHT};
}

static void put_panel(struct figure *figure, size_t at, size_t count, int64_t width, int64_t most,
                      const struct histogram *histogram) {
    char label[FIGURE_LABEL_SIZE];
    char title[FIGURE_LABEL_SIZE + 32];
    struct figure_box box = box_of(figure, count, at);
    compare_cell_label(figure->comparison, figure->comparison->order[at], label);
    snprintf(title, sizeof title, histogram->count > 0 ? "%s: mean %.3g" : "%s: none applied",
             label, histogram->mean);
    figure_begin_panel(figure, box, title);
    fprintf(figure->script,
            "set xrange [%g:%g]; set yrange [0:*<100]\n"
            "set ylabel '%% of gradients' offset 1, 0; set xlabel 'staleness / versions' offset 0, "
            "0.4\n",
            -0.5 * (double)width, (double)most + 0.5 * (double)width);
    if (histogram->rows > 0) {
        fprintf(figure->script,
                "set arrow from first %.9g, graph 0 to first %.9g, graph 1 nohead lw 1.4 dt (5,4) "
                "lc rgb '#444444'\nplot ",
                histogram->mean, histogram->mean);
        figure_put_rows(figure, histogram->first, histogram->rows);
        fprintf(figure->script, " using (($1 + $2) / 2):3:(%g) with boxes fc rgb '%s'\n",
                0.86 * (double)width, figure_colour(at));
    } else {
        fputs("plot -1\n", figure->script);
    }
    figure_end_panel(figure);
    figure->height = box.bottom + 56;
}

enum status figure_write_staleness(struct figure *figure, struct error *error) {
    const struct comparison *comparison = figure->comparison;
    const size_t count = comparison->order_count;
    REQUIRE(count > 0);
    struct histogram *histograms = memory_allocate(count, sizeof *histograms);
    enum status status = STATUS_OK;
    int64_t most = 0;
    size_t gradients = 0;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        status = read_cell(figure, comparison->order[i], &histograms[i], error);
        most = histograms[i].most > most ? histograms[i].most : most;
        gradients += histograms[i].count;
    }
    if (status == STATUS_OK && gradients == 0) {
        status = error_set(error, STATUS_BAD_DATA, "staleness: no run has applied a gradient");
    }
    if (status == STATUS_OK) {
        const struct figure_entry mean = {FIGURE_DASHES, "#444444", "1", "mean"};
        const int64_t width = most / BINS_MAX + 1;
        fputs("figure_staleness,to,percent,gradients,label\n", figure->data);
        for (size_t i = 0; i < count; i++) {
            put_rows(figure, comparison->order[i], width, &histograms[i]);
        }
        figure_put_head(figure, "the applied gradients of all", &mean, 1);
        for (size_t i = 0; i < count; i++) {
            put_panel(figure, i, count, width, most, &histograms[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        memory_free(histograms[i].values);
    }
    memory_free(histograms);
    return status;
}
