// SPDX-License-Identifier: GPL-3.0-or-later
// A run's whole story in words, as "desgd tell" prints it, against one that was checked on paper.
#pragma once

// The cluster of most stories, as text for the end of a scenario: "compute" a gradient, one worker
// (drawn) "delay" later; 2 ms there and back; a server with 10 ms to receive, 5 ms to update, 1 ms
// to reply.
#define STORY_CLUSTER(workers, compute, delay)                                                     \
    "cluster:\n"                                                                                   \
    "  workers: " workers "\n"                                                                     \
    "  compute: " compute "\n"                                                                     \
    "  delay: {law: constant, value: " delay ", workers: 1}\n"                                     \
    "  network: {latency: 2 ms}\n"                                                                 \
    "  server: {receive: 10 ms, update: 5 ms, reply: 1 ms}\n"

// Runs the scenario and fails the test, naming the first line that differs, unless its story is
// this one.
void told_story_expect(const char *yaml, const char *story);
