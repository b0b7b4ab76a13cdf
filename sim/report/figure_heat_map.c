// SPDX-License-Identifier: GPL-3.0-or-later
// A metric over two varied keys: a tile a cell, with its mean, its interval, and a frame around
// those that may be the best.
#include <gsl/gsl_cdf.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/compare_parts.h"
#include "sim/report/figure_parts.h"

enum { VALUES_MAX = 40, TILE_TEXT_SIZE = 64 };

// The values of one key, in order.
struct axis {
    size_t key;
    const char *values[VALUES_MAX];
    size_t count;
};

struct map {
    struct axis x, y;
    size_t cells[VALUES_MAX][VALUES_MAX]; // [x][y]: index + 1; 0: none
    double least, most;                   // of the means
};

static void name_keys(const struct comparison *comparison, char keys[FIGURE_LABEL_SIZE]) {
    size_t used = 0;
    keys[0] = 0;
    for (size_t k = 0; k < comparison->key_count && used < FIGURE_LABEL_SIZE; k++) {
        used += (size_t)snprintf(keys + used, FIGURE_LABEL_SIZE - used, "%s%s", k > 0 ? ", " : "",
                                 comparison->keys[k]);
    }
}

static enum status find_key(const struct comparison *comparison, const char *option,
                            const char *name, size_t *key, struct error *error) {
    REQUIRE(name != NULL);
    char keys[FIGURE_LABEL_SIZE];
    for (size_t k = 0; k < comparison->key_count; k++) {
        if (strcmp(comparison->keys[k], name) == 0) {
            *key = k;
            return STATUS_OK;
        }
    }
    name_keys(comparison, keys);
    return error_set(error, STATUS_BAD_DATA,
                     "%s: %s does not vary from cell to cell; what varies is %s", option, name,
                     keys);
}

// Those that are named; else the two that vary.
static enum status choose_keys(const struct figure *figure, struct map *map, struct error *error) {
    const struct comparison *comparison = figure->comparison;
    const struct figure_request *request = figure->request;
    char keys[FIGURE_LABEL_SIZE];
    name_keys(comparison, keys);
    if (comparison->key_count < 2) {
        return error_set(error, STATUS_BAD_DATA,
                         "heatmap: it needs two keys that vary, and here %s does: curves, forest "
                         "and frontier show that",
                         comparison->key_count == 0 ? "none" : keys);
    }
    if (request->x == NULL || request->y == NULL) {
        if (comparison->key_count > 2) {
            return error_set(error, STATUS_BAD_DATA,
                             "heatmap: which two keys? --x and --y each take one of %s", keys);
        }
        map->x.key = 0;
        map->y.key = 1;
    }
    enum status status = STATUS_OK;
    if (request->x != NULL) {
        status = find_key(comparison, "--x", request->x, &map->x.key, error);
        map->y.key = map->x.key == 0 ? 1 : 0;
    }
    if (status == STATUS_OK && request->y != NULL) {
        status = find_key(comparison, "--y", request->y, &map->y.key, error);
        map->x.key = request->x == NULL ? (map->y.key == 0 ? 1 : 0) : map->x.key;
    }
    if (status == STATUS_OK && map->x.key == map->y.key) {
        status = error_set(error, STATUS_BAD_DATA, "heatmap: --x and --y are the same key");
    }
    return status;
}

// What a value is in numbers: a time in seconds, a number. NaN: a word.
static double number_of(const char *value) {
    int64_t span_ns = 0;
    char *end = NULL;
    if (sim_time_parse(value, &span_ns) == NULL) {
        return sim_time_to_seconds(span_ns);
    }
    double number = strtod(value, &end);
    return end == value ? (double)NAN : number;
}

static int by_number(const void *left, const void *right) {
    double a = number_of(*(const char *const *)left);
    double b = number_of(*(const char *const *)right);
    return (a > b) - (a < b);
}

static size_t place_on(const struct axis *axis, const char *value) {
    size_t at = 0;
    while (at < axis->count && strcmp(axis->values[at], value) != 0) {
        at++;
    }
    return at;
}

// Numbers in their order, words in that of the cells.
static enum status fill_axis(const struct comparison *comparison, struct axis *axis,
                             struct error *error) {
    bool are_numbers = true;
    for (size_t i = 0; i < comparison->order_count; i++) {
        const char *value =
            compare_shown(comparison->cells[comparison->order[i]].values[axis->key]);
        if (place_on(axis, value) < axis->count) {
            continue;
        }
        if (axis->count == VALUES_MAX) {
            return error_set(error, STATUS_BAD_DATA,
                             "heatmap: %s has more than %d values: choose some with --where",
                             comparison->keys[axis->key], VALUES_MAX);
        }
        axis->values[axis->count++] = value;
        are_numbers &= !isnan(number_of(value));
    }
    if (are_numbers) {
        qsort(axis->values, axis->count, sizeof axis->values[0], by_number);
    }
    return STATUS_OK;
}

static enum status fill_cells(const struct comparison *comparison, struct map *map,
                              struct error *error) {
    map->least = (double)INFINITY;
    map->most = (double)-INFINITY;
    for (size_t i = 0; i < comparison->order_count; i++) {
        const struct compare_cell *cell = &comparison->cells[comparison->order[i]];
        const char *x = compare_shown(cell->values[map->x.key]);
        const char *y = compare_shown(cell->values[map->y.key]);
        size_t *at = &map->cells[place_on(&map->x, x)][place_on(&map->y, y)];
        double mean = cell->numbers[comparison->options.primary].value.mean;
        if (*at != 0) {
            return error_set(error, STATUS_BAD_DATA,
                             "heatmap: several cells have %s %s and %s %s, for other keys vary, "
                             "too: choose with --where KEY=VALUE",
                             comparison->keys[map->x.key], x, comparison->keys[map->y.key], y);
        }
        *at = comparison->order[i] + 1;
        map->least = isfinite(mean) ? fmin(map->least, mean) : map->least;
        map->most = isfinite(mean) ? fmax(map->most, mean) : map->most;
    }
    return STATUS_OK;
}

// A map of grey tiles would look like an answer. Runs that diverged are one.
static enum status require_numbers(const struct comparison *comparison, const struct map *map,
                                   struct error *error) {
    char metric[FIGURE_LABEL_SIZE];
    bool has_any = map->least <= map->most;
    for (size_t i = 0; i < comparison->order_count && !has_any; i++) {
        has_any = comparison->cells[comparison->order[i]].diverged.happened > 0;
    }
    if (has_any) {
        return STATUS_OK;
    }
    compare_metric_label(comparison, comparison->options.primary, metric, sizeof metric);
    return error_set(error, STATUS_BAD_DATA,
                     "heatmap: no run has the %s: --metric names another one", metric);
}

// ---- tiles ----

// Of a tile, where its numbers have room; of the labels beside the tiles.
enum { TILE_MAX = 150, WIDTH_OF_INTERVAL = 110, WIDTH_OF_TEXT = 60, LEFT = 190 };

// From light to dark, evenly in lightness (a part of viridis, light end first).
static void colour_of(const struct map *map, double mean, char colour[8], bool *is_dark) {
    static const int anchors[][3] = {
        {253, 240, 160}, {122, 205, 110}, {42, 160, 135}, {45, 112, 142}, {70, 50, 120}};
    enum { LAST = sizeof anchors / sizeof anchors[0] - 1 };
    double share = map->most > map->least ? (mean - map->least) / (map->most - map->least) : 0;
    double at = share * LAST;
    int below = at >= LAST ? LAST - 1 : (int)at;
    int mixed[3];
    for (int i = 0; i < 3; i++) {
        mixed[i] = (int)lround(anchors[below][i] +
                               (at - below) * (anchors[below + 1][i] - anchors[below][i]));
    }
    snprintf(colour, 8, "#%02X%02X%02X", mixed[0] & 0xFF, mixed[1] & 0xFF, mixed[2] & 0xFF);
    *is_dark = share > 0.55;
}

// Half of the 95 % interval of the mean over the rounds; NaN: there is none.
static double half_interval(const struct comparison *comparison, const struct compare_cell *cell) {
    const int metric = comparison->options.primary;
    const struct spread *spread = &cell->numbers[metric].value;
    if (spread->rounds < 2) {
        return (double)NAN;
    }
    return spread->error *
           gsl_cdf_tdist_Pinv(0.5 + COMPARE_LEVEL / 2, (double)(spread->rounds - 1));
}

// The cell's numbers as a row, and on its tile. Returns whether it may be the best: with one round
// nothing is known of that.
static bool put_numbers(struct figure *figure, const struct map *map, size_t x, size_t y,
                        char text[TILE_TEXT_SIZE], bool with_interval) {
    const struct comparison *comparison = figure->comparison;
    const size_t index = map->cells[x][y] - 1;
    const struct compare_cell *cell = &comparison->cells[index];
    const struct compare_numbers *numbers = &cell->numbers[comparison->options.primary];
    bool may_be_best = numbers->best.may_be && isfinite(numbers->best.high);
    double half = half_interval(comparison, cell);
    char label[FIGURE_LABEL_SIZE];
    if (!isfinite(numbers->value.mean)) {
        snprintf(text, TILE_TEXT_SIZE, cell->diverged.happened > 0 ? "diverged" : "none");
        fprintf(figure->data, "%zu,%zu,,", x, y);
    } else {
        int used = snprintf(text, TILE_TEXT_SIZE, "%.4g", numbers->value.mean);
        if (isfinite(half) && with_interval) {
            snprintf(text + used, TILE_TEXT_SIZE - (size_t)used, " ±%.2g", half);
        }
        fprintf(figure->data, "%zu,%zu,%.9g,", x, y, numbers->value.mean);
    }
    if (isfinite(half)) {
        fprintf(figure->data, "%.9g", half);
    }
    fprintf(figure->data, ",%zu,%d", numbers->value.rounds, may_be_best);
    figure_end_row(figure, compare_cell_label(figure->comparison, index, label));
    return may_be_best;
}

static void put_tile(struct figure *figure, const struct map *map, size_t x, size_t y, int width) {
    const struct comparison *comparison = figure->comparison;
    const size_t index = map->cells[x][y];
    char colour[8] = "#EEEEEE";
    char text[TILE_TEXT_SIZE] = "no run";
    char place[64];
    char options[96];
    bool is_dark = false;
    bool may_be_best = false;
    if (index > 0) {
        double mean = comparison->cells[index - 1].numbers[comparison->options.primary].value.mean;
        may_be_best = put_numbers(figure, map, x, y, text, width >= WIDTH_OF_INTERVAL);
        if (isfinite(mean)) {
            colour_of(map, mean, colour, &is_dark);
        }
    }
    fprintf(figure->script,
            "set object rectangle from first %zu - 0.48, first %zu - 0.46 to first %zu + 0.48, "
            "first %zu + 0.46 fc rgb '%s' fs solid %s\n",
            x, y, x, y, colour, may_be_best ? "border lc rgb '#D55E00' lw 3" : "noborder");
    snprintf(place, sizeof place, "first %zu, first %zu", x, y);
    snprintf(options, sizeof options, "center front textcolor rgb '%s' font 'sans-serif,%d'",
             is_dark ? "#ffffff" : "#222222", width >= WIDTH_OF_TEXT ? 12 : 9);
    figure_put_label(figure, place, text, TILE_TEXT_SIZE, options);
}

// The names of the columns below, of the rows on the left: as labels, for what is in a tick's text
// may be taken for a format.
static void put_axes(struct figure *figure, const struct map *map, int tile_width) {
    const struct comparison *comparison = figure->comparison;
    char place[80];
    char name[COMPARE_READABLE_SIZE];
    for (size_t x = 0; x < map->x.count; x++) {
        snprintf(place, sizeof place, "first %zu, graph 0 offset 0, -1", x);
        figure_put_label(figure, place, map->x.values[x], (size_t)tile_width / 8 + 1, "center");
    }
    for (size_t y = 0; y < map->y.count; y++) {
        snprintf(place, sizeof place, "graph 0, first %zu offset -1, 0", y);
        figure_put_label(figure, place, map->y.values[y], 18, "right");
    }
    figure_put_label(figure, "graph 0.5, graph 0 offset 0, -2.4",
                     compare_readable_key(comparison, map->x.key, name), 60, "center");
    figure_put_label(figure, "graph 0, graph 1 offset -1, 0.8",
                     compare_readable_key(comparison, map->y.key, name), 24, "right");
}

static int width_of_tile(const struct map *map) {
    REQUIRE(map->x.count > 0);
    int width = (FIGURE_WIDTH - FIGURE_MARGIN - LEFT) / (int)map->x.count;
    return width > TILE_MAX ? TILE_MAX : width;
}

static void put_panel(struct figure *figure, const struct map *map) {
    enum { HEAD = 62, HEIGHT = 40, FOOT = 76 };
    const struct comparison *comparison = figure->comparison;
    char metric[FIGURE_LABEL_SIZE];
    char place[64];
    int width = width_of_tile(map);
    struct figure_box box = {LEFT, figure->top + HEAD, LEFT + width * (int)map->x.count,
                             figure->top + HEAD + HEIGHT * (int)map->y.count};
    figure_begin_panel(figure, box, "");
    compare_metric_label(comparison, comparison->options.primary, metric, sizeof metric);
    snprintf(place, sizeof place, "screen X(%d), screen Y(%d)", LEFT, box.top - 40);
    figure_put_label(figure, place, metric, 96, "left font 'sans-serif:Bold,13'");
    fputs("figure_x,y,mean,half_interval,rounds,may_be_the_best,label\n", figure->data);
    for (size_t x = 0; x < map->x.count; x++) {
        for (size_t y = 0; y < map->y.count; y++) {
            put_tile(figure, map, x, y, width);
        }
    }
    put_axes(figure, map, width);
    fprintf(figure->script,
            "unset border; unset tics; unset grid; unset xlabel\n"
            "set xrange [-0.5:%zu - 0.5]; set yrange [-0.5:%zu - 0.5]\nplot -2\n",
            map->x.count, map->y.count);
    figure_end_panel(figure);
    figure->height = box.bottom + FOOT;
}

enum status figure_write_heat_map(struct figure *figure, struct error *error) {
    REQUIRE(figure->comparison->order_count > 0);
    static const struct figure_entry framed = {FIGURE_BOX, "#D55E00", "1",
                                               "framed: may be the best (95 % for all together)"};
    struct map *map = memory_allocate(1, sizeof *map);
    enum status status = choose_keys(figure, map, error);
    if (status == STATUS_OK) {
        status = fill_axis(figure->comparison, &map->x, error);
    }
    if (status == STATUS_OK) {
        status = fill_axis(figure->comparison, &map->y, error);
    }
    if (status == STATUS_OK) {
        status = fill_cells(figure->comparison, map, error);
    }
    if (status == STATUS_OK) {
        status = require_numbers(figure->comparison, map, error);
    }
    if (status == STATUS_OK) {
        figure->axes_name_cells = true;
        bool has_frame = figure->comparison->order_count > 1;
        bool has_intervals = width_of_tile(map) >= WIDTH_OF_INTERVAL;
        figure_put_head(figure,
                        has_intervals ? "means, with 95 % intervals over the rounds"
                                      : "means over the rounds; a tile is too narrow for intervals",
                        &framed, has_frame);
        put_panel(figure, map);
    }
    memory_free(map);
    return status;
}
