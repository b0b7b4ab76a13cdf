// SPDX-License-Identifier: GPL-3.0-or-later
// The file of a record: a head, the totals, the evaluations, and a checksum over all of it. It is
// not synced: what a power failure tears is seen by the checksum.
#include "sim/run/run_record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/base/memory.h"
#include "sim/base/own_file.h"
#include "sim/base/sim_time.h"
#include "sim/report/reply_rule.h"
#include "sim/report/summary.h"
#include "sim/runlog/runlog_reader.h"
#include "sim/runlog/runlog_schema.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"

struct file_head {
    char magic[8];
    uint64_t format; // format_of_record
    uint64_t evaluation_count;
};

static const char MAGIC[8] = "desgdrec";
static const struct own_file_kind record_kind = {
    .what = "a record of desgd", .beginning = MAGIC, .beginning_size = sizeof MAGIC};
enum {
    RECORD_VERSION = 4, // raised whenever the totals mean something else
    RECORD_BYTES_MAX = 1 << 28
};

// A log that another desgd made with other columns is none for this one, whatever its record says;
// those that a log may lack are no others.
static uint64_t format_of_record(void) {
    uint64_t format = fingerprint_combine(RECORD_VERSION, RUNLOG_FORMAT_VERSION);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct runlog_table *table = &runlog_tables[i];
        if (runlog_table_may_be_missing(table)) {
            continue; // logs from before it was there are as those in which nothing happens
        }
        for (size_t c = 0; c < table->column_count && !table->columns[c].may_lack; c++) {
            const struct runlog_column *column = &table->columns[c];
            uint64_t name = fingerprint_bytes(column->name, strlen(column->name));
            format = fingerprint_combine(fingerprint_combine(format, name), column->type);
            for (size_t w = 0; w < column->word_count; w++) {
                const char *word = column->words[w];
                format = fingerprint_combine(format, fingerprint_bytes(word, strlen(word)));
            }
        }
    }
    return format;
}

void run_path(const char *folder, uint64_t run, const char *ending, char path[RUN_PATH_SIZE]) {
    const char *here = folder[0] == '-' ? "./" : ""; // not to be taken for an option
    int length = snprintf(path, RUN_PATH_SIZE, "%s%s/%016" PRIx64 "%s", here, folder, run, ending);
    REQUIRE(length > 0 && length < RUN_PATH_SIZE);
}

struct run_metrics run_record_metrics(const struct run_record *record, double target) {
    REQUIRE(record->evaluation_count == 0 || record->evaluations != NULL);
    const struct run_metrics_options options = {.after_ns = record->totals.start_up_ns,
                                                .target = target,
                                                .sustained = RUN_METRICS_SUSTAINED};
    return run_metrics_of(record->evaluations, record->evaluation_count,
                          (enum run_status)record->totals.status, record->totals.end_ns, &options);
}

bool run_record_diverged(const struct run_record *record) {
    REQUIRE(record->evaluation_count == 0 || record->evaluations != NULL);
    size_t count = record->evaluation_count;
    return run_metrics_diverged((enum run_status)record->totals.status,
                                count == 0 ? NULL : &record->evaluations[count - 1]);
}

void run_record_reset(struct run_record *record) {
    memory_free(record->evaluations);
    *record = (struct run_record){0};
}

// ---- the log as a file ----

static int64_t modified_ns(const struct stat *state) {
    return (int64_t)state->st_mtim.tv_sec * NS_PER_S + (int64_t)state->st_mtim.tv_nsec;
}

// False, with errno, if it cannot be read.
static bool checksum_of_file(const char *path, uint64_t *checksum) {
    REQUIRE(path != NULL && checksum != NULL);
    enum { PIECE_BYTES = 1 << 18 };
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return false;
    }
    struct fingerprint_stream *stream = fingerprint_stream_create();
    char *piece = memory_allocate(PIECE_BYTES, 1);
    ssize_t got = 0;
    while ((got = read(file, piece, PIECE_BYTES)) > 0) {
        fingerprint_stream_add(stream, piece, (size_t)got);
    }
    int cause = errno;
    *checksum = fingerprint_stream_value(stream);
    memory_free(piece);
    fingerprint_stream_destroy(stream);
    close(file);
    errno = cause;
    return got == 0;
}

// A copied log has another time of change; then its bytes decide.
static bool is_of_log(const struct run_totals *totals, const char *log_path) {
    struct stat state;
    uint64_t checksum = 0;
    if (stat(log_path, &state) != 0 || !S_ISREG(state.st_mode) ||
        state.st_size != totals->log_bytes) {
        return false;
    }
    return modified_ns(&state) == totals->log_modified_ns ||
           (checksum_of_file(log_path, &checksum) && checksum == totals->log_checksum);
}

// ---- the record's own file ----

static void *pack(const struct run_record *record, size_t *size) {
    REQUIRE(size != NULL);
    struct file_head head = {.format = format_of_record(),
                             .evaluation_count = record->evaluation_count};
    memcpy(head.magic, MAGIC, sizeof head.magic);
    size_t rows = record->evaluation_count * sizeof *record->evaluations;
    size_t payload = sizeof head + sizeof record->totals + rows;
    unsigned char *bytes = memory_allocate(payload + sizeof(uint64_t), 1);
    memcpy(bytes, &head, sizeof head);
    memcpy(bytes + sizeof head, &record->totals, sizeof record->totals);
    if (rows > 0) {
        memcpy(bytes + sizeof head + sizeof record->totals, record->evaluations, rows);
    }
    uint64_t checksum = fingerprint_bytes(bytes, payload);
    memcpy(bytes + payload, &checksum, sizeof checksum);
    *size = payload + sizeof checksum;
    return bytes;
}

static bool unpack(const unsigned char *bytes, size_t size, struct run_record *record) {
    REQUIRE(record->evaluations == NULL);
    struct file_head head;
    struct run_totals totals;
    uint64_t checksum = 0;
    const size_t least = sizeof head + sizeof totals + sizeof checksum;
    if (size < least) {
        return false;
    }
    memcpy(&head, bytes, sizeof head);
    memcpy(&totals, bytes + sizeof head, sizeof totals);
    memcpy(&checksum, bytes + size - sizeof checksum, sizeof checksum);
    if (memcmp(head.magic, MAGIC, sizeof head.magic) != 0 || head.format != format_of_record() ||
        (size - least) / sizeof *record->evaluations != head.evaluation_count ||
        (size - least) % sizeof *record->evaluations != 0 ||
        fingerprint_bytes(bytes, size - sizeof checksum) != checksum) {
        return false;
    }
    record->totals = totals;
    record->evaluation_count = (size_t)head.evaluation_count;
    record->evaluations = memory_allocate(record->evaluation_count, sizeof *record->evaluations);
    memcpy(record->evaluations, bytes + sizeof head + sizeof totals,
           record->evaluation_count * sizeof *record->evaluations);
    return true;
}

static bool load(const char *path, struct run_record *record) {
    REQUIRE(record->evaluations == NULL);
    struct stat state;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return false;
    }
    bool good = false;
    if (fstat(file, &state) == 0 && S_ISREG(state.st_mode) && state.st_size <= RECORD_BYTES_MAX) {
        size_t size = (size_t)state.st_size;
        unsigned char *bytes = memory_allocate(size, 1);
        good = read(file, bytes, size) == (ssize_t)size && unpack(bytes, size, record);
        memory_free(bytes);
    }
    close(file);
    return good;
}

// Of the file that is open under this name, if it is still that.
static bool rename_record(int file, const char *part, const char *path) {
    return own_file_is_at(file, part) && own_file_look(path, &record_kind) != OWN_FILE_FOREIGN &&
           rename(part, path) == 0;
}

// Several may do so at once, of the same log: who comes second takes the first one's part away, and
// one record is there in the end. Without any, the log is read again.
static void save(const char *path, const struct run_record *record) {
    enum { FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC };
    char part[RUN_PATH_SIZE + 32];
    size_t size = 0;
    void *bytes = pack(record, &size);
    snprintf(part, sizeof part, "%s.part", path);
    own_file_remove_part(part, &record_kind);
    int file = open(part, FLAGS, 0666);
    if (file >= 0) {
        bool good = write(file, bytes, size) == (ssize_t)size && rename_record(file, part, path);
        if (!good && own_file_is_at(file, part)) {
            unlink(part);
        }
        close(file);
    }
    memory_free(bytes);
}

// ---- from the log ----

// Of models that are local it is their averages that travel, and what arrives at the server, if
// there is one, makes a version and is answered.
static void count_local_messages(const struct runlog *log, struct run_totals *totals) {
    int64_t versions = (int64_t)log->update_count;
    for (size_t i = 0; i < log->gradient_count; i++) {
        totals->pushes += log->gradients[i].arrived_ns >= 0;
    }
    totals->replies = totals->pushes < versions ? totals->pushes : versions;
}

// The log of an earlier desgd does not say how many replies there were; its rows do.
static void count_messages(const struct runlog *log, struct run_totals *totals) {
    enum reply_rule rule = reply_rule_of(log->header.scenario);
    for (size_t i = 0; i < log->gradient_count; i++) {
        const struct gradient_row *row = &log->gradients[i];
        totals->pushes += row->ready_ns >= 0;
        totals->replies += reply_rule_holds(rule, row);
    }
    if (log->ending.service.known) {
        totals->replies = log->ending.service.replies;
    }
}

// -1: more than can be said, from a log that somebody made up.
static int64_t sum_bytes(const struct runlog *log, const struct scenario *scenario,
                         const struct run_totals *totals) {
    int64_t message = scenario->cluster.network.message_bytes;
    int64_t model = (int64_t)(log->header.parameter_count * sizeof(float));
    __int128 bytes =
        (__int128)(message >= 0 ? message : model) * (totals->pushes + totals->replies);
    for (size_t i = 0; i < log->reduction_count; i++) {
        bytes += log->reductions[i].bytes_intra;
        bytes += log->reductions[i].bytes_inter;
    }
    return bytes >= 0 && bytes <= INT64_MAX ? (int64_t)bytes : -1;
}

static enum status check_run(const struct runlog *log, const char *path, uint64_t run,
                             struct scenario *scenario, struct error *error) {
    REQUIRE(log->header.scenario != NULL);
    const char *text = log->header.scenario;
    enum status status = scenario_parse(path, text, strlen(text), NULL, 0, scenario, error);
    if (status == STATUS_OK && scenario_hash(scenario) != run) {
        status = error_set(error, STATUS_BAD_DATA, "%s: is the log of another run", path);
    }
    if (status == STATUS_OK && !run_status_has_ended(log->ending.status)) {
        status = error_set(error, STATUS_BAD_DATA, "%s: the run is not finished", path);
    }
    return status;
}

// Of a sum of bytes from a log that somebody made up, too.
static int64_t whole(double bytes) {
    return (int64_t)fmin(fmax(bytes, 0), 0x1p62);
}

static void fill_totals(const struct runlog *log, const struct scenario *scenario,
                        struct run_totals *totals) {
    struct summary summary;
    summary_of_log(log, &summary);
    const struct policy_options *policy = &scenario->training.policy;
    *totals = (struct run_totals){
        .seed = log->header.seed,
        .data_hash = log->header.data_hash,
        .timeline_fingerprint = summary.timeline_fingerprint,
        .parameter_fingerprint = summary.parameter_fingerprint,
        .status = (int64_t)summary.status,
        .workers = summary.workers,
        .start_up_ns = scenario->cluster.start_up_ns,
        .end_ns = summary.end_ns,
        .gradients = summary.sums.gradients,
        .updates = summary.sums.updates,
        .staleness_max = summary.sums.staleness_max,
        .reductions_of_all = summary.sums.reductions_of_all,
        .reductions_of_clusters = summary.sums.reductions_of_clusters,
        .bytes_intra = whole(summary.sums.bytes_intra),
        .bytes_inter = whole(summary.sums.bytes_inter),
        .staleness_mean = summary.staleness_mean,
        .busy_share = summary.busy_share,
        .waiting_share = summary.waiting_share,
        .communicating_share = summary.communicating_share,
        .down_share = summary.down_share,
        .server_load = summary.server_load,
    };
    memcpy(totals->outcomes, summary.sums.outcomes, sizeof totals->outcomes);
    if (policy_table[policy->policy].averaging.family != AVERAGING_FAMILY_NONE) {
        count_local_messages(log, totals);
    } else {
        count_messages(log, totals);
    }
    totals->bytes = sum_bytes(log, scenario, totals);
}

// Takes the evaluations out of the log.
static enum status make(struct runlog *log, double wall_seconds, const char *path, uint64_t run,
                        struct run_record *record, struct error *error) {
    REQUIRE(record->evaluations == NULL);
    struct scenario scenario;
    struct stat state;
    uint64_t checksum = 0;
    enum status status = check_run(log, path, run, &scenario, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (stat(path, &state) != 0 || !checksum_of_file(path, &checksum)) {
        return error_set(error, status_of_cause(errno), "%s: cannot be read: %s", path,
                         strerror(errno));
    }
    fill_totals(log, &scenario, &record->totals);
    record->totals.run = run;
    record->totals.log_checksum = checksum;
    record->totals.log_bytes = (int64_t)state.st_size;
    record->totals.log_modified_ns = modified_ns(&state);
    record->totals.log_altered = log->altered;
    record->totals.wall_seconds = wall_seconds;
    record->evaluations = log->evaluations;
    record->evaluation_count = log->evaluation_count;
    log->evaluations = NULL;
    return STATUS_OK;
}

enum status run_file_is_there(const char *path, bool *is_there, struct error *error) {
    REQUIRE(is_there != NULL);
    *is_there = access(path, F_OK) == 0;
    return *is_there || errno == ENOENT || errno == ENOTDIR
               ? STATUS_OK
               : error_set(error, status_of_cause(errno), "%s: cannot be looked at: %s", path,
                           strerror(errno));
}

// What is no file, as a folder of that name, is no log either.
static enum status is_file(const char *path, bool *is_there, struct error *error) {
    struct stat state;
    enum status status = run_file_is_there(path, is_there, error);
    *is_there = *is_there && (stat(path, &state) != 0 || S_ISREG(state.st_mode));
    return status;
}

// The record of a log that is there.
static enum status make_anew(const char *log_path, uint64_t run, bool *done,
                             struct run_record *record, struct error *error) {
    REQUIRE(!*done);
    struct runlog log = {0};
    struct provenance provenance;
    enum status status = runlog_read(log_path, &log, &provenance, error);
    if (status == STATUS_OK) {
        status = make(&log, provenance.wall_seconds, log_path, run, record, error);
        *done = status == STATUS_OK;
        runlog_reset(&log);
    }
    record->made_anew = *done;
    return status == STATUS_BAD_DATA ? STATUS_OK : status;
}

enum status run_record_find(const char *folder, uint64_t run, bool *done, struct run_record *record,
                            struct error *error) {
    REQUIRE(done != NULL && record != NULL);
    char log_path[RUN_PATH_SIZE];
    char path[RUN_PATH_SIZE];
    run_path(folder, run, RUN_LOG_ENDING, log_path);
    run_path(folder, run, RUN_RECORD_ENDING, path);
    *record = (struct run_record){0};
    *done = false;
    if (load(path, record)) {
        *done = record->totals.run == run && is_of_log(&record->totals, log_path);
        if (*done) {
            return STATUS_OK;
        }
        run_record_reset(record);
    }
    bool is_there = false;
    enum status status = is_file(log_path, &is_there, error);
    if (status == STATUS_OK && is_there) {
        status = make_anew(log_path, run, done, record, error);
    }
    if (*done) {
        save(path, record);
    }
    return status;
}

enum status run_record_renew(const char *folder, uint64_t run, struct error *error) {
    REQUIRE(folder != NULL);
    char log_path[RUN_PATH_SIZE];
    char path[RUN_PATH_SIZE];
    struct runlog log = {0};
    struct provenance provenance;
    struct run_record record = {0};
    run_path(folder, run, RUN_LOG_ENDING, log_path);
    run_path(folder, run, RUN_RECORD_ENDING, path);
    enum status status = runlog_read_own(log_path, &log, &provenance, error);
    if (status == STATUS_OK) {
        status = make(&log, provenance.wall_seconds, log_path, run, &record, error);
    }
    if (status == STATUS_OK) {
        save(path, &record);
    }
    run_record_reset(&record);
    runlog_reset(&log);
    return status;
}
