// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/page.h"

#include <jansson.h>
#include <stdarg.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/compare_parts.h"
#include "sim/report/curve_table.h"
#include "sim/report/json_value.h"
#include "sim/report/page_block.h"
#include "sim/report/page_run.h"
#include "sim/report/page_shell.h"
#include "sim/runlog/runlog_reader.h"

static const char beginning[] = "<!DOCTYPE html>\n<!-- A page of desgd.";
const struct own_file_kind page_file_kind = {
    .what = "a page of desgd", .beginning = beginning, .beginning_size = sizeof beginning - 1};

// What is composed.
struct page {
    const struct page_request *request;
    json_t *runs;  // array
    json_t *notes; // array of texts
    FILE *blocks;  // elements with the columns of each run
    FILE *told;    // notes, too
};

static void note(void *context, const char *sentence) {
    struct page *page = context;
    REQUIRE(page->told != NULL);
    json_array_append_new(page->notes, json_text(sentence));
    fprintf(page->told, "desgd: note: %s\n", sentence);
}

__attribute__((format(printf, 2, 3))) static void note_of(struct page *page, const char *form,
                                                          ...) {
    va_list arguments;
    va_start(arguments, form);
    char *sentence = memory_print_text_of(form, arguments);
    va_end(arguments);
    note(page, sentence);
    memory_free(sentence);
}

// ---- runs ----

// Tables that a run has without a timeline, too.
static bool is_always_there(enum runlog_table_id id) {
    return id == TABLE_EVALUATIONS || id == TABLE_WORKERS;
}

// A page shows no probes.
static bool is_on_page(enum runlog_table_id id, bool timed) {
    return (timed && id != TABLE_PROBES) || is_always_there(id);
}

// Of some hundred spans, which curves are cut into.
enum { SPANS_BYTES_MAX = 1000 * 1000 };

// As many bytes as the block of a run may come to, or a few more.
static size_t bytes_of(const struct runlog *log, bool timed) {
    REQUIRE(log->gradients != NULL || log->gradient_count == 0);
    size_t bytes =
        SPANS_BYTES_MAX + log->evaluation_count * curve_tables[CURVES_EVALUATIONS].row_bytes;
    size_t count = 0;
    for (int id = 0; id < TABLE_COUNT; id++) {
        if (is_on_page((enum runlog_table_id)id, timed)) {
            runlog_table_rows(log, (enum runlog_table_id)id, &count);
            bytes += count * runlog_tables[id].row_bytes;
        }
    }
    return bytes;
}

static void add_curves(struct page_block *block, const struct runlog *log, json_t *tables) {
    REQUIRE(json_is_array(tables));
    struct curves curves = {0};
    curves_of_log(log, &curves);
    for (int id = 0; id < CURVE_TABLE_COUNT; id++) {
        size_t count = 0;
        const void *rows = curve_table_rows(&curves, (enum curve_table_id)id, &count);
        json_array_append_new(tables, page_block_add(block, &curve_tables[id], rows, count));
    }
    curves_reset(&curves);
}

// Prints the block of a run and returns what is in it.
static json_t *put_tables(struct page *page, const struct runlog *log, bool timed) {
    struct page_block block = {0};
    json_t *tables = json_array();
    for (int id = 0; id < TABLE_COUNT; id++) {
        size_t count = 0;
        const void *rows = runlog_table_rows(log, (enum runlog_table_id)id, &count);
        if (is_on_page((enum runlog_table_id)id, timed)) {
            json_array_append_new(tables, page_block_add(&block, &runlog_tables[id], rows, count));
        }
    }
    add_curves(&block, log, tables);
    fprintf(page->blocks, "<script type=\"text/plain\" id=\"run-%zu\">",
            json_array_size(page->runs));
    page_block_print(&block, page->blocks);
    fputs("</script>\n", page->blocks);
    page_block_reset(&block);
    return tables;
}

static json_t *keys_of(const struct comparison *comparison, const struct compare_cell *cell) {
    REQUIRE(cell->values != NULL || comparison->key_count == 0);
    json_t *keys = json_object();
    for (size_t k = 0; k < comparison->key_count; k++) {
        if (cell->values[k] != NULL) {
            json_object_set_new(keys, comparison->keys[k], json_text(cell->values[k]));
        }
    }
    return keys;
}

// Of a log that is too large, and of those that hold more than is shown.
static bool choose_timed(struct page *page, const char *name, const struct runlog *log,
                         bool timed) {
    if (timed && bytes_of(log, timed) > PAGE_BLOCK_BYTES_MAX) {
        note_of(page, "%s has no timeline here: its %zu gradients are too many for a page", name,
                log->gradient_count);
        return false;
    }
    if (timed && (log->samples != NULL || log->values != NULL)) {
        note_of(page, "%s: the %s of its gradients are left out", name,
                log->values == NULL    ? "samples"
                : log->samples == NULL ? "values"
                                       : "samples and values");
    }
    return timed;
}

// place: of the cell in the order.
static enum status put_run(struct page *page, size_t place, size_t round, struct error *error) {
    const struct comparison *comparison = page->request->comparison;
    size_t index = comparison->order[place];
    const struct compare_cell *cell = &comparison->cells[index];
    REQUIRE(place < comparison->order_count && round < cell->run_count);
    const char *name = comparison->runs[cell->runs[round]].name;
    char label[COMPARE_READABLE_SIZE];
    struct runlog log = {0};
    struct provenance provenance;
    enum status status = runlog_read(name, &log, &provenance, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (bytes_of(&log, false) > PAGE_BLOCK_BYTES_MAX) {
        status = error_set(error, STATUS_BAD_DATA,
                           "report: the %zu evaluations of %s are too many for a page",
                           log.evaluation_count, name);
        runlog_reset(&log);
        return status;
    }
    bool timed = choose_timed(page, name, &log, round < page->request->rounds);
    json_t *run = page_run_facts(&log, &provenance);
    json_object_set_new(run, "name", json_text(name));
    json_object_set_new(run, "label", json_text(compare_cell_label(comparison, index, label)));
    json_object_set_new(run, "cell", json_integer((json_int_t)place));
    json_object_set_new(run, "keys", keys_of(comparison, cell));
    json_object_set_new(run, "timed", json_boolean(timed));
    json_object_set_new(run, "tables", put_tables(page, &log, timed));
    json_array_append_new(page->runs, run);
    runlog_reset(&log);
    return STATUS_OK;
}

static enum status put_runs(struct page *page, struct error *error) {
    const struct comparison *comparison = page->request->comparison;
    enum status status = STATUS_OK;
    size_t untimed = 0;
    size_t count = 0;
    for (size_t i = 0; i < comparison->order_count; i++) {
        const struct compare_cell *cell = &comparison->cells[comparison->order[i]];
        for (size_t r = 0; r < cell->run_count && status == STATUS_OK; r++) {
            status = put_run(page, i, r, error);
            untimed += r >= page->request->rounds;
            count++;
        }
    }
    if (status == STATUS_OK && count == 0) {
        status =
            error_set(error, STATUS_BAD_DATA,
                      "report: none of the runs is finished; viewer.html shows such logs, too");
    }
    if (status == STATUS_OK && untimed > 0) {
        note_of(page,
                "%zu of %zu runs have curves and no timeline here: --rounds brings timelines of "
                "more rounds, and viewer.html shows any log",
                untimed, count);
    }
    return status;
}

// ---- the page ----

// "<" within a text of JSON; elsewhere there is none.
static int put_escaped(const char *text, size_t size, void *context) {
    FILE *out = context;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '<') {
            fputs("\\u003c", out);
        } else {
            fputc(text[i], out);
        }
    }
    return 0;
}

static json_t *describe_tables(void) {
    json_t *tables = json_object();
    for (int id = 0; id < TABLE_COUNT; id++) {
        json_object_set_new(tables, runlog_tables[id].name,
                            page_block_describe(&runlog_tables[id]));
    }
    for (int id = 0; id < CURVE_TABLE_COUNT; id++) {
        json_object_set_new(tables, curve_tables[id].name, page_block_describe(&curve_tables[id]));
    }
    return tables;
}

static json_t *facts_of(const struct page *page) {
    const struct page_request *request = page->request;
    char title[COMPARE_READABLE_SIZE];
    REQUIRE(json_array_size(page->runs) > 0);
    json_t *facts = json_object();
    json_object_set_new(facts, "title",
                        json_text(request->title != NULL
                                      ? request->title
                                      : compare_title(request->comparison, "Runs", title)));
    json_object_set_new(facts, "tables", describe_tables());
    json_object_set(facts, "runs", page->runs);
    json_object_set_new(facts, "comparison", compare_json(request->comparison));
    json_object_set(facts, "notes", page->notes);
    return facts;
}

static void put_page(const struct page *page, const char *blocks, size_t blocks_size, FILE *out) {
    struct page_shell shell = page_shell();
    json_t *facts = facts_of(page);
    fwrite(shell.head, 1, shell.head_size, out);
    fputs("<script type=\"application/json\" id=\"report\">", out);
    INVARIANT(json_dump_callback(facts, put_escaped, out, JSON_COMPACT) == 0);
    fputs("</script>\n", out);
    fwrite(blocks, 1, blocks_size, out);
    fwrite(shell.tail, 1, shell.tail_size, out);
    json_decref(facts);
}

static enum status write_out(const char *path, const char *text, size_t size, struct error *error) {
    REQUIRE(text != NULL && size > 0);
    if (path != NULL) {
        return atomic_file_write(path, &page_file_kind, text, size, error);
    }
    fwrite(text, 1, size, stdout); // whether it could be written, the command sees at its end
    return STATUS_OK;
}

enum status page_make(const struct page_request *request, const char *path, FILE *notes,
                      struct error *error) {
    REQUIRE(request->comparison->order_count > 0);
    char *blocks = NULL;
    char *text = NULL;
    size_t blocks_size = 0;
    size_t size = 0;
    struct page page = {.request = request,
                        .runs = json_array(),
                        .notes = json_array(),
                        .blocks = open_memstream(&blocks, &blocks_size),
                        .told = notes};
    INVARIANT(page.blocks != NULL);
    compare_each_omission(request->comparison, note, &page);
    enum status status = put_runs(&page, error);
    INVARIANT(fclose(page.blocks) == 0);
    if (status == STATUS_OK) {
        FILE *out = open_memstream(&text, &size);
        INVARIANT(out != NULL);
        put_page(&page, blocks, blocks_size, out);
        INVARIANT(fclose(out) == 0);
        status = write_out(path, text, size, error);
    }
    json_decref(page.runs);
    json_decref(page.notes);
    memory_free(blocks);
    memory_free(text);
    return status;
}
