// SPDX-License-Identifier: GPL-3.0-or-later
// Characters of UTF-8, and those that no word of a scenario may hold, because they say something
// else than what is seen: they end a value early, move the cursor, reorder the text around them, or
// cannot be seen at all.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Bytes of the UTF-8 character at "text" (RFC 3629: no overlong forms, no surrogates), 0 if it is
// none. *code: which one. Requires: left > 0.
size_t character_read(const char *text, size_t left, uint32_t *code);

// What is wrong with it wherever it stands, or NULL: "a control character" (of C0, but for tab and
// line ends; DEL; C1), "a line break that YAML does not know", "no character of Unicode".
const char *character_fault(uint32_t code);

// Likewise, of what only a user's own words are refused for, so that the logs of an earlier desgd
// stay readable: "a mark that turns the direction of writing", "a character that is not seen".
const char *character_deceit(uint32_t code);
