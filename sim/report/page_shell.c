// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/page_shell.h"

#include <string.h>

#include "sim/base/check.h"

// The assembler reads the file, from the top of the tree; a zero ends it as a text.
__asm__(".pushsection .rodata\n"
        "page_html:\n"
        ".incbin \"build/page/report.html\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char page_html[] __attribute__((visibility("hidden")));

static const char place[] = "@DATA@";

struct page_shell page_shell(void) {
    const char *found = strstr(page_html, place);
    INVARIANT(found != NULL);
    const char *tail = found + sizeof place - 1;
    return (struct page_shell){.head = page_html,
                               .head_size = (size_t)(found - page_html),
                               .tail = tail,
                               .tail_size = strlen(tail)};
}
