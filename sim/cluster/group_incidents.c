// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/group_incidents.h"

#include "sim/base/check.h"
#include "sim/base/memory.h"

struct link_factors *group_incidents_links(struct incident_calendar *calendar, int32_t first,
                                           int32_t members, int64_t now_ns) {
    REQUIRE(first >= 0 && members >= 1);
    if (!incident_calendar_has_links(calendar)) {
        return NULL;
    }
    bool changed = false;
    struct link_factors *links = memory_allocate((size_t)members, sizeof *links);
    for (int32_t i = 0; i < members; i++) {
        links[i] = incident_calendar_link(calendar, first + i, now_ns);
        changed = changed || link_factors_change(&links[i]);
    }
    if (!changed) {
        memory_free(links);
        return NULL;
    }
    return links;
}
