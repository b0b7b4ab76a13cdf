// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/follow_session.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/check.h"
#include "sim/base/held_file.h"
#include "sim/base/memory.h"
#include "sim/base/own_file.h"
#include "sim/base/sim_time.h"
#include "sim/base/wall_clock.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/terminal.h"
#include "sim/report/follow_view.h"
#include "sim/run/run_record.h"
#include "sim/runlog/runlog_journal.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/sweep/sweep_folder.h"
#include "sim/sweep/sweep_manifest.h"

#define WHAT "desgd info --follow"
#define JOURNAL_ENDING ".journal"
#define SECONDS_BETWEEN_READINGS 0.5
#define SECONDS_BETWEEN_LINES 2.0
#define SECONDS_TO_BEGIN 2.0 // a run that was started at the same time
enum { WAIT_MS = 200 };

// A run whose journal is read while it grows. Stays where it is.
struct followed_file {
    char log[RUN_PATH_SIZE];
    char journal[RUN_PATH_SIZE];
    bool is_there; // the journal
    bool is_gone;  // the process that writes it
    off_t bytes;   // of it
    double changed_seconds;
    double next_reading;
    double read_seconds; // when it was read last; 0: never
    struct followed followed;
    struct runlog_pursuit *pursuit; // fills it
    double per_second;
};

struct session {
    const char *path;
    struct terminal *terminal; // NULL: lines
    const volatile sig_atomic_t *interrupted;
    double line_seconds; // when the last was printed
    char *line;          // that
};

static void name_file(struct followed_file *file, const char *path) {
    size_t length = strlen(path);
    size_t ending = strlen(JOURNAL_ENDING);
    bool is_journal = length > ending && strcmp(path + length - ending, JOURNAL_ENDING) == 0;
    REQUIRE(file->pursuit == NULL);
    *file = (struct followed_file){.per_second = NAN};
    snprintf(file->log, sizeof file->log, "%.*s", (int)(is_journal ? length - ending : length),
             path);
    snprintf(file->journal, sizeof file->journal, "%.*s" JOURNAL_ENDING,
             (int)(sizeof file->journal - ending - 1), file->log);
    file->pursuit = runlog_pursuit_create(file->journal, followed_sink(&file->followed));
}

static void release_file(struct followed_file *file) {
    runlog_pursuit_destroy(&file->pursuit);
    followed_reset(&file->followed);
}

// The journal may end in the middle of a record, and does not say how the run ends: what was read
// is good nevertheless.
static void read_journal(struct followed_file *file, double now) {
    struct error ignored;
    int64_t before = file->followed.gradients;
    (void)runlog_pursuit_go_on(file->pursuit, &ignored);
    if (file->read_seconds > 0 && file->followed.gradients >= before) {
        file->per_second = (double)(file->followed.gradients - before) / (now - file->read_seconds);
    }
    file->read_seconds = now;
    file->next_reading = now + SECONDS_BETWEEN_READINGS;
}

// Who writes a journal has it locked. A host that does not see the locks of another one sees what
// that writes, at least once a second.
static bool is_gone(const struct followed_file *file, double now) {
    REQUIRE(file->changed_seconds <= now);
    return now - file->changed_seconds >= FOLLOW_VIEW_SILENT_SECONDS &&
           held_file_look_at_lock_of(file->journal) == HELD_FILE_FREE;
}

static void look_at_file(struct followed_file *file) {
    struct stat state;
    double now = wall_clock_seconds();
    file->is_there = stat(file->journal, &state) == 0;
    if (!file->is_there || now < file->next_reading) {
        return;
    }
    if (state.st_size != file->bytes || file->changed_seconds == 0) {
        file->changed_seconds = now;
        file->bytes = state.st_size;
        read_journal(file, now);
    }
    file->is_gone = is_gone(file, now);
}

// log: NULL in a sweep.
static struct follow_run view_of(const struct followed_file *file, const char *name,
                                 const char *log) {
    REQUIRE(name != NULL);
    return (struct follow_run){.name = name,
                               .followed = &file->followed,
                               .per_second = file->per_second,
                               .age = wall_clock_seconds() - file->changed_seconds,
                               .is_gone = file->is_gone,
                               .log = log};
}

// ---- what is shown ----

// Waits a moment; true: the user leaves.
static bool wait_a_moment(struct session *session) {
    if (session->terminal != NULL) {
        int key = terminal_key(session->terminal, WAIT_MS);
        return key == 'q' || key == TERMINAL_IS_GONE;
    }
    poll(NULL, 0, WAIT_MS);
    return *session->interrupted != 0;
}

// Takes over the line; prints it if it is another, and time.
static void show_line(struct session *session, char *line) {
    double now = wall_clock_seconds();
    bool is_new = session->line == NULL || strcmp(session->line, line) != 0;
    if (is_new && now - session->line_seconds >= SECONDS_BETWEEN_LINES) {
        puts(line);
        fflush(stdout);
        session->line_seconds = now;
        memory_free(session->line);
        session->line = line;
        return;
    }
    memory_free(line);
}

// What there is to see: a run, or a sweep.
struct look {
    const struct follow_run *run;
    const struct follow_sweep *sweep;
};

static void show_screen(struct terminal *terminal, struct look look) {
    struct screen *screen = terminal_blank(terminal);
    if (look.run != NULL) {
        follow_view_draw_run(look.run, screen);
    } else {
        follow_view_draw_sweep(look.sweep, screen);
    }
    terminal_show(terminal);
}

static void show(struct session *session, struct look look) {
    REQUIRE((look.run == NULL) != (look.sweep == NULL));
    if (session->terminal != NULL) {
        show_screen(session->terminal, look);
        return;
    }
    char *line = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&line, &size);
    INVARIANT(out != NULL);
    if (look.run != NULL) {
        followed_print(out, look.run->followed, look.run->per_second);
    } else {
        follow_view_print_sweep(out, look.sweep);
    }
    fclose(out);
    show_line(session, line);
}

// ---- a run ----

static bool is_newer(const char *path, const char *other) {
    struct stat state;
    struct stat other_state;
    return stat(path, &state) == 0 &&
           (stat(other, &other_state) != 0 || state.st_mtim.tv_sec > other_state.st_mtim.tv_sec ||
            (state.st_mtim.tv_sec == other_state.st_mtim.tv_sec &&
             state.st_mtim.tv_nsec >= other_state.st_mtim.tv_nsec));
}

// An interrupted run keeps its journal.
static bool is_over(const struct followed_file *file) {
    return !file->is_there || (file->followed.ended && is_newer(file->log, file->journal));
}

static enum status print_end(const struct followed_file *file, struct error *error) {
    struct runlog log = {0};
    char end[SIM_TIME_TEXT_SIZE];
    enum status status = runlog_read_evaluations(file->log, &log, error);
    if (status != STATUS_OK) {
        return status;
    }
    printf("%s: %s at %s", file->log, run_status_names[log.ending.status],
           sim_time_format_seconds(log.ending.end_ns, end));
    if (log.evaluation_count > 0 &&
        !isnan(log.evaluations[log.evaluation_count - 1].test_accuracy)) {
        printf(", accuracy %.2f %%", 100 * log.evaluations[log.evaluation_count - 1].test_accuracy);
    }
    putchar('\n');
    runlog_reset(&log);
    return STATUS_OK;
}

static enum status explain_left(const struct followed_file *file, struct error *error) {
    char *line = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&line, &size);
    INVARIANT(out != NULL);
    struct follow_run run = view_of(file, file->log, file->log);
    follow_view_print_gone(out, &run);
    fclose(out);
    enum status status = error_set(error, STATUS_NO_INPUT, "%s: %s", file->journal, line);
    memory_free(line);
    return status;
}

// Until the journal or the log is there, or the user leaves.
static enum status await_file(struct session *session, struct followed_file *file, bool *leaves,
                              struct error *error) {
    struct stat state;
    double begun = wall_clock_seconds();
    look_at_file(file);
    while (!file->is_there && stat(file->log, &state) != 0 && !*leaves) {
        if (wall_clock_seconds() - begun > SECONDS_TO_BEGIN) {
            return error_set(error, STATUS_NO_INPUT,
                             "%s: there is no such log, and no run that makes it (%s)", file->log,
                             file->journal);
        }
        *leaves = wait_a_moment(session);
        look_at_file(file);
    }
    if (own_file_look_at_part(file->journal, &journal_file_kind) == OWN_FILE_FOREIGN) {
        return error_set(error, STATUS_BAD_DATA, "%s: not a journal of desgd that can be read",
                         file->journal);
    }
    return STATUS_OK;
}

// Until the run is over, or the user leaves. Errors: its process is gone. On a terminal that is
// shown, for it may be mended beside it.
static enum status watch_file(struct session *session, struct followed_file *file, bool *leaves,
                              struct error *error) {
    while (!*leaves && !is_over(file)) {
        if (file->is_gone && session->terminal == NULL) {
            return explain_left(file, error);
        }
        struct follow_run run = view_of(file, session->path, file->log);
        show(session, (struct look){.run = &run});
        *leaves = wait_a_moment(session);
        look_at_file(file);
    }
    return STATUS_OK;
}

static enum status follow_file(struct session *session, struct error *error) {
    struct followed_file file = {0};
    bool leaves = false;
    name_file(&file, session->path);
    enum status status = await_file(session, &file, &leaves, error);
    if (status == STATUS_OK) {
        status = watch_file(session, &file, &leaves, error);
    }
    terminal_close(&session->terminal);
    if (status == STATUS_OK && !leaves) {
        status = print_end(&file, error);
    }
    release_file(&file);
    return status;
}

// ---- a sweep ----

struct sweep_look {
    struct followed_file **files; // (file_count): of runs with a journal
    size_t file_count, file_capacity;
    struct follow_run *views; // (sweep.begun_count)
    size_t view_capacity;
    struct follow_sweep sweep;
};

static bool is_file(const char *folder, uint64_t run, const char *ending) {
    char path[RUN_PATH_SIZE];
    struct stat state;
    run_path(folder, run, ending, path);
    return stat(path, &state) == 0;
}

static struct followed_file *file_of(struct sweep_look *look, const char *path) {
    for (size_t i = 0; i < look->file_count; i++) {
        if (strcmp(look->files[i]->log, path) == 0) {
            return look->files[i];
        }
    }
    struct followed_file *file = memory_allocate(1, sizeof *file);
    name_file(file, path);
    look->files = memory_grow(look->files, &look->file_capacity, look->file_count + 1,
                              sizeof(struct followed_file *));
    look->files[look->file_count++] = file;
    return file;
}

static void look_at_run(struct sweep_look *look, const char *folder, uint64_t run) {
    char path[RUN_PATH_SIZE];
    struct follow_sweep *sweep = &look->sweep;
    run_path(folder, run, RUN_LOG_ENDING, path);
    if (is_file(folder, run, RUN_LOG_ENDING JOURNAL_ENDING)) {
        struct followed_file *file = file_of(look, path);
        look_at_file(file);
        look->views = memory_grow(look->views, &look->view_capacity, sweep->begun_count + 1,
                                  sizeof *look->views);
        look->views[sweep->begun_count++] = view_of(file, strrchr(file->log, '/') + 1, NULL);
    } else if (is_file(folder, run, RUN_LOG_ENDING)) {
        sweep->done++;
    } else {
        char message[SWEEP_FAILURE_SIZE];
        bool failed = false;
        struct error ignored;
        (void)sweep_folder_failure(folder, run, &failed, message, &ignored);
        sweep->failed += failed;
    }
}

// Those whose journal is gone, or all.
static void release_files(struct sweep_look *look, bool all) {
    size_t kept = 0;
    for (size_t i = 0; i < look->file_count; i++) {
        struct stat state;
        struct followed_file *file = look->files[i];
        if (all || stat(file->journal, &state) != 0) {
            release_file(file);
            memory_free(file);
        } else {
            look->files[kept++] = file;
        }
    }
    look->file_count = kept;
}

static enum status look_at_sweep(struct sweep_look *look, const char *folder, struct error *error) {
    struct sweep_manifest manifest;
    enum status status = sweep_manifest_read(folder, &manifest, error);
    if (status != STATUS_OK) {
        return status;
    }
    release_files(look, false);
    look->sweep = (struct follow_sweep){.name = folder, .planned = manifest.run_count};
    for (size_t i = 0; i < manifest.run_count; i++) {
        look_at_run(look, folder, manifest.runs[i].run);
    }
    look->sweep.begun = look->views;
    sweep_manifest_reset(&manifest);
    return STATUS_OK;
}

static enum status follow_sweep(struct session *session, struct error *error) {
    struct sweep_look look = {0};
    bool leaves = false;
    enum status status = look_at_sweep(&look, session->path, error);
    while (status == STATUS_OK && !leaves &&
           look.sweep.done + look.sweep.failed < look.sweep.planned) {
        show(session, (struct look){.sweep = &look.sweep});
        leaves = wait_a_moment(session);
        status = look_at_sweep(&look, session->path, error);
    }
    terminal_close(&session->terminal);
    if (status == STATUS_OK) {
        follow_view_print_sweep(stdout, &look.sweep);
        putchar('\n');
    }
    release_files(&look, true);
    memory_free(look.files);
    memory_free(look.views);
    return status;
}

enum status follow_session(const char *path, struct error *error) {
    REQUIRE(path != NULL);
    struct session session = {.path = path, .interrupted = interrupt_watch()};
    struct stat state;
    struct error ignored;
    if (terminal_check(WHAT, &ignored) == STATUS_OK) {
        (void)terminal_open(WHAT, session.interrupted, &session.terminal, &ignored);
    }
    bool is_folder = stat(path, &state) == 0 && S_ISDIR(state.st_mode);
    enum status status = is_folder ? follow_sweep(&session, error) : follow_file(&session, error);
    terminal_close(&session.terminal);
    memory_free(session.line);
    return status;
}
