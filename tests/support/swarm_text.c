// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/swarm_text.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/memory.h"
#include "sim/scenario/scenario_parse.h"
#include "sim/scenario/scenario_print.h"

static const char *line_end(const char *line) {
    const char *end = strchrnul(line, '\n');
    return *end == 0 ? end : end + 1;
}

static size_t indentation(const char *line) {
    return strspn(line, " ");
}

// Behind the line and the deeper ones that follow it.
static const char *block_end(const char *line) {
    const char *end = line_end(line);
    while (*end != 0 && indentation(end) > indentation(line)) {
        end = line_end(end);
    }
    return end;
}

// The line of a key of this depth between two places, or NULL.
static const char *find_key(const char *from, const char *to, size_t depth, const char *key,
                            size_t length) {
    for (const char *line = from; line < to; line = line_end(line)) {
        if (indentation(line) == depth && strncmp(line + depth, key, length) == 0 &&
            line[depth + length] == ':') {
            return line;
        }
    }
    return NULL;
}

// Where a section is: empty, at the place where it would be, if there is none.
struct section {
    const char *begin, *end;
};

static struct section find_section(const char *text, const char *name) {
    const char *end = text + strlen(text);
    size_t length = strcspn(name, ".");
    const char *line = find_key(text, end, 0, name, length);
    if (line != NULL && name[length] == '.') {
        const char *parent = line;
        const char *key = name + length + 1;
        line = find_key(line_end(parent), block_end(parent), 2, key, strlen(key));
        end = block_end(parent);
    }
    return line == NULL ? (struct section){end, end} : (struct section){line, block_end(line)};
}

static void without_semantics(char *text) {
    struct section section = find_section(text, "semantics");
    memmove(text + (section.begin - text), section.end, strlen(section.end) + 1);
}

bool swarm_text_settle(const char *text, const struct scenario_setting *settings, size_t count,
                       char settled[SWARM_TEXT_SIZE]) {
    struct scenario scenario;
    struct error error;
    if (scenario_parse("swarm", text, strlen(text), settings, count, &scenario, &error) !=
        STATUS_OK) {
        return false;
    }
    char *canonical = scenario_print(&scenario);
    bool fits = strlen(canonical) < SWARM_TEXT_SIZE;
    if (fits) {
        snprintf(settled, SWARM_TEXT_SIZE, "%s", canonical);
        without_semantics(settled);
    }
    memory_free(canonical);
    return fits;
}

size_t swarm_text_lines(const char *text) {
    size_t lines = 0;
    for (const char *line = text; *line != 0; line = line_end(line)) {
        lines++;
    }
    return lines;
}

const char *swarm_text_line(const char *text, size_t line) {
    for (; line > 0 && *text != 0; line--) {
        text = line_end(text);
    }
    return text;
}

void swarm_text_without(const char *text, size_t line, char less[SWARM_TEXT_SIZE]) {
    const char *begin = swarm_text_line(text, line);
    less[0] = 0;
    if (*begin != 0) {
        snprintf(less, SWARM_TEXT_SIZE, "%.*s%s", (int)(begin - text), text, block_end(begin));
    }
}

void swarm_text_brief(const char *settled, char brief[SWARM_TEXT_SIZE]) {
    char less[SWARM_TEXT_SIZE];
    char again[SWARM_TEXT_SIZE];
    snprintf(brief, SWARM_TEXT_SIZE, "%s", settled);
    for (size_t line = 0; line < swarm_text_lines(brief);) {
        swarm_text_without(brief, line, less);
        if (swarm_text_settle(less, NULL, 0, again) && strcmp(again, settled) == 0) {
            snprintf(brief, SWARM_TEXT_SIZE, "%s", less);
        } else {
            line++;
        }
    }
}

void swarm_text_graft(const char *text, const char *other, const char *section,
                      char grafted[SWARM_TEXT_SIZE]) {
    struct section old = find_section(text, section);
    struct section new = find_section(other, section);
    snprintf(grafted, SWARM_TEXT_SIZE, "%.*s%.*s%s", (int)(old.begin - text), text,
             (int)(new.end - new.begin), new.begin, old.end);
}
