// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/table.h"

#include <stdarg.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

enum { NAME_INDENT = 4 };

struct table {
    char *title;
    char *label; // NULL: none
    bool name_above;
    bool left[TABLE_COLUMNS_MAX];
    size_t column_count;
    char **cells; // headings first, then row by row
    size_t cell_count, cell_capacity;
};

struct table *table_create(const char *title) {
    REQUIRE(title != NULL);
    struct table *table = memory_allocate(1, sizeof *table);
    table->title = memory_copy_text(title);
    return table;
}

void table_destroy(struct table **table) {
    struct table *old = *table;
    if (old != NULL) {
        for (size_t i = 0; i < old->cell_count; i++) {
            memory_free(old->cells[i]);
        }
        memory_free(old->cells);
        memory_free(old->title);
        memory_free(old->label);
        memory_free(old);
    }
    *table = NULL;
}

// The text is the table's from then on.
static void append(struct table *table, char *text) {
    REQUIRE(table->column_count > 0);
    table->cells = memory_grow(table->cells, &table->cell_capacity, table->cell_count + 1,
                               sizeof *table->cells);
    table->cells[table->cell_count++] = text;
}

void table_column(struct table *table, const char *heading, bool left) {
    REQUIRE(table->cell_count == table->column_count && table->column_count < TABLE_COLUMNS_MAX);
    table->left[table->column_count++] = left;
    append(table, memory_copy_text(heading));
}

void table_name_above(struct table *table) {
    REQUIRE(!table->name_above);
    table->name_above = true;
}

void table_label(struct table *table, const char *label) {
    REQUIRE(label != NULL);
    memory_free(table->label);
    table->label = memory_copy_text(label);
}

void table_put(struct table *table, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    append(table, memory_print_text_of(format, arguments));
    va_end(arguments);
}

static size_t width_of_column(const struct table *table, size_t column) {
    REQUIRE(column < table->column_count);
    size_t width = 0;
    for (size_t i = column; i < table->cell_count; i += table->column_count) {
        size_t length = strlen(table->cells[i]);
        width = length > width ? length : width;
    }
    return width;
}

size_t table_width(const struct table *table) {
    REQUIRE(table->column_count > 0);
    size_t width = 0;
    for (size_t c = table->name_above; c < table->column_count; c++) {
        width += width_of_column(table, c) + (c > table->name_above ? 2 : 0);
    }
    return width + (table->name_above ? NAME_INDENT : 0);
}

// --- text ----------------------------------------------------------------------------------------

static void print_blanks(FILE *out, size_t count) {
    fprintf(out, "%*s", (int)count, "");
}

static void print_wrapped(FILE *out, const char *text);

// Blanks are held back until something follows them, so that no line ends in one.
static void print_text_row(FILE *out, const struct table *table, const size_t *widths,
                           char *const *cells) {
    size_t blanks = table->name_above ? NAME_INDENT : 0;
    if (table->name_above) {
        print_wrapped(out, cells[0]);
    }
    for (size_t c = table->name_above; c < table->column_count; c++) {
        size_t length = strlen(cells[c]);
        size_t padding = widths[c] - length;
        if (!table->left[c]) {
            blanks += padding;
        }
        if (length > 0) {
            print_blanks(out, blanks);
            fputs(cells[c], out);
            blanks = 0;
        }
        blanks += (table->left[c] ? padding : 0) + 2;
    }
    fputc('\n', out);
}

static void print_text(FILE *out, const struct table *table) {
    size_t widths[TABLE_COLUMNS_MAX];
    for (size_t c = 0; c < table->column_count; c++) {
        widths[c] = width_of_column(table, c);
    }
    if (table->title[0] != 0) {
        fprintf(out, "%s\n", table->title);
    }
    for (size_t i = 0; i < table->cell_count; i += table->column_count) {
        print_text_row(out, table, widths, table->cells + i);
    }
}

// --- Markdown ------------------------------------------------------------------------------------

static void print_markdown_text(FILE *out, const char *text) {
    for (; *text != 0; text++) {
        if (strchr("|*_<\\`", *text) != NULL) {
            fputc('\\', out);
        }
        fputc(*text, out);
    }
}

static void print_markdown(FILE *out, const struct table *table) {
    if (table->title[0] != 0) {
        fputs("**", out);
        print_markdown_text(out, table->title);
        fputs("**\n\n", out);
    }
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t column = i % table->column_count;
        fputs("| ", out);
        print_markdown_text(out, table->cells[i]);
        fputs(column + 1 == table->column_count ? " |\n" : " ", out);
        for (size_t c = 0; i + 1 == table->column_count && c < table->column_count; c++) {
            fputs(table->left[c] ? "|---" : "|---:", out);
            fputs(c + 1 == table->column_count ? "|\n" : "", out);
        }
    }
}

// --- LaTeX ---------------------------------------------------------------------------------------

static void print_latex_character(FILE *out, char character) {
    switch (character) {
    case '\\':
        fputs("\\textbackslash{}", out);
        return;
    case '~':
        fputs("\\textasciitilde{}", out);
        return;
    case '^':
        fputs("\\textasciicircum{}", out);
        return;
    case '[': // at the start of a row it would be an option of the line's end before it
        fputs("{[}", out);
        return;
    case '<':
    case '>':
        fprintf(out, "$%c$", character);
        return;
    default:
        if (strchr("&%$#_{}", character) != NULL) {
            fputc('\\', out);
        }
        fputc(character, out);
    }
}

// A minus or plus before a digit is a sign.
static void print_latex_text(FILE *out, const char *text) {
    for (; *text != 0; text++) {
        bool sign = (*text == '-' || *text == '+') &&
                    (text[1] == '.' || (text[1] >= '0' && text[1] <= '9'));
        if (sign) {
            fprintf(out, "$%c$", *text);
        } else {
            print_latex_character(out, *text);
        }
    }
}

static void print_latex(FILE *out, const struct table *table) {
    fputs("\\begin{table}\n\\centering\n", out);
    if (table->title[0] != 0) {
        fputs("\\caption{", out);
        print_latex_text(out, table->title);
        fputs("}\n", out);
    }
    if (table->label != NULL) {
        fprintf(out, "\\label{tab:%s}\n", table->label);
    }
    fputs("\\begin{tabular}{", out);
    for (size_t c = 0; c < table->column_count; c++) {
        fputc(table->left[c] ? 'l' : 'r', out);
    }
    fputs("}\n\\toprule\n", out);
    for (size_t i = 0; i < table->cell_count; i++) {
        print_latex_text(out, table->cells[i]);
        fputs((i + 1) % table->column_count == 0 ? " \\\\\n" : " & ", out);
        fputs(i + 1 == table->column_count ? "\\midrule\n" : "", out);
    }
    fputs("\\bottomrule\n\\end{tabular}\n\\end{table}\n", out);
}

void table_print(FILE *out, const struct table *table, enum table_format format) {
    REQUIRE(table->column_count > 0 && table->cell_count % table->column_count == 0);
    switch (format) {
    case TABLE_TEXT:
        print_text(out, table);
        return;
    case TABLE_MARKDOWN:
        print_markdown(out, table);
        return;
    case TABLE_LATEX:
        print_latex(out, table);
        return;
    }
    INVARIANT(format == TABLE_TEXT);
}

// Breaks at blanks; a longer word has a line of its own.
static void print_wrapped(FILE *out, const char *text) {
    size_t column = 0;
    while (*text != 0) {
        size_t length = strcspn(text, " ");
        if (column > 0 && column + 1 + length > TABLE_LINE_WIDTH) {
            fputc('\n', out);
            column = 0;
        }
        column += (size_t)fprintf(out, "%s%.*s", column > 0 ? " " : "", (int)length, text);
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

void table_print_paragraph(FILE *out, const char *text, enum table_format format) {
    switch (format) {
    case TABLE_TEXT:
        print_wrapped(out, text);
        return;
    case TABLE_MARKDOWN:
        print_markdown_text(out, text);
        fputc('\n', out);
        return;
    case TABLE_LATEX:
        fprintf(out, "%% %s\n", text);
        return;
    }
    INVARIANT(format == TABLE_TEXT);
}
