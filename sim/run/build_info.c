// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/build_info.h"

#include <gnu/libc-version.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "models/linear_algebra.h"
#include "sim/base/library_versions.h"
#include "sim/base/wall_clock.h"
#include "sim/runlog/library_version_hdf5.h"

const char *build_info_version(void) {
    return "desgd " DESGD_VERSION " (commit " DESGD_COMMIT ")";
}

const char *build_info_date(void) {
    return DESGD_DATE;
}

static void copy_text(char target[PROVENANCE_TEXT_SIZE], const char *text) {
    snprintf(target, PROVENANCE_TEXT_SIZE, "%s", text);
}

// "model name : AMD EPYC" of /proc/cpuinfo.
static void read_cpu_name(char name[PROVENANCE_TEXT_SIZE]) {
    char line[256];
    copy_text(name, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (file == NULL) {
        return;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon != NULL) {
            line[strcspn(line, "\n")] = 0;
            copy_text(name, colon + 1 + (colon[1] == ' '));
            break;
        }
    }
    fclose(file);
}

void build_info_provenance(struct provenance *provenance) {
    char hdf5[LIBRARY_VERSION_SIZE];
    *provenance = (struct provenance){0};
    copy_text(provenance->program_version, DESGD_VERSION);
    copy_text(provenance->commit, DESGD_COMMIT);
    copy_text(provenance->compiler, __VERSION__);
    snprintf(provenance->libraries, sizeof provenance->libraries,
             "glibc %s, gsl %s, xxhash %s, hdf5 %s", gnu_get_libc_version(), library_version_gsl(),
             library_version_xxhash(), library_version_hdf5(hdf5));
    bool has_blas = linear_algebra_is_loaded();
    copy_text(provenance->blas, has_blas ? linear_algebra_description() : "not loaded");
    copy_text(provenance->blas_core, has_blas ? linear_algebra_core_name() : "not loaded");
    read_cpu_name(provenance->cpu);
    wall_clock_date(provenance->date);
}
