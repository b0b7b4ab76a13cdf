// SPDX-License-Identifier: GPL-3.0-or-later
// A counting sort of the gradient rows by worker; within a worker the number is the position.
#include "sim/report/gradient_index.h"

#include "sim/base/check.h"
#include "sim/base/memory.h"

static bool known(const struct gradient_index *index, int32_t worker) {
    REQUIRE(index->first != NULL);
    return worker >= 0 && worker < index->workers;
}

void gradient_index_init(struct gradient_index *index, const struct runlog *log) {
    REQUIRE(log->header.workers >= 0);
    size_t workers = (size_t)log->header.workers;
    *index = (struct gradient_index){
        .log = log,
        .workers = log->header.workers,
        .first = memory_allocate(workers + 2, sizeof(size_t)),
        .rows = memory_allocate(log->gradient_count, sizeof(size_t)),
    };
    // first[w + 2] counts, then first[w + 1] is a cursor, and ends up where worker w + 1 begins.
    for (size_t i = 0; i < log->gradient_count; i++) {
        if (known(index, log->gradients[i].worker)) {
            index->first[log->gradients[i].worker + 2]++;
        }
    }
    for (size_t w = 2; w < workers + 2; w++) {
        index->first[w] += index->first[w - 1];
    }
    for (size_t i = 0; i < log->gradient_count; i++) {
        if (known(index, log->gradients[i].worker)) {
            index->rows[index->first[log->gradients[i].worker + 1]++] = i;
        }
    }
}

size_t gradient_index_count(const struct gradient_index *index, int32_t worker) {
    return known(index, worker) ? index->first[worker + 1] - index->first[worker] : 0;
}

const struct gradient_row *gradient_index_find(const struct gradient_index *index, int32_t worker,
                                               int64_t number) {
    REQUIRE(index->log != NULL);
    if (number < 0 || (uint64_t)number >= gradient_index_count(index, worker)) {
        return NULL;
    }
    const struct gradient_row *row =
        &index->log->gradients[index->rows[index->first[worker] + (size_t)number]];
    return row->number == number ? row : NULL;
}

void gradient_index_reset(struct gradient_index *index) {
    memory_free(index->first);
    memory_free(index->rows);
    *index = (struct gradient_index){0};
}
