// SPDX-License-Identifier: GPL-3.0-or-later
// Laws are found again in their own draws: 200 samples of 10,000 draws for each law. The counts are
// printed. An interval of 95 % covers in 182 to 198 of 200 samples (all but 3 in 1,000 such
// counts), and a law that differs from the others is taken in at least 190.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/fit_cases.h"

enum { SEEDS = 200, DRAWS = 10000, COVERED_LEAST = 182, COVERED_MOST = 198, PICKED_LEAST = 190 };

static void expect_found(const struct fit_case *one) {
    const struct law_entry *law = &law_table[one->law.law];
    struct fit_tally tally = fit_case_tally(one, SEEDS, DRAWS);
    print_message("             %s%s: right law %d of %d", law_fit_name(one->candidate),
                  one->draws > DRAWS ? " near others" : "", tally.picked, SEEDS);
    for (int i = 0; i < law->parameter_count; i++) {
        if (one->free[i]) {
            print_message(", %s covered %d", law->parameters[i].name, tally.covered[i]);
        }
    }
    print_message("\n");
    for (int i = 0; i < law->parameter_count; i++) {
        bool whole = law->parameters[i].kind == LAW_PARAMETER_WHOLE; // one number alone is left
        int most = one->candidate == FIT_CONSTANT || whole ? SEEDS : COVERED_MOST;
        assert_true(!one->free[i] ||
                    (tally.covered[i] >= COVERED_LEAST && tally.covered[i] <= most));
    }
    assert_true(one->draws > DRAWS || tally.picked >= PICKED_LEAST);
}

// If it failed, "desgd fit" would give a law that the times do not have, or be surer of its
// parameters than it may be.
static void fit_report__draws_of_every_law__give_law_and_parameters_again(void **state) {
    (void)state;
    for (size_t i = 0; i < fit_case_count; i++) {
        expect_found(&fit_cases[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fit_report__draws_of_every_law__give_law_and_parameters_again),
    };
    return cmocka_run_group_tests_name("fit_laws", tests, NULL, NULL);
}
