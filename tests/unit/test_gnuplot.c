// SPDX-License-Identifier: GPL-3.0-or-later
// The door to gnuplot: whatever is in a text, it is shown and not run; one script gives one figure;
// and what is wrong is said.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/gnuplot.h"
#include "tests/support/scratch.h"

// To be released with memory_free.
static char *literal_of(const char *text, size_t most) {
    char *literal = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&literal, &size);
    assert_non_null(out);
    gnuplot_put_text(out, text, most);
    assert_int_equal(fclose(out), 0);
    return literal;
}

// The figure of a script with this text as its title; to be released with memory_free.
static char *figure_of(enum gnuplot_format format, const char *text, size_t *size) {
    char *script = NULL;
    size_t script_size = 0;
    char *bytes = NULL;
    struct error error;
    FILE *out = open_memstream(&script, &script_size);
    assert_non_null(out);
    gnuplot_put_terminal(out, format, 400, 300);
    fputs("set encoding utf8\nset title ", out);
    gnuplot_put_text(out, text, 200);
    fputs("\nset label ", out);
    gnuplot_put_text(out, text, 200);
    fputs(" at graph 0.5, graph 0.5\nplot x\n", out);
    assert_int_equal(fclose(out), 0);
    if (gnuplot_draw(format, script, script_size, &bytes, size, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    memory_free(script);
    return bytes;
}

// If it failed, a title could end its literal, and what follows would be a command.
static void gnuplot_put_text__any_text__is_one_literal(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t most;
        const char *literal;
    } rows[] = {
        {"plain, 50 %", 99, "\"plain, 50 %\""},
        {"it's \"it\" \\", 99, "\"it\\047s \\042it\\042 \\134\""},
        {"a\nb\tc\x1b[2J\x7f", 99, "\"a b c [2J \""},
        {"{@y ^z `id` $1 #", 99, "\"\\173\\100y \\136z \\140id\\140 \\0441 \\043\""},
        {"Größe €", 99, "\"Größe €\""},
        {"bad \xff\xc3( \xed\xa0\x80.", 99,
         "\"bad ?"
         "?( ?"
         "?"
         "?.\""},
        {"\xc2\x85\xef\xbf\xbf", 99, "\" ?\""},
        {"seven ch", 8, "\"seven ch\""},
        {"seven cha", 8, "\"seven c…\""},
        {"", 1, "\"\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *literal = literal_of(rows[i].text, rows[i].most);
        assert_string_equal(literal, rows[i].literal);
        memory_free(literal);
    }
    assert_int_equal(gnuplot_text_length("Größe €"), 7);
}

// If it failed, who opens a figure of somebody else's run would run what its title says; or the
// title would not be what the scenario says.
static void gnuplot_draw__hostile_texts__are_shown_and_not_run(void **state) {
    char place[SCRATCH_PATH_SIZE];
    char text[SCRATCH_PATH_SIZE + 128];
    static const char *const forms[] = {
        "'; system(\"touch %s\") #",
        "`touch %s`",
        "@x ^2 _i {/Symbol a} \\\\ \\n\" . system('touch %s') . \"",
        "</text><script>%s</script>&amp;",
        "\n!touch %s\n",
        "%%s %%d $(touch %s) '' '",
        "'''''touch %s''''''",
        "\"\"\\\"touch %s\\",
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        size_t size = 0;
        scratch_path(state, "touched", place);
        snprintf(text, sizeof text, forms[i], place);
        char *figure = figure_of(GNUPLOT_SVG, text, &size);
        assert_int_equal(access(place, F_OK), -1);
        assert_null(memmem(figure, size, "<script", 7));
        assert_non_null(memmem(figure, size, "touch", 5)); // it is shown
        memory_free(figure);
    }
}

// If it failed, a figure in a repository would differ after every "make", and nobody could tell
// whether a number has changed.
static void gnuplot_draw__one_script__gives_one_figure(void **state) {
    (void)state;
    for (int format = 0; format < GNUPLOT_FORMAT_COUNT; format++) {
        size_t sizes[2] = {0};
        char *first = figure_of((enum gnuplot_format)format, "A title", &sizes[0]);
        sleep(format == GNUPLOT_PDF); // which has a time to the second
        char *second = figure_of((enum gnuplot_format)format, "A title", &sizes[1]);
        assert_int_equal(sizes[0], sizes[1]);
        assert_memory_equal(first, second, sizes[0]);
        memory_free(first);
        memory_free(second);
    }
}

// If it failed, a second "desgd figure" would refuse to replace the first one's file, or a
// photograph would be replaced.
static void gnuplot_file_kind__figures__are_known_from_other_files(void **state) {
    static const char *const names[] = {"a.svg", "a.png", "a.pdf"};
    for (int format = 0; format < GNUPLOT_FORMAT_COUNT; format++) {
        char path[SCRATCH_PATH_SIZE];
        size_t size = 0;
        char *figure = figure_of((enum gnuplot_format)format, "A title", &size);
        const struct own_file_kind *kind = gnuplot_file_kind((enum gnuplot_format)format);
        FILE *file = fopen(scratch_path(state, names[format], path), "w");
        assert_non_null(file);
        assert_int_equal(fwrite(figure, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(own_file_look(path, kind), OWN_FILE_OURS);
        assert_int_equal(truncate(path, (off_t)size - 20), 0);
        assert_int_equal(own_file_look(path, kind), OWN_FILE_FOREIGN);
        assert_int_equal(gnuplot_format_of(path), format);
        memory_free(figure);
    }
    assert_int_equal(gnuplot_format_of("A.SVG"), GNUPLOT_SVG);
    assert_int_equal(gnuplot_format_of("svg"), GNUPLOT_FORMAT_COUNT);
    assert_int_equal(gnuplot_format_of("a.svg.txt"), GNUPLOT_FORMAT_COUNT);
}

// If it failed, the user would be told of a bug, and not of a package.
static void gnuplot_draw__no_gnuplot__says_what_to_install(void **state) {
    struct error error;
    char *bytes = NULL;
    size_t size = 0;
    char *path = memory_copy_text(getenv("PATH"));
    setenv("PATH", *state, 1); // an empty folder
    enum status status = gnuplot_draw(GNUPLOT_SVG, "plot x\n", 7, &bytes, &size, &error);
    setenv("PATH", path, 1);
    memory_free(path);
    assert_int_equal(status, STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, "apt-get install gnuplot-nox"));
    assert_null(bytes);
}

// If it failed, half a figure would be taken for one, or its script's mistake would not be named.
static void gnuplot_draw__a_script_that_fails__is_an_error_with_its_words(void **state) {
    (void)state;
    static const char wrong[] = "set terminal svg\nplot nothing_there(x)\n";
    static const char none[] = "set terminal dumb\nplot x\n";
    struct error error;
    char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(gnuplot_draw(GNUPLOT_SVG, wrong, sizeof wrong - 1, &bytes, &size, &error),
                     STATUS_INTERNAL);
    assert_non_null(strstr(error.message, "undefined function"));
    assert_int_equal(gnuplot_draw(GNUPLOT_SVG, none, sizeof none - 1, &bytes, &size, &error),
                     STATUS_INTERNAL);
    assert_null(bytes);
}

int main(void) {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gnuplot_put_text__any_text__is_one_literal),
        IN_SCRATCH(gnuplot_draw__hostile_texts__are_shown_and_not_run),
        cmocka_unit_test(gnuplot_draw__one_script__gives_one_figure),
        IN_SCRATCH(gnuplot_file_kind__figures__are_known_from_other_files),
        IN_SCRATCH(gnuplot_draw__no_gnuplot__says_what_to_install),
        cmocka_unit_test(gnuplot_draw__a_script_that_fails__is_an_error_with_its_words),
    };
    return cmocka_run_group_tests_name("gnuplot", tests, NULL, NULL);
}
