// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/file_bytes.h"
#include "sim/scenario/scenario_character.h"
#include "sim/scenario/scenario_message.h"

enum { BYTES_PER_MB = 1000000 };

static enum status too_long(const char *name, intmax_t size, struct error *error) {
    REQUIRE(name != NULL);
    if (size <= SOURCE_SIZE_MAX) { // a pipe, whose size nobody knows
        return error_set(error, STATUS_BAD_DATA,
                         "%s: error: a scenario is at most %d MB, this file has more", name,
                         SOURCE_SIZE_MAX / BYTES_PER_MB);
    }
    // Rounded up, so that a file one byte too long does not read "at most 1 MB, this has 1 MB".
    intmax_t tenths = (size - 1) / (BYTES_PER_MB / 10) + 1;
    return error_set(error, STATUS_BAD_DATA,
                     "%s: error: a scenario is at most %d MB, this file has %.15g MB", name,
                     SOURCE_SIZE_MAX / BYTES_PER_MB, (double)tenths / 10);
}

static enum status read_all(int file, const char *path, char **text, size_t *size,
                            struct error *error) {
    int cause = file_read_whole(file, SOURCE_SIZE_MAX, text, size);
    if (cause == EFBIG) {
        return too_long(path, 0, error);
    }
    return cause == 0 ? STATUS_OK
                      : error_set(error, STATUS_NO_INPUT, "%s: error: cannot be read: %s", path,
                                  strerror(cause));
}

enum status source_read_file(const char *path, char **text, size_t *size, struct error *error) {
    REQUIRE(path != NULL && text != NULL && size != NULL);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return error_set(error, STATUS_NO_INPUT, "%s: error: cannot be opened: %s", path,
                         strerror(errno));
    }
    struct stat information;
    enum status status = STATUS_OK;
    if (fstat(file, &information) != 0) {
        status = error_set(error, STATUS_NO_INPUT, "%s: error: cannot be read: %s", path,
                           strerror(errno));
    } else if (S_ISDIR(information.st_mode)) {
        status = error_set(error, STATUS_NO_INPUT,
                           "%s: error: is a directory; a scenario is a file", path);
    } else if (information.st_size > SOURCE_SIZE_MAX) {
        status = too_long(path, (intmax_t)information.st_size, error);
    } else {
        status = read_all(file, path, text, size, error);
    }
    close(file);
    return status;
}

// A blank, a line's end, the end, or a character beyond ASCII, which may be one of these, too.
static bool ends_word(unsigned char byte) {
    return byte <= ' ' || byte >= 0x7F;
}

// A '?' that stands alone: an explicit key of YAML, which no scenario needs. (Or not, in a
// comment.)
static bool has_explicit_key(const char *text) {
    for (const char *mark = strchr(text, '?'); mark != NULL; mark = strchr(mark + 1, '?')) {
        if (ends_word((unsigned char)mark[1])) {
            return true;
        }
    }
    return false;
}

// A ':' with a tab between it and an indicator of a block.
static bool tab_before_indicator(const char *text) {
    REQUIRE(text != NULL);
    size_t blanks = strspn(text + 1, " \t");
    const char *next = text + 1 + blanks;
    return text[0] == ':' && memchr(text + 1, '\t', blanks) != NULL &&
           (next[0] == '?' || next[0] == ':' || next[0] == '|' || next[0] == '>' ||
            (next[0] == '-' && ends_word((unsigned char)next[1])));
}

enum status source_check_text(const struct source *source, size_t size, struct error *error) {
    REQUIRE(source->text != NULL && source->text[size] == 0);
    const char *text = source->text;
    int32_t line = 1;
    int32_t column = 1;
    bool explicit_key = size <= SOURCE_SIZE_MAX && has_explicit_key(source->text);
    if (size > SOURCE_SIZE_MAX) {
        return too_long(source->name, (intmax_t)size, error);
    }
    for (size_t i = 0, step = 0; i < size; i += step) {
        uint32_t code = 0;
        step = character_read(text + i, size - i, &code);
        if (step == 0) {
            return source_error(source, line, column, error, "a scenario is text in UTF-8",
                                "not UTF-8: byte 0x%02X", (unsigned char)text[i]);
        }
        if (explicit_key && text[i] == ':' && tab_before_indicator(text + i)) {
            // libfyaml 0.7.12 releases the key twice when it refuses this behind an explicit key.
            return source_error(source, line, column, error, "write a blank in its place",
                                "there is a tab after this ':'");
        }
        if (code <= 0x7F && character_fault(code) != NULL) { // others may stand in a comment
            return source_error(source, line, column, error, "a scenario is text in UTF-8",
                                "a control character: byte 0x%02X", code);
        }
        line += text[i] == '\n';
        column = text[i] == '\n' ? 1 : column + 1;
    }
    return STATUS_OK;
}
