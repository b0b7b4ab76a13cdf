// SPDX-License-Identifier: GPL-3.0-or-later
// What a run leaves behind, in memory: the rows of every table of the log. The journal, the HDF5
// writer, the reader and every report use these structs; runlog_schema.h names their columns for
// the file. Times are ns of simulated time; -1 stands for "did not happen". No row of a table has
// padding bytes, for rows are hashed and journalled as they lie.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/fingerprint.h"
#include "sim/base/incident_kind.h"

enum event_kind {
    EVENT_DISPATCHED, // worker "actor" starts its gradient "gradient" at parameter version
                      // "version"
    EVENT_READY,      // it is computed, and the push sets out
    EVENT_ARRIVED,    // it joins the server's queue; version: the server's current one
    EVENT_RECEIVED,  // its receive span is over: it is in the buffer; version: the server's current
                     // one
    EVENT_UPDATED,   // actor -1, gradient -1: the server has made "version" out of its buffer
    EVENT_REPLIED,   // the reply to gradient "gradient" of "actor" leaves, carrying "version"
    EVENT_WAITS,     // "actor" has no more to do on its own: it waits for others or for an average;
                     // gradient: its last one; version: what its model comes from
    EVENT_REDUCING,  // an all-reduce begins; actor: the first worker of its cluster, -1: all;
                     // gradient: the row of /reductions; version: the latest one made
    EVENT_REDUCED,   // it is over; likewise
    EVENT_MERGED,    // an average of before enters the model of "actor" (-1: of all), which now
                     // comes from "version"
    EVENT_CANCELLED, // "actor" stops computing "gradient": an update begins without it; version:
                     // the server's current one
    EVENT_CRASHED,   // "actor" fails; gradient -1, so too below; version: the server's current one
    EVENT_LOST, // with "actor" is lost "gradient", which it computed or had sent, or which is in
                // no average; version: the server's current one
    EVENT_RETURNED, // "actor" is back; version: the server's current one
    EVENT_VANISHED, // the reply to "gradient" of "actor" finds nobody: it has crashed since,
                    // or starts nothing before a crash; version: that it carries
    EVENT_KIND_COUNT,
};
extern const char *const event_kind_names[EVENT_KIND_COUNT];

struct event_row {
    int64_t time_ns;
    int64_t gradient; // the worker's own number of it
    int64_t version;
    int32_t actor; // the worker, or -1: the server
    uint32_t kind; // enum event_kind
};

enum gradient_outcome {
    OUTCOME_APPLIED,
    OUTCOME_DROPPED,
    OUTCOME_CANCELLED,
    OUTCOME_LOST,    // with the crash of its worker
    OUTCOME_PENDING, // in no finished update when the run ended
    OUTCOME_COUNT,
};
extern const char *const gradient_outcome_names[OUTCOME_COUNT];

// One row per dispatch, in dispatch order.
struct gradient_row {
    int64_t number; // the worker's own count from 0
    int64_t version_read;
    int64_t version_applied; // the version it is applied to (the update makes the next one); -1:
                             // not applied
    int64_t staleness;       // version_applied - version_read; -1: not applied
    int64_t staleness_gradients; // gradients applied between the read and this one; -1: not applied
    int64_t dispatched_ns;
    int64_t ready_ns;    // -1 if that was not reached, so too below
    int64_t arrived_ns;  // joined the server's queue
    int64_t received_ns; // end of its receive span
    int64_t applied_ns;  // end of the update span
    int64_t compute_ns;  // the spans, all drawn at the dispatch; a replay takes them from here
    int64_t delay_ns;
    int64_t push_ns;
    int64_t receive_ns;
    int64_t reply_ns;        // the server's span for the reply
    int64_t reply_travel_ns; // its way back
    uint64_t tie;            // random key of the tie rule, 0 under fifo
    double loss;             // of its minibatch; NaN unless applied, and in timing-only runs
    double distance;         // norm of w_applied - w_read; NaN likewise
    int64_t threshold;       // K as evaluated at its receipt; -1 before
    int64_t buffered;        // gradients in the buffer at that moment, this one included; -1 before
    int32_t worker;
    uint32_t outcome; // enum gradient_outcome
    // What follows came later (runlog_schema.h, may_lack).
    int64_t push_attempts;      // how often the push is sent until it arrives; drawn like the spans
    int64_t reply_attempts;     // and the reply
    int64_t push_port_wait_ns;  // that the push waits at ports; 0 before
    int64_t reply_port_wait_ns; // that the reply waited there that started it
    int64_t stalled_ns; // how much longer incidents made its computing, delay included (negative:
                        // shorter); 0 before it is ready
};

struct update_row {
    int64_t time_ns;   // end of the update span
    int64_t update_ns; // its length
    int64_t version;   // the version made: 1, 2, ...
    int64_t threshold; // K at the flush
    int64_t gradients; // how many were applied
    double staleness_mean;
    int64_t staleness_max;
    double learning_rate;
    double update_norm;      // norm of w_new - w_old; NaN in timing-only runs
    uint64_t parameter_hash; // fingerprint of the new parameters (float32, little-endian); 0 in
                             // timing-only runs
    double loss_estimate; // mean loss of the last gradients applied, as many as there are workers
                          // or as policy.threshold.window says, or, with local models, of
                          // this version's; NaN while there are fewer, and in timing-only runs
    // What follows came later (runlog_schema.h, may_lack).
    int64_t after_receipt_ns; // so long after the server's last receipt it began: more than 0 where
                              // somebody had been counted out meanwhile
};

struct evaluation_row {
    int64_t time_ns;
    int64_t version;
    double test_loss;     // NaN where no samples are asked for
    double test_accuracy; // fraction
    double train_loss;
    double train_accuracy;
    int64_t gradients; // applied until then, -1: evaluated at times (or by an earlier version)
    int64_t samples;   // in them, -1: likewise, or a model without data
};

struct worker_row {
    int64_t busy_ns;          // computing, delays included
    int64_t waiting_ns;       // its gradient lies in the buffer, waiting for others
    int64_t communicating_ns; // push, queue at the server, receive, update, replies, way back
    int64_t gradients;        // dispatched
    int64_t dropped;
    // What follows came later (runlog_schema.h, may_lack).
    int64_t down_ns; // crashed, and not yet back
};

enum reduction_scope { SCOPE_CLUSTER, SCOPE_ALL, SCOPE_COUNT };
extern const char *const reduction_scope_names[SCOPE_COUNT];

// One row per all-reduce, in the order in which they begin. One whose end, began_ns + span_ns, is
// past the end of the run was under way then.
struct reduction_row {
    int64_t began_ns;
    int64_t span_ns;
    int64_t number;      // the group's own count from 0
    int64_t version;     // the latest one made when it began
    int64_t steps;       // local steps since the last version, of the member that has taken most
    int64_t members;     // worker, worker + 1, ...
    int64_t bytes_intra; // that it moves within clusters, over all links
    int64_t bytes_inter; // and between them
    uint64_t tie;        // random key of the tie rule, 0 under fifo
    int32_t worker;      // the first member
    uint32_t scope;      // enum reduction_scope
    double spread;       // root mean square distance of the members' models from their mean, when
                         // it began; NaN in timing-only runs
    // What follows came later (runlog_schema.h, may_lack).
    int64_t retries; // messages that were lost and sent again
};

// One row per incident of the scenario's events, in the order (began_ns, event, worker), up to the
// end of the run. A replay takes them from here.
struct incident_row {
    int64_t began_ns;
    int64_t ended_ns; // may be past the end of the run; -1: it lasts to the end
    int64_t event;    // which of the scenario's events, from 0; with a past those of its phases are
                      // counted first
    int32_t worker;   // -1: the server
    uint32_t kind;    // enum incident_kind
    double factor;    // of a slowdown: computing takes so many times longer; else 0
    // What follows came later (runlog_schema.h, may_lack).
    double bandwidth_factor; // of a link: so many times what it was; else 0
    double latency_factor;
    double loss_factor;
};

// A probe: an applied gradient beside the one at the newest parameters, those that it is applied
// to, on the same minibatch. In the order in which they are applied.
struct probe_row {
    int64_t gradient;   // its row
    int64_t version;    // the version that its update makes
    double norm;        // Euclidean, of the gradient as it was computed
    double newest_norm; // of the one at the newest parameters
    double difference;  // of one less the other
    double cosine;      // between them; NaN if one of them is 0
    double loss_before; // of the minibatch at the newest parameters
    double loss_after;  // and at those that the update has made of them
};

// In the order in which they came to be: journals hold the number.
enum run_status {
    RUN_COMPLETE,
    RUN_INTERRUPTED,
    RUN_DIVERGED,
    RUN_FAILED,  // what was to come next could not be played; the rows up to there are whole
    RUN_STALLED, // it came to its end, but nothing happened any more
                 // (sim/simulation/simulation_stall.h)
    RUN_STATUS_COUNT
};
extern const char *const run_status_names[RUN_STATUS_COUNT];

// Whether a run of this status has come to its end, so that its numbers count: complete, diverged,
// stalled.
bool run_status_has_ended(enum run_status status);

enum { RUN_REASON_SIZE = 256 };

// Whether the text ends, and is one line of plain ASCII: it may be a stranger's.
bool run_reason_is_plain(const char reason[RUN_REASON_SIZE]);

// A parameter tensor in the flat vector, for /parameters/layout.
struct layout_row {
    char name[32];
    int32_t rank;
    int32_t shape[4];
    int64_t offset;
};

// What is known before the first event.
struct runlog_header {
    char *scenario; // canonical text
    char policy[32];
    uint64_t seed;
    uint64_t data_hash; // 0: no data
    int32_t workers;
    int32_t sample_columns; // > 0: sample indices are logged, so many a gradient (the batch)
    bool events;            // rows of /events are logged
    bool gradient_values;   // the gradients themselves are logged
    size_t layout_count;
    struct layout_row *layout;
    size_t parameter_count; // 0: timing only
    float *initial;         // (parameter_count), NULL if 0
};

// What a parameter server did in the run.
struct runlog_service {
    bool known;      // false: there is none, or the log is from before this was kept
    int64_t time_ns; // spans of the gradients that it received, the updates that it made, and the
                     // replies that these led to, each whole
    int64_t replies; // that it has sent
};

// What is known after the last.
struct runlog_ending {
    enum run_status status;
    int64_t end_ns;      // cluster time at which the run ended
    int64_t event_count; // of the run, whether its events are logged or not
    uint64_t timeline_fingerprint;
    uint64_t parameter_fingerprint; // of the final parameters; 0 in timing-only runs
    int32_t worker_count;           // as in the header
    struct runlog_service service;
    int64_t stalled_since_ns;     // RUN_STALLED: since when nobody made a version; else 0
    char reason[RUN_REASON_SIZE]; // RUN_FAILED: why; RUN_STALLED: for whom it waits; else ""
    struct worker_row *workers;
    float *final; // (parameter_count), NULL if 0
    float
        *centre; // (parameter_count): easgd's; NULL elsewhere, and in logs from before it was kept
};

// A whole log in memory. Owns everything in it.
struct runlog {
    struct runlog_header header;
    struct runlog_ending ending;
    struct event_row *events;
    size_t event_count, event_capacity;
    struct gradient_row *gradients;
    size_t gradient_count, gradient_capacity;
    struct update_row *updates;
    size_t update_count, update_capacity;
    struct evaluation_row *evaluations;
    size_t evaluation_count, evaluation_capacity;
    struct reduction_row *reductions;
    size_t reduction_count, reduction_capacity;
    struct incident_row *incidents;
    size_t incident_count, incident_capacity;
    struct probe_row *probes;
    size_t probe_count, probe_capacity;
    int32_t *samples; // (gradient_count, header.sample_columns), NULL if not logged
    size_t sample_capacity;
    float *values; // (gradient_count, header.parameter_count): the gradient, NaN unless applied,
                   // or, with local models, stepped by; NULL if not logged
    size_t value_capacity;
    bool altered; // read from a file that another program has changed or made
};

// Deep copies; a NaN among the parameters becomes the canonical one, no scenario an empty one, and
// bytes behind names and between fields become 0.
void runlog_header_copy(struct runlog_header *copy, const struct runlog_header *header);
void runlog_ending_copy(struct runlog_ending *copy, const struct runlog_ending *ending,
                        size_t parameter_count);
void runlog_layout_copy(struct layout_row *copy, const struct layout_row *layout, size_t count);
void runlog_header_reset(struct runlog_header *header);
void runlog_ending_reset(struct runlog_ending *ending);

void runlog_reset(struct runlog *log); // releases what it owns and zeroes it
