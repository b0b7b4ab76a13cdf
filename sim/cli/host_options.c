// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/host_options.h"

#include "models/kernels/isa.h"
#include "sim/base/check.h"
#include "sim/cli/command_line.h"
#include "sim/run/run_scenario.h"

enum { THREADS_MAX = 1024 };

struct host_options host_options_default(void) {
    return (struct host_options){.threads = run_default_threads()};
}

static const struct kernels *kernels_named(struct argp_state *state, const char *text) {
    REQUIRE(text != NULL);
    enum kernels_isa isa = KERNELS_GENERIC;
    if (!kernels_isa_by_name(text, &isa)) {
        argp_error(state, "--isa takes avx512, avx2 or generic, got '%s'", text);
    }
    if (!kernels_isa_supported(isa)) {
        argp_error(state, "--isa %s: this CPU has no %s; the fastest that it runs is %s", text,
                   text, kernels_isa_name(kernels_best_isa()));
    }
    return kernels_of(isa);
}

bool host_options_take(struct host_options *host, struct argp_state *state, int key, char *text) {
    switch (key) {
    case OPTION_DATA:
        host->data = text;
        return true;
    case OPTION_THREADS:
        host->threads = (int32_t)command_integer(state, "--threads", text, 1, THREADS_MAX);
        return true;
    case OPTION_ISA:
        host->kernels = kernels_named(state, text);
        return true;
    default:
        return false;
    }
}
