// SPDX-License-Identifier: GPL-3.0-or-later
// Speed and accuracy: how many gradients a cell applies in a second of cluster time, and what it
// reaches; the cells that no other one beats in both are coloured.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/compare_parts.h"
#include "sim/report/figure_parts.h"

struct place {
    size_t cell;
    double speed; // gradients per second, mean over the rounds
    double speed_error;
    double value, value_error; // of the metric
    bool is_best;
};

// Gradients in an update in each second behind the start-up.
static enum status read_speed(const struct compare_run *run, double *speed, struct error *error) {
    struct runlog log = {0};
    enum status status = figure_read_log(run, &log, error);
    double gradients = 0;
    double seconds = sim_time_to_seconds(run->end_ns) -
                     sim_time_to_seconds(run_metrics_start_up_ns(run->scenario));
    for (size_t i = 0; i < log.update_count; i++) {
        gradients += (double)log.updates[i].gradients;
    }
    runlog_reset(&log);
    *speed = seconds > 0 ? gradients / seconds : (double)NAN;
    return status;
}

static enum status read_place(const struct comparison *comparison, struct place *place,
                              struct error *error) {
    const struct compare_cell *cell = &comparison->cells[place->cell];
    REQUIRE(cell->run_count > 0);
    double *speeds = memory_allocate(cell->run_count, sizeof *speeds);
    enum status status = STATUS_OK;
    for (size_t r = 0; r < cell->run_count && status == STATUS_OK; r++) {
        status = read_speed(&comparison->runs[cell->runs[r]], &speeds[r], error);
    }
    struct spread spread = spread_of(speeds, cell->run_count);
    const struct spread *value = &cell->numbers[comparison->options.primary].value;
    place->speed = spread.mean;
    place->speed_error = isfinite(spread.error) ? spread.error : 0;
    place->value = value->mean;
    place->value_error = isfinite(value->error) ? value->error : 0;
    memory_free(speeds);
    return status;
}

static int by_speed(const void *left, const void *right) {
    const struct place *a = left;
    const struct place *b = right;
    return a->speed != b->speed ? (a->speed > b->speed) - (a->speed < b->speed)
                                : (a->cell > b->cell) - (a->cell < b->cell);
}

// From the fastest on: who is better than all that are faster.
static void find_frontier(struct place *places, size_t count, bool more_is_better) {
    double best = more_is_better ? (double)-INFINITY : (double)INFINITY;
    for (size_t i = count; i-- > 0;) {
        double value = places[i].value;
        places[i].is_best = more_is_better ? value > best : value < best;
        best = places[i].is_best ? value : best;
    }
}

static void put_rows(struct figure *figure, const struct place *places, size_t count) {
    char label[FIGURE_LABEL_SIZE];
    fputs("figure_order,gradients_per_s,error,value,value_error,frontier,label\n", figure->data);
    for (size_t i = 0; i < count; i++) {
        fprintf(figure->data, "%zu,%.9g,%.9g,%.9g,%.9g,%d", i, places[i].speed,
                places[i].speed_error, places[i].value, places[i].value_error, places[i].is_best);
        figure_end_row(figure, compare_cell_label(figure->comparison, places[i].cell, label));
    }
}

// The cells of the frontier have colours; the others are told apart by their rows alone.
static void put_head(struct figure *figure, const struct place *places, size_t count) {
    struct figure_entry *entries = memory_allocate(count + 1, sizeof *entries);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (places[i].is_best) {
            entries[used] = (struct figure_entry){FIGURE_DOT, figure_colour(used), "1", ""};
            compare_cell_label(figure->comparison, places[i].cell, entries[used++].label);
        }
    }
    if (used < count) {
        entries[used++] = (struct figure_entry){FIGURE_DOT, "#AAAAAA", "1",
                                                "others: beaten in both by one of these"};
    }
    figure_put_head(figure, "bars are standard errors", entries, used);
    memory_free(entries);
}

static void put_panel(struct figure *figure, const struct place *places, size_t count) {
    enum { LEFT = 76, HEAD = 34, HEIGHT = 430 };
    char metric[FIGURE_LABEL_SIZE];
    struct figure_box box = {LEFT, figure->top + HEAD, FIGURE_WIDTH - FIGURE_MARGIN,
                             figure->top + HEAD + HEIGHT};
    size_t colour = 0;
    compare_metric_label(figure->comparison, figure->comparison->options.primary, metric,
                         sizeof metric);
    figure_begin_panel(figure, box, metric);
    fputs("set border 3; set bars 0; set grid xtics ytics\n"
          "set xrange [*:*]; set yrange [*:*]\n"
          "set offsets graph 0.04, graph 0.04, graph 0.06, graph 0.06\n"
          "set xlabel 'applied gradients per second of cluster time' offset 0, 0.3\nplot ",
          figure->script);
    figure_put_rows(figure, 0, count);
    fputs(" using 2:($6 == 0 ? $4 : NaN):3:5 with xyerrorbars pt 7 ps 0.9 lw 1.2 lc rgb '#AAAAAA'",
          figure->script);
    for (size_t i = 0; i < count; i++) {
        if (places[i].is_best) {
            fputs(", \\\n     ", figure->script);
            figure_put_rows(figure, i, 1);
            fprintf(figure->script,
                    " using 2:4:3:5 with xyerrorbars pt 7 ps 1.2 lw 1.6 lc rgb '%s'",
                    figure_colour(colour++));
        }
    }
    fputc('\n', figure->script);
    figure_end_panel(figure);
    figure->height = box.bottom + 58;
}

enum status figure_write_frontier(struct figure *figure, struct error *error) {
    const struct comparison *comparison = figure->comparison;
    REQUIRE(comparison->order_count > 0);
    struct place *places = memory_allocate(comparison->order_count, sizeof *places);
    enum status status = STATUS_OK;
    size_t count = 0;
    for (size_t i = 0; i < comparison->order_count && status == STATUS_OK; i++) {
        places[count].cell = comparison->order[i];
        status = read_place(comparison, &places[count], error);
        count += isfinite(places[count].speed) && isfinite(places[count].value);
    }
    if (status == STATUS_OK && count == 0) {
        char metric[FIGURE_LABEL_SIZE];
        compare_metric_label(comparison, comparison->options.primary, metric, sizeof metric);
        status = error_set(error, STATUS_BAD_DATA,
                           "frontier: no run has both updates and the %s: --metric names another "
                           "one",
                           metric);
    }
    if (status == STATUS_OK) {
        qsort(places, count, sizeof *places, by_speed);
        find_frontier(places, count, compare_more_is_better(comparison->options.primary));
        put_rows(figure, places, count);
        put_head(figure, places, count);
        put_panel(figure, places, count);
    }
    memory_free(places);
    return status;
}
