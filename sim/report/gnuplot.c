// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/gnuplot.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/complete_table.h"
#include "sim/base/file_bytes.h"
#include "sim/base/memory.h"

enum { FIGURE_BYTES_MAX = 1 << 30 };

// A figure of ours is marked near its end, "tail" bytes before it, where its format has room for
// words: a comment behind an SVG or a PDF, a text chunk before the last chunk of a PNG.
#define MARK_SVG "<!-- a figure of desgd -->\n"
#define MARK_PNG "\0\0\0\x15tEXtSoftware\0desgd figure\xc0\x86\x92\xe6" // with its checksum
#define MARK_PDF "% a figure of desgd\n"
#define FORMAT(format_name, begins, the_mark, the_tail)                                            \
    {                                                                                              \
        .name = (format_name), .tail = (the_tail), .kind = {                                       \
            .what = "a figure of desgd",                                                           \
            .beginning = (begins),                                                                 \
            .beginning_size = sizeof(begins) - 1,                                                  \
            .seal = (the_mark),                                                                    \
            .seal_size = sizeof(the_mark) - 1,                                                     \
            .seal_span = sizeof(the_mark) - 1 + (the_tail)                                         \
        }                                                                                          \
    }
static const struct {
    const char *name;
    size_t tail;
    struct own_file_kind kind;
} formats[GNUPLOT_FORMAT_COUNT] = {
    ROW(GNUPLOT_SVG) = FORMAT("svg", "<?xml version=", MARK_SVG, 0),
    ROW(GNUPLOT_PNG) = FORMAT("png", "\x89PNG\r\n\x1a\n", MARK_PNG, 12),
    ROW(GNUPLOT_PDF) = FORMAT("pdf", "%PDF-", MARK_PDF, 0),
};
ROWS_COMPLETE(GNUPLOT_FORMAT_COUNT);

enum gnuplot_format gnuplot_format_of(const char *path) {
    REQUIRE(path != NULL);
    const char *dot = strrchr(path, '.');
    int format = 0;
    while (format < GNUPLOT_FORMAT_COUNT &&
           (dot == NULL || strcasecmp(dot + 1, formats[format].name) != 0)) {
        format++;
    }
    return (enum gnuplot_format)format;
}

const char *gnuplot_format_name(enum gnuplot_format format) {
    REQUIRE(format < GNUPLOT_FORMAT_COUNT);
    return formats[format].name;
}

const struct own_file_kind *gnuplot_file_kind(enum gnuplot_format format) {
    REQUIRE(format < GNUPLOT_FORMAT_COUNT);
    return &formats[format].kind;
}

// ---- texts ----

// How many bytes the first character of the text has, 0 if they are no UTF-8.
static size_t character_size(const char *text) {
    const unsigned char *bytes = (const unsigned char *)text;
    size_t size = bytes[0] < 0x80   ? 1
                  : bytes[0] < 0xC2 ? 0
                  : bytes[0] < 0xE0 ? 2
                  : bytes[0] < 0xF0 ? 3
                  : bytes[0] < 0xF5 ? 4
                                    : 0;
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    bool is_overlong =
        (bytes[0] == 0xE0 && bytes[1] < 0xA0) || (bytes[0] == 0xF0 && bytes[1] < 0x90);
    bool is_none = (bytes[0] == 0xED && bytes[1] >= 0xA0) || (bytes[0] == 0xF4 && bytes[1] >= 0x90);
    return is_overlong || is_none ? 0 : size;
}

// XML has no place for these two either.
static bool is_no_character(const char *text, size_t size) {
    return size == 3 && memcmp(text, "\xEF\xBF", 2) == 0 && (unsigned char)text[2] >= 0xBE;
}

size_t gnuplot_text_length(const char *text) {
    REQUIRE(text != NULL);
    size_t length = 0;
    for (size_t size = 0; *text != 0; text += size == 0 ? 1 : size) {
        size = character_size(text);
        length++;
    }
    return length;
}

// In double quotes: in single ones gnuplot knows no way to write every sequence of quotes. What may
// have a meaning there, of which a backquote runs a command, stands as its octal number.
void gnuplot_put_text(FILE *script, const char *text, size_t most) {
    REQUIRE(most > 0);
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                " .,:;+-*/=()[]<>&%|_";
    size_t left = gnuplot_text_length(text) > most ? most - 1 : most;
    bool is_cut = left < most;
    fputc('"', script);
    for (size_t size = 0; *text != 0 && left > 0; text += size == 0 ? 1 : size, left--) {
        size = character_size(text);
        bool is_control = (unsigned char)*text < ' ' || *text == 0x7F ||
                          (size == 2 && text[0] == '\xC2' && (unsigned char)text[1] < 0xA0);
        if (size == 0 || is_no_character(text, size)) {
            fputc('?', script);
        } else if (is_control) {
            fputc(' ', script);
        } else if (size == 1 && strchr(plain, *text) == NULL) {
            fprintf(script, "\\%03o", (unsigned)*text);
        } else {
            fprintf(script, "%.*s", (int)size, text);
        }
    }
    fputs(is_cut ? "…\"" : "\"", script);
}

// Twice as many pixels for a PNG as are asked for: what is thin stays sharp. A point of a font is a
// pixel in SVG, and 3/4 of one in cairo's formats.
void gnuplot_put_terminal(FILE *script, enum gnuplot_format format, int width, int height) {
    REQUIRE(width > 0 && height > 0);
    REQUIRE(format < GNUPLOT_FORMAT_COUNT);
    if (format == GNUPLOT_SVG) {
        fprintf(script,
                "set terminal svg noenhanced size %d,%d font 'sans-serif,13' background '#ffffff' "
                "name 'desgd'\n",
                width, height);
    } else if (format == GNUPLOT_PNG) {
        fprintf(script,
                "set terminal pngcairo noenhanced size %d,%d font 'sans-serif,13' fontscale 1.5 "
                "linewidth 2 pointscale 2 background '#ffffff'\n",
                2 * width, 2 * height);
    } else {
        fprintf(script,
                "set terminal pdfcairo noenhanced size %.4fin,%.4fin font 'sans-serif,13' "
                "fontscale .75 linewidth 1 background '#ffffff'\n",
                width / 96.0, height / 96.0);
    }
}

// ---- the process ----

// The files of the process: what it reads, draws and complains of. They lie in memory.
struct streams {
    int files[3];
};

static void close_streams(struct streams *streams) {
    for (int i = 0; i < 3; i++) {
        if (streams->files[i] >= 0) {
            close(streams->files[i]);
        }
    }
}

static bool open_streams(struct streams *streams, const char *script, size_t size) {
    REQUIRE(script != NULL);
    static const char *const names[3] = {"script of gnuplot", "figure", "complaints of gnuplot"};
    *streams = (struct streams){{-1, -1, -1}};
    bool good = true;
    for (int i = 0; i < 3 && good; i++) {
        streams->files[i] = memfd_create(names[i], MFD_CLOEXEC);
        good = streams->files[i] >= 0;
    }
    return good && file_write_all(streams->files[0], script, size) &&
           lseek(streams->files[0], 0, SEEK_SET) == 0;
}

// As posix_spawnp does: 0, or why not.
static int start(const struct streams *streams, pid_t *pid) {
    // Without a home and other settings; a PDF of the same date each time.
    static char *const environment[] = {"LC_ALL=C.UTF-8", "SOURCE_DATE_EPOCH=0", NULL};
    static char *const words[] = {"gnuplot", "--default-settings", "-", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t deadly;
    sigemptyset(&none);
    int cause = posix_spawn_file_actions_init(&actions);
    if (cause != 0) {
        return cause;
    }
    posix_spawnattr_init(&attributes);
    sigemptyset(&deadly);
    sigaddset(&deadly, SIGXFSZ); // or it would say nothing of a file that it cannot write
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigdefault(&attributes, &deadly);
    posix_spawnattr_setsigmask(&attributes, &none);
    for (int i = 0; i < 3 && cause == 0; i++) {
        cause = posix_spawn_file_actions_adddup2(&actions, streams->files[i], i);
    }
    if (cause == 0) {
        cause = posix_spawnp(pid, words[0], &actions, &attributes, words, environment);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return cause;
}

static enum status no_gnuplot(int cause, struct error *error) {
    REQUIRE(cause != 0);
    if (cause == ENOENT) {
        return error_set(error, STATUS_NO_INPUT,
                         "figures are drawn by gnuplot, which is not installed: on Debian 'apt-get "
                         "install gnuplot-nox' brings it; with --keep FOLDER and without -o the "
                         "numbers and the script are written nevertheless");
    }
    return error_set(error, status_of_cause(cause), "cannot start gnuplot: %s", strerror(cause));
}

static enum status refused(int complaints, int wait_status, struct error *error) {
    char text[1024] = "";
    ssize_t got = pread(complaints, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = 0;
    for (char *at = text; *at != 0; at++) {
        *at = (unsigned char)*at < ' ' ? ' ' : *at;
    }
    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 127 && got <= 0) {
        return no_gnuplot(ENOENT, error); // told late, where posix_spawn is a fork (valgrind)
    }
    // A signal, a library that the loader cannot map, or what it says itself: the host's trouble.
    bool is_of_host = !WIFEXITED(wait_status) || WEXITSTATUS(wait_status) == 127 ||
                      strstr(text, "memory") != NULL;
    return error_set(error, is_of_host ? STATUS_NO_MEMORY : STATUS_INTERNAL,
                     "gnuplot could not draw the figure (it ended with %s %d): %s",
                     WIFEXITED(wait_status) ? "status" : "signal",
                     WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : WTERMSIG(wait_status),
                     text[strspn(text, " ")] == 0 ? "it said nothing" : text + strspn(text, " "));
}

// Whether these bytes are a figure of that format and whole, as far as their ends tell.
static bool is_figure(enum gnuplot_format format, const char *bytes, size_t size) {
    static const char *const ends[GNUPLOT_FORMAT_COUNT] = {"</svg>", "IEND", "%%EOF"};
    enum { END_BYTES = 32 };
    const struct own_file_kind *kind = &formats[format].kind;
    return size > kind->beginning_size + END_BYTES &&
           memcmp(bytes, kind->beginning, kind->beginning_size) == 0 &&
           memmem(bytes + size - END_BYTES, END_BYTES, ends[format], strlen(ends[format])) != NULL;
}

// The same script gives the same bytes: cairo writes the hour into a PDF, whatever it is told.
static void forget_the_date(char *bytes, size_t size) {
    static const char key[] = "/CreationDate (D:";
    static const char epoch[14] = "19700101000000"; // no text: without an end
    char *date = memmem(bytes, size, key, strlen(key));
    if (date != NULL && (size_t)(bytes + size - date) >= strlen(key) + sizeof epoch) {
        memcpy(date + strlen(key), epoch, sizeof epoch);
    }
}

static void mark(enum gnuplot_format format, char **bytes, size_t *size) {
    const struct own_file_kind *kind = &formats[format].kind;
    const size_t tail = formats[format].tail;
    INVARIANT(*size >= tail);
    *bytes = memory_resize(*bytes, *size + kind->seal_size, 1);
    char *at = *bytes + *size - tail;
    memmove(at + kind->seal_size, at, tail);
    memcpy(at, kind->seal, kind->seal_size);
    *size += kind->seal_size;
}

static enum status take(enum gnuplot_format format, const struct streams *streams, int wait_status,
                        char **bytes, size_t *byte_count, struct error *error) {
    char *figure = NULL;
    size_t size = 0;
    if (wait_status != 0) {
        return refused(streams->files[2], wait_status, error);
    }
    int cause = lseek(streams->files[1], 0, SEEK_SET) < 0
                    ? errno
                    : file_read_whole(streams->files[1], FIGURE_BYTES_MAX, &figure, &size);
    if (cause != 0) {
        return error_set(error, status_of_cause(cause), "cannot read what gnuplot drew: %s",
                         strerror(cause));
    }
    if (!is_figure(format, figure, size)) {
        memory_free(figure);
        return refused(streams->files[2], wait_status, error);
    }
    if (format == GNUPLOT_PDF) {
        forget_the_date(figure, size);
    }
    mark(format, &figure, &size);
    *bytes = figure;
    *byte_count = size;
    return STATUS_OK;
}

enum status gnuplot_draw(enum gnuplot_format format, const char *script, size_t size, char **bytes,
                         size_t *byte_count, struct error *error) {
    REQUIRE(format < GNUPLOT_FORMAT_COUNT);
    REQUIRE(script != NULL && bytes != NULL);
    struct streams streams;
    pid_t pid = 0;
    int wait_status = 0;
    int cause = open_streams(&streams, script, size) ? start(&streams, &pid) : errno;
    while (cause == 0 && waitpid(pid, &wait_status, 0) < 0) {
        cause = errno == EINTR ? 0 : errno;
    }
    enum status status = cause == 0 ? take(format, &streams, wait_status, bytes, byte_count, error)
                                    : no_gnuplot(cause, error);
    close_streams(&streams);
    return status;
}
