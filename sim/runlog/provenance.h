// SPDX-License-Identifier: GPL-3.0-or-later
// Where, with what and how fast a run was made. In no fingerprint: two runs of one scenario differ
// here alone.
#pragma once

#include <stdint.h>

enum { PROVENANCE_TEXT_SIZE = 128, PROVENANCE_TIMES_SIZE = 8192 };

// Filled by sim/run (which may ask the BLAS and the CPU); written as attributes of /provenance.
struct provenance {
    char program_version[PROVENANCE_TEXT_SIZE];
    char commit[PROVENANCE_TEXT_SIZE];
    char compiler[PROVENANCE_TEXT_SIZE];
    char libraries[PROVENANCE_TEXT_SIZE]; // "gsl 2.7.1, hdf5 1.10.8, ..."
    char blas[PROVENANCE_TEXT_SIZE];      // OpenBLAS's own description of its build
    char blas_core[PROVENANCE_TEXT_SIZE]; // "Haswell"
    char isa[PROVENANCE_TEXT_SIZE];       // of the portable kernels: "avx512"; "" where none ran
    char cpu[PROVENANCE_TEXT_SIZE];
    char date[PROVENANCE_TEXT_SIZE];
    int32_t threads;
    double wall_seconds;
    char measured_times[PROVENANCE_TIMES_SIZE]; // where the files of measured times lay: a line
                                                // "HASH PATH" for each; "": there were none
};
