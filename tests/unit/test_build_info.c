// SPDX-License-Identifier: GPL-3.0-or-later
// build_info and the versions that it asks for: what a log says about where it came from.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gsl/gsl_version.h>
#include <hdf5.h>
#include <stdio.h>
#include <string.h>

#include "models/linear_algebra.h"
#include "sim/base/library_versions.h"
#include "sim/run/build_info.h"
#include "sim/runlog/library_version_hdf5.h"

// Debian's headers and libraries are of one package: the library loaded is the one compiled
// against.
static void library_versions__loaded_libraries__are_those_of_the_headers(void **state) {
    (void)state;
    char expected[32];
    char text[LIBRARY_VERSION_SIZE];
    assert_string_equal(library_version_gsl(), GSL_VERSION);
    snprintf(expected, sizeof expected, "%d.%d.%d", H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE);
    assert_string_equal(library_version_hdf5(text), expected);
    int parts[3] = {0};
    assert_int_equal(sscanf(library_version_xxhash(), "%d.%d.%d", &parts[0], &parts[1], &parts[2]),
                     3);
    assert_true(parts[0] > 0 || parts[1] >= 8); // XXH3 is stable since 0.8
}

// Bug reports begin with this line.
static void build_info_version__of_this_build__names_program_and_commit(void **state) {
    (void)state;
    char version[64] = "";
    char commit[64] = "";
    assert_int_equal(
        sscanf(build_info_version(), "desgd %63[0-9.] (commit %63[0-9a-z-])", version, commit), 2);
}

// An empty attribute would look like a lost one; and whoever cannot reproduce a run needs them all.
static void build_info_provenance__every_text__is_filled(void **state) {
    (void)state;
    struct provenance provenance;
    build_info_provenance(&provenance);
    const char *const texts[] = {provenance.program_version,
                                 provenance.commit,
                                 provenance.compiler,
                                 provenance.libraries,
                                 provenance.blas,
                                 provenance.blas_core,
                                 provenance.cpu,
                                 provenance.date};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_in_range(strlen(texts[i]), 1, PROVENANCE_TEXT_SIZE - 1);
    }
    assert_non_null(strstr(build_info_version(), provenance.program_version));
    assert_non_null(strstr(build_info_version(), provenance.commit));
    assert_non_null(strstr(provenance.libraries, "gsl " GSL_VERSION));
    assert_string_equal(provenance.blas, "not loaded");
    linear_algebra_require();
    build_info_provenance(&provenance);
    assert_non_null(strstr(provenance.blas, "OpenBLAS"));
    assert_string_equal(provenance.blas_core, linear_algebra_core_name());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(library_versions__loaded_libraries__are_those_of_the_headers),
        cmocka_unit_test(build_info_version__of_this_build__names_program_and_commit),
        cmocka_unit_test(build_info_provenance__every_text__is_filled),
    };
    return cmocka_run_group_tests_name("build_info", tests, NULL, NULL);
}
