// SPDX-License-Identifier: GPL-3.0-or-later
// What the screen says of a view. The story is a page on which the next line is written below the
// last: only when it is full does it turn.
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/step_view.h"
#include "sim/report/tell_events.h"
#include "sim/report/tell_standing.h"

enum {
    ROWS_LEAST = 12,
    COLUMNS_LEAST = 40,
    COLUMNS_OF_PLACE = 26, // of a worker among the others
    COLUMNS_FOR_TWO = 160, // from here on two runs stand beside each other
    ROWS_OF_FOOT = 3,
    TEXT_SIZE = 512,
};

// ---- the story ----

static int rows_of(struct screen_area area, char *text, int indent) {
    REQUIRE(indent >= 0);
    int rows = 0;
    area.screen = NULL;
    for (char *line = text; *line != 0;) {
        char *end = strchr(line, '\n');
        *end = 0;
        rows += screen_wrap(area, 0, area.rows, 2, indent, line);
        *end = '\n';
        line = end + 1;
    }
    return rows;
}

// Turns the page where the line is not on it. Returns the lines from the top on.
static char *turn(struct step_run *run, struct screen_area area) {
    REQUIRE(run->line < tell_steps_count(run->steps));
    int indent = tell_steps_indent(run->steps);
    size_t room = (size_t)area.rows;
    bool off = run->line < run->top || run->line - run->top > room || run->rows != area.rows;
    run->rows = area.rows;
    if (off) {
        size_t above = 3 * room / 4;
        run->top = run->line > above ? run->line - above : 0;
    }
    char *text = tell_steps_text(run->steps, run->top, run->line - run->top + 1);
    if (rows_of(area, text, indent) > area.rows) {
        size_t kept = off ? room : room / 4;
        run->top = run->line - run->top > kept ? run->line - kept : run->top;
        do {
            memory_free(text);
            text = tell_steps_text(run->steps, run->top, run->line - run->top + 1);
        } while (rows_of(area, text, indent) > area.rows && run->top++ < run->line);
    }
    return text;
}

static void draw_story(struct step_run *run, struct screen_area area) {
    REQUIRE(area.rows > 0);
    char *text = turn(run, area);
    int row = 0;
    for (char *line = text; *line != 0 && row < area.rows;) {
        char *end = strchr(line, '\n');
        *end = 0;
        if (end[1] == 0) {
            screen_put(area, row, 0, ">");
        }
        row += screen_wrap(area, row, area.rows - row, 2, tell_steps_indent(run->steps), line);
        line = end + 1;
    }
    memory_free(text);
}

// ---- what is known then ----

static void write_buffer(FILE *out, const struct teller *teller) {
    const struct tell_state *state = &teller->state;
    if (teller->local) {
        return;
    }
    if (state->threshold >= 0) {
        fprintf(out, "   K %" PRId64, state->threshold);
    }
    fprintf(out, "   buffer %zu", state->buffer_count);
    if (state->buffer_count > 0) {
        fputs(" (", out);
        tell_list_buffer(teller, out);
        fputc(')', out);
    }
    fprintf(out, "   queue %" PRId64, state->queued);
}

static void write_evaluation(FILE *out, const struct teller *teller) {
    if (teller->state.evaluations_told == 0) {
        return;
    }
    const struct evaluation_row *row =
        &teller->log->evaluations[teller->state.evaluations_told - 1];
    if (!isnan(row->test_accuracy)) {
        fprintf(out, "   accuracy %.2f %%", 100 * row->test_accuracy);
    } else if (!isnan(row->test_loss)) {
        fprintf(out, "   loss %.4g", row->test_loss);
    }
}

static void draw_facts(const struct teller *teller, struct screen_area area, int row) {
    char *text = NULL;
    size_t size = 0;
    char time[SIM_TIME_TEXT_SIZE];
    FILE *out = open_memstream(&text, &size);
    INVARIANT(out != NULL);
    fprintf(out, "%s   version %" PRId64, sim_time_format_seconds(teller->state.said_ns, time),
            teller->state.version);
    write_evaluation(out, teller);
    write_buffer(out, teller);
    fclose(out);
    screen_put(area, row, 0, text);
    memory_free(text);
}

// Of the followed worker, or of whose event it is.
static void draw_followed(const struct teller *teller, int32_t worker, struct screen_area area,
                          int row) {
    char text[TELL_STANDING_SIZE];
    const struct tell_state *state = &teller->state;
    if (worker < 0 && state->events_told > 0) {
        worker = teller->log->events[state->events_told - 1].actor;
    }
    if (worker >= 0 && worker < teller->log->header.workers) {
        screen_put(area, row, 0, tell_standing_sentence(teller, worker, text));
    } else if (!teller->local) {
        screen_put(area, row, 0, "the server has made this version");
    }
}

// As many workers as there is room for, column by column; the followed one is among them.
static void draw_places(const struct teller *teller, int32_t worker, struct screen_area area) {
    char text[TELL_STANDING_SIZE];
    char place[TELL_STANDING_SIZE + 16];
    REQUIRE(area.rows > 0 && area.columns >= COLUMNS_OF_PLACE);
    int32_t workers = teller->log->header.workers;
    int32_t per_row = area.columns / COLUMNS_OF_PLACE;
    int32_t room = per_row * area.rows;
    int32_t first = worker >= room ? worker - worker % room : 0;
    int32_t shown = workers - first < room ? workers - first : room;
    int32_t rows = (shown + per_row - 1) / per_row;
    for (int32_t i = 0; i < shown; i++) {
        snprintf(place, sizeof place, "%4" PRId32 " %s", first + i,
                 tell_standing_brief(teller, first + i, text));
        place[COLUMNS_OF_PLACE - 1] = 0;
        screen_put(area, i % rows, i / rows * COLUMNS_OF_PLACE, place);
    }
}

// ---- the screen ----

static void draw_title(struct step_run *run, struct screen_area area) {
    char text[TEXT_SIZE];
    char steps[64];
    snprintf(text, sizeof text, " %s: %s, %" PRId32 " worker%s", run->name, run->log->header.policy,
             run->log->header.workers, run->log->header.workers == 1 ? "" : "s");
    int length =
        snprintf(steps, sizeof steps, "  %zu of %zu ", run->line + 1, tell_steps_count(run->steps));
    screen_put(area, 0, 0, text);
    screen_put(area, 0, area.columns > length ? area.columns - length : 0, steps);
    screen_invert(area, 0);
}

static struct screen_area part(struct screen_area area, int row, int rows) {
    REQUIRE(row >= 0 && row + rows <= area.rows);
    area.row += row;
    area.rows = rows;
    return area;
}

static void draw_run(struct step_run *run, int32_t worker, struct screen_area area) {
    int32_t per_row = area.columns / COLUMNS_OF_PLACE;
    INVARIANT(per_row > 0);
    int32_t needed = (run->log->header.workers + per_row - 1) / per_row;
    int32_t most = area.rows < 14 ? 0 : area.rows * 9 / 20;
    int places = needed < most ? needed : most;
    int story = area.rows - 3 - places;
    draw_title(run, area);
    draw_story(run, part(area, 1, story));
    const struct teller *teller = tell_steps_at(run->steps, run->line);
    draw_facts(teller, area, 1 + story);
    draw_followed(teller, worker, area, 2 + story);
    if (places > 0) {
        draw_places(teller, worker, part(area, 3 + story, places));
    }
}

static void draw_foot(const struct step_view *view, struct screen_area area) {
    static const char *const questions[STEP_PROMPT_COUNT] = {
        [STEP_PROMPT_TIME] = "until which time (as in 22.5 s)? ",
        [STEP_PROMPT_WORKER] = "until something happens to which worker? ",
        [STEP_PROMPT_WHERE] = "where is which worker (none: whose event it is)? ",
        [STEP_PROMPT_VERSION] = "until which version is made? ",
        [STEP_PROMPT_FORK] = "what if, from here on, KEY=VALUE? ",
    };
    REQUIRE(area.rows == ROWS_OF_FOOT);
    bool asks = view->prompt != STEP_NO_PROMPT;
    char text[STEP_MESSAGE_SIZE + STEP_INPUT_SIZE];
    snprintf(text, sizeof text, "%s%s%s", asks ? questions[view->prompt] : view->message,
             asks ? view->input : "", asks ? "_" : "");
    screen_put(area, 0, 0, text);
    screen_put(
        area, 1, 0,
        asks ? " Enter takes it   Esc leaves it"
             : " n next  b back  PgDn PgUp ten  g start  G end  until: u update  k K changes");
    screen_put(
        area, 2, 0,
        asks ? ""
        : view->runs[1].steps != NULL
            ? " t time  w worker  v version   i where is worker  x one run  f what if  q leave"
            : " t time  w worker  v version   i where is worker  f what if  q leave");
    screen_invert(area, 1);
    screen_invert(area, 2);
}

void step_view_draw(struct step_view *view, struct screen *screen) {
    struct screen_area all = screen_whole(screen);
    if (all.rows < ROWS_LEAST || all.columns < COLUMNS_LEAST) {
        screen_put(all, 0, 0, "too small");
        return;
    }
    struct screen_area first = part(all, 0, all.rows - ROWS_OF_FOOT);
    struct screen_area second = first;
    bool two = view->runs[1].steps != NULL;
    if (two && all.columns >= COLUMNS_FOR_TWO) {
        first.columns = all.columns / 2 - 1;
        second.column = all.columns / 2 + 1;
        second.columns = all.columns - second.column;
    } else if (two) {
        first.rows = first.rows / 2;
        second.row = first.rows;
        second.rows -= first.rows;
    }
    draw_run(&view->runs[0], view->worker, first);
    if (two) {
        draw_run(&view->runs[1], view->worker, second);
    }
    draw_foot(view, part(all, all.rows - ROWS_OF_FOOT, ROWS_OF_FOOT));
}
