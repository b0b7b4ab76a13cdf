// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/follow_view.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"

enum {
    LANES_AT = 8, // their first column: behind the worker's number
    CYCLES = 6,   // gradients of a worker that are to be seen, at least
    TEXT_SIZE = 512,
};

// ---- lanes ----

// The workers from 0 on and, in the last row, the server, over the last moments.
struct lanes {
    char *cells; // (rows, columns)
    int rows, columns;
    int64_t from_ns, bin_ns;
    int64_t *since_ns; // (rows): since when a worker does
    char *doing;       // (rows): that; 0: it is not known
    int64_t queued;
};

static bool is_of_worker(const struct lanes *lanes, const struct event_row *event) {
    return event->actor >= 0 && event->actor < lanes->rows - 1;
}

static int bin_of(const struct lanes *lanes, int64_t time_ns) {
    REQUIRE(lanes->bin_ns > 0);
    if (time_ns <= lanes->from_ns) {
        return 0;
    }
    int64_t bin = (time_ns - lanes->from_ns) / lanes->bin_ns;
    return bin < lanes->columns ? (int)bin : lanes->columns;
}

// What the lane's owner has been doing ends; the next begins.
static void turn_to(struct lanes *lanes, int row, int64_t time_ns, char doing) {
    REQUIRE(row >= 0 && row < lanes->rows);
    char *cells = lanes->cells + (size_t)row * (size_t)lanes->columns;
    int end = bin_of(lanes, time_ns);
    for (int i = bin_of(lanes, lanes->since_ns[row]); i < end && lanes->doing[row] != 0; i++) {
        cells[i] = lanes->doing[row];
    }
    lanes->since_ns[row] = time_ns;
    lanes->doing[row] = doing;
}

static void note_queue(struct lanes *lanes, int64_t time_ns, int change) {
    lanes->queued += change;
    lanes->queued = lanes->queued < 0 ? 0 : lanes->queued;
    char depth = lanes->queued == 0 ? '.' : lanes->queued > 9 ? '+' : (char)('0' + lanes->queued);
    turn_to(lanes, lanes->rows - 1, time_ns, depth);
}

// What the worker of an event does from then on; 0: as before. While one computes, what it has sent
// before travels on.
static char doing_after(const struct event_row *event, char before) {
    switch (event->kind) {
    case EVENT_DISPATCHED:
        return '#';
    case EVENT_READY:
        return '-';
    case EVENT_RECEIVED:
    case EVENT_REPLIED:
        return before == '#' ? 0 : '.';
    case EVENT_WAITS:
    case EVENT_CANCELLED:
    case EVENT_RETURNED:
        return '.';
    case EVENT_CRASHED:
        return 'x';
    default:
        return 0;
    }
}

static void add_event(struct lanes *lanes, const struct event_row *event) {
    if (event->kind == EVENT_ARRIVED || event->kind == EVENT_RECEIVED) {
        note_queue(lanes, event->time_ns, event->kind == EVENT_ARRIVED ? 1 : -1);
    }
    if (is_of_worker(lanes, event)) {
        char doing = doing_after(event, lanes->doing[event->actor]);
        if (doing != 0) {
            turn_to(lanes, event->actor, event->time_ns, doing);
        }
    }
}

// 1, 2 or 5 times a power of ten, not less.
static int64_t round_up(int64_t ns) {
    REQUIRE(ns > 0);
    int64_t unit = 1;
    while (unit * 10 <= ns) {
        unit *= 10;
    }
    return ns <= unit ? unit : ns <= 2 * unit ? 2 * unit : ns <= 5 * unit ? 5 * unit : 10 * unit;
}

// So long that each worker has computed CYCLES gradients in it, on average.
static int64_t span_of(const struct followed *followed, size_t count) {
    size_t dispatched = 0;
    size_t wanted = CYCLES * (size_t)(followed->workers < 1 ? 1 : followed->workers);
    size_t i = count;
    while (i > 0 && dispatched < wanted) {
        i--;
        dispatched += followed_recent(followed, i)->kind == EVENT_DISPATCHED;
    }
    int64_t span_ns = followed->now_ns - followed_recent(followed, i)->time_ns;
    return span_ns < 1 ? 1 : span_ns;
}

static void fill_lanes(struct lanes *lanes, const struct followed *followed) {
    size_t count = followed_recent_count(followed);
    REQUIRE(count > 0);
    lanes->bin_ns = round_up(1 + span_of(followed, count) / lanes->columns);
    int64_t bins = followed->now_ns / lanes->bin_ns + 1; // so that bins stay where they are
    lanes->from_ns = (bins - lanes->columns) * lanes->bin_ns;
    memset(lanes->cells, ' ', (size_t)lanes->rows * (size_t)lanes->columns);
    for (size_t i = 0; i < count; i++) {
        add_event(lanes, followed_recent(followed, i));
    }
    for (int row = 0; row < lanes->rows; row++) {
        turn_to(lanes, row, followed->now_ns + lanes->bin_ns, 0);
    }
}

static void put_lane(const struct lanes *lanes, int lane, const char *name, struct screen_area area,
                     int row) {
    REQUIRE(lane >= 0 && lane < lanes->rows);
    char text[TEXT_SIZE * 2];
    snprintf(text, sizeof text, "%*s ", LANES_AT - 1, name);
    screen_put(area, row, 0, text);
    snprintf(text, sizeof text, "%.*s", lanes->columns,
             lanes->cells + (size_t)lane * (size_t)lanes->columns);
    screen_put(area, row, LANES_AT, text);
}

static void draw_lanes(const struct followed *followed, struct screen_area area) {
    int workers = followed->workers < area.rows - 2 ? followed->workers : area.rows - 2;
    struct lanes lanes = {.rows = workers + 1, .columns = area.columns - LANES_AT};
    char text[TEXT_SIZE];
    char bin[SIM_TIME_TEXT_SIZE];
    REQUIRE(workers >= 0 && lanes.columns > 0);
    lanes.cells = memory_allocate((size_t)lanes.rows, (size_t)lanes.columns);
    lanes.since_ns = memory_allocate((size_t)lanes.rows, sizeof(int64_t));
    lanes.doing = memory_allocate((size_t)lanes.rows, 1);
    fill_lanes(&lanes, followed);
    for (int i = 0; i < workers; i++) {
        snprintf(text, sizeof text, "%d", i);
        put_lane(&lanes, i, text, area, i);
    }
    put_lane(&lanes, workers, "queue", area, workers);
    snprintf(text, sizeof text,
             "a column is %s; # computes  - sends or is in the queue  . waits  x down",
             sim_time_format(lanes.bin_ns, bin));
    screen_put(area, workers + 1, 0, text);
    memory_free(lanes.cells);
    memory_free(lanes.since_ns);
    memory_free(lanes.doing);
}

// ---- screens ----

static void draw_title(struct screen_area area, const char *text) {
    screen_put(area, 0, 0, text);
    screen_invert(area, 0);
    screen_put(area, area.rows - 1, 0, " q leave");
    screen_invert(area, area.rows - 1);
}

// The whole rows are in the journal: an end in it that no log has is worth more than a resume.
void follow_view_print_gone(FILE *out, const struct follow_run *run) {
    fputs("its process is gone; ", out);
    if (run->log == NULL) {
        fputs("the same 'desgd sweep' continues", out);
    } else if (run->followed->ended) {
        fprintf(out, "'desgd recover %s.journal -o FILE.h5' makes its log", run->log);
    } else {
        fprintf(out, "'desgd run SCENARIO -o %s --resume' continues", run->log);
    }
}

static void print_how_it_goes(FILE *out, const struct follow_run *run) {
    bool is_silent = run->age >= FOLLOW_VIEW_SILENT_SECONDS;
    followed_print(out, run->followed, is_silent ? (double)NAN : run->per_second);
    if (run->followed->ended) {
        fprintf(out, "   %s", run_status_names[run->followed->status]);
    } else if (is_silent) {
        fprintf(out, "   nothing for %.0f s", run->age);
    }
    if (run->is_gone) {
        fputs(": ", out);
        follow_view_print_gone(out, run);
    }
}

static int wrap_how_it_goes(const struct follow_run *run, const char *before,
                            struct screen_area area, int row) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    INVARIANT(out != NULL);
    fputs(before, out);
    print_how_it_goes(out, run);
    fclose(out);
    int rows = screen_wrap(area, row, area.rows - 1 - row, 0, 2, text);
    memory_free(text);
    return rows;
}

void follow_view_draw_run(const struct follow_run *run, struct screen *screen) {
    struct screen_area all = screen_whole(screen);
    const struct followed *followed = run->followed;
    char text[TEXT_SIZE];
    if (all.rows < 6 || all.columns < 40) {
        screen_put(all, 0, 0, "too small");
        return;
    }
    snprintf(text, sizeof text, " %s: %s, %" PRId32 " worker%s", run->name,
             followed->started ? followed->policy : "?", followed->workers,
             followed->workers == 1 ? "" : "s");
    draw_title(all, text);
    int row = 1 + wrap_how_it_goes(run, "", all, 1);
    struct screen_area lanes = all;
    lanes.row += row;
    lanes.rows -= row + 1;
    if (lanes.rows >= 3 && followed->event_count > 0) {
        draw_lanes(followed, lanes);
    } else if (followed->started && !followed->has_events) {
        screen_put(all, row, 0, "no lanes: the scenario says log.events false");
    }
}

void follow_view_print_sweep(FILE *out, const struct follow_sweep *sweep) {
    REQUIRE(sweep->name != NULL);
    size_t running = 0;
    for (size_t i = 0; i < sweep->begun_count; i++) {
        running += !sweep->begun[i].is_gone;
    }
    size_t over = sweep->done + sweep->failed + running;
    fprintf(out, "%zu run%s: %zu done, %zu failed, %zu running, %zu left", sweep->planned,
            sweep->planned == 1 ? "" : "s", sweep->done, sweep->failed, running,
            over < sweep->planned ? sweep->planned - over : 0);
    if (running < sweep->begun_count) {
        fprintf(out, " (%zu begun)", sweep->begun_count - running);
    }
}

// As many as there is room for; the last row says how many more there are.
static void draw_begun(const struct follow_sweep *sweep, struct screen_area area) {
    char text[TEXT_SIZE];
    int row = 3;
    size_t i = 0;
    area.rows--; // that row
    for (; i < sweep->begun_count && row < area.rows - 1; i++) {
        snprintf(text, sizeof text, "%s   ", sweep->begun[i].name);
        row += wrap_how_it_goes(&sweep->begun[i], text, area, row);
    }
    if (i < sweep->begun_count) {
        snprintf(text, sizeof text, "and %zu more", sweep->begun_count - i);
        area.rows++;
        screen_put(area, area.rows - 2, 0, text);
    }
}

void follow_view_draw_sweep(const struct follow_sweep *sweep, struct screen *screen) {
    struct screen_area all = screen_whole(screen);
    char text[TEXT_SIZE] = "";
    REQUIRE(sweep->begun != NULL || sweep->begun_count == 0);
    snprintf(text, sizeof text, " %s", sweep->name);
    draw_title(all, text);
    FILE *out = fmemopen(text, sizeof text, "w");
    if (out != NULL) {
        follow_view_print_sweep(out, sweep);
        fclose(out);
    }
    screen_put(all, 1, 0, text);
    draw_begun(sweep, all);
}
