// SPDX-License-Identifier: GPL-3.0-or-later
// What the fuzzers run: each target takes any bytes as one kind of file from a stranger and must
// come back. libFuzzer calls them (tests/fuzz/fuzz_main.c), and so does the test that runs the
// inputs kept in tests/fuzz/seeds. A broken promise ends the process, by INVARIANT or a sanitizer.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct fuzz_target {
    const char *name; // and the folder of its seeds
    void (*run)(const uint8_t *bytes, size_t size);
};

extern const struct fuzz_target fuzz_targets[];
extern const size_t fuzz_target_count;

// NULL: no such target.
const struct fuzz_target *fuzz_target_find(const char *name);

// A scenario and, behind zero bytes, one setting: "text 0 key 0 value". One that is accepted has a
// canonical form that is its own.
void fuzz_scenario(const uint8_t *bytes, size_t size);

// A sweep file whose scenario, if it names it, is small.yaml; small plans are resolved.
void fuzz_sweep(const uint8_t *bytes, size_t size);

// A journal: as it is if it begins like one; otherwise the bytes are cut into records with right
// checksums (fuzz_journal.c), since no fuzzer finds these. What is read is checked.
void fuzz_journal(const uint8_t *bytes, size_t size);

// The rows of a log (fuzz_rows.c): those that pass the checks of the reader go to every report.
void fuzz_rows(const uint8_t *bytes, size_t size);

// A log that libhdf5 writes by instructions (fuzz_log.c): objects left out, of other types, ranks,
// sizes, filters. The reader takes or refuses it.
void fuzz_log(const uint8_t *bytes, size_t size);

// A checkpoint: as it is if it begins like one; otherwise a right one, forged and sealed again
// (fuzz_checkpoint.c), from which other fields are asked than it has.
void fuzz_checkpoint(const uint8_t *bytes, size_t size);

// A formula of a threshold schedule: what is read has values, and reads again as itself.
void fuzz_expression(const uint8_t *bytes, size_t size);

// A CSV of measured times with the columns "rank" and "compute_ms".
void fuzz_csv(const uint8_t *bytes, size_t size);
