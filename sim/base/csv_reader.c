// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/csv_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"

enum { PIECE_BYTES = 1 << 16, AT_END = -1 };

struct csv_reader {
    int file;
    int cause; // errno of a read that failed, 0
    char *path;
    int64_t line;
    int64_t column;
    uint64_t bytes; // read of the file
    bool row_begins;
    bool ended;
    struct fingerprint_stream *hash;
    size_t at;
    size_t held;
    unsigned char piece[PIECE_BYTES];
};

static enum status cannot_be_read(const char *path, const char *what, int cause,
                                  struct error *error) {
    REQUIRE(cause != 0);
    return error_set(error, status_of_cause(cause), "%s: error: cannot be %s: %s", path, what,
                     strerror(cause));
}

// The next byte, which stays, or AT_END.
static int byte_ahead(struct csv_reader *reader) {
    ssize_t got = 0;
    if (reader->at < reader->held) {
        return reader->piece[reader->at];
    }
    do {
        got = reader->cause != 0 ? 0 : read(reader->file, reader->piece, PIECE_BYTES);
    } while (got < 0 && errno == EINTR);
    reader->cause = got < 0 ? errno : reader->cause;
    if (got <= 0) {
        return AT_END;
    }
    fingerprint_stream_add(reader->hash, reader->piece, (size_t)got);
    reader->bytes += (uint64_t)got;
    reader->at = 0;
    reader->held = (size_t)got;
    return reader->piece[0];
}

// Passes the byte that is ahead, and counts lines and characters: bytes 10xxxxxx of UTF-8 go on
// with one.
static void pass(struct csv_reader *reader) {
    REQUIRE(reader->at < reader->held);
    unsigned char byte = reader->piece[reader->at++];
    if (byte == '\n') {
        reader->line++;
        reader->column = 1;
    } else if ((byte & 0xC0) != 0x80) {
        reader->column++;
    }
}

static bool pass_if(struct csv_reader *reader, int byte) {
    if (byte_ahead(reader) != byte) {
        return false;
    }
    pass(reader);
    return true;
}

static void skip_byte_order_mark(struct csv_reader *reader) {
    if (byte_ahead(reader) == 0xEF && reader->held >= 3 && reader->piece[1] == 0xBB &&
        reader->piece[2] == 0xBF) {
        reader->at = 3;
    }
}

enum status csv_reader_open(const char *path, struct csv_reader **reader, struct error *error) {
    REQUIRE(path != NULL && reader != NULL);
    struct stat information;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return cannot_be_read(path, "opened", errno, error);
    }
    if (fstat(file, &information) != 0 || S_ISDIR(information.st_mode)) {
        close(file);
        return error_set(error, STATUS_NO_INPUT,
                         "%s: error: is a directory; a file with a header and a column of times is "
                         "needed",
                         path);
    }
    *reader = memory_allocate(1, sizeof **reader);
    **reader = (struct csv_reader){.file = file,
                                   .path = memory_copy_text(path),
                                   .line = 1,
                                   .column = 1,
                                   .row_begins = true,
                                   .hash = fingerprint_stream_create()};
    skip_byte_order_mark(*reader);
    return STATUS_OK;
}

enum status csv_reader_refuse(const struct csv_reader *reader, const struct csv_field *field,
                              struct error *error, const char *format, ...) {
    REQUIRE(reader != NULL && field != NULL);
    struct error reason = {0};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason.message, sizeof reason.message, format, arguments);
    va_end(arguments);
    return error_set(error, STATUS_BAD_DATA, "%.2000s:%" PRId64 ":%" PRId64 ": error: %.2000s",
                     reader->path, field->line, field->column, reason.message);
}

static enum status refuse_here(const struct csv_reader *reader, struct error *error,
                               const char *sentence) {
    REQUIRE(sentence != NULL);
    struct csv_field here;
    here.line = reader->line;
    here.column = reader->column;
    return csv_reader_refuse(reader, &here, error, "%s", sentence);
}

static enum status take(struct csv_reader *reader, struct csv_field *field, int byte,
                        struct error *error) {
    REQUIRE(byte != AT_END);
    if (byte == 0) {
        return refuse_here(reader, error, "a byte 0: that is no text");
    }
    if (field->length == CSV_FIELD_MAX) {
        return csv_reader_refuse(reader, field, error,
                                 "this field has more than %d bytes: does a quote not end?",
                                 CSV_FIELD_MAX);
    }
    field->text[field->length++] = (char)byte;
    pass(reader);
    return STATUS_OK;
}

static enum status read_quoted(struct csv_reader *reader, struct csv_field *field,
                               struct error *error) {
    enum status status = STATUS_OK;
    for (bool open = pass_if(reader, '"'); open && status == STATUS_OK;) {
        int byte = byte_ahead(reader);
        if (byte == AT_END) {
            return reader->cause != 0
                       ? STATUS_OK // the caller tells
                       : csv_reader_refuse(reader, field, error, "this quote does not end");
        }
        if (byte == '"') {
            pass(reader);
            open = byte_ahead(reader) == '"';
        }
        status = open ? take(reader, field, byte, error) : STATUS_OK;
    }
    return status;
}

static bool ends_field(int byte) {
    return byte == AT_END || byte == ',' || byte == '\n' || byte == '\r';
}

static enum status read_plain(struct csv_reader *reader, struct csv_field *field,
                              struct error *error) {
    enum status status = STATUS_OK;
    for (int byte = byte_ahead(reader); status == STATUS_OK && !ends_field(byte);
         byte = byte_ahead(reader)) {
        status = take(reader, field, byte, error);
    }
    return status;
}

// Behind a field: a comma, the end of the line, or of the file.
static enum status pass_separator(struct csv_reader *reader, struct csv_field *field,
                                  struct error *error) {
    bool carriage_return = false;
    if (!ends_field(byte_ahead(reader))) {
        return refuse_here(reader, error,
                           "behind the end of a quoted field comes a comma or the line's end");
    }
    field->last = !pass_if(reader, ',');
    if (field->last) {
        carriage_return = pass_if(reader, '\r');
        reader->ended = !pass_if(reader, '\n') && byte_ahead(reader) == AT_END;
        reader->row_begins = true;
    }
    return carriage_return && !reader->ended && reader->column != 1
               ? refuse_here(reader, error, "a carriage return that no line feed follows")
               : STATUS_OK;
}

enum status csv_reader_next(struct csv_reader *reader, uint64_t bytes_max, struct csv_field *field,
                            struct error *error) {
    REQUIRE(reader != NULL && field != NULL);
    int byte = byte_ahead(reader);
    field->line = reader->line;
    field->column = reader->column;
    field->first = reader->row_begins;
    field->length = 0;
    field->quoted = byte == '"';
    field->none = byte == AT_END && (field->first || reader->ended);
    enum status status = STATUS_OK;
    if (!field->none) {
        reader->row_begins = false;
        status =
            field->quoted ? read_quoted(reader, field, error) : read_plain(reader, field, error);
        status = status == STATUS_OK ? pass_separator(reader, field, error) : status;
    }
    if (reader->cause != 0) {
        status = cannot_be_read(reader->path, "read", reader->cause, error);
    } else if (status == STATUS_OK && reader->bytes > bytes_max) {
        status = csv_reader_refuse(reader, field, error,
                                   "the file has more than %" PRIu64 " MB; take a part of it",
                                   bytes_max >> 20);
    }
    field->text[field->length] = 0;
    return status;
}

uint64_t csv_reader_hash(const struct csv_reader *reader) {
    REQUIRE(reader != NULL);
    return fingerprint_stream_value(reader->hash);
}

void csv_reader_close(struct csv_reader **reader) {
    REQUIRE(reader != NULL);
    if (*reader != NULL) {
        close((*reader)->file);
        fingerprint_stream_destroy((*reader)->hash);
        memory_free((*reader)->path);
        memory_free(*reader);
        *reader = NULL;
    }
}
