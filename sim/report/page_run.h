// SPDX-License-Identifier: GPL-3.0-or-later
// What a page holds of one run, beside the columns of its tables (page_block.h).
#pragma once

#include <jansson.h>

#include "sim/runlog/provenance.h"
#include "sim/runlog/runlog.h"

// {attributes, provenance, scenario, parameters, altered}: as the file has them, hashes as their
// digits, the seed as a text.
json_t *page_run_facts(const struct runlog *log, const struct provenance *provenance);
