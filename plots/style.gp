# SPDX-License-Identifier: GPL-3.0-or-later
# What all figures share: paper white, thin grey axes, the colours of Okabe and Ito, which the colour-blind tell apart.
set border 3 linewidth 1.2 linecolor rgb "#888888"
set tics nomirror out scale 0.6 textcolor rgb "#333333"
set grid linetype 1 linewidth 0.8 linecolor rgb "#e8e8e8"
set grid noxtics ytics
set key noautotitle

sync_colour = "#0072B2"
async_colour = "#D55E00"
hybrid_colour = "#009E73"

computing_colour = "#3B7FB6"
delayed_colour = "#E69F00"
queued_colour = "#C2407F"
waiting_colour = "#D5D5D5"
receiving_colour = "#444444"
updating_colour = "#009E73"
replying_colour = "#F0E442"

policies = "sync async hybrid"
colour_of(policy) = policy eq "sync" ? sync_colour : policy eq "async" ? async_colour : hybrid_colour
faint(colour) = "#E0" . substr(colour, 2, 7)
