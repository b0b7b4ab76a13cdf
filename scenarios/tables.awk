# SPDX-License-Identifier: GPL-3.0-or-later
# Puts the program's own tables into a page: what stands between "<!-- table NAME -->" and
# "<!-- end -->" becomes what "desgd list --reference NAME" prints.
# Usage: awk -v desgd=build/desgd -f scenarios/tables.awk PAGE
/^<!-- end -->$/ { inside = 0 }
!inside
/^<!-- table [a-z-]* -->$/ {
    inside = 1
    print ""
    if (system(desgd " list --reference " $3) != 0) exit 1
    print ""
}
