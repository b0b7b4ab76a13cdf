// SPDX-License-Identifier: GPL-3.0-or-later
// confinement: what happens in the child becomes a status and a sentence, what it passes arrives or
// is refused, and it can neither open a file nor take all memory.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sim/base/memory.h"
#include "sim/runlog/confinement.h"

static struct confined_task task_of(enum status (*work)(void *, struct error *), void *context) {
    return (struct confined_task){.name = "a.h5",
                                  .seconds_max = 10,
                                  .memory_max = UINT64_C(256) << 20,
                                  .context = context,
                                  .work = work};
}

static enum status count_up(void *context, struct error *error) {
    (void)error;
    ++*(int *)context;
    return STATUS_OK;
}

static enum status refuse(void *context, struct error *error) {
    return error_set(error, STATUS_BAD_DATA, "a.h5: no good, says %s", (const char *)context);
}

static enum status crash(void *context, struct error *error) {
    (void)context;
    (void)error;
    raise(SIGSEGV);
    return STATUS_OK;
}

static enum status leave(void *context, struct error *error) {
    (void)error;
    _exit(*(const int *)context);
}

static enum status spin(void *context, struct error *error) {
    (void)error;
    for (volatile int *turns = context; *turns >= 0;) {
        *turns = 1;
    }
    return STATUS_OK;
}

static enum status claim_status(void *context, struct error *error) {
    (void)error;
    return *(const enum status *)context;
}

static void expect_end(const struct confined_task *task, enum status status, const char *words) {
    struct error error = {0};
    assert_int_equal(confined_run(task, &error), status);
    assert_int_equal(error.status, status);
    if (strncmp(error.message, "a.h5: ", 6) != 0 || strstr(error.message, words) == NULL) {
        fail_msg("expected '%s' in: %s", words, error.message);
    }
}

// The child's memory is not ours: a success leaves no trace here.
static void confined__success__changes_nothing(void **state) {
    (void)state;
    int count = 0;
    struct confined_task task = task_of(count_up, &count);
    assert_int_equal(confined_run(&task, NULL), STATUS_OK);
    assert_int_equal(count, 0);
}

// The sentence that the child found must reach the user as it is.
static void confined__refusal__passes_its_sentence_on(void **state) {
    (void)state;
    char who[] = "the child";
    struct confined_task task = task_of(refuse, who);
    expect_end(&task, STATUS_BAD_DATA, "a.h5: no good, says the child");
}

// A crash of the library is a wrong file, not the end of the program.
static void confined__crash__is_bad_data(void **state) {
    (void)state;
    struct confined_task task = task_of(crash, NULL);
    expect_end(&task, STATUS_BAD_DATA, "the HDF5 library crashes on it (Segmentation fault)");
    int code = 3; // as a sanitizer would end it
    task = task_of(leave, &code);
    expect_end(&task, STATUS_BAD_DATA, "no sensible answer");
}

// A broken invariant is not the file's fault; too little memory is: it asks for more than it may.
static void confined__own_failures__keep_their_status(void **state) {
    (void)state;
    int code = STATUS_INTERNAL;
    struct confined_task task = task_of(leave, &code);
    expect_end(&task, STATUS_INTERNAL, "reading it has failed");
    code = STATUS_NO_MEMORY;
    expect_end(&task, STATUS_BAD_DATA, "takes more than 268 MB of memory");
}

// A child that was led astray may claim anything.
static void confined__unknown_status__is_no_answer(void **state) {
    (void)state;
    enum status claims[] = {STATUS_DIFFERENT, STATUS_INTERRUPTED, (enum status)4711};
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        struct confined_task task = task_of(claim_status, &claims[i]);
        expect_end(&task, STATUS_BAD_DATA, "no sensible answer");
    }
}

// Some damaged files send the library round in circles.
static void confined__endless_loop__is_cut_short(void **state) {
    (void)state;
    int turns = 0;
    struct confined_task task = task_of(spin, &turns);
    task.seconds_max = 1;
    expect_end(&task, STATUS_BAD_DATA, "reading it does not end");
}

// ---- what is passed ----

struct numbers {
    int64_t one;
    void *many;
    size_t count;
};

static enum status make_numbers(void *context, struct error *error) {
    struct numbers *numbers = context;
    (void)error;
    numbers->one = 42;
    numbers->many = memory_allocate(numbers->count, sizeof(int32_t));
    for (size_t i = 0; i < numbers->count; i++) {
        ((int32_t *)numbers->many)[i] = (int32_t)i;
    }
    return STATUS_OK;
}

static bool pass_numbers(void *context, struct passage *passage) {
    struct numbers *numbers = context;
    return passage_value(passage, &numbers->one, sizeof numbers->one) &&
           passage_array(passage, &numbers->many, &numbers->count, sizeof(int32_t));
}

// Far more than the pipe holds at once.
static void confined__arrays__arrive(void **state) {
    (void)state;
    struct numbers numbers = {.count = 3000001};
    struct confined_task task = task_of(make_numbers, &numbers);
    task.pass = pass_numbers;
    assert_int_equal(confined_run(&task, NULL), STATUS_OK);
    assert_int_equal(numbers.one, 42);
    assert_int_equal(numbers.count, 3000001);
    for (size_t i = 0; i < numbers.count; i++) {
        assert_int_equal(((int32_t *)numbers.many)[i], i);
    }
    memory_free(numbers.many);
}

static bool pass_lie(void *context, struct passage *passage) {
    struct numbers *numbers = context;
    if (passage_receives(passage)) {
        return passage_array(passage, &numbers->many, &numbers->count, sizeof(int32_t));
    }
    uint64_t claimed = numbers->count;
    return passage_value(passage, &claimed, sizeof claimed);
}

// The parent must not take memory, or wait, for what a child only claims to send.
static void confined__claims_without_values__are_refused(void **state) {
    (void)state;
    const size_t claims[] = {1, (size_t)1 << 26, SIZE_MAX / 4, SIZE_MAX};
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        int nothing = 0;
        struct numbers numbers = {.count = claims[i]};
        struct confined_task task = task_of(count_up, &nothing);
        task.context = &numbers;
        task.pass = pass_lie;
        expect_end(&task, STATUS_BAD_DATA, "no sensible answer");
        memory_free(numbers.many);
    }
}

// ---- what is forbidden (not with sanitizers, which need it) ----

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static enum status end_by_signal(void *context, struct error *error) {
    (void)error;
    raise(*(const int *)context);
    return STATUS_OK;
}

// A child that somebody ends, as the system does when memory runs out, says nothing about the file.
static void confined__child_ended_by_others__is_no_damage(void **state) {
    (void)state;
    int signals[] = {SIGKILL, SIGTERM, SIGHUP, SIGXCPU, SIGUSR2};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct confined_task task = task_of(end_by_signal, &signals[i]);
        expect_end(&task, STATUS_NO_MEMORY, "was ended from outside");
    }
}

static enum status read_behind_the_end(void *context, struct error *error) {
    (void)error;
    const volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, *(const int *)context, 0);
    return page[0] == 'x' ? STATUS_BAD_DATA : STATUS_OK;
}

// The disk does not give a page of a file that is mapped, or somebody cuts the file off: nothing
// was read that could be wrong.
static void confined__page_that_cannot_be_read__is_no_damage(void **state) {
    (void)state;
    FILE *empty = tmpfile();
    assert_non_null(empty);
    int file = fileno(empty);
    struct confined_task task = task_of(read_behind_the_end, &file);
    expect_end(&task, STATUS_IO, "cannot be read to its end");
    fclose(empty);
}

static struct rlimit lower_limit(int resource, rlim_t most) {
    struct rlimit before;
    assert_int_equal(getrlimit((__rlimit_resource_t)resource, &before), 0);
    struct rlimit limit = before;
    limit.rlim_cur = most;
    assert_int_equal(setrlimit((__rlimit_resource_t)resource, &limit), 0);
    return before;
}

static enum status take_memory(void *context, struct error *error);

// A file that may take 256 MB and lacks them because of "ulimit -v" is not damaged; nor is one
// which the library then fails to understand, or crashes on.
static void confined__less_memory_than_the_task_may_take__is_no_damage(void **state) {
    (void)state;
    size_t bytes = (size_t)512 << 20;
    enum status claim = STATUS_NO_MEMORY;
    struct confined_task tasks[] = {task_of(take_memory, &bytes), task_of(claim_status, &claim),
                                    task_of(crash, NULL)};
    struct rlimit before = lower_limit(RLIMIT_AS, (rlim_t)200 << 20);
    for (size_t i = 0; i < sizeof tasks / sizeof tasks[0]; i++) {
        expect_end(&tasks[i], STATUS_NO_MEMORY, "there is not so much for this process");
    }
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
}

// "ulimit -t" is the host's, too.
static void confined__less_time_than_the_task_may_take__is_no_damage(void **state) {
    (void)state;
    int turns = 0;
    struct confined_task task = task_of(spin, &turns);
    struct rlimit before = lower_limit(RLIMIT_CPU, 1);
    expect_end(&task, STATUS_NO_MEMORY, "(ulimit -t)");
    assert_int_equal(setrlimit(RLIMIT_CPU, &before), 0);
}

// Nothing of the file is read without a pipe to the child.
static void confined__no_descriptors__are_no_damage(void **state) {
    (void)state;
    int count = 0;
    struct confined_task task = task_of(count_up, &count);
    struct rlimit before = lower_limit(RLIMIT_NOFILE, 4);
    expect_end(&task, STATUS_NO_MEMORY, "Too many open files");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static enum status take_memory(void *context, struct error *error) {
    (void)error;
    memory_free(memory_allocate(*(const size_t *)context, 1));
    return STATUS_OK;
}

// A file of a few kilobytes can ask for the memory of the machine.
static void confined__more_memory_than_allowed__is_bad_data(void **state) {
    (void)state;
    size_t bytes = (size_t)128 << 20;
    struct confined_task task = task_of(take_memory, &bytes);
    assert_int_equal(confined_run(&task, NULL), STATUS_OK);
    bytes = (size_t)512 << 20;
    expect_end(&task, STATUS_BAD_DATA, "takes more than 268 MB of memory");
}

// Each of these must fail in the child, by EPERM.
static enum status try_forbidden(void *context, struct error *error) {
    (void)context;
    int file = open("/etc/passwd", O_RDONLY);
    if (file >= 0 || errno != EPERM) {
        return error_set(error, STATUS_BAD_DATA, "a.h5: could open a file");
    }
    if (fork() >= 0) {
        return error_set(error, STATUS_BAD_DATA, "a.h5: could start a process");
    }
    if (unlink("/nowhere") == 0 || errno != EPERM || kill(getppid(), 0) == 0) {
        return error_set(error, STATUS_BAD_DATA, "a.h5: could reach others");
    }
    return STATUS_OK;
}

// Whoever takes over the library by a forged file stands in an empty room.
static void confined__files_and_processes__are_out_of_reach(void **state) {
    (void)state;
    struct error error = {0};
    struct confined_task task = task_of(try_forbidden, NULL);
    if (confined_run(&task, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confined__success__changes_nothing),
        cmocka_unit_test(confined__refusal__passes_its_sentence_on),
        cmocka_unit_test(confined__crash__is_bad_data),
        cmocka_unit_test(confined__own_failures__keep_their_status),
        cmocka_unit_test(confined__unknown_status__is_no_answer),
        cmocka_unit_test(confined__endless_loop__is_cut_short),
        cmocka_unit_test(confined__arrays__arrive),
        cmocka_unit_test(confined__claims_without_values__are_refused),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        cmocka_unit_test(confined__child_ended_by_others__is_no_damage),
        cmocka_unit_test(confined__page_that_cannot_be_read__is_no_damage),
        cmocka_unit_test(confined__less_memory_than_the_task_may_take__is_no_damage),
        cmocka_unit_test(confined__less_time_than_the_task_may_take__is_no_damage),
        cmocka_unit_test(confined__no_descriptors__are_no_damage),
        cmocka_unit_test(confined__more_memory_than_allowed__is_bad_data),
        cmocka_unit_test(confined__files_and_processes__are_out_of_reach),
#endif
    };
    return cmocka_run_group_tests_name("confinement", tests, NULL, NULL);
}
