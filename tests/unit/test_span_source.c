// SPDX-License-Identifier: GPL-3.0-or-later
// span_source: the laws behind the interface that a replay also has.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/cluster/span_source.h"

// A run would not draw what its laws say; the index of a dispatch must not matter to them.
static void span_source_from_laws__any_index__draws_by_worker_and_number(void **state) {
    (void)state;
    const struct distribution law = {.law = LAW_UNIFORM, .parameters = {1e6, 9e6}};
    struct cluster_options options = {
        .workers = 9, .compute = law, .network = {.latency = law}, .server = {law, law, law}};
    struct span_laws laws;
    span_laws_init(&laws, &options, 5, true, 100);
    struct span_source source = span_source_from_laws(&laws);
    for (int64_t number = 0; number < 50; number++) {
        struct gradient_spans direct;
        struct gradient_spans first;
        struct gradient_spans second;
        span_laws_gradient(&laws, 3, number, &direct);
        source.gradient(source.context, number, 3, number, &first);
        source.gradient(source.context, number + 77, 3, number, &second);
        assert_memory_equal(&first, &direct, sizeof direct);
        assert_memory_equal(&second, &direct, sizeof direct);
        assert_true(source.update(source.context, number) == span_laws_update(&laws, number));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(span_source_from_laws__any_index__draws_by_worker_and_number),
    };
    return cmocka_run_group_tests_name("span_source", tests, NULL, NULL);
}
