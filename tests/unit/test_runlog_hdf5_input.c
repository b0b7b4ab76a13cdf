// SPDX-License-Identifier: GPL-3.0-or-later
// hdf5_door and hdf5_input: types as the schema says, errors in the library's innermost words, and
// objects of strangers only as far as they are what they should be. (What a whole log must be:
// test_runlog_reader.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/memory.h"
#include "sim/runlog/hdf5_bytes.h"
#include "sim/runlog/hdf5_door.h"
#include "sim/runlog/hdf5_input.h"
#include "sim/runlog/hdf5_source.h"
#include "tests/support/scratch.h"

// The bytes that a column takes in memory before it is written must be those of its type.
static void hdf5_door__types_of_columns__have_their_bytes(void **state) {
    (void)state;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        for (size_t j = 0; j < runlog_tables[i].column_count; j++) {
            const struct runlog_column *column = &runlog_tables[i].columns[j];
            hid_t type = hdf5_column_type(column);
            assert_true(type >= 0);
            assert_int_equal(H5Tget_size(type), hdf5_column_bytes(column));
            assert_int_equal(H5Tget_class(type) == H5T_ENUM, column->type == COLUMN_ENUM);
            hdf5_release(type);
        }
    }
}

// "Unable to open file" helps nobody; what the innermost function says may.
static void hdf5_door__innermost__is_the_cause(void **state) {
    char path[SCRATCH_PATH_SIZE];
    char text[HDF5_TEXT_SIZE];
    hdf5_quiet();
    assert_true(H5Fopen(scratch_path(state, "missing.h5", path), H5F_ACC_RDONLY, H5P_DEFAULT) < 0);
    assert_non_null(strstr(hdf5_innermost(text), "No such file or directory"));
    H5Eclear2(H5E_DEFAULT);
    assert_string_equal(hdf5_innermost(text), "no cause given");
    hdf5_release(H5I_INVALID_HID);
}

// A file with /numbers (5 x int64, with an attribute), /empty and /group/text (5 bytes).
static void write_file(const char *path) {
    hsize_t five = 5;
    int64_t values[5] = {0, 1, 4, 9, 16};
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t space = H5Screate_simple(1, &five, NULL);
    hid_t scalar = H5Screate(H5S_SCALAR);
    hid_t numbers =
        H5Dcreate2(file, "numbers", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(numbers, H5T_STD_I64LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    hid_t attribute =
        H5Acreate2(numbers, "squares", H5T_STD_I64LE, scalar, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, H5T_STD_I64LE, &values[4]);
    H5Aclose(attribute);
    H5Dclose(numbers);
    H5Gclose(H5Gcreate2(file, "empty", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Gclose(H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    hid_t type = hdf5_text_type(5);
    hid_t text =
        H5Dcreate2(file, "group/text", type, scalar, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(text, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, "Gr\xc3\xbcn");
    H5Dclose(text);
    H5Tclose(type);
    H5Sclose(scalar);
    H5Sclose(space);
    assert_true(H5Fclose(file) >= 0);
}

// Opens a file as the child of the reader does, in this process.
static void open_file(struct hdf5_input *input, const char *path, struct error *error) {
    struct hdf5_source source;
    assert_int_equal(hdf5_source_open(&source, path, error), STATUS_OK);
    assert_int_equal(hdf5_input_open_source(input, &source, error), STATUS_OK);
    hdf5_source_close(&source);
}

// What is there in the expected form is read.
static void hdf5_input__expected_objects__are_read(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct hdf5_input input;
    struct error error = {0};
    bool empty = false;
    hsize_t sizes[2];
    hid_t dataset = H5I_INVALID_HID;
    int64_t values[5] = {0};
    char *text = NULL;
    write_file(scratch_path(state, "a.h5", path));
    open_file(&input, path, &error);
    assert_true(hdf5_input_group(&input, "/empty", &empty) && empty);
    assert_true(hdf5_input_group(&input, "/group", &empty) && !empty);
    assert_true(hdf5_input_dataset(&input, "/numbers", H5T_STD_I64LE, 1, sizes, &dataset));
    assert_int_equal(sizes[0], 5);
    assert_int_equal(sizes[1], 1);
    assert_true(hdf5_input_read(&input, "/numbers", dataset, H5T_STD_I64LE, values));
    assert_int_equal(values[4], 16);
    hdf5_release(dataset);
    assert_true(hdf5_input_text(&input, "/group/text", 5, &text));
    assert_string_equal(text, "Gr\xc3\xbcn");
    memory_free(text);
    assert_true(
        hdf5_input_number_attribute(&input, "/numbers", "squares", H5T_STD_I64LE, &values[0]));
    assert_int_equal(values[0], 16);
    hdf5_input_close(&input);
}

static hid_t enumeration(const char *const *words, size_t count) {
    hid_t type = H5Tenum_create(H5T_STD_U8LE);
    for (uint8_t value = 0; value < count; value++) {
        H5Tenum_insert(type, words[value], &value);
    }
    return type;
}

static void add_words(hid_t file, const char *name, const char *const *words, size_t count) {
    hsize_t three = 3;
    const uint8_t values[3] = {1, 0, 1};
    hid_t space = H5Screate_simple(1, &three, NULL);
    hid_t type = enumeration(words, count);
    hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Tclose(type);
    H5Sclose(space);
}

// A kind of event that is new must leave the logs of an earlier desgd readable: its words are the
// first of those of today. Others are none of desgd's.
static void hdf5_input__enumeration__may_have_fewer_words(void **state) {
    static const char *const words[] = {"a", "b", "c"};
    static const char *const others[] = {"b", "a", "c", "d"};
    static const uint8_t expected[3] = {1, 0, 1};
    char path[SCRATCH_PATH_SIZE];
    struct hdf5_input input;
    struct error error = {0};
    hsize_t sizes[2];
    hid_t dataset = H5I_INVALID_HID;
    uint8_t values[3] = {0};
    hid_t today = enumeration(words, 3);
    hid_t file =
        H5Fcreate(scratch_path(state, "a.h5", path), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    add_words(file, "fewer", words, 2);
    add_words(file, "other", others, 2);
    add_words(file, "more", others, 4);
    H5Fclose(file);
    open_file(&input, path, &error);
    assert_true(hdf5_input_dataset(&input, "/fewer", today, 1, sizes, &dataset));
    assert_true(hdf5_input_read(&input, "/fewer", dataset, today, values));
    assert_memory_equal(values, expected, sizeof expected);
    hdf5_release(dataset);
    assert_false(hdf5_input_dataset(&input, "/other", today, 1, sizes, &dataset));
    assert_non_null(strstr(error.message, "another type"));
    assert_false(hdf5_input_dataset(&input, "/more", today, 1, sizes, &dataset));
    hdf5_input_close(&input);
    H5Tclose(today);
}

static void expect_message(struct hdf5_input *input, bool good, const char *words) {
    assert_false(good);
    assert_int_equal(input->error->status, STATUS_BAD_DATA);
    assert_non_null(strstr(input->error->message, words));
}

// What is not is named, and no more is read than the file may hold.
static void hdf5_input__other_objects__are_named(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct hdf5_input input;
    struct error error = {0};
    hsize_t sizes[2];
    hid_t dataset = H5I_INVALID_HID;
    char *text = NULL;
    char word[8];
    bool empty = false;
    write_file(scratch_path(state, "a.h5", path));
    open_file(&input, path, &error);
    expect_message(&input, hdf5_input_group(&input, "/numbers", &empty),
                   "a.h5: /numbers is not a group");
    expect_message(&input, hdf5_input_text(&input, "/group/text", 4, &text),
                   "a.h5: /group/text is not a fixed-length string of bearable length");
    expect_message(&input,
                   hdf5_input_text_attribute(&input, "/numbers", "squares", word, sizeof word),
                   "a.h5: /numbers attribute 'squares' is not a fixed-length string");
    expect_message(&input,
                   hdf5_input_text_attribute(&input, "/numbers", "cubes", word, sizeof word),
                   "a.h5: /numbers attribute 'cubes' is missing");
    input.bytes_left = 39;
    expect_message(&input,
                   hdf5_input_dataset(&input, "/numbers", H5T_STD_I64LE, 1, sizes, &dataset),
                   "a.h5: /numbers claims more values than the file can hold");
    assert_true(dataset == H5I_INVALID_HID);
    assert_null(text);
    hdf5_input_close(&input);
}

// The library reads the bytes where they lie, and says what is wrong with others.
static void hdf5_bytes__bytes_in_memory__are_a_file(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct hdf5_refusal refusal = {0};
    static unsigned char bytes[65536];
    write_file(scratch_path(state, "a.h5", path));
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct hdf5_bytes image = {.bytes = bytes, .size = fread(bytes, 1, sizeof bytes, file)};
    fclose(file);
    hdf5_quiet();
    hid_t opened = hdf5_bytes_open(&image, &refusal);
    assert_true(opened >= 0);
    assert_true(H5Lexists(opened, "/numbers", H5P_DEFAULT) > 0);
    H5Fclose(opened);
    image.size /= 2;
    assert_true(hdf5_bytes_open(&image, &refusal) < 0);
    assert_non_null(strstr(refusal.words, "truncated file"));
    assert_false(refusal.lacked_memory);
}

// A small file may expand to a log of some size, but not to all the memory there is.
static void hdf5_source__limits__follow_the_size(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct hdf5_source source;
    write_file(scratch_path(state, "a.h5", path));
    assert_int_equal(hdf5_source_open(&source, path, NULL), STATUS_OK);
    assert_true(source.bytes_max >= UINT64_C(256) << 20);
    assert_true(source.bytes_max <= UINT64_C(2) << 30);
    assert_true(source.memory_max > source.bytes_max);
    assert_in_range(source.seconds_max, 10, 60);
    hdf5_source_close(&source);
    assert_int_equal(source.file, -1);
}

// What another program is writing is not damaged, whatever it looks like for the moment; when that
// program has closed it, what is wrong with it is.
static void hdf5_source__file_open_for_writing__is_not_bad_data(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct hdf5_source source;
    struct error error = {0};
    write_file(scratch_path(state, "a.h5", path));
    assert_int_equal(hdf5_source_open(&source, path, NULL), STATUS_OK);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(file >= 0);
    assert_int_equal(hdf5_source_judge(&source, STATUS_BAD_DATA, &error), STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, "another program has it open for writing"));
    assert_int_equal(hdf5_source_judge(&source, STATUS_OK, &error), STATUS_OK);
    assert_int_equal(hdf5_source_judge(&source, STATUS_IO, &error), STATUS_IO);
    H5Fclose(file);
    hdf5_source_close(&source);
    assert_int_equal(hdf5_source_open(&source, path, NULL), STATUS_OK);
    assert_int_equal(hdf5_source_judge(&source, STATUS_BAD_DATA, &error), STATUS_BAD_DATA);
    assert_int_equal(truncate(path, 100), 0); // another program, without a lock
    assert_int_equal(hdf5_source_judge(&source, STATUS_BAD_DATA, &error), STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, "another program changes it meanwhile"));
    hdf5_source_close(&source);
}

// Files of the newer format say it themselves, also where there are no locks, or where the program
// that had them open has died.
static void hdf5_source__mark_of_a_writer__is_not_bad_data(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct hdf5_source source;
    struct error error = {0};
    scratch_write(state, "a.h5", "\x89HDF\r\n\x1a\n\x03\x08\x08\x01 and so on");
    scratch_path(state, "a.h5", path);
    assert_int_equal(hdf5_source_open(&source, path, NULL), STATUS_OK);
    assert_int_equal(hdf5_source_judge(&source, STATUS_BAD_DATA, &error), STATUS_NO_INPUT);
    assert_non_null(strstr(error.message, "h5clear"));
    hdf5_source_close(&source);
}

// What may be read is so much of the whole file, not of each of its objects: a thousand of them
// could else take a thousand times the memory.
static void hdf5_input__several_objects__share_what_may_be_read(void **state) {
    char path[SCRATCH_PATH_SIZE];
    struct hdf5_input input;
    struct error error = {0};
    hsize_t sizes[2];
    hid_t dataset = H5I_INVALID_HID;
    hdf5_quiet();
    write_file(scratch_path(state, "a.h5", path));
    open_file(&input, path, &error);
    input.bytes_left = 3 * 40 - 1; // of arrays of 40 bytes
    for (int i = 0; i < 2; i++) {
        assert_true(hdf5_input_dataset(&input, "/numbers", H5T_STD_I64LE, 1, sizes, &dataset));
        hdf5_release(dataset);
    }
    assert_int_equal(input.bytes_left, 39);
    assert_false(hdf5_input_dataset(&input, "/numbers", H5T_STD_I64LE, 1, sizes, &dataset));
    assert_non_null(strstr(error.message, "claims more values than the file can hold"));
    hdf5_input_close(&input);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hdf5_door__types_of_columns__have_their_bytes),
        cmocka_unit_test_setup_teardown(hdf5_door__innermost__is_the_cause, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(hdf5_input__expected_objects__are_read, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(hdf5_input__enumeration__may_have_fewer_words,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(hdf5_input__other_objects__are_named, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(hdf5_bytes__bytes_in_memory__are_a_file, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(hdf5_source__file_open_for_writing__is_not_bad_data,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(hdf5_source__mark_of_a_writer__is_not_bad_data,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(hdf5_source__limits__follow_the_size, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(hdf5_input__several_objects__share_what_may_be_read,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests_name("hdf5_input", tests, NULL, NULL);
}
