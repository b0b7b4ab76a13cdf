// SPDX-License-Identifier: GPL-3.0-or-later
// Curves over cluster time, and the threshold alone: a line a cell, with the range of its rounds.
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/base/complete_table.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/figure_parts.h"

static const char *const titles[FIGURE_CURVE_COUNT] = {
    ROW(FIGURE_TEST_ACCURACY) = "Test accuracy / %",
    ROW(FIGURE_TEST_LOSS) = "Test loss",
    ROW(FIGURE_TRAIN_ACCURACY) = "Training accuracy / %",
    ROW(FIGURE_TRAIN_LOSS) = "Training loss",
    ROW(FIGURE_THRESHOLD) = "Threshold K: gradients that make an update",
    ROW(FIGURE_STALENESS) = "Staleness: versions between reading and applying",
};
ROWS_COMPLETE(FIGURE_CURVE_COUNT);

enum { PANELS_MAX = 4 };

// The rows of one line of the figure.
struct part {
    size_t first, count;
};

struct curves {
    struct figure_lines *lines; // (cells)
    size_t cells;
    enum figure_curve panels[PANELS_MAX];
    size_t panel_count;
    struct part *cell_parts;  // (FIGURE_CURVE_COUNT, cells)
    struct part *paper_parts; // likewise
    double end_s;
    double start_up_s; // of all cells; 0: of none
    bool has_band, has_paper;
};

static enum status read_lines(const struct figure *figure, struct curves *curves,
                              struct error *error) {
    const struct comparison *comparison = figure->comparison;
    REQUIRE(curves->cells == comparison->order_count);
    int64_t end_ns = figure_end_ns(figure);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < curves->cells; i++) {
        const struct compare_cell *cell = &comparison->cells[comparison->order[i]];
        for (size_t r = 0; r < cell->run_count && status == STATUS_OK; r++) {
            const struct compare_run *run = &comparison->runs[cell->runs[r]];
            struct runlog log = {0};
            status = figure_read_log(run, &log, error);
            if (status == STATUS_OK) {
                status = figure_lines_add(&curves->lines[i], run->name, &log,
                                          figure_line_span_ns(end_ns), end_ns, error);
            }
            runlog_reset(&log);
        }
        curves->has_band |= curves->lines[i].rounds > 1;
    }
    curves->end_s = sim_time_to_seconds(end_ns);
    return status;
}

// The start-up that all have.
static void find_start_up(const struct comparison *comparison, struct curves *curves) {
    for (size_t i = 0; i < comparison->order_count; i++) {
        const struct compare_cell *cell = &comparison->cells[comparison->order[i]];
        double start_up_s =
            sim_time_to_seconds(run_metrics_start_up_ns(comparison->runs[cell->first].scenario));
        bool is_same = i == 0 || fabs(start_up_s - curves->start_up_s) < 1e-9;
        curves->start_up_s = is_same ? start_up_s : 0;
        if (!is_same) {
            return;
        }
    }
}

static bool is_measured(const struct curves *curves, enum figure_curve curve) {
    for (size_t i = 0; i < curves->cells; i++) {
        if (curves->lines[i].lines[curve].count > 0) {
            return true;
        }
    }
    return false;
}

static void add_panel(struct curves *curves, enum figure_curve curve) {
    REQUIRE(curves->panel_count < PANELS_MAX);
    if (is_measured(curves, curve)) {
        curves->panels[curves->panel_count++] = curve;
    }
}

// The one that is asked for; else accuracy and loss, of the test samples if they are measured, and
// what makes them: threshold and staleness.
static enum status choose_panels(const struct figure *figure, struct curves *curves,
                                 struct error *error) {
    const char *name = figure->request->curve;
    for (int i = 0; name != NULL && i < FIGURE_CURVE_COUNT; i++) {
        if (strcmp(name, figure_curve_names[i]) == 0) {
            add_panel(curves, (enum figure_curve)i);
        }
    }
    if (name == NULL) {
        bool has_test = is_measured(curves, FIGURE_TEST_LOSS);
        add_panel(curves, has_test ? FIGURE_TEST_ACCURACY : FIGURE_TRAIN_ACCURACY);
        add_panel(curves, has_test ? FIGURE_TEST_LOSS : FIGURE_TRAIN_LOSS);
        add_panel(curves, FIGURE_THRESHOLD);
        add_panel(curves, FIGURE_STALENESS);
    }
    if (curves->panel_count == 0) {
        return error_set(error, STATUS_BAD_DATA, "%s: there is nothing to draw: no run has %s%s",
                         figure->request->kind->name,
                         name == NULL ? "an evaluation or an update" : "measured ",
                         name == NULL ? "" : name);
    }
    return STATUS_OK;
}

// ---- rows ----

static void put_line(struct figure *figure, const struct figure_line *line, enum figure_curve curve,
                     size_t cell, const char *label, struct part *part) {
    part->first = figure->rows;
    for (size_t p = 0; p < line->count; p++) {
        const struct figure_point *point = &line->points[p];
        fprintf(figure->data, "%s,%zu,%.9f,%.9g,%.9g,%.9g,%" PRId64, figure_curve_names[curve],
                cell, sim_time_to_seconds(point->time_ns), point->mean, point->least, point->most,
                point->rounds);
        figure_end_row(figure, label);
    }
    part->count = figure->rows - part->first;
}

static void put_paper_line(struct figure *figure, const struct figure_paper *paper, size_t column,
                           enum figure_curve curve, size_t cell, struct part *part) {
    REQUIRE(column < paper->name_count);
    part->first = figure->rows;
    for (size_t i = 0; i < paper->count; i++) {
        const struct figure_paper_row *row = &paper->rows[i];
        if (row->curve == curve && !isnan(row->values[column])) {
            fprintf(figure->data, "%s,%zu,%.9f,%.9g,,,0", figure_curve_names[curve], cell,
                    sim_time_to_seconds(row->time_ns), row->values[column]);
            figure_end_row(figure, "published");
        }
    }
    part->count = figure->rows - part->first;
}

// The paper's curves are of policies: they stand beside a cell if it alone has that policy. Its
// column; SIZE_MAX: none.
static size_t paper_column(const struct figure *figure, size_t at) {
    const struct comparison *comparison = figure->comparison;
    const struct figure_paper *paper = figure->request->paper;
    char policy[FIGURE_LABEL_SIZE];
    char other[FIGURE_LABEL_SIZE];
    if (paper == NULL) {
        return SIZE_MAX;
    }
    compare_cell_policy(figure->comparison, comparison->order[at], policy);
    for (size_t i = 0; i < comparison->order_count; i++) {
        if (i != at && strcmp(compare_cell_policy(figure->comparison, comparison->order[i], other),
                              policy) == 0) {
            return SIZE_MAX;
        }
    }
    size_t column = figure_paper_column(paper, policy);
    return column < paper->name_count ? column : SIZE_MAX;
}

// All curves, also those that no panel shows.
static void put_rows(struct figure *figure, struct curves *curves) {
    char label[FIGURE_LABEL_SIZE];
    fputs("figure_curve,cell,time_s,mean,least,most,rounds,label\n", figure->data);
    for (size_t at = 0; at < FIGURE_CURVE_COUNT * curves->cells; at++) {
        enum figure_curve curve = (enum figure_curve)(at / curves->cells);
        size_t i = at % curves->cells;
        size_t column = paper_column(figure, i);
        compare_cell_label(figure->comparison, figure->comparison->order[i], label);
        put_line(figure, &curves->lines[i].lines[curve], curve, i, label, &curves->cell_parts[at]);
        if (column != SIZE_MAX) {
            put_paper_line(figure, figure->request->paper, column, curve, i,
                           &curves->paper_parts[at]);
        }
    }
    for (size_t p = 0; p < curves->panel_count; p++) {
        for (size_t i = 0; i < curves->cells; i++) {
            curves->has_paper |=
                curves->paper_parts[curves->panels[p] * curves->cells + i].count > 0;
        }
    }
}

static void print_fits(const struct figure *figure, const struct curves *curves) {
    char label[FIGURE_LABEL_SIZE];
    bool has_heading = false;
    for (size_t i = 0; figure->paper_fit != NULL && i < curves->cells; i++) {
        size_t column = paper_column(figure, i);
        if (column != SIZE_MAX) {
            if (!has_heading) {
                figure_paper_print_heading(figure->paper_fit);
            }
            has_heading = true;
            figure_paper_print(
                figure->paper_fit, figure->request->paper, column,
                compare_cell_label(figure->comparison, figure->comparison->order[i], label),
                &curves->lines[i]);
        }
    }
    if (figure->request->paper != NULL && !has_heading) {
        fputs("desgd: note: --paper: no curve is of a policy that one cell alone has, so none is "
              "shown\n",
              figure->notes);
    }
}

// ---- panels ----

static struct figure_box box_of(const struct figure *figure, const struct curves *curves,
                                size_t panel) {
    enum { LEFT = 62, GAP = 62, HEIGHT = 250, LARGE = 380, HEAD = 30, FOOT = 56 };
    bool is_alone = curves->panel_count == 1;
    int width = is_alone ? FIGURE_WIDTH - LEFT - FIGURE_MARGIN
                         : (FIGURE_WIDTH - 2 * LEFT - FIGURE_MARGIN) / 2;
    int height = is_alone ? LARGE : HEIGHT;
    int left = LEFT + (int)(panel % 2) * (width + GAP);
    int top = figure->top + HEAD + (int)(panel / 2) * (height + HEAD + FOOT);
    return (struct figure_box){left, top, left + width, top + height};
}

static void put_start_up(struct figure *figure, const struct curves *curves) {
    if (curves->start_up_s > 0 && curves->start_up_s < curves->end_s) {
        fprintf(
            figure->script,
            "set object rectangle from first 0, graph 0 to first %.9g, graph 1 fc rgb '#f3f3f3' "
            "fs solid noborder behind\n"
            "set label 'start-up' at first %.9g, graph 0.96 center textcolor rgb '#888888' "
            "font 'sans-serif,11'\n",
            curves->start_up_s, curves->start_up_s / 2);
    }
}

// The bands first, so that no line lies under one.
static void put_plot(struct figure *figure, const struct curves *curves, size_t panel) {
    REQUIRE(panel < curves->panel_count);
    const struct part *cells = &curves->cell_parts[curves->panels[panel] * curves->cells];
    const struct part *papers = &curves->paper_parts[curves->panels[panel] * curves->cells];
    const char *comma = "plot ";
    char faint[16];
    for (size_t i = 0; i < curves->cells; i++) {
        if (cells[i].count > 1 && curves->lines[i].rounds > 1) {
            fputs(comma, figure->script);
            figure_put_rows(figure, cells[i].first, cells[i].count);
            fprintf(figure->script, " using 3:5:6 with filledcurves fc rgb '%s'",
                    figure_faint(figure_colour(i), faint));
            comma = ", \\\n     ";
        }
    }
    for (size_t i = 0; i < curves->cells; i++) {
        if (papers[i].count > 0) {
            fputs(comma, figure->script);
            figure_put_rows(figure, papers[i].first, papers[i].count);
            fprintf(figure->script, " using 3:4 with lines lw 1.4 dt (5,4) lc rgb '%s'",
                    figure_colour(i));
            comma = ", \\\n     ";
        }
    }
    for (size_t i = 0; i < curves->cells; i++) {
        if (cells[i].count > 0) {
            fputs(comma, figure->script);
            figure_put_rows(figure, cells[i].first, cells[i].count);
            fprintf(figure->script, " using 3:4 with %s lw 2 dt %s lc rgb '%s'",
                    cells[i].count == 1 ? "points pt 7 ps 0.8" : "lines", figure_dash(i),
                    figure_colour(i));
            comma = ", \\\n     ";
        }
    }
    fputc('\n', figure->script);
}

// Of the means alone: one round whose loss leaps would make all lines flat.
static double greatest_mean(const struct curves *curves, enum figure_curve curve) {
    double most = 0;
    for (size_t i = 0; i < curves->cells; i++) {
        const struct figure_line *line = &curves->lines[i].lines[curve];
        for (size_t p = 0; p < line->count; p++) {
            most = line->points[p].mean > most ? line->points[p].mean : most;
        }
    }
    return most;
}

static void put_ranges(struct figure *figure, const struct curves *curves,
                       enum figure_curve curve) {
    FILE *out = figure->script;
    double most = 1.08 * greatest_mean(curves, curve);
    fprintf(out, "set xrange [0:%.9g]; set offsets 0, 0, 0, 0\n",
            curves->end_s > 0 ? curves->end_s : 1);
    if (curve == FIGURE_TEST_ACCURACY || curve == FIGURE_TRAIN_ACCURACY) {
        fputs("set yrange [0<*:*<100]\n", out);
    } else {
        fprintf(out, "set yrange [*<0:%.9g]\n", most > 0 ? most : 1);
    }
}

static void put_panels(struct figure *figure, const struct curves *curves) {
    REQUIRE(curves->panel_count > 0);
    for (size_t p = 0; p < curves->panel_count; p++) {
        enum figure_curve curve = curves->panels[p];
        struct figure_box box = box_of(figure, curves, p);
        figure_begin_panel(figure, box, titles[curve]);
        put_ranges(figure, curves, curve);
        fputs("set xlabel 'cluster time / s' offset 0, 0.3\n", figure->script);
        put_start_up(figure, curves);
        put_plot(figure, curves, p);
        figure_end_panel(figure);
        figure->height = box.bottom + 58;
    }
}

static void put_head(struct figure *figure, const struct curves *curves) {
    struct figure_entry *entries = memory_allocate(curves->cells + 1, sizeof *entries);
    struct figure_entry *cells = figure_cell_entries(figure, FIGURE_LINE);
    size_t count = curves->cells;
    memcpy(entries, cells, count * sizeof *entries);
    if (curves->has_paper) {
        entries[count++] = (struct figure_entry){FIGURE_DASHES, "#444444", "1", "published curves"};
    }
    figure_put_head(figure, curves->has_band ? "lines are their means, bands their ranges" : "",
                    entries, count);
    memory_free(cells);
    memory_free(entries);
}

static void reset(struct curves *curves) {
    for (size_t i = 0; i < curves->cells; i++) {
        figure_lines_reset(&curves->lines[i]);
    }
    memory_free(curves->lines);
    memory_free(curves->cell_parts);
    memory_free(curves->paper_parts);
}

static enum status write_panels(struct figure *figure, bool threshold_alone, struct error *error) {
    struct curves curves = {.cells = figure->comparison->order_count};
    curves.lines = memory_allocate(curves.cells, sizeof *curves.lines);
    curves.cell_parts =
        memory_allocate(FIGURE_CURVE_COUNT * curves.cells, sizeof *curves.cell_parts);
    curves.paper_parts =
        memory_allocate(FIGURE_CURVE_COUNT * curves.cells, sizeof *curves.paper_parts);
    enum status status = read_lines(figure, &curves, error);
    if (status == STATUS_OK && threshold_alone) {
        add_panel(&curves, FIGURE_THRESHOLD);
        status = curves.panel_count > 0
                     ? STATUS_OK
                     : error_set(error, STATUS_BAD_DATA,
                                 "threshold: no run has made an update by a threshold: schemes "
                                 "without a server have none");
    } else if (status == STATUS_OK) {
        status = choose_panels(figure, &curves, error);
    }
    if (status == STATUS_OK) {
        find_start_up(figure->comparison, &curves);
        put_rows(figure, &curves);
        print_fits(figure, &curves);
        put_head(figure, &curves);
        put_panels(figure, &curves);
    }
    reset(&curves);
    return status;
}

enum status figure_write_curves(struct figure *figure, struct error *error) {
    REQUIRE(figure->comparison->order_count > 0);
    return write_panels(figure, false, error);
}

enum status figure_write_threshold(struct figure *figure, struct error *error) {
    REQUIRE(figure->comparison->order_count > 0);
    return write_panels(figure, true, error);
}
