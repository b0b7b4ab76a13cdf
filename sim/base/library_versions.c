// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/library_versions.h"

#include <gsl/gsl_version.h>
#include <xxhash.h>

#define QUOTE(text) #text
#define TEXT(number) QUOTE(number)

const char *library_version_gsl(void) {
    return gsl_version;
}

const char *library_version_xxhash(void) {
    return TEXT(XXH_VERSION_MAJOR) "." TEXT(XXH_VERSION_MINOR) "." TEXT(XXH_VERSION_RELEASE);
}
