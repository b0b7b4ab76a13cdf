// SPDX-License-Identifier: GPL-3.0-or-later
// Parameter versions: immutable once published and reference-counted, so that memory is O(live
// versions), not O(workers). The simulation's thread alone acquires and releases; jobs read what
// the simulation holds for them.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct parameter_version {
    int64_t version;
    size_t references;
    float *values;                  // (store's count), 64-byte aligned
    struct parameter_version *next; // in the list of free buffers
};

struct parameter_store {
    size_t count;                      // parameters
    struct parameter_version *current; // the store's own reference
    struct parameter_version *free;
    size_t live;     // versions in use
    size_t live_max; // the most ever
};

// initial: (count), copied: version 0.
void parameter_store_init(struct parameter_store *store, size_t count, const float *initial);
void parameter_store_reset(
    struct parameter_store *store); // Requires: no references but the store's own

struct parameter_version *parameter_store_acquire(struct parameter_store *store,
                                                  struct parameter_version *version);
void parameter_store_release(struct parameter_store *store, struct parameter_version *version);

// A buffer for the next version, values undefined, held by the caller until it is published as
// current (which takes over the reference and drops the store's on the old one).
struct parameter_version *parameter_store_prepare(struct parameter_store *store);
void parameter_store_publish(struct parameter_store *store, struct parameter_version *version);
