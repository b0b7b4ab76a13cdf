// SPDX-License-Identifier: GPL-3.0-or-later
// How an operation ended, and the sentence that a user reads when it did not end well.
// A status is also the exit status of the program (sysexits, see README.md).
#pragma once

enum status {
    STATUS_OK = 0,
    STATUS_DIFFERENT = 1,  // a comparison or a replay differs
    STATUS_DIVERGED = 2,   // the run met a non-finite loss or parameter; its file is whole
    STATUS_USAGE = 64,     // the command line is wrong
    STATUS_BAD_DATA = 65,  // the scenario or an input file is wrong; nothing was written
    STATUS_NO_INPUT = 66,  // an input file is missing or cannot be read
    STATUS_INTERNAL = 70,  // a broken invariant
    STATUS_NO_MEMORY = 71, // no memory, or no more of what else is counted: processes, open files
    STATUS_CANNOT_CREATE = 73, // the output cannot be created
    STATUS_IO = 74,            // the output cannot be written (a full disk), or a disk fails
    STATUS_INTERRUPTED = 75,   // stopped by a signal; the file is whole
};

struct error {
    enum status status;
    char message[4096]; // complete: where, what, what is allowed; no "desgd:" in front, no newline
                        // at the end
};

// What an errno that kept a file from being read, or a process from being started, means:
// STATUS_NO_MEMORY (memory, processes, descriptors), STATUS_IO (the disk), else STATUS_NO_INPUT.
// None of them says anything about what is in the file.
enum status status_of_cause(int cause);

// Fills *error (which may be NULL) and returns the status given, so that "return error_set(...)"
// reads well.
enum status error_set(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
