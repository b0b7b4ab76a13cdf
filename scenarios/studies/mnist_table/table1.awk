# SPDX-License-Identifier: GPL-3.0-or-later
# awk -f table1.awk paper_table1.csv SWEEP.csv COMPARE.csv: hybrid minus async as in Table 1 of the
# paper, a row for each panel and metric, a column for each setting of the sweep, with 95 % intervals
# (each alone, Student's t over the rounds), and the server's load under async.
BEGIN {
    FS = ","
    metric_count = split("test_accuracy_mean test_loss_mean train_loss_mean", metrics, " ")
    split("test accuracy,test loss,training loss", titles, ",")
}

# A field in quotes has commas, which part no fields: they become semicolons.
function unquote(    text) {
    while (match($0, /"[^"]*"/)) {
        text = substr($0, RSTART + 1, RLENGTH - 2)
        gsub(/,/, ";", text)
        $0 = substr($0, 1, RSTART - 1) text substr($0, RSTART + RLENGTH)
    }
}

# "180..220, 10/5"
function setting_here(    text) {
    text = $column["cluster.compute"]
    sub(/.*min: /, "", text)
    sub(/ ms; max: /, "..", text)
    sub(/ ms.*/, "", text)
    text = text ", " $column["cluster.server.receive"] "/" $column["cluster.server.update"]
    gsub(/ m?s/, "", text)
    return text
}

function read_header(    i) {
    for (i = 1; i <= NF; i++) column[$i] = i
}

FNR == 1 { file++ }
/^#/ || /^step/ { next }
{ unquote() }
file == 1 {
    panel = $1 "," $2
    panels[++panel_count] = panel
    for (i = 1; i <= metric_count; i++) paper[panel, metrics[i]] = $(2 + i)
    next
}
FNR == 1 { read_header(); next }
file == 2 && $column["policy.name"] == "async" && $column["status"] == "complete" {
    setting = setting_here()
    if (!(setting in runs)) settings[++setting_count] = setting
    runs[setting]++
    load[setting] += $column["server_load"]
}
file == 3 && $column["policy.name"] == "hybrid" {
    at = $column["policy.threshold.every"] "," $column["training.batch"] SUBSEP setting_here() SUBSEP $column["metric"]
    difference[at] = $column["difference"]
    low[at] = $column["t_low"]
    high[at] = $column["t_high"]
}

function print_row(panel, metric, title, digits,    s, at, name) {
    name = panel
    sub(",", ", ", name)
    printf "| %s | %s | %+.*f |", name, title, digits, paper[panel, metric]
    for (s = 1; s <= setting_count; s++) {
        at = panel SUBSEP settings[s] SUBSEP metric
        if (difference[at] != "") printf " %+.*f", digits, difference[at]
        if (low[at] != "") printf " [%+.*f, %+.*f]", digits, low[at], digits, high[at]
        printf " |"
    }
    printf "\n"
}

END {
    printf "| step, batch | hybrid - async | the paper |"
    for (s = 1; s <= setting_count; s++) printf " %s |", settings[s]
    printf "\n|---|---|---:|"
    for (s = 1; s <= setting_count; s++) printf "---:|"
    printf "\n| | server load under async | |"
    for (s = 1; s <= setting_count; s++) printf " %.2f |", load[settings[s]] / runs[settings[s]]
    printf "\n"
    for (i = 1; i <= metric_count; i++)
        for (p = 1; p <= panel_count; p++) print_row(panels[p], metrics[i], titles[i], i == 1 ? 2 : 3)
}
