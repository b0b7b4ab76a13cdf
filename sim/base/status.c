// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

enum status status_of_cause(int cause) {
    static const int scarce[] = {ENOMEM, EMFILE, ENFILE, EAGAIN, ENOBUFS, ENOLCK};
    static const int of_disk[] = {EIO,    EBADMSG,   EUCLEAN, ENODATA, ENXIO,
                                  ESTALE, EREMOTEIO, ENOSPC,  EDQUOT};
    for (size_t i = 0; i < sizeof scarce / sizeof scarce[0]; i++) {
        if (cause == scarce[i]) {
            return STATUS_NO_MEMORY;
        }
    }
    for (size_t i = 0; i < sizeof of_disk / sizeof of_disk[0]; i++) {
        if (cause == of_disk[i]) {
            return STATUS_IO;
        }
    }
    return STATUS_NO_INPUT;
}

enum status error_set(struct error *error, enum status status, const char *format, ...) {
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        error->status = status;
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return status;
}
