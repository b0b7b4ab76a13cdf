// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/cli/completion.h"

#include <ctype.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/cli/command.h"
#include "sim/scenario/scenario_schema.h"
#include "sim/scenario/scenario_value_plain.h"

// What may stand for an argument as --help names it.
enum value_kind {
    VALUE_ANY,     // "N", "TIME": nothing is offered
    VALUE_WORDS,   // "avx512|avx2|generic"
    VALUE_KEY,     // "KEY"
    VALUE_SETTING, // "KEY=VALUE"
    VALUE_FILE,    // "FILE.h5|DIR..."
};

static enum value_kind kind_of(const char *argument) {
    static const char *const files[] = {"FILE", "FOLDER", "DIR", "JOURNAL", "SCENARIO", "SWEEP"};
    if (strncmp(argument, "KEY", 3) == 0) {
        return argument[3] == 0 ? VALUE_KEY : VALUE_SETTING;
    }
    if (islower((unsigned char)argument[0])) {
        return VALUE_WORDS;
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (strstr(argument, files[i]) != NULL) {
            return VALUE_FILE;
        }
    }
    return VALUE_ANY;
}

// Words with blanks between them: "a|b|c" with its bars replaced.
static void write_words(FILE *out, const char *words) {
    REQUIRE(words != NULL);
    for (; *words != 0; words++) {
        fputc(*words == '|' ? ' ' : *words, out);
    }
}

// A branch of a shell's "case" for each key that takes words.
static void write_key_words(FILE *out, const char *before, const char *action) {
    for (int i = 0; i < KEY_COUNT; i++) {
        struct word_list list = {0};
        const struct schema_key *key = &schema_table[i];
        if (key->names.at == NULL && key->names.count == 0) {
            continue;
        }
        value_list_words(key, &list);
        fprintf(out, "    %s%s) %s", before, key->key, action);
        for (size_t w = 0; w < list.count; w++) {
            fprintf(out, " %s", list.words[w]);
        }
        fputs(" ;;\n", out);
    }
}

// ---- bash ----

static const char bash_head[] =
    "# bash completion of desgd, made by \"desgd list --completion=bash\".\n"
    "# _desgd_words WHAT: the words that may stand there, or FILE, KEY or SETTING.\n"
    "_desgd_words() {\n"
    "    case $1 in\n";

static const char bash_tail[] =
    "    esac\n"
    "}\n"
    "_desgd() {\n"
    "    local line=${COMP_LINE:0:COMP_POINT} words word before command offer end=\n"
    "    read -ra words <<<\"$line\"\n"
    "    [[ $line == *[[:space:]] ]] && words+=('')\n"
    "    word=${words[-1]} command=${words[1]} COMPREPLY=()\n"
    "    if ((${#words[@]} <= 2)); then\n"
    "        offer=$(_desgd_words commands)\n"
    "    elif [[ $word == --*=* ]]; then\n"
    "        offer=$(_desgd_words \"$command ${word%%=*}\")\n"
    "        word=${word#*=}\n"
    "    elif [[ $word == -* ]]; then\n"
    "        offer=$(_desgd_words \"$command\")\n"
    "    else\n"
    "        before=${words[-2]}\n"
    "        [[ $before == -* ]] && offer=$(_desgd_words \"$command $before\")\n"
    "        offer=${offer:-$(_desgd_words \"$command argument\")}\n"
    "    fi\n"
    "    if [[ $offer == SETTING && $word == *=* ]]; then\n"
    "        offer=$(_desgd_words \"=${word%%=*}\")\n"
    "        word=${word#*=}\n"
    "    elif [[ $offer == SETTING ]]; then\n"
    "        offer=KEY end==\n"
    "        compopt -o nospace 2>/dev/null\n"
    "    fi\n"
    "    [[ $offer == KEY ]] && offer=$(_desgd_words keys)\n"
    "    # Without words, bash offers files.\n"
    "    [[ $offer == FILE ]] ||\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$offer\" -S \"$end\" -- \"$word\")\n"
    "}\n"
    "complete -o default -F _desgd desgd\n";

// What an argument may be, as _desgd_words says it.
static void write_bash_value(FILE *out, const char *argument) {
    static const char *const names[] = {
        [VALUE_KEY] = "KEY", [VALUE_SETTING] = "SETTING", [VALUE_FILE] = "FILE"};
    enum value_kind kind = kind_of(argument);
    fputs(") echo ", out);
    write_words(out, kind == VALUE_WORDS ? argument : names[kind]);
    fputs(" ;;\n", out);
}

static void write_bash_command(FILE *out, const struct command *command) {
    REQUIRE(command->name != NULL);
    const struct argp_option *option = NULL;
    fprintf(out, "    %s) echo", command->name);
    for (size_t i = 0; (option = command_option(command, i)) != NULL; i++) {
        fprintf(out, " --%s", option->name);
    }
    fputs(" ;;\n", out);
    for (size_t i = 0; (option = command_option(command, i)) != NULL; i++) {
        if (option->arg != NULL && kind_of(option->arg) != VALUE_ANY) {
            fprintf(out, "    '%s --%s'", command->name, option->name);
            if (option->key < 128) {
                fprintf(out, " | '%s -%c'", command->name, option->key);
            }
            write_bash_value(out, option->arg);
        }
    }
    if (command->parser.args_doc != NULL) {
        fprintf(out, "    '%s argument'", command->name);
        write_bash_value(out, command->parser.args_doc);
    }
}

void completion_write_bash(FILE *out, const struct command_set *set) {
    REQUIRE(out != NULL && set != NULL);
    fputs(bash_head, out);
    fputs("    commands) echo", out);
    for (size_t i = 0; i < set->count; i++) {
        fprintf(out, " %s", set->commands[i]->name);
    }
    fputs(" ;;\n", out);
    for (size_t i = 0; i < set->count; i++) {
        write_bash_command(out, set->commands[i]);
    }
    fputs("    keys) echo", out);
    for (int i = 0; i < KEY_COUNT; i++) {
        fprintf(out, " %s", schema_table[i].key);
    }
    fputs(" ;;\n", out);
    write_key_words(out, "=", "echo");
    fputs(bash_tail, out);
}

// ---- zsh ----

static const char zsh_head[] =
    "#compdef desgd\n"
    "# zsh completion of desgd, made by \"desgd list --completion=zsh\".\n"
    "_desgd_setting() {\n"
    "    local key=${PREFIX%%=*}\n"
    "    if compset -P '*='; then\n"
    "        case $key in\n";

static const char zsh_middle[] = "        esac\n"
                                 "    else\n"
                                 "        _desgd_key -S =\n"
                                 "    fi\n"
                                 "}\n"
                                 "_desgd_key() {\n"
                                 "    compadd \"$@\" --";

static const char zsh_tail[] = "    esac\n"
                               "}\n"
                               "_desgd \"$@\"\n";

// Between single quotes, where "special" and a backslash are written with a backslash.
static void put_quoted(FILE *out, const char *text, const char *special) {
    REQUIRE(text != NULL);
    for (; *text != 0; text++) {
        if (*text == '\'') {
            fputs("'\\''", out);
            continue;
        }
        if (*text == '\\' || strchr(special, *text) != NULL) {
            fputc('\\', out);
        }
        fputc(*text == '\n' ? ' ' : *text, out);
    }
}

// ":WHAT:ACTION" of _arguments.
static void write_zsh_value(FILE *out, const char *argument) {
    static const char *const actions[] = {[VALUE_ANY] = " ",
                                          [VALUE_WORDS] = "(",
                                          [VALUE_KEY] = "_desgd_key",
                                          [VALUE_SETTING] = "_desgd_setting",
                                          [VALUE_FILE] = "_files"};
    enum value_kind kind = kind_of(argument);
    fputc(':', out);
    put_quoted(out, argument, ":");
    fprintf(out, ":%s", actions[kind]);
    if (kind == VALUE_WORDS) {
        write_words(out, argument);
        fputc(')', out);
    }
}

static void write_zsh_option(FILE *out, const struct argp_option *option) {
    REQUIRE(option->name != NULL || option->key != 0);
    const char *joint = option->arg == NULL                          ? ""
                        : (option->flags & OPTION_ARG_OPTIONAL) != 0 ? "=-"
                                                                     : "=";
    if (option->key < 128) {
        fprintf(out, " \\\n            {'-%c%s',--%s%s}'[", option->key,
                option->arg == NULL ? "" : "+", option->name, joint);
    } else {
        fprintf(out, " \\\n            '*--%s%s[", option->name, joint);
    }
    put_quoted(out, option->doc, "[]");
    fputs((option->flags & OPTION_ARG_OPTIONAL) != 0 ? "]:" : "]", out);
    if (option->arg != NULL) {
        write_zsh_value(out, option->arg);
    }
    fputc('\'', out);
}

static void write_zsh_command(FILE *out, const struct command *command) {
    REQUIRE(command->name != NULL);
    fprintf(out, "    %s)\n        _arguments", command->name);
    for (size_t i = 0; command_option(command, i) != NULL; i++) {
        write_zsh_option(out, command_option(command, i));
    }
    if (command->parser.args_doc != NULL) {
        fputs(" \\\n            '*", out);
        write_zsh_value(out, command->parser.args_doc);
        fputc('\'', out);
    }
    fputs(" ;;\n", out);
}

void completion_write_zsh(FILE *out, const struct command_set *set) {
    REQUIRE(out != NULL && set != NULL);
    fputs(zsh_head, out);
    write_key_words(out, "    ", "compadd --");
    fputs(zsh_middle, out);
    for (int i = 0; i < KEY_COUNT; i++) {
        fprintf(out, " %s", schema_table[i].key);
    }
    fputs("\n}\n_desgd() {\n    if ((CURRENT == 2)); then\n        local -a commands=(", out);
    for (size_t i = 0; i < set->count; i++) {
        fprintf(out, "\n            '%s:", set->commands[i]->name);
        put_quoted(out, set->commands[i]->summary, ":");
        fputc('\'', out);
    }
    fputs(")\n        _describe command commands\n        return\n    fi\n"
          "    shift words\n    ((CURRENT--))\n    case $words[1] in\n",
          out);
    for (size_t i = 0; i < set->count; i++) {
        write_zsh_command(out, set->commands[i]);
    }
    fputs(zsh_tail, out);
}
