// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of a comparison: differences of each metric, what else is known of the primary one,
// and divergence.
#include <math.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/compare_parts.h"
#include "sim/report/table.h"

enum {
    TABLES_MAX = COMPARE_METRIC_COUNT + 3,
    TEXT_SIZE = 256,
    NUMBER_COLUMNS_MAX = 10, // beside the names, in any of the tables
};

const char *compare_shown(const char *value) {
    return value == NULL ? "-" : value;
}

// How cells are named: every varied key has a column, headed by the key or by the last word of it,
// or all keys stand above their row. Text takes the first that fits; all take the last where there
// are more keys than a table has columns.
enum naming { BY_KEY, BY_LAST_WORD, BY_ALL_KEYS };

struct view {
    const struct comparison *comparison;
    enum naming naming;
    enum table_format layout;
};

// --- names and numbers ---------------------------------------------------------------------------

static const char *last_word(const char *key) {
    const char *dot = strrchr(key, '.');
    return dot == NULL ? key : dot + 1;
}

// "every" for "policy.threshold.every", if no other varied key ends so.
static const char *heading_of(const struct view *view, size_t key) {
    REQUIRE(key < view->comparison->key_count);
    char **keys = view->comparison->keys;
    for (size_t k = 0; k < view->comparison->key_count; k++) {
        if (k != key && strcmp(last_word(keys[k]), last_word(keys[key])) == 0) {
            return keys[key];
        }
    }
    return view->naming == BY_LAST_WORD ? last_word(keys[key]) : keys[key];
}

static void name_columns(struct table *table, const struct view *view) {
    char name[TEXT_SIZE];
    if (view->naming == BY_ALL_KEYS || view->comparison->key_count == 0) {
        table_column(table, "cell", true);
        if (view->naming == BY_ALL_KEYS) {
            table_name_above(table);
        }
        return;
    }
    for (size_t k = 0; k < view->comparison->key_count; k++) {
        table_column(table,
                     view->layout == TABLE_LATEX ? compare_readable_key(view->comparison, k, name)
                                                 : heading_of(view, k),
                     true);
    }
}

static void number_columns(struct table *table, size_t count, const char *const *names) {
    for (size_t i = 0; i < count; i++) {
        table_column(table, names[i], false);
    }
}

static const char *value_of(const struct view *view, const struct compare_cell *cell, size_t key,
                            char text[COMPARE_VALUE_SIZE]) {
    REQUIRE(key < view->comparison->key_count);
    return view->layout == TABLE_LATEX ? compare_readable_value(view->comparison, cell, key, text)
                                       : compare_shown(cell->values[key]);
}

// What tells the baseline of a cell from the other baselines: "32, 10 ms" in the order of the keys;
// "" of a baseline, and where there is only one.
static const char *own_baseline(const struct view *view, const struct compare_cell *cell,
                                char text[TEXT_SIZE]) {
    const struct comparison *comparison = view->comparison;
    REQUIRE(cell->baseline < comparison->cell_count);
    char value[COMPARE_VALUE_SIZE];
    const struct compare_cell *own = &comparison->cells[cell->baseline];
    text[0] = 0;
    for (size_t k = 0;
         k < comparison->key_count && comparison->baseline_count > 1 && !cell->is_baseline; k++) {
        bool tells = false;
        for (size_t c = 0; c < comparison->cell_count && !tells; c++) {
            const struct compare_cell *other = &comparison->cells[c];
            tells = other->is_baseline &&
                    strcmp(compare_shown(other->values[k]), compare_shown(own->values[k])) != 0;
        }
        size_t used = strlen(text);
        if (tells) {
            snprintf(text + used, TEXT_SIZE - used, "%s%s", used > 0 ? ", " : "",
                     value_of(view, own, k, value));
        }
    }
    return text;
}

// "policy.name=hybrid training.batch=32", of the keys that the cell has; of one that has none,
// since it has the defaults, "training.momentum=-". from: what tells its baseline from the others,
// or "".
static void put_all_keys(struct table *table, const struct comparison *comparison,
                         const struct compare_cell *cell, const char *from) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    INVARIANT(stream != NULL);
    for (size_t k = 0; k < comparison->key_count; k++) {
        if (cell->values[k] != NULL) {
            fprintf(stream, "%s%s=%s", ftell(stream) > 0 ? " " : "", comparison->keys[k],
                    cell->values[k]);
        }
    }
    if (ftell(stream) == 0) {
        compare_print_cell_name(stream, comparison, cell);
    }
    fprintf(stream, *from == 0 ? "" : " (from %s)", from);
    INVARIANT(fclose(stream) == 0);
    table_put(table, "%s", text);
    memory_free(text);
}

static void put_name(struct table *table, const struct view *view, size_t index) {
    REQUIRE(index < view->comparison->cell_count);
    const struct compare_cell *cell = &view->comparison->cells[index];
    char value[COMPARE_VALUE_SIZE];
    if (view->naming == BY_ALL_KEYS) {
        put_all_keys(table, view->comparison, cell, "");
        return;
    }
    if (view->comparison->key_count == 0) {
        table_put(table, "all runs");
    }
    for (size_t k = 0; k < view->comparison->key_count; k++) {
        table_put(table, "%s", value_of(view, cell, k, value));
    }
}

// "test-accuracy-mean-best" for a metric; the suffix alone for none.
static struct table *new_table(const struct view *view, int metric, const char *suffix,
                               const char *title) {
    REQUIRE(metric >= -1 && metric < COMPARE_METRIC_COUNT);
    char name[COMPARE_NAME_SIZE] = "";
    char label[TEXT_SIZE];
    char *caption = view->layout == TABLE_LATEX
                        ? compare_caption(view->comparison, metric, suffix, title)
                        : memory_copy_text(title);
    struct table *table = table_create(caption);
    snprintf(label, sizeof label, "%s%s", metric >= 0 ? compare_metric_name(metric, name) : "",
             suffix);
    for (char *at = strchr(label, '_'); at != NULL; at = strchr(at, '_')) {
        *at = '-';
    }
    table_label(table, label);
    memory_free(caption);
    return table;
}

// --- the differences of a metric -----------------------------------------------------------------

static void difference_columns(struct table *table, const struct view *view, int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    name_columns(table, view);
    table_column(table, "n", false);
    if (metric == COMPARE_TIME_TO_ACCURACY) {
        table_column(table, "got there", false);
    }
    table_column(table, "value", false);
    if (view->comparison->options.baseline_count == 0) {
        number_columns(table, 3, (const char *[]){"std dev", "least", "most"});
        return;
    }
    bool is_paper = view->layout == TABLE_LATEX;
    table_column(table, is_paper ? "difference" : "diff", false);
    table_column(table, "95 % interval", false);
    if (is_paper) {
        table_column(table, "p", false);
    } else {
        number_columns(table, 3, (const char *[]){"p (t)", "Holm", "Wilcoxon"});
        table_column(table, "difference is", true);
    }
    if (view->comparison->baseline_count > 1 && view->naming != BY_ALL_KEYS) {
        table_column(table, "from", true);
    }
}

// A paper has room for one p, Holm's, or for why there is none.
static void put_difference(struct table *table, const struct view *view,
                           const struct compare_cell *cell, int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    const struct compare_numbers *numbers = &cell->numbers[metric];
    int decimals = compare_metric_decimals(metric);
    bool is_paper = view->layout == TABLE_LATEX;
    if (cell->is_baseline) {
        table_put(table, "%s", "");
        table_put(table, "baseline");
        for (int i = 0; i < (is_paper ? 1 : 4); i++) {
            table_put(table, "%s", "");
        }
        return;
    }
    compare_put_number(table, numbers->t.mean, decimals, true);
    compare_put_interval(table, numbers->t.low, numbers->t.high, decimals);
    if (is_paper && (isnan(numbers->p_holm) || numbers->same_run)) {
        table_put(table, "%s", compare_verdict(numbers));
        return;
    }
    if (is_paper) {
        compare_put_p(table, numbers->p_holm, 0);
        return;
    }
    compare_put_p(table, numbers->t.p, 0);
    compare_put_p(table, numbers->p_holm, 0);
    compare_put_p(table, numbers->wilcoxon.p, numbers->wilcoxon.least_p);
    table_put(table, "%s", compare_verdict(numbers));
}

static struct table *difference_table(const struct view *view, int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    const struct comparison *comparison = view->comparison;
    int decimals = compare_metric_decimals(metric);
    bool primary = metric == comparison->options.primary && comparison->options.baseline_count > 0;
    char label[TEXT_SIZE];
    char title[TEXT_SIZE + 16];
    char from[TEXT_SIZE];
    compare_metric_label(comparison, metric, label, sizeof label);
    snprintf(title, sizeof title, "%s%s", primary ? "PRIMARY: " : "", label);
    struct table *table = new_table(view, metric, "", title);
    difference_columns(table, view, metric);
    for (size_t i = 0; i < comparison->order_count; i++) {
        size_t c = comparison->order[i];
        const struct compare_cell *cell = &comparison->cells[c];
        const struct compare_numbers *numbers = &cell->numbers[metric];
        if (view->naming == BY_ALL_KEYS) {
            put_all_keys(table, comparison, cell, own_baseline(view, cell, from));
        } else {
            put_name(table, view, c);
        }
        table_put(table, "%zu%s%s", cell->pair_count > 0 ? numbers->t.pairs : numbers->value.rounds,
                  numbers->pairs_diverged > 0 ? "!" : "", numbers->pairs_without > 0 ? "?" : "");
        if (metric == COMPARE_TIME_TO_ACCURACY) {
            compare_put_share(table, numbers->reached);
        }
        compare_put_number(table, numbers->value.mean, decimals, false);
        if (comparison->options.baseline_count > 0) {
            put_difference(table, view, cell, metric);
            if (comparison->baseline_count > 1 && view->naming != BY_ALL_KEYS) {
                table_put(table, "%s", own_baseline(view, cell, from));
            }
        } else {
            compare_put_number(table, numbers->value.deviation, decimals, false);
            compare_put_number(table, numbers->value.least, decimals, false);
            compare_put_number(table, numbers->value.most, decimals, false);
        }
    }
    return table;
}

// --- more about the primary metric ---------------------------------------------------------------

static struct table *primary_table(const struct view *view) {
    const struct comparison *comparison = view->comparison;
    int metric = comparison->options.primary;
    int decimals = compare_metric_decimals(metric);
    bool plans = !isnan(comparison->options.precision);
    char heading[64];
    struct table *table =
        new_table(view, metric, "-together",
                  "the same: 95 % intervals for all cells together, p of max-T, what pairing "
                  "brought");
    name_columns(table, view);
    number_columns(
        table, 5, (const char *[]){"simultaneous", "max-T", "bootstrap", "pair corr", "var ratio"});
    if (plans) {
        snprintf(heading, sizeof heading, "rounds for +-%g", comparison->options.precision);
        table_column(table, heading, false);
    }
    for (size_t i = 0; i < comparison->order_count; i++) {
        size_t c = comparison->order[i];
        const struct compare_cell *cell = &comparison->cells[c];
        const struct compare_numbers *numbers = &cell->numbers[metric];
        if (cell->is_baseline) {
            continue;
        }
        put_name(table, view, c);
        compare_put_interval(table, numbers->simultaneous.low, numbers->simultaneous.high,
                             decimals);
        compare_put_p(table, numbers->simultaneous.p, comparison->families[metric].least_p);
        compare_put_interval(table, numbers->bootstrap.low, numbers->bootstrap.high, decimals);
        compare_put_number(table, numbers->pairing.correlation, 2, true);
        compare_put_number(table, numbers->pairing.variance_ratio, 2, false);
        if (plans) {
            compare_put_number(table, numbers->rounds_needed, 0, false);
        }
    }
    return table;
}

// --- which is best -------------------------------------------------------------------------------

// With fewer than three the table of differences says it.
static bool best_is_asked(const struct comparison *comparison, int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    size_t cells = 0;
    for (size_t c = 0; c < comparison->cell_count; c++) {
        cells += comparison->cells[c].same_as == c &&
                 !isnan(comparison->cells[c].numbers[metric].best.high);
    }
    return cells > 2;
}

static struct table *best_table(const struct view *view) {
    const struct comparison *comparison = view->comparison;
    int metric = comparison->options.primary;
    int decimals = compare_metric_decimals(metric);
    struct table *table = new_table(
        view, metric, "-best",
        compare_more_is_better(metric)
            ? "which is best: mean minus the best other, 95 % for all cells together (Hsu)"
            : "which is best: the best other's mean minus the own, 95 % for all cells together "
              "(Hsu)");
    name_columns(table, view);
    table_column(table, "value", false);
    table_column(table, "to the best", false);
    table_column(table, "it is", true);
    for (size_t i = 0; i < comparison->order_count; i++) {
        const struct compare_numbers *numbers =
            &comparison->cells[comparison->order[i]].numbers[metric];
        put_name(table, view, comparison->order[i]);
        compare_put_number(table, numbers->value.mean, decimals, false);
        compare_put_interval(table, numbers->best.low, numbers->best.high, decimals);
        table_put(table, "%s", best_verdict(&numbers->best));
    }
    return table;
}

// --- divergence ----------------------------------------------------------------------------------

static bool any_diverged(const struct comparison *comparison) {
    for (size_t c = 0; c < comparison->cell_count; c++) {
        if (comparison->cells[c].diverged.happened > 0) {
            return true;
        }
    }
    return false;
}

static struct table *divergence_table(const struct view *view) {
    const struct comparison *comparison = view->comparison;
    struct table *table =
        new_table(view, -1, "divergence", "divergence (not finite, or a last loss above 2 ln 10)");
    bool paired = comparison->options.baseline_count > 0;
    name_columns(table, view);
    number_columns(table, 4, (const char *[]){"runs", "diverged", "rate", "95 % interval"});
    if (paired) {
        number_columns(table, 3, (const char *[]){"only here", "only baseline", "p (McNemar)"});
    }
    for (size_t i = 0; i < comparison->order_count; i++) {
        size_t c = comparison->order[i];
        const struct compare_cell *cell = &comparison->cells[c];
        put_name(table, view, c);
        table_put(table, "%zu", cell->run_count);
        table_put(table, "%zu", cell->diverged.happened);
        compare_put_number(table, cell->diverged.rate, 3, false);
        table_put(table, "[%.3f, %.3f]", cell->diverged.low, cell->diverged.high);
        if (paired && cell->is_baseline) {
            table_put(table, "%s", "");
            table_put(table, "%s", "");
            table_put(table, "baseline");
        } else if (paired) {
            table_put(table, "%zu", cell->only_this);
            table_put(table, "%zu", cell->only_baseline);
            compare_put_p(table, exact_mcnemar_p(cell->only_this, cell->only_baseline),
                          exp2(1 - (double)cell->pair_count));
        }
    }
    return table;
}

// --- all of them ---------------------------------------------------------------------------------

struct tables {
    struct table *items[TABLES_MAX];
    size_t count;
};

// A paper takes one table: that of the metric that was asked for, and nothing beside it.
static bool is_one_asked(const struct compare_options *options) {
    bool any = options->primary_declared;
    for (int metric = 0; metric < COMPARE_METRIC_COUNT; metric++) {
        any |= options->asked[metric];
    }
    return any;
}

// The primary one, if no other one is asked for by name.
static bool is_asked(const struct compare_options *options, int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    bool named = false;
    for (int m = 0; m < COMPARE_METRIC_COUNT; m++) {
        named |= options->asked[m];
    }
    return named ? options->asked[metric] : metric == options->primary;
}

static void add_metric(struct tables *tables, const struct view *view, int metric) {
    REQUIRE(metric >= 0 && metric < COMPARE_METRIC_COUNT);
    const struct compare_options *options = &view->comparison->options;
    // Without a start-up the mean after it is the mean.
    bool repeats = metric != options->primary && metric != COMPARE_TIME_TO_ACCURACY &&
                   metric % COMPARE_FORMS == COMPARE_MEAN_AFTER && options->after_ns == 0;
    bool alone = view->layout == TABLE_LATEX && is_one_asked(options);
    if (view->comparison->measured[metric] && !repeats && (!alone || is_asked(options, metric))) {
        tables->items[tables->count++] = difference_table(view, metric);
        if (metric == options->primary && options->baseline_count > 0 && !alone) {
            tables->items[tables->count++] = primary_table(view);
        }
        if (metric == options->primary && !alone && best_is_asked(view->comparison, metric)) {
            tables->items[tables->count++] = best_table(view);
        }
    }
}

static struct tables build(const struct view *view) {
    struct tables tables = {0};
    add_metric(&tables, view, view->comparison->options.primary);
    for (int metric = 0; metric < COMPARE_METRIC_COUNT; metric++) {
        if (metric != view->comparison->options.primary) {
            add_metric(&tables, view, metric);
        }
    }
    if (any_diverged(view->comparison)) {
        tables.items[tables.count++] = divergence_table(view);
    }
    return tables;
}

static void destroy(struct tables *tables) {
    for (size_t i = 0; i < tables->count; i++) {
        table_destroy(&tables->items[i]);
    }
    tables->count = 0;
}

static bool too_wide(const struct tables *tables) {
    for (size_t i = 0; i < tables->count; i++) {
        if (table_width(tables->items[i]) > TABLE_LINE_WIDTH) {
            return true;
        }
    }
    return false;
}

void compare_print_tables(FILE *out, const struct comparison *comparison,
                          enum compare_format format) {
    enum table_format layout = format == COMPARE_MARKDOWN ? TABLE_MARKDOWN
                               : format == COMPARE_LATEX  ? TABLE_LATEX
                                                          : TABLE_TEXT;
    bool crowded = comparison->key_count > TABLE_COLUMNS_MAX - NUMBER_COLUMNS_MAX;
    struct view view = {
        .comparison = comparison, .naming = crowded ? BY_ALL_KEYS : BY_KEY, .layout = layout};
    struct tables tables = build(&view);
    while (layout == TABLE_TEXT && too_wide(&tables) && view.naming != BY_ALL_KEYS) {
        destroy(&tables);
        view.naming++;
        tables = build(&view);
    }
    for (size_t i = 0; i < tables.count; i++) {
        table_print(out, tables.items[i], layout);
        fputc('\n', out);
    }
    if (tables.count == 0) {
        table_print_paragraph(
            out, "Nothing to compare: these runs have no such evaluations (timing only?).", layout);
        fputc('\n', out);
    }
    destroy(&tables);
}
