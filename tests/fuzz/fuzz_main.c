// SPDX-License-Identifier: GPL-3.0-or-later
// libFuzzer's side: one program for all targets, DESGD_FUZZ names the one; with DESGD_FUZZ_SEEDS it
// writes first inputs into that folder instead. A broken contract and an end for want of memory
// must look like crashes to libFuzzer, which sees no plain exit: the linker sends _Exit here
// (Makefile).
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/status.h"
#include "tests/support/fuzz_seeds.h"
#include "tests/support/fuzz_target.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
void __wrap__Exit(int status);
_Noreturn void __real__Exit(int status);
const char *__lsan_default_suppressions(void);

void __wrap__Exit(int status) {
    if (status == STATUS_INTERNAL || status == STATUS_NO_MEMORY) {
        fprintf(stderr, "fuzz: the program would have ended with status %d\n", status);
        abort();
    }
    __real__Exit(status); // libFuzzer's own
}

// libfyaml 0.7.12 does not release the list of pieces of a scalar that has more than 32 of them (a
// quoted one with as many escapes): a few KiB once a file.
const char *__lsan_default_suppressions(void) {
    return "leak:fy_atom_iter_grow_chunk\n";
}

static const struct fuzz_target *named_target(void) {
    const char *name = getenv("DESGD_FUZZ");
    const struct fuzz_target *target = name == NULL ? NULL : fuzz_target_find(name);
    if (target == NULL) {
        fprintf(stderr, "fuzz: DESGD_FUZZ names no target:");
        for (size_t i = 0; i < fuzz_target_count; i++) {
            fprintf(stderr, " %s", fuzz_targets[i].name);
        }
        fprintf(stderr, "\n");
        exit(1);
    }
    return target;
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    const char *folder = getenv("DESGD_FUZZ_SEEDS");
    if (folder != NULL) {
        fuzz_seeds_write(named_target()->name, folder);
        exit(0);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const struct fuzz_target *target;
    if (target == NULL) {
        target = named_target();
    }
    target->run(bytes, size);
    return 0;
}
