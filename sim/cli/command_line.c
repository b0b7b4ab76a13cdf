// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/command_line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/sim_time.h"

int command_fail(const struct error *error) {
    REQUIRE(error->status != STATUS_OK);
    REQUIRE(error->message[0] != 0);
    fflush(stdout);
    fprintf(stderr, "desgd: %s\n", error->message);
    return (int)error->status;
}

int command_finish(enum status status) {
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "desgd: standard output cannot be written: %s\n", strerror(errno));
        return STATUS_IO;
    }
    return (int)status;
}

int command_unknown(const char *what, const char *word, const char *meant, const char *known) {
    REQUIRE(what != NULL && word != NULL && known != NULL);
    fprintf(stderr, "desgd: %s '%s'", what, word);
    if (meant != NULL) {
        fprintf(stderr, " (did you mean '%s'?)", meant);
    }
    fprintf(stderr, "; %s\n", known);
    return STATUS_USAGE;
}

void command_take_one(struct argp_state *state, const char *what, const char *text,
                      const char **place) {
    REQUIRE(text != NULL);
    if (*place != NULL) {
        argp_error(state, "one %s at a time: '%s' is one too many", what, text);
    }
    *place = text;
}

void command_note_origin(const char *path, bool altered) {
    REQUIRE(path != NULL);
    if (altered) {
        fprintf(
            stderr,
            "desgd: note: %s: not as desgd wrote it: it has no checksum, so another program has "
            "changed or made it\n",
            path);
    }
}

int64_t command_integer(struct argp_state *state, const char *option, const char *text,
                        int64_t least, int64_t most) {
    REQUIRE(text != NULL);
    REQUIRE(least <= most);
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end != 0 || errno != 0 || value < least || value > most) {
        argp_error(state, "%s takes a whole number from %" PRId64 " to %" PRId64 ", got '%s'",
                   option, least, most, text);
    }
    return value;
}

int64_t command_time(struct argp_state *state, const char *option, const char *text) {
    REQUIRE(text != NULL);
    int64_t time_ns = 0;
    const char *mistake = sim_time_parse(text, &time_ns);
    if (mistake != NULL) {
        argp_error(state, "%s '%s': %s", option, text, mistake);
    }
    return time_ns;
}

int64_t command_span(struct argp_state *state, const char *option, const char *text) {
    int64_t span_ns = command_time(state, option, text);
    if (span_ns < 0) {
        argp_error(state, "%s '%s': must be at least 0 s", option, text);
    }
    return span_ns;
}
