// SPDX-License-Identifier: GPL-3.0-or-later
// What this program is made of, and the machine it runs on: for --version and /provenance.
#pragma once

#include "sim/runlog/provenance.h"

const char *build_info_version(void); // "desgd 0.1.0 (commit 1a2b3c4)"
const char *build_info_date(void);    // "2026-11-28": of the version

// Everything but threads and wall_seconds, which are the caller's.
void build_info_provenance(struct provenance *provenance);
