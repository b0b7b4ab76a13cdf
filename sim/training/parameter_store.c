// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/training/parameter_store.h"

#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

void parameter_store_init(struct parameter_store *store, size_t count, const float *initial) {
    *store = (struct parameter_store){.count = count};
    store->current = parameter_store_prepare(store);
    store->current->version = 0;
    memcpy(store->current->values, initial, count * sizeof *initial);
}

void parameter_store_reset(struct parameter_store *store) {
    if (store->current != NULL) {
        parameter_store_release(store, store->current);
    }
    INVARIANT(store->live == 0);
    while (store->free != NULL) {
        struct parameter_version *version = store->free;
        store->free = version->next;
        memory_free(version->values);
        memory_free(version);
    }
    *store = (struct parameter_store){0};
}

struct parameter_version *parameter_store_acquire(struct parameter_store *store,
                                                  struct parameter_version *version) {
    REQUIRE(version->references > 0 && store->live > 0);
    version->references++;
    return version;
}

void parameter_store_release(struct parameter_store *store, struct parameter_version *version) {
    REQUIRE(version->references > 0);
    version->references--;
    if (version->references == 0) {
        version->next = store->free;
        store->free = version;
        store->live--;
    }
}

struct parameter_version *parameter_store_prepare(struct parameter_store *store) {
    struct parameter_version *version = store->free;
    if (version != NULL) {
        store->free = version->next;
    } else {
        version = memory_allocate(1, sizeof *version);
        version->values = memory_allocate_aligned(store->count, sizeof *version->values);
    }
    INVARIANT(version->references == 0);
    version->next = NULL;
    version->references = 1;
    store->live++;
    store->live_max = store->live > store->live_max ? store->live : store->live_max;
    return version;
}

void parameter_store_publish(struct parameter_store *store, struct parameter_version *version) {
    REQUIRE(version->references > 0);
    version->version = store->current->version + 1;
    parameter_store_release(store, store->current);
    store->current = version;
}
