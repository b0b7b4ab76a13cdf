# SPDX-License-Identifier: GPL-3.0-or-later
# The demo's curves over cluster time, with the paper's beside ours.
#   gnuplot -c plots/demo.gp plots/data plots/demo.png
load "plots/style.gp"
data = ARG1
set terminal pngcairo size 1600,1120 font "sans,15" linewidth 1.4
set output ARG2

evaluations(policy) = data . "/" . policy . "_evaluations.dat"
updates(policy) = data . "/" . policy . "_updates.dat"
# The paper's rows of one metric: columns time, sync, async, hybrid.
paper(metric) = "< grep '^" . metric . ",' plots/paper_mnist_curves.csv | cut -d, -f2- | tr , ' '"

# The second that begins at the end of the run holds one update at most.
seconds(t) = t < 100 ? t : NaN

stats updates("async") index 0 using 1 nooutput
start_up = STATS_min - 0.5
stats evaluations("async") index 0 using 5 nooutput
rounds = sprintf("%d", STATS_max)

set multiplot
set lmargin at screen 0.055; set rmargin at screen 0.485
set tmargin at screen 0.820; set bmargin at screen 0.515

# The head: a title and one legend for all four panels.
y = 0.889
set label 1 "{/:Bold MNIST on 25 simulated workers: sync, async, and the smooth switch between them}" \
    at screen 0.030, screen 0.968 font ",20"
set label 2 "mnist\\_ray (1,960 parameters), batch 32, step 300; 12 of the 25 workers suffer random delays" \
    at screen 0.030, screen 0.932 textcolor rgb "#555555"
set label 3 "sync" at screen 0.070, screen y
set label 4 "async" at screen 0.150, screen y
set label 5 "hybrid" at screen 0.237, screen y
set label 6 "mean and range of " . rounds . " rounds" at screen 0.366, screen y
set label 7 "the paper (arXiv 2407.00101)" at screen 0.630, screen y
set label 8 "start-up" at screen 0.918, screen y
set arrow 1 from screen 0.030, screen y to screen 0.062, screen y nohead lw 4 lc rgb sync_colour
set arrow 2 from screen 0.110, screen y to screen 0.142, screen y nohead lw 4 lc rgb async_colour
set arrow 3 from screen 0.197, screen y to screen 0.229, screen y nohead lw 4 lc rgb hybrid_colour
set object 1 rectangle from screen 0.322, screen y - 0.011 to screen 0.358, screen y + 0.011 fc rgb "#d8d8d8" fs solid noborder
set arrow 4 from screen 0.322, screen y to screen 0.358, screen y nohead lw 2 lc rgb "#444444" front
set arrow 5 from screen 0.586, screen y to screen 0.622, screen y nohead lw 1.8 dt (9,6) lc rgb "#444444"
set object 2 rectangle from screen 0.874, screen y - 0.011 to screen 0.910, screen y + 0.011 fc rgb "#efefef" fs solid noborder

set xrange [0:100]; set xtics 0, 20
set object 3 rectangle from first 0, graph 0 to first start_up, graph 1 fc rgb "#f3f3f3" fs solid noborder behind

set title "{/:Bold Test accuracy} in %" offset 0, -0.5
set yrange [0:100]; set ytics 0, 20
plot for [p in policies] evaluations(p) index 0 using 1:3:4 with filledcurves fc rgb faint(colour_of(p)), \
     for [i = 1:3] paper("acc") using 1:(column(i + 1)) with lines lw 1.4 dt (9,6) lc rgb colour_of(word(policies, i)), \
     for [p in policies] evaluations(p) index 0 using 1:2 with lines lw 2.2 lc rgb colour_of(p)

unset label; unset arrow; unset object 1; unset object 2
set lmargin at screen 0.555; set rmargin at screen 0.978
set title "{/:Bold Test loss} (negative log-likelihood)"
set yrange [0:2.5]; set ytics 0, 0.5; set format y "%.1f"
plot for [p in policies] evaluations(p) index 1 using 1:3:4 with filledcurves fc rgb faint(colour_of(p)), \
     for [i = 1:3] paper("testloss") using 1:(column(i + 1)) with lines lw 1.4 dt (9,6) lc rgb colour_of(word(policies, i)), \
     for [p in policies] evaluations(p) index 1 using 1:2 with lines lw 2.2 lc rgb colour_of(p)

set xlabel "cluster time / s" offset 0, 0.3
set lmargin at screen 0.055; set rmargin at screen 0.485
set tmargin at screen 0.405; set bmargin at screen 0.085
set title "{/:Bold Threshold K}: gradients that make an update"
set yrange [0:28]; set ytics 0, 5; set format y "%g"
plot for [p in policies] updates(p) index 0 using (seconds($1)):3:4 with filledcurves fc rgb faint(colour_of(p)), \
     for [p in policies] updates(p) index 0 using (seconds($1)):2 with lines lw 2.2 lc rgb colour_of(p)

set lmargin at screen 0.555; set rmargin at screen 0.978
set title "{/:Bold Staleness}: updates between reading and applying"
plot for [p in policies] updates(p) index 1 using (seconds($1)):3:4 with filledcurves fc rgb faint(colour_of(p)), \
     for [p in policies] updates(p) index 1 using (seconds($1)):2 with lines lw 2.2 lc rgb colour_of(p)
unset multiplot
