// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/teller.h"

#include <stdarg.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"

bool tell_in_window(const struct teller *teller, int64_t time_ns) {
    return time_ns >= teller->options->from_ns && time_ns <= teller->options->to_ns;
}

bool tell_about(const struct teller *teller, int32_t worker) {
    return teller->options->worker < 0 || teller->options->worker == worker;
}

bool tell_crashed_since(const struct teller *teller, const struct event_row *event) {
    const struct gradient_row *row =
        gradient_index_find(&teller->index, event->actor, event->gradient);
    int64_t pushed_ns = row == NULL ? -1 : row->ready_ns >= 0 ? row->ready_ns : row->dispatched_ns;
    return teller->state.workers[event->actor].crashed_ns >= pushed_ns;
}

// Seconds without their unit; returns the number of decimals.
static int format_seconds(int64_t time_ns, char text[SIM_TIME_TEXT_SIZE]) {
    sim_time_format_seconds(time_ns, text);
    text[strlen(text) - 2] = 0;
    return (int)strlen(strchr(text, '.') + 1);
}

void tell_say(struct teller *teller, int64_t time_ns, const char *format, ...) {
    REQUIRE(teller->out != NULL || teller->measuring);
    if (!tell_in_window(teller, time_ns)) {
        return;
    }
    char time[SIM_TIME_TEXT_SIZE];
    int decimals = format_seconds(time_ns, time);
    int whole = (int)strlen(time) - decimals;
    teller->state.lines++;
    teller->state.said_ns = time_ns;
    if (teller->measuring) {
        teller->decimals = decimals > teller->decimals ? decimals : teller->decimals;
        teller->width = whole > teller->width ? whole : teller->width;
        return;
    }
    fprintf(teller->out, "%*s%s%.*s s  ", teller->width - whole, "", time,
            teller->decimals - decimals, "000000000");
    va_list arguments;
    va_start(arguments, format);
    vfprintf(teller->out, format, arguments);
    va_end(arguments);
    fputc('\n', teller->out);
}

void tell_add(struct teller *teller, const char *format, ...) {
    REQUIRE(teller->out != NULL || teller->measuring);
    teller->state.lines++;
    if (teller->measuring) {
        return;
    }
    fprintf(teller->out, "%*s", teller->width + teller->decimals + 4, "");
    va_list arguments;
    va_start(arguments, format);
    vfprintf(teller->out, format, arguments);
    va_end(arguments);
    fputc('\n', teller->out);
}

void tell_state_copy(struct tell_state *copy, const struct tell_state *state, int32_t workers) {
    REQUIRE(copy != state);
    struct tell_state mine = *copy;
    size_t count = (size_t)workers;
    *copy = *state;
    copy->workers = memory_resize(mine.workers, count, sizeof *copy->workers);
    copy->silences.until_ns = memory_resize(mine.silences.until_ns, count, sizeof(int64_t));
    copy->buffer = memory_resize(mine.buffer, state->buffer_count + 1, sizeof *copy->buffer);
    copy->buffer_capacity = state->buffer_count + 1;
    memcpy(copy->workers, state->workers, count * sizeof *copy->workers);
    memcpy(copy->silences.until_ns, state->silences.until_ns, count * sizeof(int64_t));
    for (size_t i = 0; i < state->buffer_count; i++) {
        copy->buffer[i] = state->buffer[i];
    }
}

void tell_state_reset(struct tell_state *state) {
    memory_free(state->workers);
    memory_free(state->silences.until_ns);
    memory_free(state->buffer);
    *state = (struct tell_state){0};
}
