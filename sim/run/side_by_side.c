// SPDX-License-Identifier: GPL-3.0-or-later
// The processes share one piece of memory: the number of the next piece, and a place for each. Who
// has done a piece writes a byte into a pipe, for which this process waits.
#include "sim/run/side_by_side.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"

enum { PIECE_OPEN, PIECE_IN_HAND, PIECE_DONE, PIECE_LOST };

struct place {
    atomic_int state;
    pid_t worker;
    _Alignas(max_align_t) unsigned char result[];
};

struct shared {
    atomic_size_t next;
    _Alignas(max_align_t) unsigned char places[];
};

struct crew {
    const struct side_by_side *all;
    struct shared *shared;
    size_t bytes; // of "shared"
    size_t stride;
    int ends[2]; // of the pipe: read, write
    pid_t *pids; // (jobs), 0: none
    size_t told;
    bool stopped;
};

static struct place *place_at(const struct crew *crew, size_t index) {
    REQUIRE(index < crew->all->count);
    return (struct place *)(void *)(crew->shared->places + index * crew->stride);
}

static bool is_interrupted(const struct side_by_side *all) {
    return all->interrupted != NULL && *all->interrupted != 0;
}

// ---- in the processes ----

static _Noreturn void take_pieces(const struct crew *crew, pid_t parent) {
    const struct side_by_side *all = crew->all;
    const char byte = 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(STATUS_INTERRUPTED);
    }
    while (!is_interrupted(all)) {
        size_t index = atomic_fetch_add(&crew->shared->next, 1);
        if (index >= all->count) {
            break;
        }
        struct place *place = place_at(crew, index);
        place->worker = getpid();
        atomic_store(&place->state, PIECE_IN_HAND);
        all->work(all->context, index, place->result);
        // What an interrupt has cut short is no result.
        atomic_store(&place->state, is_interrupted(all) ? PIECE_LOST : PIECE_DONE);
        (void)!write(crew->ends[1], &byte, 1);
    }
    _exit(0);
}

// ---- here ----

static bool start(struct crew *crew, int32_t job) {
    REQUIRE(crew->pids[job] == 0);
    fflush(NULL); // what is buffered is not to be written twice
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        take_pieces(crew, parent);
    }
    crew->pids[job] = pid > 0 ? pid : 0;
    return pid > 0;
}

// What a process had in hand when it ended is lost. Returns how many that were.
static size_t lose_pieces(struct crew *crew, pid_t pid) {
    REQUIRE(pid > 0);
    size_t lost = 0;
    for (size_t i = crew->told; i < crew->all->count; i++) {
        struct place *place = place_at(crew, i);
        if (place->worker == pid && atomic_load(&place->state) == PIECE_IN_HAND) {
            atomic_store(&place->state, PIECE_LOST);
            lost++;
        }
    }
    return lost;
}

// Takes note of processes that have ended. One that has lost a piece is replaced, as long as there
// are any.
static int32_t look_after(struct crew *crew) {
    int32_t at_work = 0;
    for (int32_t job = 0; job < crew->all->jobs; job++) {
        pid_t pid = crew->pids[job];
        if (pid != 0 && waitpid(pid, NULL, WNOHANG) != 0) {
            crew->pids[job] = 0;
            bool more = atomic_load(&crew->shared->next) < crew->all->count;
            if (lose_pieces(crew, pid) > 0 && more && !crew->stopped) {
                start(crew, job);
            }
        }
        at_work += crew->pids[job] != 0;
    }
    return at_work;
}

static void tell_done(struct crew *crew) {
    REQUIRE(crew->told <= crew->all->count);
    const struct side_by_side *all = crew->all;
    while (crew->told < all->count && !crew->stopped) {
        const struct place *place = place_at(crew, crew->told);
        int state = atomic_load(&place->state);
        if (state != PIECE_DONE && state != PIECE_LOST) {
            return;
        }
        all->done(all->context, crew->told, state == PIECE_DONE ? place->result : NULL);
        crew->told++;
    }
}

static void pass_interrupt_on(struct crew *crew) {
    for (int32_t job = 0; job < crew->all->jobs && !crew->stopped; job++) {
        if (crew->pids[job] != 0) {
            kill(crew->pids[job], SIGTERM);
        }
    }
    crew->stopped = true;
}

// A signal ends the wait; the time is for processes that end without a word.
static void wait_for_a_byte(const struct crew *crew) {
    enum { MILLISECONDS = 100, BYTES = 512 };
    char bytes[BYTES];
    struct pollfd wait = {.fd = crew->ends[0], .events = POLLIN};
    if (poll(&wait, 1, MILLISECONDS) > 0) {
        (void)!read(crew->ends[0], bytes, sizeof bytes);
    }
}

static void follow(struct crew *crew) {
    int32_t at_work = 1;
    while (crew->told < crew->all->count && at_work > 0) {
        at_work = look_after(crew);
        if (is_interrupted(crew->all)) {
            pass_interrupt_on(crew);
        }
        tell_done(crew);
        if (crew->told < crew->all->count && at_work > 0) {
            wait_for_a_byte(crew);
        }
    }
    for (int32_t job = 0; job < crew->all->jobs; job++) {
        if (crew->pids[job] != 0) {
            waitpid(crew->pids[job], NULL, 0); // there is nothing more for it to take
        }
    }
    ENSURE(crew->told <= crew->all->count);
}

static enum status crew_open(struct crew *crew, struct error *error) {
    REQUIRE(crew->all->jobs >= 1);
    const struct side_by_side *all = crew->all;
    size_t alignment = _Alignof(struct place);
    size_t bytes = (sizeof(struct place) + all->result_bytes + alignment - 1) / alignment;
    crew->stride = bytes * alignment;
    if (__builtin_mul_overflow(crew->stride, all->count, &crew->bytes)) {
        return error_set(error, STATUS_NO_MEMORY, "too many files at once: %zu", all->count);
    }
    crew->bytes += sizeof *crew->shared;
    crew->shared = mmap(NULL, crew->bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (crew->shared == MAP_FAILED) {
        return error_set(error, STATUS_NO_MEMORY, "no memory to share: %s", strerror(errno));
    }
    if (pipe2(crew->ends, O_CLOEXEC) != 0) {
        int cause = errno;
        munmap(crew->shared, crew->bytes);
        return error_set(error, STATUS_IO, "no pipe to be had: %s", strerror(cause));
    }
    crew->pids = memory_allocate((size_t)all->jobs, sizeof *crew->pids);
    return STATUS_OK;
}

static void crew_close(struct crew *crew) {
    close(crew->ends[0]);
    close(crew->ends[1]);
    munmap(crew->shared, crew->bytes);
    memory_free(crew->pids);
}

static enum status run_in_processes(const struct side_by_side *all, struct error *error) {
    struct crew crew = {.all = all};
    enum status status = crew_open(&crew, error);
    if (status != STATUS_OK) {
        return status;
    }
    bool started = false;
    for (int32_t job = 0; job < all->jobs; job++) {
        started |= start(&crew, job);
    }
    if (!started) {
        status = error_set(error, STATUS_IO, "cannot start a process: %s", strerror(errno));
    } else {
        follow(&crew);
    }
    if (status == STATUS_OK && crew.told < all->count) {
        status = is_interrupted(all)
                     ? error_set(error, STATUS_INTERRUPTED, "interrupted")
                     : error_set(error, STATUS_IO, "the processes ended before they were done");
    }
    crew_close(&crew);
    return status;
}

static enum status run_here(const struct side_by_side *all, struct error *error) {
    REQUIRE(all->work != NULL && all->done != NULL);
    void *result = memory_allocate(1, all->result_bytes);
    size_t index = 0;
    for (; index < all->count && !is_interrupted(all); index++) {
        memset(result, 0, all->result_bytes);
        all->work(all->context, index, result);
        if (!is_interrupted(all)) {
            all->done(all->context, index, result);
        }
    }
    memory_free(result);
    return is_interrupted(all) ? error_set(error, STATUS_INTERRUPTED, "interrupted") : STATUS_OK;
}

enum status side_by_side_run(const struct side_by_side *all, struct error *error) {
    REQUIRE(all->jobs >= 1 && all->work != NULL && all->done != NULL);
    return all->jobs == 1 ? run_here(all, error) : run_in_processes(all, error);
}
