// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/runlog_hdf5.h"

#include <string.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/fingerprint.h"
#include "sim/runlog/file_kind.h"
#include "sim/runlog/hdf5_columns.h"
#include "sim/runlog/runlog_check.h"

static void write_hash_attribute(struct hdf5_image *image, const char *name, uint64_t hash) {
    char text[FINGERPRINT_TEXT_SIZE];
    hdf5_image_text_attribute(image, image->file, name, fingerprint_format(hash, text));
}

// Where the values stop being what they may be, nothing more is written.
struct work {
    const struct runlog_supply *supply;
    const struct provenance *provenance;
    const char *path;
    const char *name; // of what the rows come from
    enum status wrong;
    struct hdf5_image image;
    enum status status;
    struct error *error;
};

// Rows first .. first + count - 1 of a series, checked; NULL: something is wrong, also the disk.
static const void *take(struct work *work, unsigned series, size_t first, size_t count) {
    const struct runlog_supply *supply = work->supply;
    const struct runlog_check_place place = {
        .name = work->name, .workers = supply->front->header.workers, .first = first};
    const void *rows = NULL;
    if (work->status == STATUS_OK) {
        work->status = supply->take(supply->context, series, first, count, &rows, work->error);
    }
    if (work->status == STATUS_OK && series < TABLE_COUNT) {
        work->status = runlog_check_rows(&place, (enum runlog_table_id)series, rows, count,
                                         work->wrong, work->error);
    }
    return work->status == STATUS_OK && work->image.space.cause == 0 ? rows : NULL;
}

// Rows that stay in the cache while they are taken, checked and put into their columns.
enum { ROWS_AT_ONCE = 256 };

// h5diff calls data sets without values "not comparable", so there are none: an empty table is an
// empty group, or none.
static void write_table(struct work *work, enum runlog_table_id id) {
    const struct runlog_table *table = &runlog_tables[id];
    struct hdf5_image *image = &work->image;
    size_t count = work->supply->counts[id];
    if (count == 0 && runlog_table_may_be_missing(table)) {
        return;
    }
    hid_t group = hdf5_image_group(image, table->name);
    if (count > 0) {
        struct hdf5_columns columns;
        hdf5_columns_begin(&columns, image, table, count, work->supply->wanted[id]);
        const void *rows = table;
        for (size_t first = 0; first < count && rows != NULL; first += ROWS_AT_ONCE) {
            size_t left = count - first;
            size_t some = left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE;
            rows = take(work, id, first, some);
            if (rows != NULL) {
                hdf5_columns_add(&columns, rows, some);
            }
        }
        hdf5_columns_end(&columns);
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

// What goes with the gradients, row by row.
static void write_matrix(struct work *work, unsigned series, enum runlog_dataset_id id, hid_t type,
                         const char *across) {
    const struct runlog_dataset *described = &runlog_datasets[id];
    size_t count = work->supply->counts[series];
    size_t row_bytes = runlog_series_bytes(&work->supply->front->header, series);
    const struct hdf5_extent extent = {.rank = 2,
                                       .sizes = {count, row_bytes / sizeof(int32_t)},
                                       .value_bytes = sizeof(int32_t),
                                       .dimensions = {"row", across}};
    if (count == 0) {
        return;
    }
    struct hdf5_dataset dataset = hdf5_dataset_begin(&work->image, described->path, type, &extent,
                                                     described->units, described->long_name);
    size_t step = hdf5_extent_rows_at_once(&extent);
    const void *rows = described;
    for (size_t first = 0; first < count && rows != NULL; first += step) {
        size_t some = step < count - first ? step : count - first;
        rows = take(work, series, first, some);
        if (rows != NULL) {
            hdf5_dataset_add(&dataset, rows, extent.value_bytes, some);
        }
    }
    hdf5_dataset_end(&dataset);
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
static void write_contents(struct work *work) {
    struct hdf5_image *image = &work->image;
    const struct runlog *front = work->supply->front;
    write_root_attributes(image, front);
    hdf5_image_flush(image); // by its front a file that a kill leaves is known as ours
    write_scenario(image, front->header.scenario);
    for (unsigned i = 0; i < TABLE_COUNT; i++) {
        write_table(work, (enum runlog_table_id)i);
    }
    write_matrix(work, SERIES_SAMPLES, DATASET_SAMPLES, H5T_STD_I32LE, "sample");
    write_matrix(work, SERIES_VALUES, DATASET_VALUES, H5T_IEEE_F32LE, "parameter");
    write_parameters(image, front);
    hdf5_image_end_scales(image);
    write_provenance(image, work->provenance);
}

static enum status write_file(void *context, FILE *out, struct error *error) {
    struct work *work = context;
    work->error = error;
    hdf5_image_open(&work->image, work->path, fileno(out));
    write_contents(work);
    if (work->status == STATUS_OK) {
        work->status = hdf5_image_finish(&work->image, work->path, error);
    }
    hdf5_image_release(&work->image);
    return work->status;
}

enum status runlog_hdf5_write_rows(const char *path, const struct runlog_supply *supply,
                                   const struct provenance *provenance, const char *name,
                                   enum status wrong, struct error *error) {
    REQUIRE(supply->counts[TABLE_WORKERS] == (size_t)supply->front->header.workers);
    struct work work = {
        .supply = supply, .provenance = provenance, .path = path, .name = name, .wrong = wrong};
    enum status status = runlog_check_front(supply->front, name, wrong, error);
    hdf5_quiet();
    return status == STATUS_OK
               ? atomic_file_write_by(path, &file_kind_log, write_file, &work, error)
               : status;
}
