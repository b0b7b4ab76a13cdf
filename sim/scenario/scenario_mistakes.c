// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/scenario/scenario_mistakes.h"

#include <stdbool.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/scenario/text_buffer.h"

struct mistake {
    bool elsewhere; // not in the text itself
    int32_t line;
    int32_t column;
    struct error error;
};

static bool is_before(const struct mistake *a, const struct mistake *b) {
    REQUIRE(a->line >= 1 && b->line >= 1);
    if (a->elsewhere != b->elsewhere) {
        return b->elsewhere;
    }
    return !a->elsewhere && (a->line < b->line || (a->line == b->line && a->column < b->column));
}

void mistakes_add(struct mistakes *mistakes, const struct node *root, const struct node *place,
                  const struct error *error) {
    REQUIRE(place != NULL && error->status != STATUS_OK);
    if (mistakes->first == NULL) {
        mistakes->first = memory_allocate(MISTAKES_SHOWN + 1, sizeof *mistakes->first);
    }
    size_t held = mistakes->count < MISTAKES_SHOWN ? mistakes->count : MISTAKES_SHOWN;
    struct mistake *at = &mistakes->first[held];
    *at = (struct mistake){place->source != root->source, place->line, place->column, *error};
    for (; at > mistakes->first && is_before(at, at - 1); at--) {
        struct mistake earlier = at[-1];
        at[-1] = *at;
        *at = earlier;
    }
    mistakes->count++;
}

enum status mistakes_finish(struct mistakes *mistakes, struct error *error) {
    REQUIRE((mistakes->count == 0) == (mistakes->first == NULL));
    enum { ROOM_FOR_MORE = 32 };
    if (mistakes->count == 0) {
        return STATUS_OK;
    }
    const struct mistake *first = mistakes->first;
    size_t room = sizeof first->error.message - ROOM_FOR_MORE;
    size_t told = 0;
    struct text_buffer text = {0};
    for (; told < mistakes->count && told < MISTAKES_SHOWN; told++) {
        const char *message = first[told].error.message;
        if (told > 0 && strlen(text_buffer_text(&text)) + strlen(message) + 1 > room) {
            break;
        }
        text_buffer_add(&text, "%s%s", told == 0 ? "" : "\n", message);
    }
    if (told < mistakes->count) {
        text_buffer_add(&text, "\nand %s%zu more",
                        mistakes->count >= MISTAKES_COUNTED ? "at least " : "",
                        mistakes->count - told);
    }
    enum status status = error_set(error, first->error.status, "%s", text_buffer_text(&text));
    text_buffer_clear(&text);
    memory_free(mistakes->first);
    *mistakes = (struct mistakes){0};
    return status;
}
