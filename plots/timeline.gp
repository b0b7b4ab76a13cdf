# SPDX-License-Identifier: GPL-3.0-or-later
# Who does what in the first three seconds of training: a lane a worker, one for the server, a panel a policy.
#   gnuplot -c plots/timeline.gp plots/data plots/timeline.png
load "plots/style.gp"
data = ARG1
set terminal pngcairo size 1600,1560 font "sans,15"
set output ARG2

timeline(policy) = data . "/" . policy . "_timeline.dat"
server_lane = 26.3
lane(number) = number < 0 ? server_lane : number
half(number) = number < 0 ? 0.75 : 0.40

set multiplot
set style fill solid noborder
set border 1
set xrange [0:3]; set xtics 0, 0.5 format "%.1f"
set yrange [27.3:-0.8]
set ytics ("worker 0" 0, "5" 5, "10" 10, "15" 15, "20" 20, "24" 24, "server" server_lane) scale 0
set grid xtics noytics back
set lmargin at screen 0.075; set rmargin at screen 0.985

# The head: a title and one legend for all three panels.
y = 0.931
set label 1 "{/:Bold The first three seconds of training: who waits for whom}" at screen 0.030, screen 0.980 font ",20"
set label 2 "25 workers and a parameter server; workers 0 to 11 are delayed at random, the same delays under every policy" \
    at screen 0.030, screen 0.956 textcolor rgb "#555555"
colours = computing_colour . " " . delayed_colour . " " . queued_colour . " " . waiting_colour . " " . \
    receiving_colour . " " . updating_colour
array names[6] = ["computing", "delayed", "in line at the server", "waiting for others", "server: receiving", \
    "server: updating"]
array swatches[6] = [0.030, 0.150, 0.258, 0.444, 0.690, 0.848]
do for [i = 1:6] {
    set object i rectangle from screen swatches[i], screen y - 0.007 to screen swatches[i] + 0.022, screen y + 0.007 \
        fc rgb word(colours, i) fs solid noborder
    set label 2 + i names[i] at screen swatches[i] + 0.029, screen y
}

panel_top(i) = 0.885 - 0.297 * (i - 1)
do for [i = 1:3] {
    policy = word(policies, i)
    set tmargin at screen panel_top(i); set bmargin at screen panel_top(i) - 0.245
    set title (i == 1 ? "{/:Bold sync}: an update needs all 25 gradients, everybody waits for the slowest" : \
               i == 2 ? "{/:Bold async}: every gradient is an update, nobody waits for others, but many stand in line at the server" : \
                        "{/:Bold hybrid}: K = 1 for the first 300 gradients, so it begins as async; then K grows") \
        offset 0, -0.6
    if (i == 3) { set xlabel "seconds since training began" offset 0, 0.4 }
    plot for [k = 0:6] timeline(policy) index k \
        using 2:(lane($1)):2:3:(lane($1) - half($1)):(lane($1) + half($1)) with boxxyerror \
        fc rgb word(colours . " " . replying_colour, k + 1)
    unset label; unset object
}
unset multiplot
