// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/runlog/library_version_hdf5.h"

#include <hdf5.h>
#include <stdio.h>

const char *library_version_hdf5(char text[LIBRARY_VERSION_SIZE]) {
    unsigned major = 0;
    unsigned minor = 0;
    unsigned release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, LIBRARY_VERSION_SIZE, "%u.%u.%u", major, minor, release);
    return text;
}
