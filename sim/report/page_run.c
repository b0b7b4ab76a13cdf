// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/page_run.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/base/check.h"
#include "sim/report/json_value.h"
#include "sim/runlog/runlog_schema.h"

static void set_reason(json_t *object, const struct runlog_ending *ending) {
    if (ending->status == RUN_FAILED && ending->reason[0] != 0) {
        json_object_set_new(object, "failure", json_text(ending->reason));
    } else if (ending->status == RUN_STALLED) {
        json_object_set_new(object, "stalled_waiting_for", json_text(ending->reason));
        json_object_set_new(object, "stalled_since_ns", json_integer(ending->stalled_since_ns));
    }
}

static json_t *attributes_of(const struct runlog_header *header,
                             const struct runlog_ending *ending) {
    REQUIRE(ending->status < RUN_STATUS_COUNT);
    char seed[32];
    json_t *object = json_object();
    snprintf(seed, sizeof seed, "%" PRIu64, header->seed);
    json_object_set_new(object, "format", json_string(RUNLOG_FORMAT));
    json_object_set_new(object, "format_version", json_integer(RUNLOG_FORMAT_VERSION));
    json_object_set_new(object, "status", json_string(run_status_names[ending->status]));
    json_object_set_new(object, "policy", json_text(header->policy));
    json_object_set_new(object, "seed", json_string(seed));
    json_object_set_new(object, "workers", json_integer(header->workers));
    json_object_set_new(object, "events_logged", json_integer(header->events));
    json_object_set_new(object, "end_ns", json_integer(ending->end_ns));
    json_object_set_new(object, "event_count", json_integer(ending->event_count));
    json_object_set_new(object, "data_hash", json_hash(header->data_hash));
    json_object_set_new(object, "timeline_fingerprint", json_hash(ending->timeline_fingerprint));
    json_object_set_new(object, "parameter_fingerprint", json_hash(ending->parameter_fingerprint));
    json_object_set_new(object, "sample_columns", json_integer(header->sample_columns));
    if (ending->service.known) {
        json_object_set_new(object, "service_ns", json_integer(ending->service.time_ns));
        json_object_set_new(object, "replies", json_integer(ending->service.replies));
    }
    set_reason(object, ending);
    return object;
}

static json_t *provenance_of(const struct provenance *provenance) {
    struct provenance copy = *provenance;
    json_t *object = json_object();
    for (size_t i = 0; i < PROVENANCE_TEXT_COUNT; i++) {
        json_object_set_new(object, runlog_provenance_attributes[i].name,
                            json_text(provenance_text(&copy, i)));
    }
    json_object_set_new(object, "threads", json_integer(provenance->threads));
    json_object_set_new(object, "wall_seconds", json_number(provenance->wall_seconds));
    if (provenance->measured_times[0] != 0) {
        json_object_set_new(object, "measured_times", json_text(provenance->measured_times));
    }
    return object;
}

json_t *page_run_facts(const struct runlog *log, const struct provenance *provenance) {
    REQUIRE(log->header.scenario != NULL);
    json_t *facts = json_object();
    json_object_set_new(facts, "attributes", attributes_of(&log->header, &log->ending));
    json_object_set_new(facts, "provenance", provenance_of(provenance));
    json_object_set_new(facts, "scenario", json_text(log->header.scenario));
    json_object_set_new(facts, "parameters", json_integer((json_int_t)log->header.parameter_count));
    json_object_set_new(facts, "altered", json_boolean(log->altered));
    return facts;
}
