// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/validate/advice_print.h"

#include <math.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/json_value.h"
#include "sim/report/table.h"

enum { PERCENT = 100 };

// ---- in words ----

enum { NUMBER_SIZE = 32 };

// Three digits and more.
static const char *number(double value, char text[NUMBER_SIZE]) {
    REQUIRE(text != NULL);
    const char *format = fabs(value) < 1 ? "%.3f" : fabs(value) < 10 ? "%.2f" : "%.1f";
    snprintf(text, NUMBER_SIZE, format, value);
    return isfinite(value) ? text : "-";
}

// What holds a smaller K back, by what was seen.
static char *what_is_gained(const struct advice *advice) {
    const double busy_server = .9;
    char gained[NUMBER_SIZE];
    char most[NUMBER_SIZE];
    char more[NUMBER_SIZE];
    const struct advice_row *first = &advice->rows[0];
    const struct advice_row *chosen = &advice->rows[advice->recommended];
    REQUIRE(advice->count > 0);
    if (advice->recommended == 0) {
        return memory_print_text("A greater K gains no more than that: at K = 1 the server is busy "
                                 "%.1f %% of the time.",
                                 PERCENT * first->server_load);
    }
    if (first->server_load >= busy_server) {
        return memory_print_text("At K = 1 the server is the bottleneck: it is busy %.1f %% of the "
                                 "time, can take %s gradients/s, and applies %s. One update for %d "
                                 "gradients lets it take %s.",
                                 PERCENT * first->server_load, number(first->server_most, most),
                                 number(first->gradients_per_s, gained), chosen->threshold,
                                 number(chosen->server_most, more));
    }
    return memory_print_text("K = 1 gives %s, with a server that is busy %.1f %% of the time.",
                             number(first->gradients_per_s, gained), PERCENT * first->server_load);
}

static char *reason_of(const struct advice *advice) {
    REQUIRE(advice->recommended <= advice->best && advice->best < advice->count);
    char rate[NUMBER_SIZE];
    char most[NUMBER_SIZE];
    char slow[NUMBER_SIZE];
    const struct advice_row *chosen = &advice->rows[advice->recommended];
    const struct advice_row *best = &advice->rows[advice->best];
    const struct advice_row *last = &advice->rows[advice->count - 1];
    char *gained = what_is_gained(advice);
    char *reason = memory_print_text(
        "K = %d is the smallest whose gradients/s (%s) are within %.0f %% of the most (%s, at K = "
        "%d). %s At K = %d, all workers, there are %s, and workers wait for others %.1f %% of "
        "their time instead of %.1f %%.",
        chosen->threshold, number(chosen->gradients_per_s, rate), PERCENT * ADVICE_WITHIN,
        number(best->gradients_per_s, most), best->threshold, gained, last->threshold,
        number(last->gradients_per_s, slow), PERCENT * last->waiting_share,
        PERCENT * chosen->waiting_share);
    memory_free(gained);
    return reason;
}

static const char *limits_of(const struct advice *advice) {
    REQUIRE(advice->count > 0);
    return advice->stalled
               ? "Some of these runs stalled, and their numbers count the time at rest. Times "
                 "alone cannot know what fresh gradients are worth to this net."
               : "Times alone cannot know what fresh gradients are worth to this net: a greater K "
                 "makes fewer updates of less stale gradients. Runs with gradients tell: a sweep "
                 "over policy.threshold around this K, and compare.";
}

// ---- as text ----

static void put_number(struct table *table, double value) {
    char text[NUMBER_SIZE];
    REQUIRE(table != NULL);
    table_put(table, "%s", number(value, text));
}

static void put_share(struct table *table, double share) {
    REQUIRE(table != NULL);
    if (isfinite(share)) {
        table_put(table, "%.1f %%", PERCENT * share);
    } else {
        table_put(table, "-");
    }
}

static void put_row(struct table *table, const struct advice *advice, size_t i) {
    const struct advice_row *row = &advice->rows[i];
    REQUIRE(i < advice->count);
    table_put(table, "%d", row->threshold);
    put_number(table, row->gradients_per_s);
    put_number(table, row->theory);
    put_number(table, row->server_most);
    put_number(table, row->updates_per_s);
    put_number(table, row->staleness);
    put_share(table, row->server_load);
    put_share(table, row->idle_share);
    table_put(table, "%s",
              i == advice->recommended ? "recommended"
              : i == advice->best      ? "the most"
                                       : "");
}

static void print_formulas(FILE *out, const struct advice *advice) {
    const char *before = NULL;
    REQUIRE(advice->count > 0);
    for (size_t i = 0; i < advice->count; i++) {
        const struct advice_row *row = &advice->rows[i];
        if (row->formula != NULL && row->formula != before) {
            char *text =
                memory_print_text("Theory from K = %d on: %s.", row->threshold, row->formula);
            table_print_paragraph(out, text, TABLE_TEXT);
            memory_free(text);
        }
        before = row->formula;
    }
}

void advice_print(FILE *out, const char *title, const struct advice *advice) {
    REQUIRE(advice->count > 0);
    struct table *table = table_create(title);
    table_column(table, "K", false);
    table_column(table, "gradients/s", false);
    table_column(table, "theory", false);
    table_column(table, "server's most", false);
    table_column(table, "updates/s", false);
    table_column(table, "staleness", false);
    table_column(table, "server load", false);
    table_column(table, "idle", false);
    table_column(table, "", true);
    for (size_t i = 0; i < advice->count; i++) {
        put_row(table, advice, i);
    }
    table_print(out, table, TABLE_TEXT);
    table_destroy(&table);
    char *reason = reason_of(advice);
    print_formulas(out, advice);
    table_print_paragraph(out, reason, TABLE_TEXT);
    table_print_paragraph(out, limits_of(advice), TABLE_TEXT);
    memory_free(reason);
}

// ---- as JSON ----

static json_t *json_row(const struct advice_row *row) {
    REQUIRE(row->threshold >= 1);
    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "threshold",
                     row->threshold, "gradients_per_s", json_number(row->gradients_per_s),
                     "theory_gradients_per_s", json_number(row->theory), "theory",
                     row->formula == NULL ? json_null() : json_string(row->formula),
                     "server_most_gradients_per_s", json_number(row->server_most), "updates_per_s",
                     json_number(row->updates_per_s), "staleness", json_number(row->staleness),
                     "server_load", json_number(row->server_load), "idle_share",
                     json_number(row->idle_share), "waiting_share",
                     json_number(row->waiting_share));
}

void advice_print_json(FILE *out, const struct advice *advice) {
    json_t *rows = json_array();
    char *reason = reason_of(advice);
    for (size_t i = 0; i < advice->count; i++) {
        json_array_append_new(rows, json_row(&advice->rows[i]));
    }
    json_t *report =
        json_pack("{s:s, s:i, s:i, s:f, s:b, s:s, s:s, s:o}", "policy", advice->policy,
                  "recommended", advice->rows[advice->recommended].threshold, "most",
                  advice->rows[advice->best].threshold, "within", ADVICE_WITHIN, "stalled",
                  advice->stalled, "reason", reason, "not_known", limits_of(advice), "rows", rows);
    INVARIANT(report != NULL);
    json_dumpf(report, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    fputc('\n', out);
    json_decref(report);
    memory_free(reason);
}
