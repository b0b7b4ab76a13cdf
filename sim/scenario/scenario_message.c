// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_message.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/closest_word.h"
#include "sim/base/memory.h"

// Of a long source line only a window around the column is shown.
enum { WINDOW_BEFORE = 60, WINDOW_CHARACTERS = 100, MESSAGE_TEXT_SIZE = 1024 };

// Bytes of the character at "text": a broken UTF-8 sequence counts byte by byte.
static size_t character_size(const char *text) {
    unsigned char lead = (unsigned char)text[0];
    size_t size = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    for (size_t i = 1; i < size; i++) {
        if (((unsigned char)text[i] & 0xC0) != 0x80) {
            return 1;
        }
    }
    return size;
}

static bool character_shows(const char *text, size_t size) {
    unsigned char lead = (unsigned char)text[0];
    bool c1_control = size == 2 && lead == 0xC2 && (unsigned char)text[1] < 0xA0;
    return size > 1 ? !c1_control : lead >= 0x20 && lead < 0x7F;
}

static const char *line_start(const char *text, int32_t line) {
    for (; line > 1 && text != NULL; line--) {
        text = strchr(text, '\n');
        text = text == NULL ? NULL : text + 1;
    }
    return text;
}

// The source line and a line with the caret, each with a newline in front.
static void add_source_line(struct text_buffer *buffer, const struct source *source, int32_t line,
                            int32_t column) {
    const char *text = source->text[0] == 0 ? NULL : line_start(source->text, line);
    if (text == NULL || *text == 0) {
        return;
    }
    int32_t first = column > WINDOW_BEFORE + 1 ? column - WINDOW_BEFORE : 1;
    struct text_buffer caret = {0};
    int32_t at = 1;
    text_buffer_add(buffer, "\n");
    for (size_t size = 0; *text != 0 && *text != '\n' && at < first + WINDOW_CHARACTERS;
         at++, text += size) {
        size = character_size(text);
        bool tab = *text == '\t';
        if (at < first || *text == '\r') {
            continue;
        }
        text_buffer_add(buffer, "%.*s", tab || character_shows(text, size) ? (int)size : 1,
                        tab || character_shows(text, size) ? text : "?");
        if (at < column) {
            text_buffer_add(&caret, "%s", tab ? "\t" : " ");
        }
    }
    text_buffer_add(buffer, "\n%s^", text_buffer_text(&caret));
    text_buffer_clear(&caret);
}

static enum status report(const struct source *source, int32_t line, int32_t column,
                          struct error *error, const char *hint, const char *message) {
    struct text_buffer buffer = {0};
    text_buffer_add(&buffer, "%s:%" PRId32 ":%" PRId32 ": error: %s", source->name, line, column,
                    message);
    add_source_line(&buffer, source, line, column);
    if (hint != NULL && hint[0] != 0) {
        text_buffer_add(&buffer, "\n%s", hint);
    }
    enum status status = error_set(error, STATUS_BAD_DATA, "%s", text_buffer_text(&buffer));
    text_buffer_clear(&buffer);
    return status;
}

enum status source_error(const struct source *source, int32_t line, int32_t column,
                         struct error *error, const char *hint, const char *format, ...) {
    char message[MESSAGE_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return report(source, line, column, error, hint, message);
}

enum status node_error(const struct node *node, struct error *error, const char *hint,
                       const char *format, ...) {
    char message[MESSAGE_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return report(node->source, node->line, node->column, error, hint, message);
}

const char *text_excerpt(const char *text, char excerpt[EXCERPT_SIZE]) {
    size_t used = 0;
    size_t size = 0;
    for (; *text != 0; text += size) {
        size = character_size(text);
        if (used + size + sizeof "..." > EXCERPT_SIZE) {
            memcpy(excerpt + used, "...", 3);
            used += 3;
            break;
        }
        bool shows = character_shows(text, size);
        memcpy(excerpt + used, shows ? text : "?", shows ? size : 1);
        used += shows ? size : 1;
    }
    excerpt[used] = 0;
    return excerpt;
}

void hint_add_words(struct text_buffer *hint, const char *typed, const char *const *words,
                    size_t count) {
    const char *closest = closest_word(typed, words, count);
    if (closest != NULL) {
        text_buffer_add(hint, "did you mean '%s'? ", closest);
    }
    text_buffer_add(hint, "known:");
    for (size_t i = 0; i < count; i++) {
        text_buffer_add(hint, "%s %s", i == 0 ? "" : ",", words[i]);
    }
}
