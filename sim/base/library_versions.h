// SPDX-License-Identifier: GPL-3.0-or-later
// Versions of the libraries that only sim/base talks to, for provenance.
#pragma once

const char *library_version_gsl(void);
const char *library_version_xxhash(void);
