// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/tell_session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/base/sim_time.h"
#include "sim/base/wall_clock.h"
#include "sim/cli/command_line.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/progress.h"
#include "sim/cli/terminal.h"
#include "sim/report/step_view.h"
#include "sim/run/fork.h"
#include "sim/run/scenario_input.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_times.h"

#define WHAT "desgd tell --step"
#define SECONDS_BETWEEN_SCREENS 0.1
enum { WAIT_MS = 200 };

struct session {
    const struct tell_session_options *options;
    bool is_file;                 // the run was read, and not made
    struct times_file_list files; // of its measured times
    struct runlog logs[2];        // the run, and its fork
    char *fork_name;
    struct step_view view;
    struct terminal *terminal;
    const volatile sig_atomic_t *interrupted;
    volatile sig_atomic_t stopped; // what is being run
    double shown_seconds;
};

// ---- the run ----

static void tell(const char *sentence) {
    REQUIRE(sentence[0] != 0);
    fprintf(stderr, "desgd: %s\n", sentence);
}

static enum status read_log(struct session *session, struct error *error) {
    struct provenance provenance;
    const char *path = session->options->path;
    enum status status = runlog_read(path, &session->logs[0], &provenance, error);
    if (status == STATUS_OK) {
        command_note_origin(path, session->logs[0].altered);
        times_files_read(provenance.measured_times, &session->files);
    }
    session->interrupted = interrupt_watch();
    return status;
}

// Whether there is something to look at.
static bool is_told(enum status status) {
    return status == STATUS_OK || status == STATUS_DIVERGED;
}

static enum status make_log(struct session *session, struct error *error) {
    REQUIRE(session->options->host.threads >= 1);
    const struct tell_session_options *options = session->options;
    struct scenario scenario;
    struct scenario_notes notes = {0};
    enum status status = scenario_input_read(options->path, options->settings->items,
                                             options->settings->count, &scenario, &notes, error);
    if (status == STATUS_OK) {
        scenario_notes_tell(&notes, tell);
    }
    scenario_notes_reset(&notes);
    session->interrupted = interrupt_watch();
    if (status != STATUS_OK) {
        return status;
    }
    session->files = scenario.times_files;
    struct progress progress;
    progress_init(&progress, true);
    struct run_sink sink = runlog_memory_sink(&session->logs[0]);
    struct run_outcome outcome = {0};
    struct run_options run_options = {.inputs = &options->path,
                                      .input_count = 1,
                                      .data_folder = options->host.data,
                                      .threads = options->host.threads,
                                      .kernels = options->host.kernels,
                                      .sinks = &sink,
                                      .sink_count = 1,
                                      .interrupted = session->interrupted,
                                      .notice = tell,
                                      .progress = progress_update,
                                      .progress_context = &progress};
    status = run_scenario(&scenario, &run_options, &outcome, error);
    progress_clear(&progress);
    if (status == STATUS_INTERRUPTED) {
        return error_set(error, status, "interrupted before there was anything to look at");
    }
    return is_told(status) ? STATUS_OK : status;
}

// ---- its fork ----

static void close_fork(struct session *session) {
    tell_steps_close(&session->view.runs[1].steps);
    runlog_reset(&session->logs[1]);
    memory_free(session->fork_name);
    session->fork_name = NULL;
}

static void show(struct session *session) {
    step_view_draw(&session->view, terminal_blank(session->terminal));
    terminal_show(session->terminal);
}

static void show_progress(void *context, int64_t now_ns, double fraction) {
    struct session *session = context;
    double now = wall_clock_seconds();
    if (*session->interrupted) {
        session->stopped = 1;
    }
    if (now - session->shown_seconds < SECONDS_BETWEEN_SCREENS) {
        return;
    }
    session->shown_seconds = now;
    snprintf(session->view.message, sizeof session->view.message,
             "running: %.0f %%, cluster time %.1f s; any key stops it", 100 * fraction,
             sim_time_to_seconds(now_ns));
    show(session);
    session->stopped |= terminal_key(session->terminal, 0) != TERMINAL_NO_KEY;
}

static enum status run_fork(struct session *session, const struct settings *settings, int64_t at_ns,
                            struct error *error) {
    const struct host_options *host = &session->options->host;
    struct fork_request request = {.path = session->options->path,
                                   .at_ns = at_ns,
                                   .settings = settings->items,
                                   .setting_count = settings->count};
    struct run_sink sink = runlog_memory_sink(&session->logs[1]);
    struct run_outcome outcome = {0};
    struct run_options run_options = {.inputs = &request.path,
                                      .input_count = 1,
                                      .data_folder = host->data,
                                      .threads = host->threads,
                                      .kernels = host->kernels,
                                      .sinks = &sink,
                                      .sink_count = 1,
                                      .interrupted = &session->stopped,
                                      .progress = show_progress,
                                      .progress_context = session};
    session->stopped = 0;
    enum status status =
        fork_log(&request, &session->logs[0], &session->files, &run_options, &outcome, error);
    if (status == STATUS_INTERRUPTED) {
        return error_set(error, status, "stopped");
    }
    return is_told(status) ? STATUS_OK : status;
}

static void show_fork(struct session *session, const char *setting, int64_t at_ns) {
    REQUIRE(session->view.runs[1].steps != NULL);
    char at[SIM_TIME_TEXT_SIZE];
    struct step_run *run = &session->view.runs[1];
    sim_time_format_seconds(at_ns, at);
    session->fork_name = memory_print_text("what if %s from %s", setting, at);
    run->log = &session->logs[1];
    run->name = session->fork_name;
    run->top = 0;
    size_t lines = tell_steps_until(run->steps, at_ns);
    run->line = lines == 0 ? 0 : lines - 1;
    snprintf(session->view.message, sizeof session->view.message,
             session->is_file ? "desgd run --from %s --at '%s' --set '%s'" : "%s from %s on: %s",
             session->options->path, at, setting);
}

static void fork_here(struct session *session) {
    struct step_view *view = &session->view;
    struct settings settings = {0};
    struct error error = {0};
    int64_t at_ns = step_view_time(view);
    char setting[STEP_INPUT_SIZE];
    memcpy(setting, view->input, sizeof setting);
    close_fork(session);
    enum status status = STATUS_OK;
    if (!settings_split(&settings, setting)) {
        status = error_set(&error, STATUS_USAGE, "a change is KEY=VALUE, as in " SETTINGS_EXAMPLE);
    }
    if (status == STATUS_OK) {
        status = run_fork(session, &settings, at_ns, &error);
    }
    if (status == STATUS_OK) {
        status = tell_steps_open(&session->logs[1], &view->runs[1].steps, &error);
    }
    if (status == STATUS_OK) {
        show_fork(session, setting, at_ns);
    } else {
        runlog_reset(&session->logs[1]);
        snprintf(view->message, sizeof view->message, "%.*s",
                 (int)strcspn(error.message, "\n") % STEP_MESSAGE_SIZE, error.message);
    }
    settings_reset(&settings);
}

// ---- the look ----

static void look(struct session *session) {
    enum step_wish wish = STEP_STAY;
    while (wish != STEP_LEAVE) {
        show(session);
        int key = terminal_key(session->terminal, WAIT_MS);
        wish = key == TERMINAL_IS_GONE  ? STEP_LEAVE
               : key == TERMINAL_NO_KEY ? STEP_STAY
                                        : step_view_key(&session->view, key);
        if (wish == STEP_FORK) {
            fork_here(session);
        } else if (wish == STEP_CLOSE) {
            close_fork(session);
        }
    }
}

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL || slash[1] == 0 ? path : slash + 1;
}

static enum status open_view(struct session *session, struct error *error) {
    const struct tell_session_options *options = session->options;
    const struct runlog *log = &session->logs[0];
    if (options->worker >= log->header.workers) {
        return error_set(error, STATUS_USAGE,
                         "there is no worker %" PRId32 ": the run has workers 0 to %" PRId32,
                         options->worker, log->header.workers - 1);
    }
    session->view.runs[0].log = log;
    session->view.runs[0].name = name_of(options->path);
    session->view.worker = options->worker;
    enum status status = tell_steps_open(log, &session->view.runs[0].steps, error);
    if (status == STATUS_OK && options->from_ns > 0) {
        step_view_go(&session->view, options->from_ns);
    }
    return status;
}

enum status tell_session(const struct tell_session_options *options, struct error *error) {
    REQUIRE(options->path != NULL && options->settings != NULL);
    struct session session = {.options = options};
    enum status status = terminal_check(WHAT, error); // before a run that may take long
    if (status == STATUS_OK) {
        session.is_file = options->settings->count == 0 && runlog_is_hdf5(options->path);
        status = session.is_file ? read_log(&session, error) : make_log(&session, error);
    }
    if (status == STATUS_OK) {
        status = open_view(&session, error);
    }
    if (status == STATUS_OK) {
        status = terminal_open(WHAT, session.interrupted, &session.terminal, error);
    }
    if (status == STATUS_OK) {
        look(&session);
        terminal_close(&session.terminal);
    }
    close_fork(&session);
    tell_steps_close(&session.view.runs[0].steps);
    runlog_reset(&session.logs[0]);
    return status;
}
