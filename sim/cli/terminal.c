// SPDX-License-Identifier: GPL-3.0-or-later
// With control sequences that are the same on every terminal of today (ECMA-48, and xterm's second
// screen), so no library and no table of terminals is needed.
#include "sim/cli/terminal.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/step_view.h"

enum { KEYS_SIZE = 64, CTRL_C = 3, CTRL_D = 4, ESCAPE = 27, ROWS_MOST = 500, COLUMNS_MOST = 1000 };
// The second screen without a cursor; lines that are too long are cut.
#define TAKE_OVER "\033[?1049h\033[?25l\033[?7l"
#define GIVE_BACK "\033[?7h\033[?25h\033[?1049l"

struct terminal {
    struct termios before;
    bool is_taken;
    const volatile sig_atomic_t *interrupted;
    struct screen shown, wanted;
    unsigned char keys[KEYS_SIZE]; // read and not yet handed out
    size_t key_count;
};

enum status terminal_check(const char *what, struct error *error) {
    const char *name = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        return error_set(error, STATUS_USAGE, "%s needs a terminal, and %s is none", what,
                         isatty(STDIN_FILENO) ? "stdout" : "stdin");
    }
    if (name == NULL || name[0] == 0 || strcmp(name, "dumb") == 0) {
        return error_set(error, STATUS_USAGE,
                         "%s needs a terminal that can show screens, and $TERM is %s", what,
                         name == NULL || name[0] == 0 ? "not set" : name);
    }
    return STATUS_OK;
}

static void write_all(const char *text, size_t size) {
    while (size > 0) {
        ssize_t written = write(STDOUT_FILENO, text, size);
        if (written <= 0) {
            return; // a terminal that is gone shows nothing
        }
        text += written;
        size -= (size_t)written;
    }
}

static void give_back(struct terminal *terminal) {
    if (terminal->is_taken) {
        write_all(GIVE_BACK, strlen(GIVE_BACK));
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal->before);
        terminal->is_taken = false;
    }
}

static void give_back_at_exit(int status, void *terminal) {
    (void)status;
    give_back(terminal);
}

enum status terminal_open(const char *what, const volatile sig_atomic_t *interrupted,
                          struct terminal **terminal, struct error *error) {
    REQUIRE(interrupted != NULL);
    enum status status = terminal_check(what, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct terminal *made = memory_allocate(1, sizeof *made);
    made->interrupted = interrupted;
    if (tcgetattr(STDIN_FILENO, &made->before) != 0) {
        memory_free(made);
        return error_set(error, STATUS_USAGE, "%s: the terminal does not answer", what);
    }
    struct termios raw = made->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    on_exit(give_back_at_exit, made); // so it lives as long as the program
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
    made->is_taken = true;
    write_all(TAKE_OVER, strlen(TAKE_OVER));
    *terminal = made;
    return STATUS_OK;
}

void terminal_close(struct terminal **terminal) {
    if (*terminal != NULL) {
        give_back(*terminal);
        screen_reset(&(*terminal)->shown);
        screen_reset(&(*terminal)->wanted);
        *terminal = NULL;
    }
}

// ---- keys ----

static bool wait_for_bytes(int milliseconds) {
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&in, 1, milliseconds) > 0;
}

static int take(struct terminal *terminal, size_t bytes, int key) {
    REQUIRE(bytes <= terminal->key_count);
    terminal->key_count -= bytes;
    memmove(terminal->keys, terminal->keys + bytes, terminal->key_count);
    return key;
}

// ESC [ A and ESC O A, ESC [ 5 ~ : what follows "ESC [" or "ESC O", with how many bytes that is.
static int key_of_sequence(const unsigned char *rest, size_t count, size_t *used) {
    static const struct {
        const char *bytes;
        int key;
    } keys[] = {{"A", STEP_KEY_UP},        {"B", STEP_KEY_DOWN}, {"C", STEP_KEY_RIGHT},
                {"D", STEP_KEY_LEFT},      {"H", STEP_KEY_HOME}, {"F", STEP_KEY_END},
                {"1~", STEP_KEY_HOME},     {"4~", STEP_KEY_END}, {"5~", STEP_KEY_PAGE_UP},
                {"6~", STEP_KEY_PAGE_DOWN}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        *used = strlen(keys[i].bytes);
        if (*used <= count && memcmp(rest, keys[i].bytes, *used) == 0) {
            return keys[i].key;
        }
    }
    *used = 0; // another key: up to the byte that ends its sequence
    while (*used < count && (rest[*used] < '@' || rest[*used] > '~')) {
        (*used)++;
    }
    *used += *used < count;
    return TERMINAL_NO_KEY;
}

static int first_key(struct terminal *terminal) {
    unsigned char first = terminal->keys[0];
    if (first == CTRL_C || first == CTRL_D) {
        return take(terminal, 1, TERMINAL_IS_GONE);
    }
    bool begins = terminal->key_count > 1 && (terminal->keys[1] == '[' || terminal->keys[1] == 'O');
    if (first != ESCAPE || !begins) {
        return take(terminal, 1, first == ESCAPE ? STEP_KEY_ESCAPE : first);
    }
    size_t used = 0;
    int key = key_of_sequence(terminal->keys + 2, terminal->key_count - 2, &used);
    return take(terminal, 2 + used, key);
}

int terminal_key(struct terminal *terminal, int milliseconds) {
    REQUIRE(terminal->is_taken);
    if (*terminal->interrupted) {
        return TERMINAL_IS_GONE;
    }
    if (terminal->key_count > 0) {
        return first_key(terminal);
    }
    if (!wait_for_bytes(milliseconds)) {
        return *terminal->interrupted ? TERMINAL_IS_GONE : TERMINAL_NO_KEY;
    }
    ssize_t count = read(STDIN_FILENO, terminal->keys, KEYS_SIZE);
    if (count <= 0) {
        return TERMINAL_IS_GONE;
    }
    terminal->key_count = (size_t)count;
    return first_key(terminal);
}

// ---- screens ----

struct screen *terminal_blank(struct terminal *terminal) {
    struct winsize size = {0};
    int rows = 24;
    int columns = 80;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
        rows = size.ws_row < ROWS_MOST ? size.ws_row : ROWS_MOST;
        columns = size.ws_col < COLUMNS_MOST ? size.ws_col : COLUMNS_MOST;
    }
    screen_clear(&terminal->wanted, rows, columns);
    return &terminal->wanted;
}

void terminal_show(struct terminal *terminal) {
    REQUIRE(terminal->is_taken);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    INVARIANT(out != NULL);
    screen_write_changes(out, &terminal->shown, &terminal->wanted);
    fclose(out);
    write_all(text, size); // at once, so that nothing flickers
    memory_free(text);
    screen_copy(&terminal->shown, &terminal->wanted);
}
