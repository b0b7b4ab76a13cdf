# SPDX-License-Identifier: GPL-3.0-or-later
# awk -f cells.awk -f table.awk COMPARE.csv SWEEP.csv: one Markdown row for each cell of a study, its
# differences to the baseline ("desgd compare --format csv") beside what explains them, the means over the rounds
# of the server's load, the staleness and the waiting ("desgd merge"). With -v csv=1 the same as CSV.

# "180..220" of a uniform law, numbers without their ms and s.
function brief(text) {
    if (text ~ /law: uniform/) { sub(/.*min: /, "", text); sub(/ ms; max: /, "..", text); sub(/ ms.*/, "", text) }
    if (text ~ / ms$/ && text + 0 >= 1000) text = text / 1000
    sub(/ m?s$/, "", text)
    return text
}

# "250 ms" of a delay's law.
function spread_of(text) {
    sub(/.*std: /, "", text)
    sub(/;.*/, "", text)
    return text
}

# The cell's own mean, and the baseline's.
function beside(cell, what, format) {
    return sprintf(format " (" format ")", mean_of(cell, what), mean_of(partner[cell], what))
}

# ---- merge ----
FNR == 1 {
    read_header(s)
    for (i = s["cell"] + 1; i < s["status"]; i++) varied[++varied_count] = $i
    next
}
$s["status"] != "complete" && $s["status"] != "diverged" { next }
{
    cell = name_of(s)
    if (!(cell in rounds)) order[++cell_count] = cell
    rounds[cell]++
    sum[cell, "load"] += $s["server_load"]
    sum[cell, "staleness"] += $s["staleness_mean"]
    sum[cell, "waiting"] += $s["waiting_share"]
    sum[cell, "queueing"] += $s["communicating_share"]
    sum[cell, "applied"] += $s["applied"]
    sum[cell, "updates"] += $s["updates"]
    place = setting = others = ""
    for (i = 1; i <= varied_count; i++) {
        if (varied[i] == "policy.name") policy[cell] = $s[varied[i]]
        else if (varied[i] ~ /^cluster\.(compute|server|start_up)/)
            setting = setting (setting == "" ? "" : varied[i] ~ /update/ ? "/" : ", ") brief($s[varied[i]])
        else others = others " | " (varied[i] ~ /delay/ ? spread_of($s[varied[i]]) : $s[varied[i]])
        if (varied[i] !~ /^policy/) place = place "|" $s[varied[i]]
    }
    shown[cell] = setting others
    where[cell] = place
    if (policy[cell] == "async") async[place] = cell
}

# The varied keys beside the cluster's own and the policy, as columns.
function other_columns(    i, name, columns) {
    for (i = 1; i <= varied_count; i++) {
        name = varied[i]
        if (name ~ /^cluster\.(compute|server|start_up)/ || name == "policy.name") continue
        sub(/^training\.|^policy\.threshold\.|^cluster\./, "", name)
        columns = columns " | " (name == "every" ? "step" : name)
    }
    return columns
}

# Four digits, or nothing.
function four(number) { return number == "" ? "" : sprintf("%.4f", number) }

function print_csv_cell(cell) {
    gsub(/, /, " ", shown[cell])
    gsub(/ \| /, ",", shown[cell])
    printf "%s,%s,%d,%d,%.4f,%s", shown[cell], policy[cell], rounds[cell], diverged[cell], value[cell], four(difference[cell, primary])
    printf ",%s,%s", four(t_low[cell, primary]), four(t_high[cell, primary])
    printf ",%s,%s", four(all_low[cell]), four(all_high[cell])
    printf ",%s,%s,%.4f", four(p_holm[cell]), verdict[cell], mean_of(cell, "load")
    printf ",%.4f,%.4f", mean_of(cell, "staleness"), mean_of(cell, "waiting")
    printf ",%.4f,%.1f,%.1f\n", mean_of(cell, "queueing"), mean_of(cell, "applied"), mean_of(cell, "updates")
}

function print_cell(cell) {
    printf "| %s | %s | %.2f | %s |", shown[cell], policy[cell], value[cell], t_interval(cell, primary, 2)
    if (all_low[cell] != "") printf " [%+.2f, %+.2f]", all_low[cell], all_high[cell]
    printf " | %s | %s", verdict[cell], t_interval(cell, "test_accuracy_final", 2)
    printf " | %s | %s", t_interval(cell, "test_loss_mean", 3), t_interval(cell, "train_loss_mean", 3)
    printf " | %s | %s", beside(cell, "load", "%.2f"), beside(cell, "staleness", "%.1f")
    printf " | %s | %s", beside(cell, "waiting", "%.2f"), beside(cell, "queueing", "%.2f")
    printf " | %s |\n", beside(cell, "applied", "%.0f")
}

END {
    columns = other_columns()
    if (csv) {
        gsub(/ \| /, ",", columns)
        printf "setting%s,policy,rounds,diverged,mean,difference,t_low,t_high,simultaneous_low,simultaneous_high", columns
        printf ",p_holm,verdict,server_load,staleness_mean,waiting_share,communicating_share,applied,updates\n"
    } else {
        printf "| setting%s | policy | accuracy | difference [95 %%] | [all cells 95 %%] | is | at the end", columns
        printf " | test loss | training loss | server load | staleness | waiting | queueing | gradients applied |\n"
        gsub(/ \| [a-z.]+/, "|---:", columns)
        printf "|---%s|---|---:|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|\n", columns
    }
    for (i = 1; i <= cell_count; i++) {
        cell = order[i]
        partner[cell] = async[where[cell]]
        if (csv) print_csv_cell(cell)
        else if (policy[cell] != "async") print_cell(cell)
    }
}
