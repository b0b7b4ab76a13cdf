# SPDX-License-Identifier: GPL-3.0-or-later
# awk -f cells.awk -f schemes.awk COMPARE.csv SWEEP.csv: one Markdown row for each cell of schemes with
# local models: its differences to the baseline beside what explains them, means over the rounds:
# local steps of a worker, averages of all, shares of waiting and communicating, bytes between
# clusters, and points of final test accuracy above 10 % for each GB of these. With -v csv=TABLE as CSV.

function short(key) {
    if (key == "cluster.workers") return "P"
    if (key == "policy.steps") return "K, K2"
    if (key == "policy.cluster_steps") return "K1"
    if (key == "policy.cluster_size") return "S"
    sub(/.*\./, "", key)
    gsub(/_/, " ", key)
    return key
}

# "uniform 100 ms .. 300 ms", "exponential".
function brief(text) {
    if (text ~ /law: uniform/) { sub(/.*min: /, "uniform ", text); sub(/; max: /, " .. ", text); sub(/}/, "", text) }
    if (text ~ /law: exponential/) text = "exponential"
    return text
}

# The interval that holds for all cells of the table together.
function together(cell) {
    return all_low[cell] == "" ? "" : sprintf(" [%+.2f, %+.2f]", all_low[cell], all_high[cell])
}

function chance(p) { return p == "" ? "" : p < .001 ? "< .001" : sprintf("%.3f", p) }

function add(cell, what, value) { sum[cell, what] += value }

# ---- merge ----
FNR == 1 {
    read_header(s)
    for (i = s["cell"] + 1; i < s["status"]; i++) if ($i != "policy.name") varied[++varied_count] = $i
    next
}
$s["status"] != "complete" && $s["status"] != "diverged" { next }
{
    cell = name_of(s)
    if (!(cell in rounds)) order[++cell_count] = cell
    rounds[cell]++
    gigabytes = $s["bytes_inter"] / 1e9
    any_between = any_between || gigabytes > 0
    add(cell, "steps", $s["applied"] / $s["workers"])
    add(cell, "averages", $s["updates"])
    add(cell, "waiting", $s["waiting_share"])
    add(cell, "communicating", $s["communicating_share"])
    add(cell, "between", gigabytes)
    add(cell, "yield", gigabytes > 0 ? (100 * $s["test_accuracy_final"] - 10) / gigabytes : 0)
    policy[cell] = $s["policy.name"]
    for (i = 1; i <= varied_count; i++) setting[cell, i] = brief($s[varied[i]])
}

function print_head(    i) {
    printf "| scheme |"
    for (i = 1; i <= varied_count; i++) printf " %s |", short(varied[i])
    printf " accuracy | difference [95 %%] | [all cells 95 %%] | p (Holm) | is | %s | steps | averages | waiting | communicating |", other_name
    print any_between ? " GB between clusters | points a GB |" : ""
    printf "|---|"
    for (i = 1; i <= varied_count; i++) printf "---|"
    print "---:|---:|---:|---:|---|---:|---:|---:|---:|---:|" (any_between ? "---:|---:|" : "")
}

function print_cell(cell,    i) {
    printf "| %s |", policy[cell]
    for (i = 1; i <= varied_count; i++) printf " %s |", setting[cell, i]
    printf " %.2f | %s |%s | %s | %s | %s |", value[cell], t_interval(cell, primary, 2), together(cell), chance(p_holm[cell]), verdict[cell], t_interval(cell, other, other ~ /loss/ ? 3 : 2)
    printf " %.0f | %.1f | %.3f | %.3f |", mean_of(cell, "steps"), mean_of(cell, "averages"), mean_of(cell, "waiting"), mean_of(cell, "communicating")
    if (any_between) printf " %.3f | %.1f |", mean_of(cell, "between"), mean_of(cell, "yield")
    print ""
}

function print_csv_cell(cell,    i) {
    printf "%s,%s", csv, policy[cell]
    for (i = 1; i <= varied_count; i++) printf ",%s", setting[cell, i]
    printf ",%d,%d,%.4f,%s,%s,%s", rounds[cell], diverged[cell], value[cell], difference[cell, primary], t_low[cell, primary], t_high[cell, primary]
    printf ",%s,%s,%s,%s", all_low[cell], all_high[cell], p_holm[cell], verdict[cell]
    printf ",%.2f,%.2f,%.4f,%.4f,%.4f,%.2f\n", mean_of(cell, "steps"), mean_of(cell, "averages"), mean_of(cell, "waiting"), mean_of(cell, "communicating"), mean_of(cell, "between"), mean_of(cell, "yield")
}

END {
    other = primary == "test_accuracy_mean" ? "test_accuracy_final" : "test_loss_final"
    other_name = primary == "test_accuracy_mean" ? "at the end" : "test loss"
    if (csv == "") print_head()
    else {
        printf "table,scheme"
        for (i = 1; i <= varied_count; i++) printf ",%s", varied[i]
        printf ",rounds,diverged,mean,difference,t_low,t_high,simultaneous_low,simultaneous_high,p_holm,verdict"
        printf ",steps,averages,waiting_share,communicating_share,gigabytes_between,points_a_gigabyte\n"
    }
    for (i = 1; i <= cell_count; i++) {
        if (csv == "") print_cell(order[i])
        else print_csv_cell(order[i])
    }
}
