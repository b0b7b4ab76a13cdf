// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/csv_times.h"
#include "sim/base/sim_time.h"
#include "tests/support/fuzz_folder.h"
#include "tests/support/fuzz_target.h"

static void check_times(const struct csv_times *times) {
    INVARIANT(times->count > 0 && times->worker_count > 0);
    for (size_t i = 0; i < times->count; i++) {
        INVARIANT(times->spans_ns[i] >= 0 && times->spans_ns[i] <= SIM_SPAN_MAX_NS);
        INVARIANT(times->worker_of[i] >= 0 && times->worker_of[i] < times->worker_count);
    }
    for (int32_t i = 0; i < times->worker_count; i++) {
        INVARIANT(times->names[i][0] != 0);
        INVARIANT(i == 0 || strverscmp(times->names[i - 1], times->names[i]) < 0);
    }
}

void fuzz_csv(const uint8_t *bytes, size_t size) {
    char path[FUZZ_PATH_SIZE];
    struct fuzz_folder folder = fuzz_folder_create();
    struct csv_times times = {0};
    struct error error = {0};
    fuzz_folder_write(&folder, "a.csv", bytes, size, path);
    struct csv_times_options options = {
        .path = path, .column = "compute_ms", .workers = "rank", .unit_ns = 1000000};
    if (csv_times_read(&options, &times, &error) == STATUS_OK) {
        check_times(&times);
    } else {
        INVARIANT(error.message[0] != 0 && times.spans_ns == NULL);
    }
    csv_times_reset(&times);
    fuzz_folder_remove(&folder);
}
