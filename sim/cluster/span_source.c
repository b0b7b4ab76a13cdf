// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cluster/span_source.h"

static void draw_gradient(const void *context, int64_t index, int32_t worker, int64_t number,
                          struct gradient_spans *spans) {
    (void)index;
    span_laws_gradient(context, worker, number, spans);
}

static void find_port(const void *context, int32_t worker, const struct gradient_spans *spans,
                      struct port_spans *port) {
    span_laws_port(context, worker, spans, port);
}

static int64_t draw_update(const void *context, int64_t version) {
    return span_laws_update(context, version);
}

static void draw_reduction(const void *context, int64_t index, struct reduction_group group,
                           int64_t number, struct reduction_spans *spans) {
    (void)index;
    span_laws_reduction(context, group, number, spans);
}

struct span_source span_source_from_laws(const struct span_laws *laws) {
    return (struct span_source){.context = laws,
                                .gradient = draw_gradient,
                                .port = find_port,
                                .update = draw_update,
                                .reduction = draw_reduction};
}
