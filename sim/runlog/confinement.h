// SPDX-License-Identifier: GPL-3.0-or-later
// Work on a stranger's file in a child process that can harm nobody: libhdf5 1.10.8 crashed on 8 of
// 5,000 logs with a few wrong bytes, and what crashes can be led astray. The child has a limit of
// CPU time and of memory, can open no file and start no program (seccomp), and passes plain arrays
// through a pipe; the parent believes none of them unseen.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

// One end of the pipe. The same code passes values on both sides: it sends them in the child and
// receives them in the parent, where it answers false if there are not as many.
struct passage;

bool passage_receives(const struct passage *passage);

// A value that is there on both sides.
bool passage_value(struct passage *passage, void *value, size_t size);

// An array. In the child it is released when it is sent, so that both sides together need the
// memory of one log; in the parent it is new (aligned to 64 bytes), NULL if it is empty, and not
// longer than the task's memory allows.
bool passage_array(struct passage *passage, void **array, size_t *count, size_t size);

struct confined_task {
    const char *name;     // of the file, for messages
    unsigned seconds_max; // of CPU time
    uint64_t memory_max;  // bytes, beyond what the process has already
    void *context;
    // In the child: its changes of memory are lost, but for what is passed. STATUS_NO_MEMORY: it
    // lacked memory; the sentence is that of a file which asks for too much, if the host had more.
    enum status (*work)(void *context, struct error *error);
    // Then on both sides, unless the work has failed. In the parent false also for values that make
    // no sense. NULL: nothing to pass.
    bool (*pass)(void *context, struct passage *passage);
};

// Returns what the work returns, with its message. Errors besides: STATUS_BAD_DATA with a sentence
// that begins with the name, if the child crashes, exceeds a limit of the task or passes nonsense;
// STATUS_INTERNAL if a contract was broken in it. What is the host's fault says nothing about the
// file: STATUS_NO_MEMORY if there is no child to be had, if somebody ended it, or if the process
// may not have what the task may take of memory and time and needed more; STATUS_IO if the disk
// does not give a page of the file, or the pipe fails. After a failure the context may be half
// filled.
//
// Where the child cannot be confined (no seccomp, no /proc) this is said on stderr, once.
enum status confined_run(const struct confined_task *task, struct error *error);
