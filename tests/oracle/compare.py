# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds what an engine tells against a log: every event, column, outcome and total. The first
difference is a text with both rows."""

from recorded import KINDS, OUTCOMES

COLUMNS = {
    "gradients": ("worker", "number", "version_read", "dispatched_ns", "ready_ns", "arrived_ns",
                  "received_ns", "applied_ns", "version_applied", "staleness",
                  "staleness_gradients", "threshold", "buffered", "outcome", "push_port_wait_ns",
                  "reply_port_wait_ns", "stalled_ns"),
    "updates": ("time_ns", "update_ns", "version", "threshold", "gradients", "staleness_mean",
                "staleness_max", "after_receipt_ns"),
    "reductions": ("began_ns", "span_ns", "scope", "worker", "members", "number", "version",
                   "steps"),
}
SCOPES = ("cluster", "all")
WITHOUT_ROW = {"push_port_wait_ns": 0, "reply_port_wait_ns": 0, "stalled_ns": 0,
               "after_receipt_ns": 0}


def event_text(event):
    time, kind, actor, gradient, version = event
    return f"{time} ns {kind}, actor {actor}, gradient {gradient}, version {version}"


def logged_events(recorded):
    columns = [recorded.column("events", name)
               for name in ("time_ns", "kind", "actor", "gradient", "version")]
    for time, kind, *rest in zip(*columns):
        yield (time, KINDS[kind], *rest)


def difference_of_events(run, recorded):
    if not recorded.attributes["events_logged"]:
        return None
    logged = list(logged_events(recorded))
    for row, (mine, its) in enumerate(zip(run.events, logged)):
        if mine != its:
            return f"event {row}: oracle {event_text(mine)}; log {event_text(its)}"
    if len(run.events) != len(logged):
        row = min(len(run.events), len(logged))
        longer = run.events if len(run.events) > row else logged
        return (f"{len(run.events)} events in the oracle, {len(logged)} in the log; the next is "
                + event_text(longer[row]))
    return None


def difference_of_table(run, recorded, table):
    rows = getattr(run, table)
    count = recorded.rows(table)
    if len(rows) != count:
        return f"/{table}: {len(rows)} rows in the oracle, {count} in the log"
    for name in COLUMNS[table]:
        logged = recorded.column(table, name, WITHOUT_ROW.get(name))
        for row, (mine, its) in enumerate(zip(rows, logged)):
            value = getattr(mine, name)
            if name == "outcome":
                its = OUTCOMES[its]
            elif name == "scope":
                its = SCOPES[its]
            if value != its:
                return f"/{table}/{name}, row {row}: oracle {value}, log {its}"
    return None


def difference_of_workers(run, recorded):
    for worker, account in enumerate(run.accounts):
        own = {f"{state}_ns": span for state, span in account.spans.items()}
        own |= {"gradients": account.gradients, "dropped": account.dropped}
        for name, value in own.items():
            its = recorded.column("workers", name, 0)[worker]
            if value != its:
                return f"/workers/{name}, worker {worker}: oracle {value}, log {its}"
    return None


def difference_of_totals(run, recorded):
    own = {"end_ns": run.end_ns, "event_count": len(run.events), "status": run.status}
    if own["status"] == "complete" and not run.over:  # not looked at: who is too slow
        del own["status"]
    if run.status == "stalled":
        made = [update.time_ns for update in run.updates]
        own["stalled_since_ns"] = made[-1] if made else run.scenario.start_up
    for name in ("service_ns", "replies"):
        if name in recorded.attributes:
            own[name] = getattr(run, name)
    for name, value in own.items():
        its = recorded.attributes.get(name)
        if value != its:
            return f"attribute {name}: oracle {value}, log {its}"
    return None


def difference(run, recorded):
    """The first difference, or None."""
    return (difference_of_events(run, recorded)
            or difference_of_table(run, recorded, "gradients")
            or difference_of_table(run, recorded, "updates")
            or difference_of_table(run, recorded, "reductions")
            or difference_of_workers(run, recorded)
            or difference_of_totals(run, recorded))
