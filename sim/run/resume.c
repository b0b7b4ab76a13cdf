// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/resume.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/runlog/runlog_journal.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_semantics.h"

// ---- which run is it? ----

static size_t line_length(const char *text) {
    return strcspn(text, "\n");
}

// Theirs is of other rules than this program has, or the first line in which the two canonical
// scenarios differ, for a message.
static enum status refuse_scenario(const char *name, const char *theirs, const char *ours,
                                   struct error *error) {
    REQUIRE(theirs != NULL && ours != NULL);
    struct scenario scenario;
    if (scenario_parse(name, theirs, strlen(theirs), NULL, 0, &scenario, NULL) == STATUS_OK &&
        scenario_check_rules(name, &scenario, error) != STATUS_OK) {
        return STATUS_BAD_DATA;
    }
    while (*theirs != 0 && *ours != 0 && line_length(theirs) == line_length(ours) &&
           strncmp(theirs, ours, line_length(ours)) == 0) {
        theirs += line_length(theirs);
        ours += line_length(ours);
        theirs += *theirs == '\n';
        ours += *ours == '\n';
    }
    return error_set(error, STATUS_BAD_DATA,
                     "%s: of another scenario: it has \"%.*s\", this one has \"%.*s\"", name,
                     (int)line_length(theirs), theirs, (int)line_length(ours), ours);
}

static enum status check_header(const char *name, const struct runlog_header *theirs,
                                const struct runlog_header *ours, struct error *error) {
    REQUIRE(theirs->scenario != NULL && ours->scenario != NULL);
    if (strcmp(theirs->scenario, ours->scenario) != 0) {
        return refuse_scenario(name, theirs->scenario, ours->scenario, error);
    }
    size_t count = ours->parameter_count;
    if (theirs->data_hash != ours->data_hash || theirs->parameter_count != count ||
        (count > 0 && memcmp(theirs->initial, ours->initial, count * sizeof *ours->initial) != 0)) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: made with other data, or by another version of desgd: the data set "
                         "here has hash %016" PRIx64 ", there it had %016" PRIx64,
                         name, ours->data_hash, theirs->data_hash);
    }
    return STATUS_OK;
}

static bool has_journal(const char *path) {
    char *journal = memory_join_text(path, ".journal");
    bool is_there = access(journal, F_OK) == 0;
    memory_free(journal);
    return is_there;
}

// An empty file is one that somebody has made a name for (mktemp), no log.
static enum status is_file_there(const char *path, bool *is_there, struct error *error) {
    REQUIRE(is_there != NULL);
    struct stat state;
    *is_there = stat(path, &state) == 0;
    if (*is_there || errno == ENOENT || errno == ENOTDIR) {
        *is_there = *is_there && S_ISREG(state.st_mode) && state.st_size > 0;
        return STATUS_OK;
    }
    return error_set(error, status_of_cause(errno), "%s: cannot be looked at: %s", path,
                     strerror(errno));
}

static void tell_damage(void (*notice)(const char *sentence), const struct error *cause) {
    char sentence[sizeof cause->message + 64];
    if (notice != NULL) {
        snprintf(sentence, sizeof sentence, "%s; its run is done again and replaces it",
                 cause->message);
        notice(sentence);
    }
}

enum status resume_look_at_log(const char *path, const char *scenario,
                               void (*notice)(const char *sentence), bool *finished,
                               struct runlog *log, struct error *error) {
    REQUIRE(finished != NULL && log != NULL);
    *finished = false;
    bool is_there = false;
    struct error cause = {0};
    enum status status = is_file_there(path, &is_there, error);
    if (status != STATUS_OK || !is_there) {
        return status;
    }
    status = runlog_read(path, log, NULL, &cause);
    if (status == STATUS_BAD_DATA) {
        tell_damage(notice, &cause);
        return STATUS_OK; // it is replaced, as by any run
    }
    if (status != STATUS_OK) { // it may be a good one
        return error_set(error, status, "%s", cause.message);
    }
    if (strcmp(log->header.scenario, scenario) != 0) {
        return has_journal(path) ? STATUS_OK
                                 : refuse_scenario(path, log->header.scenario, scenario, error);
    }
    *finished = run_status_has_ended(log->ending.status);
    return STATUS_OK;
}

// ---- reading what was recorded ----

// Of the rows only the values are needed: events, samples and gradients stay in the journal.
static void start_slim(void *context, const struct runlog_header *header) {
    REQUIRE(header != NULL);
    struct runlog_header slim = *header;
    slim.events = false;
    slim.gradient_values = false;
    slim.sample_columns = 0;
    runlog_memory_sink(context).start(context, &slim);
}

static struct run_sink slim_sink(struct runlog *log) {
    struct run_sink sink = runlog_memory_sink(log);
    sink.start = start_slim;
    return sink;
}

// *whole: the journal is of a run that came to its end. Errors: it cannot be read.
static enum status read_whole(struct journal_source journal, struct runlog *log, bool *whole,
                              struct error *error) {
    REQUIRE(whole != NULL);
    struct run_sink sink = slim_sink(log);
    enum status status = runlog_journal_read(journal, &sink, error);
    *whole = status == STATUS_OK && run_status_has_ended(log->ending.status);
    if (!*whole) {
        runlog_reset(log);
    }
    return status == STATUS_BAD_DATA ? STATUS_OK : status;
}

static enum status read_recorded(struct journal_source journal, struct journal_mark mark,
                                 struct runlog *log, struct error *error) {
    struct run_sink sink = slim_sink(log);
    enum status status = runlog_journal_read_until(journal, mark, &sink, error);
    if (status != STATUS_OK) {
        runlog_reset(log);
    }
    return status;
}

// ---- choosing ----

static void tell(const struct checkpoint_keeper *keeper, const char *sentence) {
    if (keeper->notice != NULL) {
        keeper->notice(sentence);
    }
}

// A checkpoint that is not good is told and passed over. Errors: it is of other arithmetic; it or
// the journal cannot be read.
static enum status try_checkpoint(struct resume *resume, const char *path,
                                  struct journal_source journal,
                                  const struct checkpoint_keeper *keeper, struct error *error) {
    REQUIRE(resume->point == RESUME_BEGIN);
    struct error cause = {0};
    enum status status = checkpoint_read(path, &resume->checkpoint, &cause);
    if (status == STATUS_OK) {
        status = read_recorded(journal, resume->checkpoint.head.journal, &resume->recorded, &cause);
    }
    bool is_there = access(path, F_OK) == 0 || errno != ENOENT;
    if (status != STATUS_OK) {
        checkpoint_reset(&resume->checkpoint);
    }
    if (status != STATUS_OK && status != STATUS_BAD_DATA && is_there) {
        return error_set(error, status == STATUS_NO_INPUT ? STATUS_IO : status, "%s",
                         cause.message);
    }
    if (status != STATUS_OK) {
        char sentence[sizeof cause.message + 64];
        snprintf(sentence, sizeof sentence, "%s; %s is not used", cause.message, path);
        if (is_there) {
            tell(keeper, sentence);
        }
        return STATUS_OK;
    }
    resume->point = RESUME_GO_ON;
    if (strcmp(resume->checkpoint.head.arithmetic, keeper->arithmetic) != 0) {
        return error_set(error, STATUS_BAD_DATA,
                         "%s: made with other arithmetic: %s there, %s here", path,
                         resume->checkpoint.head.arithmetic, keeper->arithmetic);
    }
    return STATUS_OK;
}

static enum status find_checkpoint(struct resume *resume, struct journal_source journal,
                                   struct checkpoint_keeper *keeper, struct error *error) {
    REQUIRE(resume->point == RESUME_BEGIN && keeper->path != NULL);
    char sentence[256];
    enum status status = try_checkpoint(resume, keeper->path, journal, keeper, error);
    if (status == STATUS_OK && resume->point == RESUME_BEGIN) {
        char *previous = checkpoint_previous_path(keeper->path);
        status = try_checkpoint(resume, previous, journal, keeper, error);
        if (status == STATUS_OK && resume->point == RESUME_GO_ON) {
            rename(previous, keeper->path); // what is behind it has no journal any more
        }
        memory_free(previous);
    }
    if (status == STATUS_OK && resume->point == RESUME_GO_ON) {
        snprintf(sentence, sizeof sentence, "continues from the checkpoint after event %" PRIu64,
                 resume->checkpoint.head.events_happened);
        tell(keeper, sentence);
    }
    return status;
}

enum status resume_find(struct resume *resume, const struct runlog_header *header,
                        struct runlog_writer *writer, struct checkpoint_keeper *keeper,
                        struct error *error) {
    REQUIRE(header->scenario != NULL);
    struct journal_source journal = runlog_writer_journal(writer);
    struct runlog front = {0};
    struct run_sink front_sink = runlog_memory_sink(&front);
    struct error cause = {0};
    enum status status = runlog_journal_read_header(journal, &front_sink, &cause);
    if (status != STATUS_OK && status != STATUS_BAD_DATA) { // a disk that may be better tomorrow
        return error_set(error, status == STATUS_NO_INPUT ? STATUS_IO : status, "%s",
                         cause.message);
    }
    bool readable = status == STATUS_OK;
    bool whole = false;
    status = STATUS_OK;
    if (readable) {
        status = check_header(journal.name, &front.header, header, error);
    }
    runlog_reset(&front);
    if (status == STATUS_OK && readable) {
        status = read_whole(journal, &resume->recorded, &whole, error);
    }
    if (status == STATUS_OK && whole) {
        resume->point = RESUME_PUBLISH;
        runlog_writer_is_whole(writer);
        tell(keeper, "the run was finished; its log is made from the journal");
    } else if (status == STATUS_OK) {
        status = find_checkpoint(resume, journal, keeper, error);
    }
    if (status == STATUS_OK && resume->point == RESUME_GO_ON) {
        runlog_writer_go_on(writer, resume->checkpoint.head.journal);
    } else if (status == STATUS_OK && resume->point == RESUME_BEGIN) {
        tell(keeper, "there is no checkpoint to continue from; starts at the beginning");
        checkpoint_remove(keeper->path); // first: they would not fit the new journal
        runlog_writer_begin(writer);
    }
    return status;
}

void resume_reset(struct resume *resume) {
    checkpoint_reset(&resume->checkpoint);
    runlog_reset(&resume->recorded);
    *resume = (struct resume){0};
}
