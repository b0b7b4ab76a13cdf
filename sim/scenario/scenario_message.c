// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_message.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/scenario/scenario_character.h"

// Of a long source line only a window around the column is shown.
enum { WINDOW_BEFORE = 60, WINDOW_CHARACTERS = 100, MESSAGE_TEXT_SIZE = 1024 };

// Bytes of the character at "text": a broken UTF-8 sequence counts byte by byte, and does not show.
static size_t character_size(const char *text, bool *shows) {
    uint32_t code = 0;
    size_t size = character_read(text, strnlen(text, 4), &code);
    *shows =
        size > 0 && code >= 0x20 && character_fault(code) == NULL && character_deceit(code) == NULL;
    return size > 0 ? size : 1;
}

static const char *line_start(const char *text, int32_t line) {
    REQUIRE(line >= 1);
    for (; line > 1 && text != NULL; line--) {
        text = strchr(text, '\n');
        text = text == NULL ? NULL : text + 1;
    }
    return text;
}

// The source line and a line with the caret, each with a newline in front.
static void add_source_line(struct text_buffer *buffer, const struct source *source, int32_t line,
                            int32_t column) {
    REQUIRE(source->text != NULL && column >= 1);
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
        bool shows = false;
        size = character_size(text, &shows);
        bool tab = *text == '\t';
        if (at < first || *text == '\r') {
            continue;
        }
        text_buffer_add(buffer, "%.*s", tab || shows ? (int)size : 1, tab || shows ? text : "?");
        if (at < column) {
            text_buffer_add(&caret, "%s", tab ? "\t" : " ");
        }
    }
    text_buffer_add(buffer, "\n%s^", text_buffer_text(&caret));
    text_buffer_clear(&caret);
}

__attribute__((format(printf, 6, 0))) static enum status
report(const struct source *source, int32_t line, int32_t column, struct error *error,
       const char *hint, const char *format, va_list arguments) {
    REQUIRE(source->name != NULL && line >= 1 && column >= 1);
    char message[MESSAGE_TEXT_SIZE];
    struct text_buffer buffer = {0};
    vsnprintf(message, sizeof message, format, arguments);
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
    REQUIRE(source != NULL && format != NULL);
    va_list arguments;
    va_start(arguments, format);
    enum status status = report(source, line, column, error, hint, format, arguments);
    va_end(arguments);
    return status;
}

enum status node_error(const struct node *node, struct error *error, const char *hint,
                       const char *format, ...) {
    REQUIRE(node != NULL && node->source != NULL);
    va_list arguments;
    va_start(arguments, format);
    enum status status =
        report(node->source, node->line, node->column, error, hint, format, arguments);
    va_end(arguments);
    return status;
}

const char *text_excerpt(const char *text, char excerpt[EXCERPT_SIZE]) {
    REQUIRE(text != NULL);
    size_t used = 0;
    size_t size = 0;
    for (; *text != 0; text += size) {
        bool shows = false;
        size = character_size(text, &shows);
        if (used + size + sizeof "..." > EXCERPT_SIZE) {
            memcpy(excerpt + used, "...", 3);
            used += 3;
            break;
        }
        memcpy(excerpt + used, shows ? text : "?", shows ? size : 1);
        used += shows ? size : 1;
    }
    excerpt[used] = 0;
    return excerpt;
}

// What a word of other programs and books is called here. beside: what must be known there, too: a
// lognormal law's mean is no mu.
static const struct {
    const char *typed, *meant, *beside;
} synonyms[] = {
    {"gaussian", "normal", ""},    {"mu", "mean", "std"},   {"sigma", "std", ""},
    {"stddev", "std", ""},         {"seeds", "rounds", ""}, {"lr", "learning_rate", ""},
    {"asynchronous", "async", ""}, {"bsp", "sync", ""},     {"batch_size", "batch", ""},
};

static const char *word_meant(const char *typed, const char *const *words, size_t count) {
    REQUIRE(words != NULL || count == 0);
    for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++) {
        bool known = false;
        bool beside = synonyms[i].beside[0] == 0;
        for (size_t k = 0; k < count && strcasecmp(synonyms[i].typed, typed) == 0; k++) {
            known = known || strcmp(words[k], synonyms[i].meant) == 0;
            beside = beside || strcmp(words[k], synonyms[i].beside) == 0;
        }
        if (known && beside) {
            return synonyms[i].meant;
        }
    }
    return closest_word(typed, words, count);
}

void hint_add_words(struct text_buffer *hint, const char *typed, const char *const *words,
                    size_t count) {
    REQUIRE(typed != NULL && (words != NULL || count == 0));
    const char *closest = word_meant(typed, words, count);
    if (closest != NULL) {
        text_buffer_add(hint, "did you mean '%s'? ", closest);
    }
    text_buffer_add(hint, "known:");
    for (size_t i = 0; i < count; i++) {
        text_buffer_add(hint, "%s %s", i == 0 ? "" : ",", words[i]);
    }
}
