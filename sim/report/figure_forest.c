// SPDX-License-Identifier: GPL-3.0-or-later
// The paired differences of a metric to the baseline, with the intervals that compare prints.
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/compare_parts.h"
#include "sim/report/figure_parts.h"

enum { ROW_HEIGHT = 26, LEFT = 330, RIGHT = 760, HEAD = 40 };

static bool is_shown(const struct compare_cell *cell, int metric) {
    return !cell->is_baseline && isfinite(cell->numbers[metric].difference.mean);
}

// The row's numbers as they are drawn.
static void put_cell(struct figure *figure, size_t index, size_t row) {
    const int metric = figure->comparison->options.primary;
    const struct compare_numbers *numbers = &figure->comparison->cells[index].numbers[metric];
    const double mean = numbers->difference.mean;
    char label[FIGURE_LABEL_SIZE];
    bool has_interval = isfinite(numbers->t.low);
    bool is_sure = strcmp(compare_verdict(numbers), "significant") == 0;
    fprintf(figure->data, "%zu,%.9g,%.9g,%.9g,%zu,%d", row, mean,
            has_interval ? numbers->t.low : mean, has_interval ? numbers->t.high : mean,
            numbers->t.pairs, is_sure);
    figure_end_row(figure, compare_cell_label(figure->comparison, index, label));
}

static size_t put_cells(struct figure *figure) {
    const struct comparison *comparison = figure->comparison;
    size_t rows = 0;
    fputs("figure_row,difference,low,high,pairs,significant,label\n", figure->data);
    for (size_t i = 0; i < comparison->order_count; i++) {
        const struct compare_cell *cell = &comparison->cells[comparison->order[i]];
        if (is_shown(cell, comparison->options.primary)) {
            put_cell(figure, comparison->order[i], rows++);
        }
    }
    return rows;
}

static void put_text(struct figure *figure, int x, size_t row, const char *text,
                     const char *options) {
    enum { TEXT_MAX = 38 };
    char place[80];
    snprintf(place, sizeof place, "screen X(%d), first %zu", x, row);
    figure_put_label(figure, place, text, TEXT_MAX, options);
}

// On the left the rows' names, on the right their numbers in words.
static void put_names(struct figure *figure) {
    const struct comparison *comparison = figure->comparison;
    const int metric = comparison->options.primary;
    const int decimals = compare_metric_decimals(metric);
    char text[FIGURE_LABEL_SIZE];
    size_t row = 0;
    for (size_t i = 0; i < comparison->order_count; i++) {
        size_t index = comparison->order[i];
        const struct compare_numbers *numbers = &comparison->cells[index].numbers[metric];
        if (!is_shown(&comparison->cells[index], metric)) {
            continue;
        }
        put_text(figure, LEFT - 14, row, compare_cell_label(figure->comparison, index, text),
                 "right");
        if (isfinite(numbers->t.low)) {
            snprintf(text, sizeof text, "%+.*f [%+.*f, %+.*f]", decimals, numbers->difference.mean,
                     decimals, numbers->t.low, decimals, numbers->t.high);
        } else {
            snprintf(text, sizeof text, "%+.*f (%s)", decimals, numbers->difference.mean,
                     compare_verdict(numbers));
        }
        put_text(figure, RIGHT + 14, row++, text, "left");
    }
}

// Filled where the difference is significant.
static void put_plot(struct figure *figure, size_t rows) {
    REQUIRE(rows > 0);
    fprintf(figure->script,
            "set border 1; unset ytics; set grid xtics noytics; set bars 0\n"
            "set yrange [%zu - 0.4:-0.6]; set xrange [*:*]\n"
            "set offsets graph 0.04, graph 0.04, 0, 0\n"
            "set arrow from first 0, graph 0 to first 0, graph 1 nohead lw 1.2 lc rgb '#444444'\n"
            "set xlabel 'cell minus baseline' offset 0, 0.3\nplot ",
            rows);
    for (int significant = 0; significant <= 1; significant++) {
        figure_put_rows(figure, 0, rows);
        fprintf(figure->script,
                " using 2:($6 == %d ? $1 : NaN):3:4 with xerrorbars pt %d ps 1.1 lw 2 lc rgb "
                "'#0072B2'%s\n",
                significant, significant ? 7 : 6, significant ? "" : ", \\");
    }
}

// "policy.name async, training.batch 32".
static void name_baseline(const struct comparison *comparison, char text[FIGURE_LABEL_SIZE]) {
    const struct compare_options *options = &comparison->options;
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < options->baseline_count && used < FIGURE_LABEL_SIZE; i++) {
        used +=
            (size_t)snprintf(text + used, FIGURE_LABEL_SIZE - used, "%s%s %s", i > 0 ? ", " : "",
                             options->baseline[i].key, options->baseline[i].value);
    }
}

enum status figure_write_forest(struct figure *figure, struct error *error) {
    static const struct figure_entry filled = {FIGURE_DOT, "#0072B2", "1",
                                               "filled: significant (p by Holm at most .05)"};
    const struct comparison *comparison = figure->comparison;
    char metric[FIGURE_LABEL_SIZE];
    char baseline[FIGURE_LABEL_SIZE];
    char note[2 * FIGURE_LABEL_SIZE];
    char place[64];
    REQUIRE(comparison->baseline_count > 0);
    compare_metric_label(comparison, comparison->options.primary, metric, sizeof metric);
    size_t rows = put_cells(figure);
    if (rows == 0) {
        return error_set(error, STATUS_BAD_DATA,
                         "forest: no cell shares a round with its baseline in which both have "
                         "measured the %s",
                         metric);
    }
    name_baseline(comparison, baseline);
    snprintf(note, sizeof note, "paired differences to %s, 95 %% intervals", baseline);
    figure_put_head(figure, note, &filled, 1);
    struct figure_box box = {LEFT, figure->top + HEAD, RIGHT,
                             figure->top + HEAD + ROW_HEIGHT * (int)rows + 8};
    figure_begin_panel(figure, box, "");
    snprintf(place, sizeof place, "screen X(%d), screen Y(%d)", FIGURE_MARGIN, box.top - 18);
    figure_put_label(figure, place, metric, 110, "left font 'sans-serif:Bold,13'");
    put_names(figure);
    put_plot(figure, rows);
    figure_end_panel(figure);
    figure->height = box.bottom + 56;
    return STATUS_OK;
}
