// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/run/data_folder.h"

#include <stdlib.h>
#include <sys/stat.h>

const char *data_folder(const char *chosen) {
    if (chosen != NULL) {
        return chosen;
    }
    const char *from_environment = getenv("DESGD_DATA");
    if (from_environment != NULL && from_environment[0] != 0) {
        return from_environment;
    }
    struct stat folder;
    if (stat("data", &folder) == 0 && S_ISDIR(folder.st_mode)) {
        return "data";
    }
    return DESGD_DATA_DIR;
}
