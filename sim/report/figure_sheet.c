// SPDX-License-Identifier: GPL-3.0-or-later
// The sheet: head, legend, panels, labels.
#include <inttypes.h>
#include <string.h>

#include "sim/base/canonical_text.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/compare_parts.h"
#include "sim/report/figure_parts.h"
#include "sim/report/gnuplot.h"
#include "sim/runlog/runlog_reader.h"

const char *figure_colour(size_t index) {
    static const char *const colours[FIGURE_COLOURS] = {
        "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195", "#333333",
    };
    return colours[index % FIGURE_COLOURS];
}

const char *figure_dash(size_t index) {
    return index % (FIGURE_COLOURS + FIGURE_COLOURS) < FIGURE_COLOURS ? "1" : "(8,3)";
}

const char *figure_faint(const char *colour, char faint[16]) {
    REQUIRE(strlen(colour) == 7 && colour[0] == '#');
    snprintf(faint, 16, "#D8%s", colour + 1);
    return faint;
}

// ---- cells ----

struct figure_entry *figure_cell_entries(const struct figure *figure, enum figure_mark mark) {
    const struct comparison *comparison = figure->comparison;
    REQUIRE(comparison->order_count > 0);
    struct figure_entry *entries = memory_allocate(comparison->order_count, sizeof *entries);
    for (size_t i = 0; i < comparison->order_count; i++) {
        entries[i].mark = mark;
        entries[i].colour = figure_colour(i);
        entries[i].dash = figure_dash(i);
        compare_cell_label(comparison, comparison->order[i], entries[i].label);
    }
    return entries;
}

int64_t figure_end_ns(const struct figure *figure) {
    const struct comparison *comparison = figure->comparison;
    int64_t end_ns = 0;
    for (size_t i = 0; i < comparison->order_count; i++) {
        const struct compare_cell *cell = &comparison->cells[comparison->order[i]];
        for (size_t r = 0; r < cell->run_count; r++) {
            int64_t run_end_ns = comparison->runs[cell->runs[r]].end_ns;
            end_ns = run_end_ns > end_ns ? run_end_ns : end_ns;
        }
    }
    return end_ns;
}

enum status figure_read_log(const struct compare_run *run, struct runlog *log,
                            struct error *error) {
    REQUIRE(run->name != NULL);
    return runlog_read(run->name, log, NULL, error);
}

// ---- rows ----

void figure_end_row(struct figure *figure, const char *text) {
    fputs(",\"", figure->data);
    for (; *text != 0; text++) {
        bool is_control = (unsigned char)*text < ' ' || *text == 0x7F;
        fprintf(figure->data, "%s%c", *text == '"' ? "\"" : "", is_control ? ' ' : *text);
    }
    fputs("\"\n", figure->data);
    figure->rows++;
}

void figure_put_rows(struct figure *figure, size_t first, size_t count) {
    REQUIRE(count > 0);
    fprintf(figure->script, "data skip 1 every ::%zu::%zu", first, first + count - 1);
}

// ---- texts ----

void figure_put_label(struct figure *figure, const char *place, const char *text, size_t most,
                      const char *options) {
    fputs("set label ", figure->script);
    gnuplot_put_text(figure->script, text, most);
    fprintf(figure->script, " at %s %s\n", place, options);
}

static void add_rounds(const struct comparison *comparison, FILE *out) {
    size_t least = SIZE_MAX;
    size_t most = 0;
    for (size_t i = 0; i < comparison->order_count; i++) {
        size_t rounds = comparison->cells[comparison->order[i]].run_count;
        least = rounds < least ? rounds : least;
        most = rounds > most ? rounds : most;
    }
    if (least < most) {
        fprintf(out, "%zu to %zu rounds", least, most);
    } else {
        fprintf(out, "%zu round%s", most, most == 1 ? "" : "s");
    }
}

// What the runs have in common, as far as a reader asks first. To be released with memory_free.
static char *subtitle_of(const struct figure *figure, const char *note) {
    static const struct {
        const char *key, *form;
    } facts[] = {{"policy.name", "%s; "},
                 {"cluster.workers", "%s workers; "},
                 {"model.name", "model %s; "},
                 {"training.batch", "batch %s; "}};
    const struct comparison *comparison = figure->comparison;
    const char *text = comparison->cells[comparison->order[0]].text;
    char value[COMPARE_VALUE_SIZE];
    char line[COMPARE_VALUE_SIZE + 32];
    char *subtitle = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&subtitle, &size);
    INVARIANT(out != NULL);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (!compare_key_varies(comparison, facts[i].key, true) &&
            canonical_text_value(text, facts[i].key, value, sizeof value)) {
            bool has_model = strcmp(facts[i].key, "model.name") != 0 || strcmp(value, "none") != 0;
            snprintf(line, sizeof line, has_model ? facts[i].form : "timing only; ", value);
            fputs(line, out);
        }
    }
    if (comparison->order_count < comparison->cell_count) {
        fprintf(out, "%zu of %zu cells; ", comparison->order_count, comparison->cell_count);
    }
    add_rounds(comparison, out);
    fprintf(out, "%s%s", note[0] != 0 ? "; " : "", note);
    INVARIANT(fclose(out) == 0);
    return subtitle;
}

// ---- head ----

enum {
    CHARACTERS_WIDTH = 73, // of ten of them, in the widest font that is likely
    SWATCH_WIDTH = 28,
    LINE_HEIGHT = 21,
};

static void put_swatch(struct figure *figure, const struct figure_entry *entry, int x, int y) {
    FILE *out = figure->script;
    int half = entry->mark == FIGURE_BOX ? 6 : 1;
    if (entry->mark == FIGURE_BOX) {
        fprintf(out,
                "set object rectangle from screen X(%d), screen Y(%d) to screen X(%d), screen "
                "Y(%d) fc rgb '%s' fs solid noborder\n",
                x, y + half, x + SWATCH_WIDTH - 6, y - half, entry->colour);
    } else if (entry->mark == FIGURE_DOT) {
        fprintf(out, "set label '' at screen X(%d), screen Y(%d) point pt 7 ps 1.1 lc rgb '%s'\n",
                x + SWATCH_WIDTH / 2, y, entry->colour);
    } else {
        fprintf(out,
                "set arrow from screen X(%d), screen Y(%d) to screen X(%d), screen Y(%d) nohead "
                "lw %s dt %s lc rgb '%s'\n",
                x, y, x + SWATCH_WIDTH - 4, y, entry->mark == FIGURE_LINE ? "2.5" : "1.4",
                entry->mark == FIGURE_LINE ? entry->dash : "(5,4)", entry->colour);
    }
}

// Entries in lines from left to right. Returns the height of the lines.
static int put_legend(struct figure *figure, int top, const struct figure_entry *entries,
                      size_t count) {
    enum { LABEL_MAX = 60, GAP = 18 };
    char place[64];
    int x = FIGURE_MARGIN;
    int y = top;
    for (size_t i = 0; i < count; i++) {
        size_t length = gnuplot_text_length(entries[i].label);
        length = length < LABEL_MAX ? length : LABEL_MAX;
        int width = SWATCH_WIDTH + CHARACTERS_WIDTH * (int)length / 10;
        if (x > FIGURE_MARGIN && x + width > FIGURE_WIDTH - FIGURE_MARGIN) {
            x = FIGURE_MARGIN;
            y += LINE_HEIGHT;
        }
        put_swatch(figure, &entries[i], x, y);
        snprintf(place, sizeof place, "screen X(%d), screen Y(%d)", x + SWATCH_WIDTH + 2, y);
        figure_put_label(figure, place, entries[i].label, LABEL_MAX, "left");
        x += width + GAP;
    }
    return count == 0 ? 0 : y + LINE_HEIGHT - top;
}

// "Policy, Threshold every": of what the labels of cells are the values; "" of a single one.
static void name_keys(const struct comparison *comparison, char text[FIGURE_LABEL_SIZE]) {
    char name[COMPARE_READABLE_SIZE];
    size_t used = 0;
    text[0] = 0;
    for (size_t k = 0; k < comparison->key_count && used < FIGURE_LABEL_SIZE; k++) {
        used += (size_t)snprintf(text + used, FIGURE_LABEL_SIZE - used, "%s%s", k > 0 ? ", " : "",
                                 compare_readable_key(comparison, k, name));
    }
}

void figure_put_head(struct figure *figure, const char *note, const struct figure_entry *entries,
                     size_t count) {
    enum { TITLE_MAX = 92, SUBTITLE_MAX = 132 };
    char title[FIGURE_LABEL_SIZE];
    char keys[FIGURE_LABEL_SIZE];
    char *subtitle = subtitle_of(figure, note);
    figure_put_label(figure, "screen X(24), screen Y(28)",
                     compare_title(figure->comparison, figure->request->kind->title, title),
                     TITLE_MAX, "left font 'sans-serif:Bold,17'");
    figure_put_label(figure, "screen X(24), screen Y(53)", subtitle, SUBTITLE_MAX,
                     "left textcolor rgb '#555555'");
    memory_free(subtitle);
    int y = 82;
    name_keys(figure->comparison, keys);
    if (keys[0] != 0 && !figure->axes_name_cells && strcmp(keys, "Policy") != 0) {
        char line[FIGURE_LABEL_SIZE + 32];
        snprintf(line, sizeof line, "named by: %s", keys);
        figure_put_label(figure, "screen X(24), screen Y(77)", line, SUBTITLE_MAX,
                         "left textcolor rgb '#555555'");
        y += LINE_HEIGHT;
    }
    figure->top = y + put_legend(figure, y, entries, count) + 4;
}

// ---- panels ----

void figure_begin_panel(struct figure *figure, struct figure_box box, const char *title) {
    REQUIRE(box.left < box.right && box.top < box.bottom);
    char place[64];
    size_t most = (size_t)(box.right - box.left) * 10 / CHARACTERS_WIDTH;
    fprintf(figure->script,
            "set lmargin at screen X(%d); set rmargin at screen X(%d)\n"
            "set tmargin at screen Y(%d); set bmargin at screen Y(%d)\n",
            box.left, box.right, box.top, box.bottom);
    snprintf(place, sizeof place, "screen X(%d), screen Y(%d)", box.left, box.top - 14);
    if (title[0] != 0) {
        figure_put_label(figure, place, title, most, "left font 'sans-serif:Bold,13'");
    }
}

void figure_end_panel(struct figure *figure) {
    fputs("unset label; unset arrow; unset object\n", figure->script);
}
