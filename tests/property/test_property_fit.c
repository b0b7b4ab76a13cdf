// SPDX-License-Identifier: GPL-3.0-or-later
// Laws are found again in their own draws: 20 samples of 2,000 draws for each law. (tests/long has
// 200 samples of 10,000.) Seeds are fixed: repeat with this program, without arguments.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/fit_cases.h"

enum { SEEDS = 20, DRAWS = 2000, COVERED_LEAST = 16, PICKED_LEAST = 17 };

// If it failed, "desgd fit" would give a law that the times do not have, or be surer of its
// parameters than it may be. Fewer than 16 of 20 are covered by chance in 3 of 1,000 such counts.
static void fit_report__draws_of_every_law__give_law_and_parameters_again(void **state) {
    (void)state;
    for (size_t i = 0; i < fit_case_count; i++) {
        const struct fit_case *one = &fit_cases[i];
        const struct law_entry *law = &law_table[one->law.law];
        struct fit_tally tally = fit_case_tally(one, SEEDS, DRAWS);
        print_message("             %s: right law %d of %d, covered %d and %d\n",
                      law_fit_name(one->candidate), tally.picked, SEEDS, tally.covered[0],
                      tally.covered[1]);
        assert_true(one->draws > DRAWS || tally.picked >= PICKED_LEAST);
        for (int p = 0; p < law->parameter_count; p++) {
            assert_true(!one->free[p] || tally.covered[p] >= COVERED_LEAST);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fit_report__draws_of_every_law__give_law_and_parameters_again),
    };
    return cmocka_run_group_tests_name("property_fit", tests, NULL, NULL);
}
