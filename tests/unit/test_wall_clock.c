// SPDX-License-Identifier: GPL-3.0-or-later
// wall_clock: the host's time for progress lines and provenance.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "sim/base/wall_clock.h"

// Speeds and times left are differences: a clock that went back would make them negative.
static void wall_clock_seconds__read_often__never_goes_back(void **state) {
    (void)state;
    double before = wall_clock_seconds();
    for (int i = 0; i < 10000; i++) {
        double now = wall_clock_seconds();
        assert_true(now >= before);
        before = now;
    }
}

// Seconds, not milliseconds: a pause of 20 ms must read as such.
static void wall_clock_seconds__pause__is_measured_in_seconds(void **state) {
    (void)state;
    const struct timespec pause = {0, 20000000};
    double start = wall_clock_seconds();
    nanosleep(&pause, NULL);
    double elapsed = wall_clock_seconds() - start;
    assert_true(elapsed >= 0.0199);
    assert_true(elapsed < 20);
}

// Provenance promises ISO 8601 in UTC.
static void wall_clock_date__now__is_iso_8601_utc(void **state) {
    (void)state;
    char text[32];
    time_t before = time(NULL);
    assert_ptr_equal(wall_clock_date(text), text);
    struct tm parts = {.tm_isdst = 0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    assert_non_null(rest);
    assert_string_equal(rest, "");
    assert_int_equal(strlen(text), 20);
    time_t read = timegm(&parts);
    assert_true(read >= before && read <= time(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wall_clock_seconds__read_often__never_goes_back),
        cmocka_unit_test(wall_clock_seconds__pause__is_measured_in_seconds),
        cmocka_unit_test(wall_clock_date__now__is_iso_8601_utc),
    };
    return cmocka_run_group_tests_name("wall_clock", tests, NULL, NULL);
}
