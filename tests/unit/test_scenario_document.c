// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_document, with what it is made of: source, message, text_buffer.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/memory.h"
#include "sim/scenario/scenario_document.h"
#include "sim/scenario/scenario_message.h"
#include "sim/scenario/scenario_node.h"
#include "sim/scenario/scenario_source.h"
#include "sim/scenario/text_buffer.h"
#include "tests/support/scratch.h"

static struct node *parse(struct document *document, const char *text) {
    struct node *root = NULL;
    struct error error = {0};
    enum status status = document_add_text(document, "t", text, strlen(text), &root, &error);
    if (status != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return root;
}

static void expect_refused(const char *text, size_t size, const char *message) {
    struct document *document = document_create();
    struct node *root = NULL;
    struct error error = {0};
    assert_int_equal(document_add_text(document, "t", text, size, &root, &error), STATUS_BAD_DATA);
    if (strncmp(error.message, message, strlen(message)) != 0) {
        fail_msg("expected %s\ngot %s", message, error.message);
    }
    assert_null(root);
    document_destroy(document);
}

static void expect_place(const struct node *node, int line, int column) {
    assert_non_null(node);
    assert_int_equal(node->line, line);
    assert_int_equal(node->column, column);
}

// Every message shows a place: a wrong one sends its reader to the wrong line.
static void document__nodes__know_where_they_were_written(void **state) {
    (void)state;
    struct document *document = document_create();
    const struct node *root = parse(document, "a: 1\nb: {c: 'x y', é: [7, \"z\"]}\nd:\n");
    expect_place(root, 1, 1);
    expect_place(node_member(root, "a"), 1, 4);
    const struct node *b = node_member(root, "b");
    expect_place(b, 2, 4);
    expect_place(b->key, 2, 1);
    expect_place(node_member(b, "c"), 2, 8); // the quote
    const struct node *list = node_member(b, "é");
    expect_place(list->key, 2, 15);
    expect_place(list->first, 2, 19); // in characters, not bytes
    expect_place(list->last, 2, 22);
    expect_place(node_member(root, "d"), 3, 1); // nothing stands there: shown at its key
    assert_true(node_is_empty(node_member(root, "d")));
    assert_int_equal(node_count(root), 3);
    document_destroy(document);
}

// Text that only looks like YAML, or not even that, must never reach the parser's guesses.
static void document__hostile_bytes__are_refused_at_their_place(void **state) {
    (void)state;
    expect_refused("a: 1\nb: \xff\n", 10, "t:2:4: error: not UTF-8: byte 0xFF\nb: ?\n   ^");
    expect_refused("a: \xc0\x80", 5, "t:1:4: error: not UTF-8: byte 0xC0");     // overlong
    expect_refused("a: \xed\xa0\x80", 6, "t:1:4: error: not UTF-8: byte 0xED"); // surrogate
    expect_refused("a: \xe2\x82", 5, "t:1:4: error: not UTF-8: byte 0xE2");     // cut off
    expect_refused("a: \xf5\x80\x80\x80", 7, "t:1:4: error: not UTF-8: byte 0xF5");
    expect_refused("a: \0", 4, "t:1:4: error: a control character: byte 0x00");
    expect_refused("a: \x1b[31m", 8, "t:1:4: error: a control character: byte 0x1B");
    // libfyaml 0.7.12 releases memory twice on these.
    expect_refused("?   or      :\t-\t\n", 17, "t:1:13: error: there is a tab after this ':'");
    expect_refused("? a\n: \t? b", 11, "t:2:1: error: there is a tab after this ':'");
    expect_refused("\xff\xfe"
                   "a\0",
                   4, "t:1:1: error: not UTF-8: byte 0xFF"); // UTF-16
}

// A parser that recurses with the text would end on the stack's guard page.
static void document__deep_nesting__is_refused(void **state) {
    (void)state;
    enum { DEPTH = 100000 };
    char *text = memory_allocate(DEPTH, 1);
    memset(text, '[', DEPTH);
    expect_refused(text, DEPTH, "t:1:17: error: nested deeper than 16 levels");
    for (int i = 0; i + 3 <= DEPTH; i += 3) {
        memcpy(text + i, "{a:", 3);
    }
    expect_refused(text, DEPTH / 3 * 3, "t:1:49: error: nested deeper than 16 levels");
    memory_free(text);
}

// What YAML adds beyond trees would let one line mean a thousand.
static void document__beyond_plain_trees__is_refused(void **state) {
    (void)state;
    expect_refused("a: &x 1", 7, "t:1:4: error: an anchor ('&name')");
    expect_refused("a: *x", 5, "t:1:4: error: an alias ('*name')");
    expect_refused("&x a: 1", 7, "t:1:1: error: an anchor ('&name')");
    expect_refused("a: !!int 1", 10, "t:1:4: error: a tag ('!name')");
    expect_refused("a: !x {b: 1}", 12, "t:1:4: error: a tag ('!name')");
    expect_refused("a: 1\n---\nb: 1\n", 14, "t:2:1: error: a second document");
    expect_refused("%YAML 1.2\n---\na: 1\n", 19, "t:2:1: error: there is a directive");
    expect_refused("{[a]: 1}", 8, "t:1:2: error: a key is a word");
    expect_refused("{{a: 1}: 1}", 11, "t:1:2: error: a key is a word");
}

// The caret must stand under its column even behind tabs and on lines longer than a screen.
static void message__long_line__shows_a_window_around_the_caret(void **state) {
    (void)state;
    char text[1000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    text[499] = '!';
    const struct source source = {"t", text};
    struct error error = {0};
    assert_int_equal(source_error(&source, 1, 500, &error, NULL, "here"), STATUS_BAD_DATA);
    const char *line = strchr(error.message, '\n') + 1;
    const char *caret = strchr(line, '\n') + 1;
    size_t column = strspn(caret, " ");
    assert_int_equal(caret[column], '^');
    assert_int_equal(line[column], '!');
    assert_true(strlen(error.message) < 300);
    const struct source tabbed = {"t", "\tab"};
    source_error(&tabbed, 1, 3, &error, "hint", "here");
    assert_string_equal(error.message, "t:1:3: error: here\n\tab\n\t ^\nhint");
}

// A message must stay readable, whatever the text that it quotes.
static void message__excerpt__is_short_and_harmless(void **state) {
    (void)state;
    char excerpt[EXCERPT_SIZE];
    assert_string_equal(text_excerpt("a\nb\x1b[31m", excerpt), "a?b?[31m");
    assert_string_equal(text_excerpt("größer", excerpt), "größer");
    char text[300];
    for (size_t i = 0; i + 2 < sizeof text; i += 2) {
        memcpy(text + i, "é", 3);
    }
    text_excerpt(text, excerpt);
    assert_true(strlen(excerpt) < EXCERPT_SIZE);
    assert_string_equal(excerpt + strlen(excerpt) - 3, "...");
    assert_int_equal((strlen(excerpt) - 3) % 2, 0); // cut between characters
}

static void expect_flow(const char *text, const char *expected) {
    struct document *document = document_create();
    struct text_buffer buffer = {0};
    struct text_buffer again = {0};
    node_write_flow(parse(document, text), &buffer);
    assert_string_equal(text_buffer_text(&buffer), expected);
    node_write_flow(parse(document, text_buffer_text(&buffer)), &again);
    assert_string_equal(text_buffer_text(&again), expected);
    text_buffer_clear(&buffer);
    text_buffer_clear(&again);
    document_destroy(document);
}

// The values of a sweep are told apart by this text, so it must say what the tree says.
static void document__flow_text__reads_back_as_the_same_tree(void **state) {
    (void)state;
    expect_flow("law: uniform\nmin: 180 ms\n", "{law: uniform, min: 180 ms}");
    expect_flow("[a, 'b, c', \"d\\\"e\", \"f\\\\g\", -5 ms, 50 %]",
                "[a, \"b, c\", \"d\\\"e\", \"f\\\\g\", -5 ms, 50 %]");
    expect_flow("\"a: b # c\"", "\"a: b # c\"");
    expect_flow("{a: ''}", "{a: \"\"}");
    expect_flow("\"tab\\there\"", "\"tab\\x09here\"");
    expect_flow("'- x'", "\"- x\"");
    expect_flow("größer", "\"größer\"");
}

// Settings replace values; the other members must stay, in their order.
static void document__put__replaces_in_place_or_appends(void **state) {
    (void)state;
    struct document *document = document_create();
    struct node *root = parse(document, "{a: 1, b: 2, c: 3}");
    struct document *other = document_create();
    struct node *value = parse(other, "{x: [y]}");
    node_put(root, document_add_scalar(document, root, "c"), document_copy(document, value));
    node_put(root, document_add_scalar(document, root, "d"), document_copy(document, root->first));
    node_put(root, document_add_scalar(document, root, "a"), document_add_map(document, root));
    struct text_buffer buffer = {0};
    node_write_flow(root, &buffer);
    assert_string_equal(text_buffer_text(&buffer), "{a: {}, b: 2, c: {x: [y]}, d: 1}");
    text_buffer_clear(&buffer);
    document_destroy(document);
    document_destroy(other);
}

static enum status read_file(const char *path, struct error *error) {
    struct document *document = document_create();
    struct node *root = NULL;
    enum status status = document_add_file(document, path, &root, error);
    document_destroy(document);
    return status;
}

// A file that is not there and a folder are missing input, not bad scenarios.
static void source__no_file__is_missing_input(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct error error = {0};
    assert_int_equal(read_file(scratch_path(state, "none.yaml", path), &error), STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, "none.yaml: error: cannot be opened: No such file"));
    assert_int_equal(read_file(*state, &error), STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, "is a directory; a scenario is a file"));
}

// 100 MB of zeros must be refused by their size alone, in no time.
static void source__too_long__is_not_read(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct error error = {0};
    FILE *file = fopen(scratch_path(state, "long.yaml", path), "w");
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), 100000000), 0);
    fclose(file);
    assert_int_equal(read_file(path, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "a scenario is at most 1 MB, this file has 100 MB"));
    assert_int_equal(truncate(path, SOURCE_SIZE_MAX + 1), 0);
    assert_int_equal(read_file(path, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, "at most 1 MB, this file has 1.1 MB"));
    assert_int_equal(truncate(path, SOURCE_SIZE_MAX), 0);
    assert_int_equal(read_file(path, &error), STATUS_BAD_DATA);
    assert_non_null(strstr(error.message, ":1:1: error: a control character: byte 0x00"));
    char *text = NULL;
    size_t size = 0;
    assert_int_equal(source_read_file(path, &text, &size, &error), STATUS_OK);
    assert_int_equal(size, SOURCE_SIZE_MAX);
    memory_free(text);
    assert_int_equal(read_file("/dev/zero", &error), STATUS_BAD_DATA); // no size to look at
    assert_non_null(strstr(error.message, "this file has more"));
}

// Canonical forms and hints are built piece by piece; a lost piece would be a wrong hash.
static void text_buffer__many_pieces__are_all_there(void **state) {
    (void)state;
    struct text_buffer buffer = {0};
    assert_string_equal(text_buffer_text(&buffer), "");
    for (int i = 0; i < 1000; i++) {
        text_buffer_add(&buffer, "%03d,", i);
    }
    text_buffer_add_bytes(&buffer, "end.", 3);
    assert_int_equal(buffer.length, 4003);
    assert_int_equal(strlen(buffer.text), 4003);
    assert_memory_equal(buffer.text + 4 * 517, "517,", 4);
    assert_string_equal(buffer.text + 4000, "end");
    text_buffer_clear(&buffer);
    assert_null(buffer.text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document__nodes__know_where_they_were_written),
        cmocka_unit_test(document__hostile_bytes__are_refused_at_their_place),
        cmocka_unit_test(document__deep_nesting__is_refused),
        cmocka_unit_test(document__beyond_plain_trees__is_refused),
        cmocka_unit_test(message__long_line__shows_a_window_around_the_caret),
        cmocka_unit_test(message__excerpt__is_short_and_harmless),
        cmocka_unit_test(document__flow_text__reads_back_as_the_same_tree),
        cmocka_unit_test(document__put__replaces_in_place_or_appends),
        cmocka_unit_test_setup_teardown(source__no_file__is_missing_input, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(source__too_long__is_not_read, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(text_buffer__many_pieces__are_all_there),
    };
    return cmocka_run_group_tests_name("scenario_document", tests, NULL, NULL);
}
