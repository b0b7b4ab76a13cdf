// SPDX-License-Identifier: GPL-3.0-or-later
// One table in its three forms.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sim/report/table.h"

static struct table *make(void) {
    struct table *table = table_create("speed_1, 50 %");
    table_column(table, "name", true);
    table_column(table, "value", false);
    table_column(table, "note", true);
    table_put(table, "[a|b");
    table_put(table, "%+.1f", -3.5);
    table_put(table, "%s", "");
    table_put(table, "long {name}");
    table_put(table, "%s", "");
    table_put(table, "<~^\\>");
    return table;
}

static void expect_printed(enum table_format format, const char *expected) {
    struct table *table = make();
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    table_print(stream, table, format);
    fclose(stream);
    assert_string_equal(text, expected);
    free(text);
    table_destroy(&table);
    assert_null(table);
}

// If it failed, columns would not stand under their headings, or lines would end in blanks.
static void table__text__is_aligned(void **state) {
    (void)state;
    expect_printed(TABLE_TEXT, "speed_1, 50 %\n"
                               "name         value  note\n"
                               "[a|b          -3.5\n"
                               "long {name}         <~^\\>\n");
    struct table *table = make();
    assert_int_equal(table_width(table), 11 + 2 + 5 + 2 + 5);
    table_destroy(&table);
}

// If it failed, a value with a bar would break the row.
static void table__markdown__escapes_what_it_must(void **state) {
    (void)state;
    expect_printed(TABLE_MARKDOWN, "**speed\\_1, 50 %**\n\n"
                                   "| name | value | note |\n"
                                   "|---|---:|---|\n"
                                   "| [a\\|b | -3.5 |  |\n"
                                   "| long {name} |  | \\<~^\\\\> |\n");
}

// If it failed, LaTeX would stop at a percent sign, or print a hyphen for a minus.
static void table__latex__escapes_what_it_must(void **state) {
    (void)state;
    expect_printed(TABLE_LATEX,
                   "\\begin{table}\n\\centering\n\\caption{speed\\_1, 50 \\%}\n"
                   "\\begin{tabular}{lrl}\n\\toprule\n"
                   "name & value & note \\\\\n\\midrule\n"
                   "{[}a|b & $-$3.5 &  \\\\\n"
                   "long \\{name\\} &  & "
                   "$<$\\textasciitilde{}\\textasciicircum{}\\textbackslash{}$>$ \\\\\n"
                   "\\bottomrule\n\\end{tabular}\n\\end{table}\n");
}

// If it failed, notes would run off the screen.
static void table__paragraph__breaks_at_100_columns(void **state) {
    (void)state;
    char *text = NULL;
    size_t size = 0;
    char words[151];
    for (int i = 0; i < 150; i++) {
        words[i] = (i + 1) % 10 == 0 ? ' ' : 'x'; // nine letters and a blank: ten words make 99
    }
    words[149] = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    table_print_paragraph(stream, words, TABLE_TEXT);
    fclose(stream);
    assert_int_equal(size, 150);
    assert_int_equal(text[99], '\n');
    assert_int_equal(text[98], 'x');
    assert_int_equal(text[149], '\n');
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table__text__is_aligned),
        cmocka_unit_test(table__markdown__escapes_what_it_must),
        cmocka_unit_test(table__latex__escapes_what_it_must),
        cmocka_unit_test(table__paragraph__breaks_at_100_columns),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
