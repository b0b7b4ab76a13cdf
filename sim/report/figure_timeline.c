// SPDX-License-Identifier: GPL-3.0-or-later
// Who does what in a window: a lane for each worker and one for the server, a panel a cell.
#include <inttypes.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/complete_table.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/figure_parts.h"
#include "sim/report/timeline.h"
#include "sim/report/untrained.h"

static const struct {
    const char *label, *colour;
} looks[TIMELINE_KIND_COUNT] = {
    ROW(TIMELINE_COMPUTING) = {"computing", "#3B7FB6"},
    ROW(TIMELINE_DELAYED) = {"delayed", "#E69F00"},
    ROW(TIMELINE_QUEUED) = {"in line at the server", "#C2407F"},
    ROW(TIMELINE_WAITING) = {"waiting for others", "#D5D5D5"},
    ROW(TIMELINE_RECEIVING) = {"server: receiving", "#4A4A4A"},
    ROW(TIMELINE_UPDATING) = {"server: updating", "#009E73"},
    ROW(TIMELINE_REPLYING) = {"server: replying", "#F0E442"},
    ROW(TIMELINE_RESENDING) = {"lost and sent again", "#7A5195"},
    ROW(TIMELINE_SENDING) = {"on the way", "#8FD3C1"},
    ROW(TIMELINE_STALLED) = {"paused", "#A6761D"},
    ROW(TIMELINE_DOWN) = {"down", "#222222"},
    ROW(TIMELINE_REDUCING) = {"averaging models", "#009E73"},
};
ROWS_COMPLETE(TIMELINE_KIND_COUNT);

// In the legend, what workers do comes first.
static const enum timeline_kind legend[] = {
    TIMELINE_COMPUTING, TIMELINE_DELAYED,   TIMELINE_SENDING,  TIMELINE_RESENDING,
    TIMELINE_QUEUED,    TIMELINE_WAITING,   TIMELINE_STALLED,  TIMELINE_DOWN,
    TIMELINE_REDUCING,  TIMELINE_RECEIVING, TIMELINE_UPDATING, TIMELINE_REPLYING,
};
_Static_assert(sizeof legend / sizeof legend[0] == TIMELINE_KIND_COUNT, "the legend lacks a kind");

enum { GRADIENTS_EACH = 10, GRADIENTS_MAX = 4000, INTERVALS_MAX = 40000 };

// One panel: a cell's first round.
struct panel {
    struct timeline timeline;
    int32_t workers;
    uint64_t seed;
    size_t first[TIMELINE_KIND_COUNT], count[TIMELINE_KIND_COUNT]; // rows of the data
    int64_t threshold_least, threshold_most; // of the updates in the window; 0: there are none
    size_t updates;
    bool has_server; // a lane of it, or
    bool averages;   // of the averages of all, where there is no server
    bool is_local;   // workers average models of their own: there is no K
};

struct window {
    int64_t from_ns, to_ns;
};

// The finished run of the least seed, whatever the order of the files.
static const struct compare_run *first_round(const struct comparison *comparison, size_t cell) {
    REQUIRE(comparison->cells[cell].run_count > 0);
    const struct compare_cell *at = &comparison->cells[cell];
    const struct compare_run *first = &comparison->runs[at->runs[0]];
    for (size_t r = 1; r < at->run_count; r++) {
        const struct compare_run *run = &comparison->runs[at->runs[r]];
        first = run->seed < first->seed ? run : first;
    }
    return first;
}

// Without --from and --to: from the start of training on, until each worker has begun ten gradients
// or so; of many workers fewer.
static struct window window_of(const struct figure_request *request, const struct runlog *log) {
    struct window window = {request->from_ns, request->to_ns};
    if (window.from_ns < 0) {
        window.from_ns =
            log->header.scenario == NULL ? 0 : run_metrics_start_up_ns(log->header.scenario);
        window.from_ns = window.from_ns < log->ending.end_ns ? window.from_ns : 0;
    }
    if (window.to_ns < 0) {
        size_t wanted = GRADIENTS_EACH * (size_t)log->header.workers;
        wanted = wanted < GRADIENTS_MAX ? wanted : GRADIENTS_MAX;
        size_t begun = 0;
        window.to_ns = log->ending.end_ns;
        for (size_t i = 0; i < log->gradient_count && begun <= wanted; i++) {
            begun += log->gradients[i].dispatched_ns >= window.from_ns;
            if (begun > wanted && log->gradients[i].dispatched_ns > window.from_ns) {
                window.to_ns = log->gradients[i].dispatched_ns;
            }
        }
    }
    return window;
}

static enum status check_window(const struct window *window, const char *name,
                                const struct runlog *log, struct error *error) {
    char end[SIM_TIME_TEXT_SIZE];
    if (window->from_ns >= log->ending.end_ns || window->from_ns >= window->to_ns) {
        return error_set(
            error, STATUS_BAD_DATA,
            "%s: nothing is in the window: the run ended at %s; choose --from and --to "
            "before",
            name, sim_time_format(log->ending.end_ns, end));
    }
    return STATUS_OK;
}

static void find_thresholds(struct panel *panel, const struct window *window,
                            const struct runlog *log) {
    REQUIRE(panel->updates == 0);
    for (size_t i = 0; i < log->update_count; i++) {
        const struct update_row *row = &log->updates[i];
        if (row->time_ns >= window->from_ns && row->time_ns < window->to_ns) {
            bool is_first = panel->updates++ == 0;
            bool is_less = is_first || row->threshold < panel->threshold_least;
            bool is_more = is_first || row->threshold > panel->threshold_most;
            panel->threshold_least = is_less ? row->threshold : panel->threshold_least;
            panel->threshold_most = is_more ? row->threshold : panel->threshold_most;
        }
    }
}

static enum status read_panel(const struct figure *figure, size_t cell, struct window *window,
                              bool is_first, struct panel *panel, struct error *error) {
    const struct compare_run *run = first_round(figure->comparison, cell);
    struct runlog log = {0};
    enum status status = figure_read_log(run, &log, error);
    if (status == STATUS_OK && is_first) {
        *window = window_of(figure->request, &log);
    }
    if (status == STATUS_OK) {
        status = check_window(window, run->name, &log, error);
    }
    if (status == STATUS_OK) {
        timeline_of_log(&log, window->from_ns, window->to_ns, &panel->timeline);
        panel->workers = log.header.workers;
        panel->seed = log.header.seed;
        panel->averages = timeline_has_no_server(&log);
        panel->is_local =
            log.header.scenario != NULL && untrained_steps_locally(log.header.scenario);
        find_thresholds(panel, window, &log);
    }
    if (status == STATUS_OK && panel->timeline.count > INTERVALS_MAX) {
        status = error_set(error, STATUS_BAD_DATA,
                           "%s: %zu intervals are in the window, more than can be told apart: "
                           "choose a shorter one with --from and --to",
                           run->name, panel->timeline.count);
    }
    runlog_reset(&log);
    return status;
}

static void put_rows(struct figure *figure, size_t cell, struct panel *panel) {
    char label[FIGURE_LABEL_SIZE];
    compare_cell_label(figure->comparison, cell, label);
    for (int kind = 0; kind < TIMELINE_KIND_COUNT; kind++) {
        panel->first[kind] = figure->rows;
        for (size_t i = 0; i < panel->timeline.count; i++) {
            const struct timeline_interval *interval = &panel->timeline.intervals[i];
            if (interval->kind == (enum timeline_kind)kind) {
                fprintf(figure->data, "%s,%" PRId32 ",%.9f,%.9f", timeline_kind_names[kind],
                        interval->lane, sim_time_to_seconds(interval->start_ns),
                        sim_time_to_seconds(interval->end_ns));
                figure_end_row(figure, label);
                panel->has_server |= interval->lane < 0;
            }
        }
        panel->count[kind] = figure->rows - panel->first[kind];
    }
}

// ---- panels ----

// Where lanes lie, in units of one: worker w from w - half to w + half, and the server's below
// them, apart and higher.
struct lanes {
    double pixels; // of one
    double half;
    double server_top, server_bottom; // equal: there is none
};

static struct lanes lanes_of(const struct panel *panel) {
    enum { HEIGHT_MAX = 1200 };
    double pixels = panel->workers <= 8     ? 22
                    : panel->workers <= 40  ? 12
                    : panel->workers <= 100 ? 6
                                            : 3;
    pixels = panel->workers * pixels > HEIGHT_MAX ? (double)HEIGHT_MAX / panel->workers : pixels;
    double server = pixels < 10 ? 24 : 2 * pixels;
    struct lanes lanes = {.pixels = pixels, .half = pixels > 4 ? 0.42 : 0.5};
    lanes.server_top = panel->workers - 0.5 + (panel->has_server ? 8 / pixels : 0);
    lanes.server_bottom = lanes.server_top + (panel->has_server ? server / pixels : 0);
    return lanes;
}

static void put_lane_names(struct figure *figure, const struct panel *panel,
                           const struct lanes *lanes) {
    const int32_t step = panel->workers <= 8     ? 1
                         : panel->workers <= 40  ? 5
                         : panel->workers <= 100 ? 10
                                                 : panel->workers / 10;
    fputs("set ytics scale 0 (", figure->script);
    for (int64_t worker = 0; worker < panel->workers; worker += step) {
        fprintf(figure->script, "%s'%s%" PRId64 "' %" PRId64, worker > 0 ? ", " : "",
                worker == 0 ? "worker " : "", worker, worker);
    }
    if (panel->has_server) {
        fprintf(figure->script, ", '%s' %.3f", panel->averages ? "averages" : "server",
                (lanes->server_top + lanes->server_bottom) / 2);
    }
    fputs(")\n", figure->script);
}

static void put_title(struct figure *figure, const struct panel *panel, size_t cell,
                      struct figure_box box) {
    char label[FIGURE_LABEL_SIZE];
    char title[2 * FIGURE_LABEL_SIZE];
    compare_cell_label(figure->comparison, cell, label);
    const char *plural = panel->updates == 1 ? "" : "s";
    int used = snprintf(title, sizeof title, "%s: %zu %s%s", label, panel->updates,
                        panel->is_local ? "average" : "update", plural);
    if (!panel->is_local && panel->updates > 0) {
        used += snprintf(title + used, sizeof title - (size_t)used, ", K = %" PRId64,
                         panel->threshold_least);
    }
    if (!panel->is_local && panel->threshold_least < panel->threshold_most) {
        snprintf(title + used, sizeof title - (size_t)used, " to %" PRId64, panel->threshold_most);
    }
    figure_begin_panel(figure, box, title);
}

static void put_plot(struct figure *figure, const struct panel *panel, const struct lanes *lanes) {
    const char *comma = "plot ";
    for (int kind = 0; kind < TIMELINE_KIND_COUNT; kind++) {
        if (panel->count[kind] > 0) {
            fputs(comma, figure->script);
            figure_put_rows(figure, panel->first[kind], panel->count[kind]);
            fprintf(figure->script,
                    " using 3:2:3:4:($2 < 0 ? %.3f : $2 - %.2f):($2 < 0 ? %.3f : $2 + %.2f) with "
                    "boxxyerror fc rgb '%s'",
                    lanes->server_top, lanes->half, lanes->server_bottom, lanes->half,
                    looks[kind].colour);
            comma = ", \\\n     ";
        }
    }
    fputs(panel->timeline.count == 0 ? "plot -2\n" : "\n", figure->script);
}

// Returns where the next one may begin.
static int put_panel(struct figure *figure, const struct panel *panel, size_t cell, int top,
                     const struct window *window, bool is_last) {
    enum { LEFT = 84, HEAD = 34, FOOT = 26 };
    struct lanes lanes = lanes_of(panel);
    int height = (int)((lanes.server_bottom + 0.6) * lanes.pixels) + 4;
    struct figure_box box = {LEFT, top + HEAD, FIGURE_WIDTH - FIGURE_MARGIN, top + HEAD + height};
    put_title(figure, panel, cell, box);
    fprintf(figure->script,
            "set border 1; set xrange [%.9f:%.9f]; set yrange [%.3f:-0.6]\nset grid xtics noytics "
            "back\nset xlabel %s offset 0, 0.3\n",
            sim_time_to_seconds(window->from_ns), sim_time_to_seconds(window->to_ns),
            height / lanes.pixels - 0.6, is_last ? "'cluster time / s'" : "''");
    put_lane_names(figure, panel, &lanes);
    put_plot(figure, panel, &lanes);
    figure_end_panel(figure);
    return box.bottom + FOOT;
}

static void put_head(struct figure *figure, const struct panel *panels) {
    struct figure_entry entries[TIMELINE_KIND_COUNT];
    char note[FIGURE_LABEL_SIZE];
    size_t count = 0;
    for (int i = 0; i < TIMELINE_KIND_COUNT; i++) {
        enum timeline_kind kind = legend[i];
        bool is_there = false;
        for (size_t p = 0; p < figure->comparison->order_count; p++) {
            is_there |= panels[p].count[kind] > 0;
        }
        if (is_there) {
            entries[count] = (struct figure_entry){FIGURE_BOX, looks[kind].colour, "1", ""};
            snprintf(entries[count++].label, FIGURE_LABEL_SIZE, "%s", looks[kind].label);
        }
    }
    snprintf(note, sizeof note, "shown: seed %" PRIu64, panels[0].seed);
    figure_put_head(figure, note, entries, count);
}

enum status figure_write_timeline(struct figure *figure, struct error *error) {
    const struct comparison *comparison = figure->comparison;
    REQUIRE(comparison->order_count > 0);
    struct panel *panels = memory_allocate(comparison->order_count, sizeof *panels);
    struct window window = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < comparison->order_count && status == STATUS_OK; i++) {
        status = read_panel(figure, comparison->order[i], &window, i == 0, &panels[i], error);
    }
    if (status == STATUS_OK) {
        fputs("figure_state,lane,begin_s,end_s,label\n", figure->data);
        for (size_t i = 0; i < comparison->order_count; i++) {
            put_rows(figure, comparison->order[i], &panels[i]);
        }
        put_head(figure, panels);
        int top = figure->top;
        for (size_t i = 0; i < comparison->order_count; i++) {
            top = put_panel(figure, &panels[i], comparison->order[i], top, &window,
                            i + 1 == comparison->order_count);
        }
        figure->height = top + 34;
    }
    for (size_t i = 0; i < comparison->order_count; i++) {
        timeline_reset(&panels[i].timeline);
    }
    memory_free(panels);
    return status;
}
