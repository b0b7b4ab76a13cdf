// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/report/figure.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/compare_parts.h"
#include "sim/report/figure_parts.h"
#include "sim/report/gnuplot.h"

const struct figure_kind figure_kinds[] = {
    {.name = "curves",
     .doc = "accuracy, loss, threshold and staleness over cluster time: a line a cell, the mean of "
            "its rounds and their range; --metric names one of test_accuracy, test_loss, "
            "train_accuracy, train_loss, threshold, staleness",
     .title = "Curves",
     .metric = FIGURE_METRIC_CURVE,
     .cells_max = 12,
     .write = figure_write_curves},
    {.name = "timeline",
     .doc = "what every worker and the server did in a window, --from and --to, of the first round "
            "of each cell",
     .title = "Timeline",
     .cells_max = 6,
     .write = figure_write_timeline},
    {.name = "threshold",
     .doc = "the threshold K over cluster time",
     .title = "Threshold",
     .cells_max = 12,
     .write = figure_write_threshold},
    {.name = "staleness",
     .doc = "how stale the applied gradients were: a histogram a cell, of all its rounds",
     .title = "Staleness",
     .cells_max = 18,
     .write = figure_write_staleness},
    {.name = "heatmap",
     .doc = "a metric of compare over two varied keys, --x and --y, with intervals, and the cells "
            "that may be the best",
     .title = "Cells of a sweep",
     .metric = FIGURE_METRIC_COMPARED,
     .write = figure_write_heat_map},
    {.name = "forest",
     .doc = "the paired differences of a metric to the baseline, with their intervals",
     .title = "Differences to the baseline",
     .metric = FIGURE_METRIC_COMPARED,
     .needs_baseline = true,
     .cells_max = 60,
     .write = figure_write_forest},
    {.name = "frontier",
     .doc = "speed and accuracy: a metric of compare over the gradients that a cell applies in a "
            "second, and the cells that no other one beats in both",
     .title = "Speed and accuracy",
     .metric = FIGURE_METRIC_COMPARED,
     .form = COMPARE_FINAL,
     .write = figure_write_frontier},
};
const size_t figure_kind_count = sizeof figure_kinds / sizeof figure_kinds[0];

const struct figure_kind *figure_kind_find(const char *name) {
    REQUIRE(name != NULL);
    for (size_t i = 0; i < figure_kind_count; i++) {
        if (strcmp(figure_kinds[i].name, name) == 0) {
            return &figure_kinds[i];
        }
    }
    return NULL;
}

// ---- places ----

static const struct own_file_kind script_kind = {
    .what = "a script of a figure of desgd",
    .beginning = "# A figure of desgd",
    .beginning_size = sizeof "# A figure of desgd" - 1,
};
// Every heading begins so.
static const struct own_file_kind data_kind = {
    .what = "the numbers of a figure of desgd",
    .beginning = "figure_",
    .beginning_size = sizeof "figure_" - 1,
};

static char *path_in(const char *folder, const struct figure_kind *kind, const char *ending) {
    return memory_print_text("%s/%s.%s", folder, kind->name, ending);
}

static enum status check_file(const char *path, const struct own_file_kind *kind, const char *read,
                              struct error *error) {
    enum status status = atomic_file_check(path, kind, error);
    if (status == STATUS_OK && read != NULL && own_file_is_same(path, read)) {
        status = error_set(error, STATUS_CANNOT_CREATE,
                           "%s: cannot create: this file is in the way: it is read, so it is not "
                           "replaced; choose another place for the output",
                           path);
    }
    return status;
}

enum status figure_check_places(const struct figure_places *places, const struct figure_kind *kind,
                                const char *read, struct error *error) {
    REQUIRE(places->file != NULL || places->folder != NULL);
    enum status status = STATUS_OK;
    if (places->folder != NULL) {
        char *data = path_in(places->folder, kind, "csv");
        char *script = path_in(places->folder, kind, "gp");
        status = check_file(data, &data_kind, read, error);
        status = status == STATUS_OK ? check_file(script, &script_kind, read, error) : status;
        memory_free(data);
        memory_free(script);
    }
    if (status == STATUS_OK && places->file != NULL) {
        status = check_file(places->file, gnuplot_file_kind(gnuplot_format_of(places->file)), read,
                            error);
    }
    return status;
}

// ---- the figure ----

// Paper white, thin grey axes. A text is nowhere taken for markup or a format.
static const char style[] =
    "X(pixels) = pixels / W; Y(pixels) = 1 - pixels / H # from the upper left corner\n"
    "set encoding utf8\n"
    "set datafile separator ','\n"
    "set border 3 linewidth 1 linecolor rgb '#888888'\n"
    "set tics nomirror out scale 0.6 textcolor rgb '#333333'\n"
    "set grid noxtics ytics linetype 1 linewidth 0.8 linecolor rgb '#e8e8e8'\n"
    "set style fill solid noborder\n"
    "unset key\n";

// Composed once, written twice: for gnuplot the data are a block of the script, in a folder a file.
struct sheet {
    char *script, *data;
    size_t script_size, data_size;
    int height;
};

static void sheet_reset(struct sheet *sheet) {
    memory_free(sheet->script);
    memory_free(sheet->data);
}

static enum status compose(const struct figure_request *request, FILE *paper_fit, FILE *notes,
                           struct sheet *sheet, struct error *error) {
    struct figure figure = {.request = request,
                            .comparison = request->comparison,
                            .paper_fit = paper_fit,
                            .notes = notes};
    figure.script = open_memstream(&sheet->script, &sheet->script_size);
    figure.data = open_memstream(&sheet->data, &sheet->data_size);
    INVARIANT(figure.script != NULL && figure.data != NULL);
    enum status status = request->kind->write(&figure, error);
    INVARIANT(fclose(figure.script) == 0 && fclose(figure.data) == 0);
    ENSURE(status != STATUS_OK || figure.height > 0);
    sheet->height = figure.height;
    return status;
}

// To be released with memory_free.
static char *script_of(const struct sheet *sheet, const struct figure_kind *kind,
                       enum gnuplot_format format, bool with_data, size_t *size) {
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    INVARIANT(out != NULL);
    fprintf(out, "%s. In this folder: gnuplot %s.gp >%s.%s\n", script_kind.beginning, kind->name,
            kind->name, gnuplot_format_name(format));
    gnuplot_put_terminal(out, format, FIGURE_WIDTH, sheet->height);
    if (with_data) {
        fputs("$data << END_OF_DATA\n", out);
        fwrite(sheet->data, 1, sheet->data_size, out);
        fputs("END_OF_DATA\ndata = '$data'\n", out);
    } else {
        fprintf(out, "data = '%s.csv'\n", kind->name);
    }
    fprintf(out, "W = %d.0; H = %d.0\n%sset multiplot\n", FIGURE_WIDTH, sheet->height, style);
    fwrite(sheet->script, 1, sheet->script_size, out);
    fputs("unset multiplot\n", out);
    INVARIANT(fclose(out) == 0);
    return text;
}

static enum status keep(const struct sheet *sheet, const struct figure_kind *kind,
                        enum gnuplot_format format, const char *folder, struct error *error) {
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return error_set(error, STATUS_CANNOT_CREATE, "cannot make the folder %s: %s", folder,
                         strerror(errno));
    }
    size_t size = 0;
    char *script = script_of(sheet, kind, format, false, &size);
    char *script_path = path_in(folder, kind, "gp");
    char *data_path = path_in(folder, kind, "csv");
    enum status status =
        atomic_file_write(data_path, &data_kind, sheet->data, sheet->data_size, error);
    if (status == STATUS_OK) {
        status = atomic_file_write(script_path, &script_kind, script, size, error);
    }
    memory_free(script);
    memory_free(script_path);
    memory_free(data_path);
    return status;
}

static enum status draw(const struct sheet *sheet, const struct figure_kind *kind,
                        enum gnuplot_format format, const char *path, struct error *error) {
    REQUIRE(format < GNUPLOT_FORMAT_COUNT);
    char *bytes = NULL;
    size_t byte_count = 0;
    size_t size = 0;
    char *script = script_of(sheet, kind, format, true, &size);
    enum status status = gnuplot_draw(format, script, size, &bytes, &byte_count, error);
    if (status == STATUS_OK) {
        status = atomic_file_write(path, gnuplot_file_kind(format), bytes, byte_count, error);
    }
    memory_free(bytes);
    memory_free(script);
    return status;
}

// As compare: what one figure has room for must be chosen.
static enum status check_cells(const struct figure_request *request, struct error *error) {
    const struct comparison *comparison = request->comparison;
    const struct figure_kind *kind = request->kind;
    char keys[FIGURE_LABEL_SIZE] = "";
    size_t used = 0;
    if (comparison->order_count == 0) {
        return error_set(error, STATUS_BAD_DATA, "%s: none of the runs is finished", kind->name);
    }
    if (kind->cells_max == 0 || comparison->order_count <= kind->cells_max) {
        return STATUS_OK;
    }
    for (size_t k = 0; k < comparison->key_count && used < sizeof keys; k++) {
        used += (size_t)snprintf(keys + used, sizeof keys - used, "%s%s", k > 0 ? ", " : "",
                                 comparison->keys[k]);
    }
    return error_set(error, STATUS_BAD_DATA,
                     "%s: one figure has room for %zu cells, and these are %zu: choose some with "
                     "--where KEY=VALUE (they differ in %s), or the best with --sort METRIC --top "
                     "%zu",
                     kind->name, kind->cells_max, comparison->order_count, keys, kind->cells_max);
}

// A cell of which no run has ended has nothing to show: the order is without it. To be released
// with memory_free.
static size_t *finished_cells(const struct comparison *comparison, size_t *count) {
    size_t *order = memory_allocate(comparison->order_count, sizeof *order);
    for (size_t i = 0; i < comparison->order_count; i++) {
        if (comparison->cells[comparison->order[i]].run_count > 0) {
            order[(*count)++] = comparison->order[i];
        }
    }
    return order;
}

enum status figure_make(const struct figure_request *request, const struct figure_places *places,
                        FILE *paper_fit, FILE *notes, struct error *error) {
    REQUIRE(places->file != NULL || places->folder != NULL);
    REQUIRE(request->comparison->order_count > 0);
    struct sheet sheet = {0};
    struct comparison shown = *request->comparison;
    struct figure_request finished = *request;
    enum gnuplot_format format =
        places->file == NULL ? GNUPLOT_SVG : gnuplot_format_of(places->file);
    shown.order_count = 0;
    shown.order = finished_cells(request->comparison, &shown.order_count);
    finished.comparison = &shown;
    enum status status = check_cells(&finished, error);
    if (status == STATUS_OK) {
        status = compose(&finished, paper_fit, notes, &sheet, error);
    }
    if (status == STATUS_OK && places->folder != NULL) {
        status = keep(&sheet, request->kind, format, places->folder, error);
    }
    if (status == STATUS_OK && places->file != NULL) {
        status = draw(&sheet, request->kind, format, places->file, error);
    }
    sheet_reset(&sheet);
    memory_free(shown.order);
    return status;
}
