// SPDX-License-Identifier: GPL-3.0-or-later
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/atomic_file.h"
#include "sim/base/check.h"
#include "sim/base/memory.h"
#include "sim/report/figure_parts.h"
#include "sim/report/gnuplot.h"
#include "sim/validate/validation_print.h"

enum { WIDTH = 720, HEIGHT = 640, NAMED_ENDS = 3 };

struct point {
    double z;
    const char *name;
};

static int compare_points(const void *a, const void *b) {
    const struct point *first = a;
    const struct point *second = b;
    return first->z != second->z ? (first->z > second->z) - (first->z < second->z)
                                 : strcmp(first->name, second->name);
}

static double quantile(size_t index, size_t count) {
    return gsl_cdf_ugaussian_Pinv(((double)index + 0.5) / (double)count);
}

// The outermost have their names beside them.
static void put_points(FILE *script, const struct point *points, size_t count) {
    fputs("$data << END_OF_DATA\n", script);
    for (size_t i = 0; i < count; i++) {
        fprintf(script, "%.9g,%.9g\n", quantile(i, count), points[i].z);
    }
    fputs("END_OF_DATA\n", script);
    for (size_t i = 0; i < count; i++) {
        bool first = i < NAMED_ENDS;
        if (first || i + NAMED_ENDS >= count) {
            fputs("set label ", script);
            gnuplot_put_text(script, points[i].name, 40);
            fprintf(script, " at %.9g,%.9g %s offset char %d,0 font 'sans-serif,10'\n",
                    quantile(i, count), points[i].z, first ? "left" : "right", first ? 1 : -1);
        }
    }
}

static char *script_of(const struct point *points, size_t count, enum gnuplot_format format,
                       size_t *size) {
    char *text = NULL;
    FILE *script = open_memstream(&text, size);
    INVARIANT(script != NULL);
    gnuplot_put_terminal(script, format, WIDTH, HEIGHT);
    fputs("set encoding utf8; set datafile separator ','; unset key\n"
          "set border 3 linewidth 1 linecolor rgb '#888888'\n"
          "set tics nomirror out scale 0.6 textcolor rgb '#333333'\n"
          "set grid linetype 1 linewidth 0.8 linecolor rgb '#e8e8e8'\n"
          "set xlabel 'quantile of the normal law'\n"
          "set ylabel 'z = (simulated - theory) / standard error'\n",
          script);
    fprintf(script, "set title '%zu closed forms against the simulator'\nset xrange [-4:4]\n",
            count);
    put_points(script, points, count);
    fprintf(script,
            "plot x lc rgb '#888888', %g dt 2 lc rgb '%s', %g dt 2 lc rgb '%s', "
            "'$data' using 1:2 with points pt 7 ps 0.6 lc rgb '%s'\n",
            VALIDATION_Z_MOST, figure_colour(1), -VALIDATION_Z_MOST, figure_colour(1),
            figure_colour(0));
    INVARIANT(fclose(script) == 0);
    return text;
}

enum status validation_figure(const char *path, const struct validation_row *rows,
                              const struct validation_result *results, size_t count,
                              struct error *error) {
    enum gnuplot_format format = gnuplot_format_of(path);
    REQUIRE(format < GNUPLOT_FORMAT_COUNT && validation_has_means(rows, count));
    struct point *points = memory_allocate(count, sizeof *points);
    size_t shown = 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].form->kind == CLOSED_FORM_MEAN && isfinite(results[i].z)) {
            points[shown++] = (struct point){results[i].z, rows[i].name};
        }
    }
    qsort(points, shown, sizeof *points, compare_points);
    char *bytes = NULL;
    size_t byte_count = 0;
    size_t size = 0;
    char *script = script_of(points, shown, format, &size);
    enum status status = gnuplot_draw(format, script, size, &bytes, &byte_count, error);
    if (status == STATUS_OK) {
        status = atomic_file_write(path, gnuplot_file_kind(format), bytes, byte_count, error);
    }
    memory_free(bytes);
    memory_free(script);
    memory_free(points);
    return status;
}
