#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Draws plots/demo.png and plots/timeline.png from the logs in results/demo, and prints how near the curves come to the
# paper's. Run from the top of the tree, once the demo's runs are there.
set -eu
export LC_ALL=C
build/desgd figures results/demo -o plots/data --paper plots/paper_mnist_curves.csv
for figure in demo timeline; do
    gnuplot -c "plots/$figure.gp" plots/data "plots/$figure.part.png"
    mv "plots/$figure.part.png" "plots/$figure.png"
done
