// SPDX-License-Identifier: GPL-3.0-or-later
// "make swarm": N random scenarios from a seed, each under every rule that the swarm knows
// (tests/support/swarm_check.h); or one scenario of a file.
// Usage: swarm N SEED FOLDER | swarm FILE. Exit status: 1 if something breaks.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/memory.h"
#include "sim/run/run_scenario.h"
#include "tests/support/swarm_hunt.h"
#include "tests/support/swarm_text.h"
#include "tests/support/swarm_trial.h"

// One waits for the disk meanwhile.
enum { JOBS_PER_PROCESSOR = 2 };
enum { SECONDS_MOST = 120, PATH_SIZE = 600, TRIED_MOST = 1000000 };

static int check_file(const char *path) {
    static const char *const verdicts[] = {"holds", "BREAKS", "is no run"};
    char text[SWARM_TEXT_SIZE];
    char folder[] = "/tmp/swarm_XXXXXX";
    struct swarm_report *report = swarm_trial_reports(1);
    FILE *file = fopen(path, "r");
    if (file == NULL || mkdtemp(folder) == NULL) {
        perror(path);
        return 2;
    }
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    swarm_trial_run(text, folder, SECONDS_MOST, report);
    printf("%s %s%s%s %s\n", path, verdicts[report->verdict], report->what[0] == 0 ? "" : ": ",
           report->what, report->why);
    return report->verdict == SWARM_BREAKS;
}

static void write_behaviours(const struct swarm_hunt *hunt) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/behaviours.tsv", hunt->folder);
    FILE *file = fopen(path, "w");
    if (file != NULL) {
        swarm_hunt_tell_behaviours(&hunt->behaviours, file);
        fclose(file);
        printf("what they reached, and how often: %s\n", path);
    }
}

static int run_swarm(const char *const arguments[3]) {
    struct swarm_hunt *hunt = memory_allocate(1, sizeof *hunt);
    *hunt = (struct swarm_hunt){.wanted = strtoul(arguments[0], NULL, 10),
                                .seed = strtoull(arguments[1], NULL, 10),
                                .jobs = JOBS_PER_PROCESSOR * run_default_threads(),
                                .seconds = SECONDS_MOST,
                                .folder = arguments[2],
                                .told = stdout};
    if (hunt->wanted == 0 || hunt->wanted > TRIED_MOST) {
        fprintf(stderr, "swarm: N is a whole number, 1 to %d\n", TRIED_MOST);
        return 2;
    }
    mkdir(hunt->folder, 0755);
    swarm_hunt(hunt);
    printf("%zu scenarios of seed %" PRIu64 " hold, of %zu tried; %zu are no runs; %zu findings\n"
           "%zu behaviours, by %zu scenarios that were kept; fingerprint %016" PRIx64 "\n",
           hunt->held, hunt->seed, hunt->tried, hunt->no_run, hunt->findings,
           swarm_behaviours_reached(&hunt->behaviours), hunt->kept, hunt->fingerprint);
    write_behaviours(hunt);
    bool holds = hunt->findings == 0 && hunt->held == hunt->wanted;
    memory_free(hunt);
    return holds ? 0 : 1;
}

int main(int count, char *arguments[]) {
    if (count == 2) {
        return check_file(arguments[1]);
    }
    if (count == 4) {
        return run_swarm((const char *const *)&arguments[1]);
    }
    fprintf(stderr, "usage: swarm N SEED FOLDER | swarm FILE\n");
    return 2;
}
