// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_hdf5.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/runlog/file_kind.h"
#include "sim/runlog/hdf5_image.h"
#include "sim/runlog/runlog_check.h"

static void write_hash_attribute(struct hdf5_image *image, const char *name, uint64_t hash) {
    char text[FINGERPRINT_TEXT_SIZE];
    hdf5_image_text_attribute(image, image->file, name, fingerprint_format(hash, text));
}

// h5diff calls data sets without values "not comparable", so there are none: an empty table is an
// empty group, or none.
static void write_table(struct hdf5_image *image, const struct runlog *log,
                        enum runlog_table_id id) {
    const struct runlog_table *table = &runlog_tables[id];
    size_t count = 0;
    const void *rows = runlog_table_rows(log, id, &count);
    if (count == 0 && runlog_table_may_be_missing(table)) {
        return;
    }
    hid_t group = hdf5_image_group(image, table->name);
    if (count > 0) {
        hdf5_image_table(image, table, rows, count);
    }
    hdf5_release(group);
}

static void write_other(struct hdf5_image *image, enum runlog_dataset_id id, hid_t type,
                        struct hdf5_extent extent, const void *values) {
    const struct runlog_dataset *dataset = &runlog_datasets[id];
    if (hdf5_extent_bytes(&extent) > 0) {
        hdf5_image_dataset(image, dataset->path, type, &extent, values, dataset->units,
                           dataset->long_name);
    }
}

static void write_scenario(struct hdf5_image *image, const char *scenario) {
    size_t size = strlen(scenario) + (scenario[0] == 0);
    hid_t type = hdf5_image_checked(image, hdf5_text_type(size));
    write_other(image, DATASET_SCENARIO, type, (struct hdf5_extent){.value_bytes = size}, scenario);
    hdf5_release(type);
}

static void write_samples(struct hdf5_image *image, const struct runlog *log) {
    struct hdf5_extent extent = {
        .rank = 2,
        .sizes = {log->gradient_count, (hsize_t)log->header.sample_columns},
        .value_bytes = sizeof *log->samples,
        .dimensions = {"row", "sample"},
    };
    write_other(image, DATASET_SAMPLES, H5T_STD_I32LE, extent, log->samples);
}

static void write_values(struct hdf5_image *image, const struct runlog *log) {
    struct hdf5_extent extent = {
        .rank = 2,
        .sizes = {log->gradient_count, log->header.parameter_count},
        .value_bytes = sizeof *log->values,
        .dimensions = {"row", "parameter"},
    };
    if (log->header.gradient_values) {
        write_other(image, DATASET_VALUES, H5T_IEEE_F32LE, extent, log->values);
    }
}

static void write_parameters(struct hdf5_image *image, const struct runlog *log) {
    const struct runlog_header *header = &log->header;
    hid_t group = hdf5_image_group(image, "parameters");
    struct hdf5_extent extent = {.rank = 1,
                                 .sizes = {header->parameter_count},
                                 .value_bytes = sizeof *header->initial,
                                 .dimensions = {"parameter"}};
    write_other(image, DATASET_INITIAL, H5T_IEEE_F32LE, extent, header->initial);
    write_other(image, DATASET_FINAL, H5T_IEEE_F32LE, extent, log->ending.final);
    if (log->ending.centre != NULL) {
        write_other(image, DATASET_CENTRE, H5T_IEEE_F32LE, extent, log->ending.centre);
    }
    hid_t type = hdf5_image_checked(image, hdf5_layout_type());
    extent.sizes[0] = header->layout_count;
    extent.dimensions[0] = "tensor";
    extent.value_bytes = sizeof *header->layout;
    write_other(image, DATASET_LAYOUT, type, extent, header->layout);
    hdf5_release(type);
    hdf5_release(group);
}

static void write_reason(struct hdf5_image *image, const struct runlog_ending *ending) {
    if (ending->status == RUN_FAILED && ending->reason[0] != 0) {
        hdf5_image_text_attribute(image, image->file, "failure", ending->reason);
    } else if (ending->status == RUN_STALLED) {
        hdf5_image_text_attribute(image, image->file, "stalled_waiting_for", ending->reason);
        hdf5_image_attribute(image, image->file, "stalled_since_ns", H5T_STD_I64LE,
                             &ending->stalled_since_ns);
    }
}

static void write_root_attributes(struct hdf5_image *image, const struct runlog *log) {
    const struct runlog_header *header = &log->header;
    const struct runlog_ending *ending = &log->ending;
    int32_t version = RUNLOG_FORMAT_VERSION;
    int32_t events = header->events;
    hid_t root = image->file;
    hdf5_image_text_attribute(image, root, "format", RUNLOG_FORMAT);
    hdf5_image_attribute(image, root, "format_version", H5T_STD_I32LE, &version);
    hdf5_image_text_attribute(image, root, "Conventions", "CF-1.8");
    hdf5_image_text_attribute(image, root, "status", run_status_names[ending->status]);
    hdf5_image_text_attribute(image, root, "policy", header->policy);
    hdf5_image_attribute(image, root, "seed", H5T_STD_U64LE, &header->seed);
    hdf5_image_attribute(image, root, "workers", H5T_STD_I32LE, &header->workers);
    hdf5_image_attribute(image, root, "events_logged", H5T_STD_I32LE, &events);
    hdf5_image_attribute(image, root, "end_ns", H5T_STD_I64LE, &ending->end_ns);
    hdf5_image_attribute(image, root, "event_count", H5T_STD_I64LE, &ending->event_count);
    write_hash_attribute(image, "data_hash", header->data_hash);
    write_hash_attribute(image, "timeline_fingerprint", ending->timeline_fingerprint);
    write_hash_attribute(image, "parameter_fingerprint", ending->parameter_fingerprint);
    hdf5_image_attribute(image, root, "sample_columns", H5T_STD_I32LE, &header->sample_columns);
    if (ending->service.known) {
        hdf5_image_attribute(image, root, "service_ns", H5T_STD_I64LE, &ending->service.time_ns);
        hdf5_image_attribute(image, root, "replies", H5T_STD_I64LE, &ending->service.replies);
    }
    write_reason(image, ending);
}

static void write_provenance(struct hdf5_image *image, const struct provenance *provenance) {
    hid_t group = hdf5_image_group(image, "provenance");
    struct provenance copy = *provenance;
    for (size_t i = 0; i < PROVENANCE_TEXT_COUNT; i++) {
        hdf5_image_text_attribute(image, group, runlog_provenance_attributes[i].name,
                                  provenance_text(&copy, i));
    }
    hdf5_image_attribute(image, group, "threads", H5T_STD_I32LE, &provenance->threads);
    hdf5_image_attribute(image, group, "wall_seconds", H5T_IEEE_F64LE, &provenance->wall_seconds);
    if (provenance->measured_times[0] != 0) {
        hdf5_image_text_attribute(image, group, "measured_times", provenance->measured_times);
    }
    hdf5_release(group);
}

// Provenance comes last, so that its lengths move nothing else.
static void write_contents(struct hdf5_image *image, const struct runlog *log,
                           const struct provenance *provenance) {
    write_root_attributes(image, log);
    write_scenario(image, log->header.scenario);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        write_table(image, log, (enum runlog_table_id)i);
    }
    write_samples(image, log);
    write_values(image, log);
    write_parameters(image, log);
    hdf5_image_end_scales(image);
    write_provenance(image, provenance);
}

enum status runlog_hdf5_write(const char *path, const struct runlog *log,
                              const struct provenance *provenance, struct error *error) {
    REQUIRE(log->ending.worker_count == log->header.workers);
    enum status status = runlog_check(log, path, STATUS_INTERNAL, error);
    if (status != STATUS_OK) {
        return status;
    }
    hdf5_quiet();
    struct hdf5_image image = {.file = H5I_INVALID_HID};
    hdf5_image_open(&image, path);
    image.kind = &file_kind_log;
    write_contents(&image, log, provenance);
    status = hdf5_image_write(&image, path, error);
    hdf5_release(image.file);
    return status;
}
