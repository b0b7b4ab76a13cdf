# SPDX-License-Identifier: GPL-3.0-or-later
# What the tables of all studies share: reads what "desgd compare --format csv" says of each cell.
# Then comes the table of runs of "desgd merge", which is for the file behind this one, and one table.
BEGIN { FS = "," }

# A field in quotes has commas, which part no fields: they become semicolons.
function unquote(    text) {
    while (match($0, /"[^"]*"/)) {
        text = substr($0, RSTART + 1, RLENGTH - 2)
        gsub(/,/, ";", text)
        $0 = substr($0, 1, RSTART - 1) text substr($0, RSTART + RLENGTH)
    }
}

function read_header(column,    i) {
    for (i = 1; i <= NF; i++) column[$i] = i
    width = NF
}

# A cell's name: the values of the keys by which "compare" tells the cells apart.
function name_of(column,    i, name) {
    for (i = 1; i <= key_count; i++) name = name "|" $column[key[i]]
    return name
}

# "-2.31 [-3.05, -1.57]"; nothing without a difference.
function interval(cell, metric, low, high, digits) {
    if (difference[cell, metric] == "") return ""
    if (low == "") return sprintf("%+." digits "f", difference[cell, metric])
    return sprintf("%+." digits "f [%+." digits "f, %+." digits "f]", difference[cell, metric], low, high)
}

function t_interval(cell, metric, digits) {
    return interval(cell, metric, t_low[cell, metric], t_high[cell, metric], digits)
}

function mean_of(cell, what) { return rounds[cell] ? sum[cell, what] / rounds[cell] : 0 }

FNR == 1 { file++ }
{ unquote() }

# ---- compare ----
file == 1 && FNR == 1 {
    read_header(c)
    for (i = 1; i < c["is_baseline"]; i++) key[++key_count] = $i
    next
}
file == 1 {
    cell = name_of(c)
    metric = $c["metric"]
    difference[cell, metric] = $c["difference"]
    t_low[cell, metric] = $c["t_low"]
    t_high[cell, metric] = $c["t_high"]
    if ($c["is_primary"]) {
        primary = metric
        verdict[cell] = $c["verdict"]
        all_low[cell] = $c["simultaneous_low"]
        all_high[cell] = $c["simultaneous_high"]
        value[cell] = $c["mean"]
        p_holm[cell] = $c["p_holm"]
        diverged[cell] = $c["diverged"]
    }
    next
}
