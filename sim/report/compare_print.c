// SPDX-License-Identifier: GPL-3.0-or-later
// A comparison for people: introduction, tables, notes. JSON and CSV have files of their own.
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/compare_parts.h"
#include "sim/report/table.h"

static enum table_format layout_of(enum compare_format format) {
    return format == COMPARE_MARKDOWN ? TABLE_MARKDOWN
           : format == COMPARE_LATEX  ? TABLE_LATEX
                                      : TABLE_TEXT;
}

static void write_baseline(FILE *out, const struct comparison *comparison) {
    char name[COMPARE_NAME_SIZE];
    fputs(comparison->options.baseline_of_sweep ? "Baseline, which the sweep itself names:"
                                                : "Baseline:",
          out);
    for (size_t i = 0; i < comparison->options.baseline_count; i++) {
        fprintf(out, " %s=%s", comparison->options.baseline[i].key,
                comparison->options.baseline[i].value);
    }
    fprintf(out,
            ". Rounds are paired by seed: n pairs, value is the cell's mean over its rounds, diff "
            "the mean of cell minus baseline. Interval and p (t): Student's t over the rounds, "
            "each cell alone. Holm: p (t) for all cells of the table together; at most .05 is "
            "called significant. Primary metric: %s%s. The other tables explore.",
            compare_metric_name(comparison->options.primary, name),
            comparison->options.primary_declared
                ? ""
                : " (the default; declare one with --primary before looking)");
}

static void print_introduction(FILE *out, const struct comparison *comparison,
                               enum table_format layout) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    INVARIANT(stream != NULL);
    if (comparison->options.baseline_count > 0) {
        write_baseline(stream, comparison);
    } else {
        fputs("Each run gives one value; value is the mean over the n rounds of a cell. For "
              "differences name a --baseline.",
              stream);
    }
    INVARIANT(fclose(stream) == 0);
    table_print_paragraph(out, text, layout);
    fputc('\n', out);
    memory_free(text);
}

// Every line of the notes as a paragraph.
static void print_notes(FILE *out, const struct comparison *comparison, enum table_format layout) {
    char *text = compare_notes_text(comparison);
    for (char *line = text; *line != 0;) {
        char *end = line + strcspn(line, "\n");
        char *next = *end == 0 ? end : end + 1;
        *end = 0;
        fputs(layout == TABLE_MARKDOWN ? "- " : "", out);
        table_print_paragraph(out, line, layout);
        line = next;
    }
    memory_free(text);
}

void compare_print(FILE *out, const struct comparison *comparison, enum compare_format format) {
    switch (format) {
    case COMPARE_TEXT:
    case COMPARE_MARKDOWN:
    case COMPARE_LATEX:
        print_introduction(out, comparison, layout_of(format));
        compare_print_tables(out, comparison, format);
        print_notes(out, comparison, layout_of(format));
        return;
    case COMPARE_CSV:
        compare_print_csv(out, comparison);
        return;
    case COMPARE_JSON:
        compare_print_json(out, comparison);
        return;
    }
    INVARIANT(format == COMPARE_TEXT);
}
