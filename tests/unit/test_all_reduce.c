// SPDX-License-Identifier: GPL-3.0-or-later
// What an all-reduce takes and moves, against numbers worked out on paper and against a count of
// every message.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/base/sim_time.h"
#include "sim/cluster/all_reduce.h"
#include "sim/cluster/all_reduce_racks.h"
#include "sim/cluster/span_source.h"

enum { MEMBERS_MAX = 70 };

// 1 MB over 1 Gbit/s takes 8 ms. Of the ring of 4: 6 latencies and 6/4 models.
static void all_reduce_span__worked_out_on_paper__is_that(void **state) {
    (void)state;
    const struct link link = {.latency_ns = 1000, .bandwidth_bits_per_s = 1000000000};
    const int64_t mb = 1000000;
    const struct {
        enum all_reduce kind;
        int32_t members;
        int64_t span_ns;
    } rows[] = {
        {ALL_REDUCE_RING, 1, 0},
        {ALL_REDUCE_RING, 2, 2 * 1000 + 8000000},
        {ALL_REDUCE_RING, 4, 6 * 1000 + 12000000},
        {ALL_REDUCE_RING, 25, 48 * 1000 + 15360000},
        {ALL_REDUCE_TREE, 1, 0},
        {ALL_REDUCE_TREE, 4, 4 * (1000 + 8000000)},
        {ALL_REDUCE_TREE, 5, 6 * (1000 + 8000000)},
        {ALL_REDUCE_TREE, 25, 10 * (1000 + 8000000)},
        {ALL_REDUCE_SERVER, 1, 2 * 1000 + 2 * 8000000},
        {ALL_REDUCE_SERVER, 25, 2 * 1000 + 50 * 8000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(all_reduce_span_ns(rows[i].kind, rows[i].members, mb, link) == rows[i].span_ns);
    }
}

// Rounded up once: 7 bytes at 1 Gbit/s are 56 ns, and of a ring of three 4/3 of that, 74.67 ns.
// Rounding each of the four steps, 18.67 ns, would give 76.
static void all_reduce_span__of_a_fraction__is_rounded_up_once(void **state) {
    (void)state;
    const struct link link = {.bandwidth_bits_per_s = 1000000000};
    assert_true(all_reduce_span_ns(ALL_REDUCE_RING, 3, 7, link) == 75);
    assert_true(all_reduce_span_ns(ALL_REDUCE_RING, 3, 6, link) == 64);
}

// Without bandwidth only latencies remain; where the product overflows, the longest span there is.
static void all_reduce_span__unlimited_or_endless__is_latency_or_the_longest_span(void **state) {
    (void)state;
    assert_true(all_reduce_span_ns(ALL_REDUCE_RING, 3, 1000000, (struct link){5, 0}) == 20);
    const struct link slow = {.latency_ns = SIM_SPAN_MAX_NS, .bandwidth_bits_per_s = 1000};
    assert_true(all_reduce_span_ns(ALL_REDUCE_SERVER, WORKERS_MAX, INT64_C(1000000000000), slow) ==
                SIM_SPAN_MAX_NS);
}

// ---- racks ----

enum { RACKED = 5 };

// 1 MB: a model takes 8 ms on a member's link, 16 ms at the first rack's uplink; the second's adds
// a latency alone.
static const struct link racked_link = {.latency_ns = 1000, .bandwidth_bits_per_s = 1000000000};
static const struct link racked_uplinks[] = {
    {.latency_ns = 10000, .bandwidth_bits_per_s = 500000000}, {.latency_ns = 20000}};

static int64_t racked_span(enum all_reduce kind, int32_t members, const int16_t rack_of[RACKED]) {
    const struct racks racks = {2, rack_of, racked_uplinks};
    return all_reduce_racks_span_ns(kind, members, 1000000, racked_link, &racks);
}

// Each formula by numbers that its terms can be read off: one step more or less shows.
static void all_reduce_racks_span__worked_out_on_paper__is_that(void **state) {
    (void)state;
    const int64_t ms = 1000000;
    const struct {
        enum all_reduce kind;
        int32_t members;
        int16_t rack_of[RACKED];
        int64_t span_ns;
    } rows[] = {
        // 8 steps of a fifth of a model
        {ALL_REDUCE_RING, 5, {-1, -1, 0, 0, 0}, 8 * 11000 + 8 * 16 * ms / 5},
        {ALL_REDUCE_RING, 5, {0, -1, 0, -1, 0}, 8 * 11000 + 8 * 16 * ms / 5},
        {ALL_REDUCE_RING, 4, {0, 0, 1, 1}, 6 * 21000 + 24 * ms}, // the worse of each
        {ALL_REDUCE_RING, 4, {1, 1, -1, -1}, 6 * 21000 + 12 * ms},
        // 1 to 0 and 3 to 2; then 2 to 0; then 4 to 0
        {ALL_REDUCE_TREE, 5, {-1, -1, 0, 0, 0}, 2 * (1000 + 8 * ms) + 4 * (11000 + 16 * ms)},
        {ALL_REDUCE_TREE, 4, {-1, 0, -1, 0}, 2 * (11000 + 32 * ms) + 2 * (1000 + 8 * ms)},
        {ALL_REDUCE_TREE, 4, {0, -1, -1, 0}, 4 * (11000 + 16 * ms)}, // one enters, one leaves
        {ALL_REDUCE_TREE, 4, {0, 1, 0, 1}, 2 * (21000 + 32 * ms) + 2 * (1000 + 8 * ms)},
        {ALL_REDUCE_SERVER, 5, {-1, -1, 0, 0, 0}, 2 * 11000 + 2 * 3 * 16 * ms},
        {ALL_REDUCE_SERVER, 5, {-1, -1, -1, 0, 0}, 2 * 11000 + 2 * 5 * 8 * ms},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(racked_span(rows[i].kind, rows[i].members, rows[i].rack_of) == rows[i].span_ns);
    }
}

// Who are all in one rack, or in none, have its uplink for nothing.
static void all_reduce_racks_span__across_no_border__is_that_without_racks(void **state) {
    (void)state;
    static const int16_t within[][RACKED] = {{0, 0, 0, 0, 0}, {-1, -1, -1, -1, -1}};
    for (enum all_reduce kind = ALL_REDUCE_RING; kind <= ALL_REDUCE_SERVER; kind++) {
        for (int32_t members = 1; members <= RACKED; members++) {
            int64_t span_ns = all_reduce_span_ns(kind, members, 1000000, racked_link);
            assert_true(racked_span(kind, members, within[0]) == span_ns);
            assert_true(racked_span(kind, members, within[1]) == span_ns);
        }
    }
}

// A counter for bytes by the clusters of sender and receiver.
static void send(struct all_reduce_bytes *count, int32_t from, int32_t to, int32_t size,
                 int64_t bytes) {
    if (from / size == to / size) {
        count->intra += bytes;
    } else {
        count->inter += bytes;
    }
}

// Every message of a ring in worker order: 2 (m-1) steps in which each sends one of m parts on.
static struct all_reduce_bytes count_ring(int32_t first, int32_t members, int32_t size,
                                          int64_t part) {
    struct all_reduce_bytes count = {0};
    for (int32_t step = 0; step < 2 * (members - 1); step++) {
        for (int32_t i = 0; i < members; i++) {
            send(&count, first + i, first + (i + 1) % members, size, part);
        }
    }
    return count;
}

// Every message of a binomial tree: at each level those at odd multiples of 2^level send to the
// next lower multiple of twice that, and the way back.
static struct all_reduce_bytes count_tree(int32_t first, int32_t members, int32_t size,
                                          int64_t bytes) {
    struct all_reduce_bytes count = {0};
    for (int32_t stride = 1; stride < members; stride *= 2) {
        for (int32_t i = stride; i < members; i += 2 * stride) {
            send(&count, first + i, first + i - stride, size, bytes);
            send(&count, first + i - stride, first + i, size, bytes);
        }
    }
    return count;
}

static void expect_bytes(struct all_reduce_bytes actual, struct all_reduce_bytes expected) {
    assert_true(actual.intra == expected.intra && actual.inter == expected.inter);
}

// A study of bytes stands on these closed forms.
static void all_reduce_bytes__every_message_counted__is_the_same(void **state) {
    (void)state;
    for (int32_t members = 1; members < MEMBERS_MAX; members++) {
        for (int32_t size = 1; size <= members; size++) {
            int32_t first = members % size == 0 ? 2 * size : 0;
            const int64_t part = 11;
            const int64_t bytes = part * members; // so that m parts are whole bytes
            expect_bytes(all_reduce_bytes(ALL_REDUCE_RING, first, members, size, bytes),
                         count_ring(first, members, size, part));
            expect_bytes(all_reduce_bytes(ALL_REDUCE_TREE, first, members, size, bytes),
                         count_tree(first, members, size, bytes));
        }
    }
}

// Parts of fractions of bytes are whole bytes in the log: rounded up where they leave a cluster.
static void all_reduce_bytes__of_fractions__are_rounded_up_between_clusters(void **state) {
    (void)state;
    expect_bytes(all_reduce_bytes(ALL_REDUCE_RING, 0, 3, 2, 1), // 4 bytes, of which 2/3
                 (struct all_reduce_bytes){.intra = 1, .inter = 3});
}

// A server for one cluster stands beside its workers.
static void all_reduce_bytes__of_a_server__leave_a_cluster_only_if_there_are_several(void **state) {
    (void)state;
    expect_bytes(all_reduce_bytes(ALL_REDUCE_SERVER, 4, 4, 4, 10),
                 (struct all_reduce_bytes){.intra = 80});
    expect_bytes(all_reduce_bytes(ALL_REDUCE_SERVER, 2, 4, 4, 10),
                 (struct all_reduce_bytes){.inter = 80});
}

// The slowest link need not be one link: near ones may lag, far ones be narrow.
static void link_slowest__either_way_round__takes_the_worse_of_each(void **state) {
    (void)state;
    const struct link near = {.latency_ns = 5, .bandwidth_bits_per_s = 0};
    const struct link far = {.latency_ns = 3, .bandwidth_bits_per_s = 1000};
    for (int i = 0; i < 2; i++) {
        struct link slowest = i == 0 ? link_slowest(near, far) : link_slowest(far, near);
        assert_true(slowest.latency_ns == 5 && slowest.bandwidth_bits_per_s == 1000);
    }
}

// Six workers in clusters of two: within one 1 us, across 10 us.
static const struct cluster_options cluster = {
    .workers = 6,
    .network = {.all_reduce = ALL_REDUCE_RING,
                .cluster_size = 2,
                .bandwidth_bits_per_s = 1000000000,
                .inter_bandwidth_bits_per_s = 100000000},
};

// The reason for the hierarchy: near reductions must not pay for far links.
static void span_laws_reduction__of_a_cluster__uses_its_own_links(void **state) {
    (void)state;
    struct cluster_options options = cluster;
    struct span_laws laws;
    struct reduction_spans spans;
    options.network.latency = distribution_constant(1000);
    options.network.inter_latency = distribution_constant(10000);
    span_laws_init(&laws, &options, 1, false, 600);
    struct span_source source = span_source_from_laws(&laws);
    source.reduction(source.context, 0, (struct reduction_group){2, 2, false, NULL}, 0, &spans);
    assert_true(spans.span_ns == 2 * 1000 + 4800 && spans.bytes_intra == 1200);
    assert_true(spans.bytes_inter == 0 && spans.tie == 0);
    // 10 latencies and 10/6 of 48 us; 3 of 6 links lead out of a cluster
    source.reduction(source.context, 1, (struct reduction_group){0, 6, true, NULL}, 0, &spans);
    assert_true(spans.span_ns == 10 * 10000 + 80000);
    assert_true(spans.bytes_intra == 3000 && spans.bytes_inter == 3000);
}

// Common random numbers: a cluster's reductions have their latencies whatever others do.
static void span_laws_reduction__draws__depend_on_group_and_number_alone(void **state) {
    (void)state;
    struct cluster_options options = cluster;
    struct span_laws laws;
    struct reduction_spans first;
    struct reduction_spans again;
    options.network.latency = (struct distribution){.law = LAW_EXPONENTIAL, .parameters = {1e6}};
    span_laws_init(&laws, &options, 7, true, 0);
    span_laws_reduction(&laws, (struct reduction_group){2, 2, false, NULL}, 5, &first);
    span_laws_reduction(&laws, (struct reduction_group){4, 2, false, NULL}, 5, &again);
    assert_false(first.span_ns == again.span_ns || first.tie == again.tie);
    span_laws_reduction(&laws, (struct reduction_group){2, 2, false, NULL}, 6, &again);
    assert_false(first.span_ns == again.span_ns || first.tie == again.tie);
    span_laws_reduction(&laws, (struct reduction_group){2, 2, false, NULL}, 5, &again);
    assert_true(first.span_ns == again.span_ns && first.tie == again.tie && first.tie != 0);
}

// A group of the workers first .. last with a link of its own.
static void add_group(struct cluster_options *options, int32_t first, int32_t last,
                      int64_t latency_ns, int64_t bandwidth_bits_per_s) {
    options->groups.entries[options->groups.count++] = (struct worker_group){
        .slowdown = 1,
        .who = {.kind = WORKERS_NUMBERS, .range_count = 1, .ranges = {{first, last}}},
        .latency = {.own = latency_ns > 0, .law = distribution_constant(latency_ns)},
        .bandwidth = {.own = bandwidth_bits_per_s > 0, .bits_per_s = bandwidth_bits_per_s},
    };
}

static int64_t span_of(const struct cluster_options *options, struct reduction_group group,
                       int64_t message_bytes) {
    struct span_laws laws;
    struct reduction_spans spans;
    span_laws_init(&laws, options, 1, false, message_bytes);
    span_laws_reduction(&laws, group, 0, &spans);
    span_laws_reset(&laws);
    return spans.span_ns;
}

// A group's link is in place of the cluster's: a reduction of fast members alone must not pay for
// the slow link that none of them has. A ring of 4: 6 latencies and 6/4 of 8 ms.
static void span_laws_reduction__of_a_fast_group__does_without_the_clusters_link(void **state) {
    (void)state;
    const int64_t ms = 1000000;
    const struct reduction_group four = {0, 4, true, NULL};
    const struct reduction_group two = {2, 2, false, NULL};
    struct cluster_options options = {.workers = 4, .network = {.all_reduce = ALL_REDUCE_RING}};
    options.network.latency = distribution_constant(10 * ms);
    options.network.bandwidth_bits_per_s = 1000000000;
    add_group(&options, 0, 3, ms, 0);
    assert_true(span_of(&options, four, 1000000) == 6 * ms + 12 * ms);
    options.groups.count = 0;
    add_group(&options, 0, 3, 0, 2000000000);
    assert_true(span_of(&options, four, 1000000) == 60 * ms + 6 * ms);
    options.groups.count = 0;
    add_group(&options, 0, 0, 2 * ms, 0);
    add_group(&options, 1, 3, ms, 2000000000);
    assert_true(span_of(&options, four, 1000000) == 12 * ms + 12 * ms);
    assert_true(span_of(&options, two, 1000000) == 2 * ms + 4 * ms);
    options.groups.count = 0;
    add_group(&options, 1, 3, ms, 0);
    assert_true(span_of(&options, four, 1000000) == 60 * ms + 12 * ms); // of worker 0
    assert_true(span_of(&options, two, 1000000) == 2 * ms + 8 * ms);
}

// Eight workers that lose every other message; one has another time-out or backoff.
static int64_t lossy_span_of(int32_t worker, int64_t timeout_ns, double backoff) {
    struct cluster_options options = {.workers = 8, .network = {.all_reduce = ALL_REDUCE_RING}};
    options.network.loss = (struct loss_options){.share = .5, .timeout_ns = 1000, .backoff = 2};
    if (worker >= 0) {
        add_group(&options, worker, worker, 0, 0);
        options.groups.entries[0].timeout = (struct own_time){true, timeout_ns};
        options.groups.entries[0].backoff = (struct own_number){true, backoff};
    }
    return span_of(&options, (struct reduction_group){0, 8, true, NULL}, 0);
}

// Who has the longer time-out must not count only if it has the lowest number: a scenario may name
// any worker.
static void span_laws_reduction__at_equal_loss__takes_the_longer_timeout(void **state) {
    (void)state;
    int64_t plain_ns = lossy_span_of(-1, 0, 0);
    int64_t growing_ns = lossy_span_of(0, 1000, 3);
    assert_true(plain_ns > 0 && growing_ns > plain_ns);
    for (int32_t worker = 0; worker < 8; worker++) {
        assert_int_equal(lossy_span_of(worker, 50000, 2), 50 * plain_ns);
        assert_int_equal(lossy_span_of(worker, 10, 2), plain_ns);
        assert_int_equal(lossy_span_of(worker, 1000, 3), growing_ns);
        assert_int_equal(lossy_span_of(worker, 1000, 1), plain_ns);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_reduce_span__worked_out_on_paper__is_that),
        cmocka_unit_test(all_reduce_span__of_a_fraction__is_rounded_up_once),
        cmocka_unit_test(all_reduce_span__unlimited_or_endless__is_latency_or_the_longest_span),
        cmocka_unit_test(all_reduce_racks_span__worked_out_on_paper__is_that),
        cmocka_unit_test(all_reduce_racks_span__across_no_border__is_that_without_racks),
        cmocka_unit_test(all_reduce_bytes__every_message_counted__is_the_same),
        cmocka_unit_test(all_reduce_bytes__of_fractions__are_rounded_up_between_clusters),
        cmocka_unit_test(all_reduce_bytes__of_a_server__leave_a_cluster_only_if_there_are_several),
        cmocka_unit_test(link_slowest__either_way_round__takes_the_worse_of_each),
        cmocka_unit_test(span_laws_reduction__of_a_cluster__uses_its_own_links),
        cmocka_unit_test(span_laws_reduction__draws__depend_on_group_and_number_alone),
        cmocka_unit_test(span_laws_reduction__of_a_fast_group__does_without_the_clusters_link),
        cmocka_unit_test(span_laws_reduction__at_equal_loss__takes_the_longer_timeout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
