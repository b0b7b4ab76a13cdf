// SPDX-License-Identifier: GPL-3.0-or-later
// A run's whole story in words, as "desgd tell" prints it, against one that was checked on paper.
#ifndef DESGD_SUPPORT_TOLD_STORY_H
#define DESGD_SUPPORT_TOLD_STORY_H

// Runs the scenario and fails the test, naming the first line that differs, unless its story is
// this one.
void told_story_expect(const char *yaml, const char *story);

#endif
