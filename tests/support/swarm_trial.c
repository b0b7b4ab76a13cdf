// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/swarm_trial.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/check.h"

enum { PATH_SIZE = 600, OPEN_FOLDERS = 8 };

struct swarm_report *swarm_trial_reports(size_t count) {
    void *reports = mmap(NULL, count * sizeof(struct swarm_report), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    INVARIANT(reports != MAP_FAILED);
    return reports;
}

static void said_path(const char *folder, char path[PATH_SIZE]) {
    snprintf(path, PATH_SIZE, "%s/said", folder);
}

static void be_the_child(const char *text, const char *folder, unsigned seconds,
                         struct swarm_report *report) {
    char path[PATH_SIZE];
    said_path(folder, path);
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (file >= 0) {
        dup2(file, STDERR_FILENO);
        close(file);
    }
    alarm(seconds);
    swarm_check(text, folder, report);
    fflush(NULL);
    _exit(0);
}

pid_t swarm_trial_start(const char *text, const char *folder, unsigned seconds,
                        struct swarm_report *report) {
    *report = (struct swarm_report){0};
    mkdir(folder, 0700);
    fflush(NULL);
    pid_t child = fork();
    INVARIANT(child >= 0);
    if (child == 0) {
        be_the_child(text, folder, seconds, report);
    }
    return child;
}

static int remove_entry(const char *path, const struct stat *about, int type, struct FTW *place) {
    (void)about;
    (void)type;
    (void)place;
    return remove(path);
}

void swarm_trial_end(int ended, const char *folder, struct swarm_report *report) {
    char path[PATH_SIZE];
    char said[SWARM_PROBLEM_SIZE - 100] = "";
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) != 0) {
        said_path(folder, path);
        FILE *file = fopen(path, "r");
        if (file != NULL) {
            said[fread(said, 1, sizeof said - 1, file)] = 0;
            fclose(file);
        }
        bool late = WIFSIGNALED(ended) && WTERMSIG(ended) == SIGALRM;
        report->verdict = SWARM_BREAKS;
        snprintf(report->what, sizeof report->what, "the process");
        snprintf(report->why, sizeof report->why, "%s by %s %d: %s",
                 late ? "no end within its time: ended" : "ended",
                 WIFSIGNALED(ended) ? "signal" : "exit status",
                 WIFSIGNALED(ended) ? WTERMSIG(ended) : WEXITSTATUS(ended), said);
    }
    nftw(folder, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

void swarm_trial_run(const char *text, const char *folder, unsigned seconds,
                     struct swarm_report *report) {
    int ended = 0;
    waitpid(swarm_trial_start(text, folder, seconds, report), &ended, 0);
    swarm_trial_end(ended, folder, report);
}
