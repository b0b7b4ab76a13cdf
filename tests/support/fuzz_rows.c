// SPDX-License-Identifier: GPL-3.0-or-later
// The language of the input: a byte that chooses the scenario, one for switches, one for the number
// of workers, one for the rows of each table, and then the values, column after column of the
// schema, each by a byte that is a small number itself or chooses one from the edges.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/report/curve_table.h"
#include "sim/report/figure_line.h"
#include "sim/report/page_block.h"
#include "sim/report/runlog_diff.h"
#include "sim/report/step_view.h"
#include "sim/report/summary.h"
#include "sim/report/tell.h"
#include "sim/report/timeline.h"
#include "sim/run/run_scenario.h"
#include "sim/runlog/runlog_check.h"
#include "sim/runlog/runlog_csv.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/runlog/runlog_schema.h"
#include "sim/scenario/scenario_parse.h"
#include "tests/support/fuzz_target.h"

enum { WORKERS_FEW = 4, ROWS_MAX = 24, EDGES_FROM = 192 };

static const char *const scenarios[] = {
    "model: none\nend: 5 updates\ncluster:\n  workers: 2\n  start_up: 1 s\npolicy:\n  name: "
    "async\n",
    "model: none\nend: 1 s\ncluster:\n  workers: 3\nties: random\npolicy:\n  name: hybrid\n"
    "  pushed_worker: continues\n  threshold:\n    schedule: step\n    every: 2\n",
    "model: none\nend: 4 gradients\ncluster:\n  workers: 2\npolicy:\n  name: sync\n",
    "cluster:\n  start_up: 9223372036 s\npolicy:\n  pushed_worker: continues\n",
    "title: [\n",
    "",
};

struct bytes {
    const uint8_t *next;
    size_t left;
};

static uint8_t take(struct bytes *bytes) {
    if (bytes->left == 0) {
        return 0;
    }
    bytes->left--;
    return *bytes->next++;
}

static int64_t take_integer(struct bytes *bytes) {
    static const int64_t edges[] = {INT64_MAX,        INT64_MAX - 1,  INT64_MAX / 2,   INT32_MAX,
                                    INT64_C(1) << 32, NS_PER_S,       3 * NS_PER_S,    1000,
                                    INT64_MIN,        SIM_TIME_NEVER, INT64_C(1) << 53};
    uint8_t byte = take(bytes);
    return byte < EDGES_FROM
               ? (int64_t)byte - 1
               : edges[(size_t)(byte - EDGES_FROM) % (sizeof edges / sizeof edges[0])];
}

static double take_double(struct bytes *bytes) {
    static const double edges[] = {
        (double)NAN, (double)INFINITY, -(double)INFINITY, 1e308, -1e308, 1e-308, -0.0, 0.5};
    uint8_t byte = take(bytes);
    return byte < EDGES_FROM
               ? (double)byte / 64
               : edges[(size_t)(byte - EDGES_FROM) % (sizeof edges / sizeof edges[0])];
}

static void take_value(struct bytes *bytes, const struct runlog_column *column, int32_t workers,
                       unsigned char *field) {
    int64_t wide = 0;
    int32_t worker = 0;
    uint32_t word = 0;
    double number = 0;
    switch (column->type) {
    case COLUMN_WORKER:
        worker = (int32_t)(take(bytes) % (workers + 1)) + (int32_t)column->least;
        memcpy(field, &worker, sizeof worker);
        return;
    case COLUMN_ENUM:
        word = take(bytes) % ((uint32_t)column->word_count + 1);
        memcpy(field, &word, sizeof word);
        return;
    case COLUMN_DOUBLE:
        number = take_double(bytes);
        memcpy(field, &number, sizeof number);
        return;
    default:
        wide = take_integer(bytes);
        wide = wide < column->least && column->type == COLUMN_INT64 ? column->least : wide;
        memcpy(field, &wide, sizeof wide);
        return;
    }
}

static void take_table(struct bytes *bytes, struct runlog *log, enum runlog_table_id id) {
    const struct runlog_table *table = &runlog_tables[id];
    size_t count = id == TABLE_WORKERS ? (size_t)log->header.workers : take(bytes) % ROWS_MAX;
    unsigned char *rows = memory_allocate(count, table->row_bytes);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < table->column_count; j++) {
            take_value(bytes, &table->columns[j], log->header.workers,
                       rows + i * table->row_bytes + table->columns[j].offset);
        }
    }
    runlog_put_table(log, id, rows, count);
}

static const char *take_log(struct bytes *bytes, struct runlog *log) {
    const char *scenario = scenarios[take(bytes) % (sizeof scenarios / sizeof scenarios[0])];
    uint8_t switches = take(bytes);
    log->header.scenario = memory_copy_text(scenario);
    snprintf(log->header.policy, sizeof log->header.policy, switches & 1 ? "hybrid" : "../x");
    log->header.events = (switches & 2) == 0;
    log->header.workers = take(bytes) % (WORKERS_FEW + 1);
    log->ending.status = (enum run_status)((switches >> 2) % RUN_STATUS_COUNT);
    log->ending.end_ns = take_integer(bytes);
    log->ending.event_count = take_integer(bytes);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        take_table(bytes, log, (enum runlog_table_id)i);
    }
    return scenario;
}

// One event at a time, as on a terminal.
static void step_through(const struct runlog *log, FILE *out) {
    struct step_view view = {.runs[0] = {.log = log, .name = "a.h5"}, .worker = -1};
    struct screen shown = {0};
    struct screen screen = {0};
    struct error error;
    if (tell_steps_open(log, &view.runs[0].steps, &error) != STATUS_OK) {
        return;
    }
    for (const char *key = "nnnnnbbkuGbgw1\ri0\rnnv1\rt3 s\rnnn"; *key != 0; key++) {
        (void)step_view_key(&view, *key);
        screen_clear(&screen, 24, 80);
        step_view_draw(&view, &screen);
        screen_write_changes(out, &shown, &screen);
        screen_copy(&shown, &screen);
    }
    screen_reset(&shown);
    screen_reset(&screen);
    tell_steps_close(&view.runs[0].steps);
}

static void print_all(const struct runlog *log, FILE *out) {
    struct summary summary;
    struct error error;
    struct tell_options options = tell_options_all();
    summary_of_log(log, &summary);
    summary_print(out, &summary, 1.0);
    summary_print_json(out, &summary, 1.0);
    (void)tell(out, log, &options, &error);
    options.details = true;
    (void)tell(out, log, &options, &error);
    options.worker = 1;
    options.from_ns = NS_PER_S;
    (void)tell(out, log, &options, &error);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        INVARIANT(runlog_export_csv(log, runlog_tables[i].name, NULL, 0, out, &error) == STATUS_OK);
    }
    (void)runlog_fingerprints_hold(log);
    step_through(log, out);
}

// The columns as a page holds them.
static void put_on_page(const struct runlog *log, FILE *out) {
    struct page_block block = {0};
    size_t count = 0;
    for (int id = 0; id < TABLE_COUNT; id++) {
        const void *rows = runlog_table_rows(log, (enum runlog_table_id)id, &count);
        json_decref(page_block_add(&block, &runlog_tables[id], rows, count));
    }
    page_block_print(&block, out);
    page_block_reset(&block);
}

static void draw(const struct runlog *log, FILE *out) {
    struct figure_lines lines = {0};
    struct timeline timeline = {0};
    struct error error;
    struct tell_options options = tell_options_all();
    timeline_of_log(log, 0, INT64_MAX, &timeline);
    timeline_reset(&timeline);
    (void)timeline_write_trace(out, log, &options, &error);
    curve_table_write_evaluations(log, out);
    curve_table_write_spans(log, out);
    put_on_page(log, out);
    const int64_t end_ns = log->ending.end_ns < 0 ? 0 : log->ending.end_ns;
    const int64_t span_ns = figure_line_span_ns(end_ns);
    (void)figure_lines_add(&lines, "a.h5", log, span_ns, end_ns, &error);
    (void)figure_lines_add(&lines, "b.h5", log, span_ns, end_ns, &error);
    figure_lines_reset(&lines);
}

// What a replay does with the spans: the log may let the run end or not.
static void run_again(const struct runlog *log, const char *text) {
    static const char *const names[2] = {"recorded", "repeated"};
    struct scenario scenario;
    struct error error;
    struct runlog repeated = {0};
    struct run_sink sink = runlog_memory_sink(&repeated);
    struct run_outcome outcome;
    struct runlog_difference difference;
    const struct run_options options = {
        .threads = 1, .replay_of = log, .sinks = &sink, .sink_count = 1};
    if (scenario_parse("a.yaml", text, strlen(text), NULL, 0, &scenario, &error) != STATUS_OK ||
        scenario_computes(&scenario)) {
        return;
    }
    (void)run_scenario(&scenario, &options, &outcome, &error);
    if (repeated.header.scenario != NULL) {
        (void)runlog_diff(log, &repeated, names, &difference);
    }
    runlog_reset(&repeated);
}

void fuzz_rows(const uint8_t *bytes, size_t size) {
    struct bytes input = {bytes, size};
    struct runlog log = {0};
    struct error error = {0};
    const char *scenario = take_log(&input, &log);
    if (runlog_check(&log, "a.h5", STATUS_BAD_DATA, &error) == STATUS_OK) {
        static const char *const names[2] = {"one", "the same"};
        struct runlog_difference difference;
        FILE *out = fopen("/dev/null", "w");
        INVARIANT(out != NULL);
        INVARIANT(!runlog_diff(&log, &log, names, &difference));
        print_all(&log, out);
        draw(&log, out);
        fclose(out);
        run_again(&log, scenario);
    } else {
        INVARIANT(error.message[0] != 0);
    }
    runlog_reset(&log);
}
