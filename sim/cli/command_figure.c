// SPDX-License-Identifier: GPL-3.0-or-later
// desgd figure KIND FILE|DIR... -o FIG: a figure of runs for a paper, drawn by gnuplot.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/check.h"
#include "sim/base/closest_word.h"
#include "sim/cli/command_line.h"
#include "sim/cli/command_table.h"
#include "sim/cli/compared_runs.h"
#include "sim/report/compare.h"
#include "sim/report/compare_parts.h"
#include "sim/report/figure.h"
#include "sim/report/gnuplot.h"

enum {
    OPTION_KEEP = 256,
    OPTION_METRIC,
    OPTION_X,
    OPTION_Y,
    OPTION_FROM,
    OPTION_TO,
    OPTION_PAPER,
};

struct arguments {
    struct figure_request request; // kind: NULL until it is named
    struct figure_places places;
    struct compared_request runs;
    const char *metric, *paper;
};

static const struct argp_option options[] = {
    {"output", 'o', "FIG", 0, "where the figure goes: FIG.svg, FIG.png or FIG.pdf", 0},
    {"keep", OPTION_KEEP, "FOLDER", 0,
     "also leave KIND.csv, the numbers, and KIND.gp, the script that draws them, in FOLDER; "
     "without "
     "-o these alone, and gnuplot is not needed",
     0},
    {"metric", OPTION_METRIC, "NAME", 0,
     "what is shown: of curves one of theirs, else one of compare, as in test_accuracy_final", 0},
    {"x", OPTION_X, "KEY", 0, "the varied key along a heat map", 0},
    {"y", OPTION_Y, "KEY", 0, "and the one up it", 0},
    {"baseline", OPTION_BASELINE, "KEY=VALUE", 0,
     "of a forest: compare with the runs in whose scenario KEY is VALUE; may be repeated. Default "
     "in the folder of a sweep: the baseline of the sweep",
     0},
    WHERE_OPTION,
    {"sort", OPTION_SORT, "METRIC", 0,
     "the cells by the mean of a metric of compare, the best first", 0},
    {"top", OPTION_TOP, "N", 0, "only the first N cells, by --sort or else by --metric", 0},
    {"target", OPTION_TARGET, "PERCENT", 0, "of the metric time_to_accuracy, as in \"90 %\"", 0},
    {"from", OPTION_FROM, "TIME", 0,
     "where the window of a timeline begins. Default: when training does", 0},
    {"to", OPTION_TO, "TIME", 0, "and where it ends. Default: after some ten gradients each", 0},
    {"paper", OPTION_PAPER, "FILE.csv", 0,
     "show published curves beside those of the same policies, and print the distances (root mean "
     "square error)",
     0},
    {0}};

static void take_place(struct arguments *arguments, struct argp_state *state, const char *text) {
    const char *names[16];
    REQUIRE(figure_kind_count <= sizeof names / sizeof names[0]);
    if (arguments->request.kind != NULL) {
        compared_request_take(&arguments->runs, state, ARGP_KEY_ARG, text);
        return;
    }
    arguments->request.kind = figure_kind_find(text);
    if (arguments->request.kind == NULL) {
        for (size_t i = 0; i < figure_kind_count; i++) {
            names[i] = figure_kinds[i].name;
        }
        const char *closest = closest_word(text, names, figure_kind_count);
        argp_error(state, "no kind of figure is called %s%s%s%s; 'desgd list figures' names them",
                   text, closest == NULL ? "" : "; did you mean ", closest == NULL ? "" : closest,
                   closest == NULL ? "" : "?");
    }
}

// Of a metric of compare its quantity is a curve.
static const char *curve_named(struct argp_state *state, const char *name) {
    char closest[COMPARE_NAME_SIZE];
    int metric = compare_metric_find(name, closest);
    if (metric >= 0 && metric != COMPARE_TIME_TO_ACCURACY) {
        return run_quantity_names[metric / COMPARE_FORMS];
    }
    for (int i = 0; i < FIGURE_CURVE_COUNT; i++) {
        if (strcmp(name, figure_curve_names[i]) == 0) {
            return name;
        }
    }
    const char *near = closest_word(name, figure_curve_names, FIGURE_CURVE_COUNT);
    argp_error(state, "--metric: no curve is called %s%s%s%s; 'desgd list figures' names them",
               name, near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
               near == NULL ? "" : "?");
    return NULL;
}

static void check_metric(struct arguments *arguments, struct argp_state *state) {
    const struct figure_kind *kind = arguments->request.kind;
    struct compare_options *chosen = &arguments->runs.options;
    const char *name = arguments->metric;
    REQUIRE(kind != NULL);
    chosen->primary = RUN_TEST_ACCURACY * COMPARE_FORMS + (int)kind->form;
    if (name != NULL && kind->metric == FIGURE_METRIC_NONE) {
        argp_error(state, "--metric: a %s has none", kind->name);
    }
    if (name != NULL && kind->metric == FIGURE_METRIC_COMPARED) {
        chosen->primary = compared_metric(state, "--metric", name);
        chosen->primary_declared = true;
    }
    if (name != NULL && kind->metric == FIGURE_METRIC_CURVE) {
        arguments->request.curve = curve_named(state, name);
    }
    if (chosen->top > 0 && !chosen->sorted) {
        chosen->sort = chosen->primary;
        chosen->sorted = true;
    }
    memset(chosen->shown, 0, sizeof chosen->shown);
    chosen->shown[chosen->primary] = true;
    chosen->shown[chosen->sort] |= chosen->sorted;
    if (isnan(chosen->target) && chosen->shown[COMPARE_TIME_TO_ACCURACY]) {
        argp_error(state, "time_to_accuracy needs a --target, as in --target '90 %%'");
    }
}

// An option that the kind has no use for would be forgotten in silence.
static void check_use(const struct arguments *arguments, struct argp_state *state) {
    const struct figure_request *request = &arguments->request;
    const struct {
        bool given;
        const char *option, *kind;
    } uses[] = {
        {request->x != NULL, "--x", "heatmap"},
        {request->y != NULL, "--y", "heatmap"},
        {request->from_ns >= 0, "--from", "timeline"},
        {request->to_ns >= 0, "--to", "timeline"},
        {arguments->paper != NULL, "--paper", "curves"},
        {arguments->runs.baseline.count > 0, "--baseline", "forest"},
    };
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        if (uses[i].given && strcmp(request->kind->name, uses[i].kind) != 0) {
            argp_error(state, "%s is of %s, not of %s", uses[i].option, uses[i].kind,
                       request->kind->name);
        }
    }
    if (request->from_ns >= 0 && request->to_ns >= 0 && request->from_ns >= request->to_ns) {
        argp_error(state, "--from is not before --to: nothing is between them");
    }
}

static void check(struct arguments *arguments, struct argp_state *state) {
    const struct figure_places *places = &arguments->places;
    if (arguments->request.kind == NULL || arguments->runs.files.count == 0 ||
        (places->file == NULL && places->folder == NULL)) {
        argp_error(state, "which figure of which runs, and where to? As in: desgd figure curves "
                          "results/demo -o curves.svg");
    }
    if (places->file != NULL && gnuplot_format_of(places->file) == GNUPLOT_FORMAT_COUNT) {
        argp_error(state, "-o: %s: a figure is an .svg, .png or .pdf: its name must end so",
                   places->file);
    }
    check_metric(arguments, state);
    check_use(arguments, state);
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case 'o':
        arguments->places.file = text;
        return 0;
    case OPTION_KEEP:
        arguments->places.folder = text;
        return 0;
    case OPTION_METRIC:
        arguments->metric = text;
        return 0;
    case OPTION_X:
        arguments->request.x = text;
        return 0;
    case OPTION_Y:
        arguments->request.y = text;
        return 0;
    case OPTION_FROM:
        arguments->request.from_ns = command_span(state, "--from", text);
        return 0;
    case OPTION_TO:
        arguments->request.to_ns = command_span(state, "--to", text);
        return 0;
    case OPTION_PAPER:
        arguments->paper = text;
        return 0;
    case ARGP_KEY_ARG:
        take_place(arguments, state, text);
        return 0;
    case ARGP_KEY_END:
        check(arguments, state);
        return 0;
    default:
        return compared_request_take(&arguments->runs, state, key, text) ? 0 : ARGP_ERR_UNKNOWN;
    }
}

static void print_note(void *context, const char *sentence) {
    fprintf(context, "desgd: note: %s\n", sentence);
}

// What to know about the numbers is of interest where they are compared; of the others only what is
// not in the figure.
static void print_notes(const struct figure_kind *kind, const struct comparison *comparison) {
    if (kind->metric == FIGURE_METRIC_COMPARED) {
        compare_print_notes(stderr, comparison);
    } else {
        compare_each_omission(comparison, print_note, stderr);
    }
}

static enum status make(void *context, const struct comparison *comparison, struct error *error) {
    const struct arguments *arguments = context;
    struct figure_request request = arguments->request;
    struct figure_paper paper = {0};
    enum status status = STATUS_OK;
    request.comparison = comparison;
    if (request.kind->needs_baseline && comparison->baseline_count == 0) {
        return error_set(
            error, STATUS_BAD_DATA,
            "%s: differences to what? Name a baseline, as in --baseline "
            "policy.name=async%s%s",
            request.kind->name, comparison->options.baseline_note != NULL ? ": " : "",
            comparison->options.baseline_note != NULL ? comparison->options.baseline_note : "");
    }
    if (arguments->paper != NULL) {
        status = figure_paper_read(arguments->paper, &paper, error);
        request.paper = &paper;
    }
    if (status == STATUS_OK) {
        print_notes(request.kind, comparison);
        status = figure_make(&request, &arguments->places, arguments->paper != NULL ? stdout : NULL,
                             stderr, error);
    }
    figure_paper_reset(&paper);
    return status;
}

static int run_command(int argc, char **argv) {
    struct arguments arguments = {.runs.options = compare_default_options(),
                                  .request = {.from_ns = -1, .to_ns = -1}};
    argp_parse(&command_figure.parser, argc, argv, 0, NULL, &arguments);
    INVARIANT(arguments.request.kind != NULL && arguments.runs.files.count > 0); // see check
    arguments.runs.without_baseline = !arguments.request.kind->needs_baseline;
    struct error error = {0};
    enum status status =
        figure_check_places(&arguments.places, arguments.request.kind, arguments.paper, &error);
    if (status == STATUS_OK) {
        status = compared_runs_use(&arguments.runs, make, &arguments, &error);
    }
    compared_request_reset(&arguments.runs);
    return status == STATUS_OK ? command_finish(STATUS_OK) : command_fail(&error);
}

const struct command command_figure = {
    .name = "figure",
    .arguments = "KIND DIR...",
    .summary = "draw a figure of runs: curves, timelines, heat maps and more",
    .parser = {.options = options,
               .parser = parse_option,
               .args_doc = "KIND FILE|DIR...",
               .doc =
                   "Draws a figure of runs with gnuplot. Titles, names and numbers come from "
                   "the logs. KIND is curves, timeline, threshold, staleness, heatmap, forest or "
                   "frontier; 'desgd list figures' says what each shows."},
    .run = run_command,
};
