#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Draws plots/demo.png and plots/timeline.png from the logs in results/demo, and prints how near the curves come to the
# paper's; makes the page results/demo/report.html. Run from the top of the tree, once the demo's runs are there.
set -eu
export LC_ALL=C
build/desgd figure curves results/demo -o plots/demo.png --paper plots/paper_mnist_curves.csv
build/desgd figure timeline results/demo -o plots/timeline.png --from '60 s' --to '62 s'
build/desgd report results/demo -o results/demo/report.html
