#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the lessons a static site, which needs neither a network nor a server.

    site.py DESGD VIEWER.html STYLE.css SCRIPT.js SITE [FOLDER...]     (make lessons)

SITE gets a page of each lesson of scenarios/lessons and of each FOLDER, beside the glossary, the
teacher's page, the playground and the viewer. The runs of a lesson's sweep (of its scenario, if it
has none), one round, are made in SITE_runs, where they stay; their report goes into SITE without
its script and style, which all pages share. Needs Debian's python3-markdown-it. Run from the top.
"""
from __future__ import annotations

import base64
import csv
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys

from markdown_it import MarkdownIt

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lesson as lessons  # noqa: E402
from sliders import sliders  # noqa: E402

FOLDER = "scenarios/lessons"
LARGEST_RUNS = 2_150_000  # bytes; runs that take more are shown as curves, and their beginning
BEGINNING = "2 s"
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
NEEDS_PROGRAM = (
    "<p><em>The commands need desgd on your computer. With a browser alone, pass them over: the tables "
    "of the reveal have their numbers, and the sliders move between runs of this lesson.</em></p>\n"
)
OWN_RUNS = (
    "<p><em>Its numbers need desgd on your computer. With a browser alone, predict them with paper, the "
    "sliders, the timeline and the curves; the solution has them.</em></p>\n"
)
ON_PAPER = (
    "<p><em>A browser is enough: paper, the sliders, the timeline and the curves.</em></p>\n"
)


def percent(text: str, digits: int) -> str:
    return f"{100 * float(text):.{digits}f} %"


def whole(text: str) -> str:
    return f"{int(text):,}"


def three(text: str) -> str:
    return f"{float(text):.3f}"


# The facts of a run, in the words of the lessons and the glossary: the columns of sweep.csv (and those
# that _facts adds), how they are written. What does not apply to a run is not shown: nan, and what
# is 0 where it can only be 0.
FACTS = (
    ("status", "status", str),
    ("cluster time", "end_ns", lambda text: f"{int(text) / 1e9:.3f} s"),
    ("updates", "updates", whole),
    ("gradients applied", "applied", whole),
    ("gradients a second", "rate", lambda text: f"{float(text):.1f}"),
    ("mean staleness in versions", "staleness_mean", three),
    ("mean staleness in gradients", "staleness_gradients_mean", three),
    ("workers idle", "idle_share", lambda text: percent(text, 1)),
    ("server busy", "server_load", lambda text: percent(text, 1)),
    ("averages of all", "reductions_of_all", whole),
    ("far traffic", "bytes_inter", lambda text: f"{float(text) / 1e6:.2f} MB"),
    ("mean accuracy", "test_accuracy_mean", lambda text: percent(text, 2)),
    ("accuracy at the end", "test_accuracy_final", lambda text: percent(text, 2)),
    ("loss at the end", "test_loss_final", lambda text: f"{float(text):.4g}"),
    ("timeline fingerprint", "timeline_fingerprint", str),
    ("parameter fingerprint", "parameter_fingerprint", str),
)
NOT_ZERO = ("reductions_of_all", "bytes_inter")


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def slug(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


# ---- text ----


def place_in_site(target: str, home: str) -> str | None:
    """Where a link of a page in the folder "home" leads to in the site; None: to nothing there."""
    path, _, place = target.partition("#")
    if target.startswith(("#", "https://", "http://")):
        return target
    path = os.path.normpath(os.path.join(home, path))
    name = os.path.basename(path)
    page = None
    if name in ("glossary.md", "teacher.md"):
        page = name.replace(".md", ".html")
    elif name == "lesson.md":
        page = f"{os.path.basename(os.path.dirname(path))}.html"
    elif path == os.path.join(FOLDER, "README.md"):
        page = "index.html"
    return page and page + ("#" + place if place else "")


def escaped(text: str) -> str:
    """Markdown that is this text."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def to_html(markdown: str, home: str) -> str:
    """The Markdown of a page in the folder "home"; tags in it are text. Links leave the site never."""
    # The way back is in the links at the top.
    text = re.sub(r"<!--.*?-->\n?|\s*Back to \[[^\]]*\]\([^)]*\)\.", "", markdown)
    tokens = MARKDOWN.parse(text)
    for i, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", slug(tokens[i + 1].content))
        for child in token.children or []:
            if child.type == "link_open":
                place = place_in_site(child.attrs["href"], home)
                child.attrs = {"href": place} if place else {}
            if child.type == "image":
                raise ValueError(f"{home}: a page has no pictures but those of its runs")
    return MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})


def page(title: str, body: str, style: str, script: str = "") -> str:
    policy = (
        f"default-src 'none'; script-src {hash_of(script) if script else chr(39) + 'none' + chr(39)}; "
        f"style-src {hash_of(style)}; frame-src 'self' file:; base-uri 'none'; form-action 'none'"
    )
    links = " ".join(
        f'<a href="{name}.html">{words}</a>'
        for name, words in (
            ("index", "Lessons"),
            ("glossary", "Glossary"),
            ("playground", "Playground"),
            ("viewer", "Viewer"),
            ("teacher", "For teachers"),
        )
    )
    return (
        '<!DOCTYPE html>\n<!-- SPDX-License-Identifier: GPL-3.0-or-later -->\n<html lang="en">\n<head>\n'
        f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)} – desgd</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<main class="lesson">\n<nav aria-label="Site">{links}</nav>\n{body}\n</main>\n'
        + (f"<script>{script}</script>\n" if script else "")
        + "</body>\n</html>\n"
    )


def share_parts(path: str, place: str) -> int:
    """Writes the report or viewer at "path" to "place", with its script and style in files beside it,
    which are the same for all. Its bytes."""
    text = read(path)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    library = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    script = re.search(r'<script type="module">(.*)</script>\n</body>', text, re.DOTALL)
    site = os.path.dirname(place)
    write(os.path.join(site, "page.css"), style[1])
    # A browser takes no module from disk.
    write(
        os.path.join(site, "page.js"),
        f'{library[1]}\n(() => {{ "use strict";\n{script[1]}\n}})();\n',
    )
    shared = (
        text.replace(style[0], '<link rel="stylesheet" href="page.css">')
        .replace(library[0], "")
        .replace(script[0][: -len("\n</body>")], '<script src="page.js"></script>')
    )
    for part in (library[1], script[1]):
        shared = shared.replace(f" {hash_of(part)}", "", 1)
    shared = shared.replace("script-src", "script-src 'self' file:", 1)
    shared = re.sub(r"style-src [^;]*;", "style-src 'self' file:;", shared, count=1)
    write(place, shared)
    return len(shared.encode())


# ---- runs ----


class Runs:
    """Makes runs and their pages for a site."""

    def __init__(self, desgd: str, site: str):
        self.desgd, self.site, self.logs = map(os.path.abspath, (desgd, site, site + "_runs"))

    def _call(self, *arguments: str, home: str = ".") -> str:
        done = subprocess.run(
            [self.desgd, *arguments], cwd=home, capture_output=True, text=True, check=False
        )
        if done.returncode not in (0, 2):
            raise ValueError(f"desgd {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def _sweep(self, sweep: str, name: str, *more: str) -> str:
        """One round of a sweep; its folder. What is there is not run again."""
        folder = os.path.join(self.logs, name)
        options = ["-o", folder, "--rounds", "1", "--quiet", "--set", "log.events=false", *more]
        try:
            self._call("sweep", sweep, *options)
        except ValueError:
            shutil.rmtree(folder, ignore_errors=True)  # of a sweep that was another one
            self._call("sweep", sweep, *options)
        self._call("merge", folder)
        return folder

    def _report(self, folder: str, page_name: str, *more: str) -> int:
        """The page of a folder, in the site, with shared parts. Its bytes."""
        path = os.path.join(self.site, page_name)
        self._call("report", os.path.basename(folder), "-o", path, *more, home=self.logs)
        return share_parts(path, path)

    def make(self, sweep: str, name: str, timelines: bool = True) -> dict:
        """What the sliders choose among: axes, runs, and the pages that show them."""
        folder = self._sweep(sweep, name)
        pages = [self._page(folder, f"{name}_runs.html", "Timeline and curves")]
        if not timelines or self._report(folder, pages[0]["file"]) > LARGEST_RUNS:
            named = [] if timelines else ["--title", "All runs"]
            self._report(folder, pages[0]["file"], "--rounds", "0", *named)
            pages[0]["title"] = "Curves"
            if timelines:
                begun = self._sweep(sweep, f"{name}_beginning", "--set", f"end={BEGINNING}")
                title = f"Timeline of the first {BEGINNING}"
                pages.append(self._page(begun, f"{name}_beginning.html", title))
                self._report(begun, pages[1]["file"])
        choices = self._choices(folder)
        for one in pages:
            self._name_runs(one, choices)
        return {**choices, "pages": pages}

    def _name_runs(self, one: dict, choices: dict) -> None:
        """The page's legends and lists call the runs as the sliders do."""
        path = os.path.join(self.site, one["file"])
        text = read(path)
        block = re.search(r'<script type="application/json" id="report">(.*?)</script>', text, re.DOTALL)
        report = json.loads(block[1])
        words = {
            name: {axis["label"]: axis["values"][at] for axis, at in zip(choices["axes"], run["at"])}
            for name, run in zip(one["names"], choices["runs"])
        }
        for run in report["runs"]:
            run["keys"] = words[run["name"]]
        write(path, text.replace(block[1], in_script(report), 1))

    @staticmethod
    def _rows(folder: str) -> list[dict[str, str]]:
        """The runs of a folder, in the order of the cells."""
        with open(os.path.join(folder, "sweep.csv"), encoding="utf-8", newline="") as file:
            return sorted(csv.DictReader(file), key=lambda row: int(row["cell"]))

    def _page(self, folder: str, file: str, title: str) -> dict:
        names = [f"{os.path.basename(folder)}/{row['run']}.h5" for row in self._rows(folder)]
        return {"file": file, "title": title, "names": names}

    def _choices(self, folder: str) -> dict:
        rows = self._rows(folder)
        names = list(rows[0])
        keys = names[names.index("cell") + 1 : names.index("status")]
        axes, ats = sliders(rows, keys)
        infos = self._infos(folder, rows)
        runs = [
            {"at": at, "facts": self._facts(row, info)} for at, row, info in zip(ats, rows, infos)
        ]
        return {"axes": axes, "runs": runs}

    def _infos(self, folder: str, rows: list[dict[str, str]]) -> list[dict]:
        """What "desgd info" says of each run."""
        logs = [os.path.join(folder, f"{row['run']}.h5") for row in rows]
        infos = json.loads(self._call("info", "--json", *logs))
        return infos if isinstance(infos, list) else [infos]

    @staticmethod
    def _facts(row: dict[str, str], info: dict) -> dict[str, str]:
        seconds = int(row["end_ns"]) / 1e9
        in_gradients = (info.get("staleness_gradients") or {}).get("mean")
        reductions = int(row["reductions_of_all"]) + int(row["reductions_of_clusters"])
        known = {
            **row,
            "rate": str(int(row["applied"]) / seconds) if seconds > 0 else "",
            "staleness_gradients_mean": "" if in_gradients is None else str(in_gradients),
            # Without a server it is the share of time of the all-reduces.
            "server_load": "" if reductions > 0 else row["server_load"],
        }
        return {
            words: write_fact(known[column])
            for words, column, write_fact in FACTS
            if known[column] not in ("", "nan")
            and not (column in NOT_ZERO and float(known[column]) == 0)
        }


def in_script(value: dict) -> str:
    """JSON that ends no script."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def shown_runs(runs: dict) -> str:
    frames = "".join(
        f'<h3>{one["title"]}</h3>\n<p><a href="{one["file"]}">On a page of its own</a></p>\n'
        f'<iframe title="{one["title"]} of the runs"></iframe>\n'
        for one in runs["pages"]
    )
    return (
        '<div class="runs">\n<h2 id="move">Move between the runs</h2>\n<div id="sliders"></div>\n'
        '<table id="facts"><caption>The run that is chosen</caption><tbody></tbody></table>\n'
        f"{frames}"
        f'<script type="application/json" id="runs-data">{in_script(runs)}</script>\n</div>\n'
    )


# ---- pages ----


def asked(question: lessons.Question, number: int, home: str) -> str:
    choices = "".join(
        f'<div class="choice"><input type="radio" name="q{number}" id="q{number}{letter}" value="{letter}">'
        f'<label for="q{number}{letter}"><b>{letter}</b> {MARKDOWN.renderInline(unlinked(text))}</label></div>\n'
        for letter, text in question.choices.items()
    )
    return (
        f"<fieldset>\n<legend>Question {number + 1}</legend>\n"
        f"{to_html(question.text, home)}{choices}</fieldset>\n"
    )


def unlinked(text: str) -> str:
    """A choice is a label: a link in it would be a control in a control."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)


def told(question: lessons.Question, number: int, home: str) -> str:
    answers = "".join(
        f'<div class="answer" hidden data-question="{number}" data-letter="{letter}"'
        f'{" data-right" if letter == question.right else ""}>'
        f"{to_html(text, home)}</div>\n"
        for letter, text in question.answers.items()
    )
    return f"<h3>Question {number + 1}</h3>\n{answers}"


def exercise(one: lessons.Exercise, number: int, home: str) -> str:
    needs = OWN_RUNS if "```sh" in one.text + one.solution else ON_PAPER
    return (
        f"<h3>Exercise {number}</h3>\n{needs}{to_html(one.text, home)}"
        f"<details><summary>Solution {number}</summary>\n{to_html(one.solution, home)}</details>\n"
    )


def lesson_body(lesson: lessons.Lesson, runs: dict) -> str:
    home = lesson.folder
    part = {name: to_html(text, home) for name, text in lesson.parts.items()}
    numbered = list(enumerate(lesson.questions))
    return (
        f"<h1>{lesson.number}. {html.escape(lesson.title)}</h1>\n<h2>Claim</h2>\n{part['Claim']}"
        f"<h2>Prediction</h2>\n{to_html(lesson.situation, home)}"
        + "".join(asked(question, i, home) for i, question in numbered)
        + '<div id="lock"><p id="hint" role="status"></p>'
        '<button id="show" disabled aria-describedby="hint">Show what happens</button></div>\n'
        "<noscript><p>The predictions need JavaScript.</p></noscript>\n"
        f'<div id="reveal" hidden>\n<h2 tabindex="-1">Reveal</h2>\n{part["Reveal"]}'
        "<h2>Your prediction</h2>\n"
        + "".join(told(question, i, home) for i, question in numbered)
        + f"<h2>Why</h2>\n{part['Why']}{shown_runs(runs)}"
        + f"<h2>Run it</h2>\n{NEEDS_PROGRAM}{part['Run it']}<h2>Exercises</h2>\n"
        + "".join(exercise(one, i + 1, home) for i, one in enumerate(lesson.exercises))
        + f"<h2>What you should now say</h2>\n{part['What you should now say']}</div>\n"
    )


def sweep_of(folder: str, logs: str) -> str:
    """Of a lesson without one: a sweep of its scenario alone."""
    sweep = os.path.join(folder, "sweep.yaml")
    if os.path.exists(sweep):
        return sweep
    sweep = os.path.join(logs, os.path.basename(folder) + ".yaml")
    write(sweep, f"scenario: {os.path.abspath(os.path.join(folder, 'scenario.yaml'))}\n")
    return sweep


def own_name(folder: str, taken: list[str]) -> str:
    """The name of a folder of one's own, which becomes that of its pages and of its runs."""
    name = os.path.basename(folder)
    others = ("index", "glossary", "teacher", "playground", "viewer", "page", *taken)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name) or name.endswith(("_runs", "_beginning")):
        raise ValueError(f"{folder}: a page is called as its folder: letters, digits, _ and - alone")
    if name in others:
        raise ValueError(f"{folder}: another page of the site has this name")
    return name


def make_site(desgd: str, viewer: str, style: str, script: str, site: str, own: list[str]) -> None:
    found = sorted(entry.path for entry in os.scandir(FOLDER) if entry.is_dir())
    names = [os.path.basename(folder) for folder in found]
    own = [os.path.normpath(folder) for folder in own]
    for folder in own:
        names.append(own_name(folder, names))
    shutil.rmtree(site, ignore_errors=True)
    runs = Runs(desgd, site)
    for folder in (site, runs.logs):
        os.makedirs(folder, exist_ok=True)
    for folder, name in zip(found + own, names):
        lesson = lessons.read_lesson(folder)
        body = lesson_body(lesson, runs.make(sweep_of(folder, runs.logs), name))
        write(os.path.join(site, f"{name}.html"), page(lesson.title, body, style, script))
    for source, name in (("README", "index"), ("glossary", "glossary"), ("teacher", "teacher")):
        text = read(os.path.join(FOLDER, f"{source}.md"))
        if name == "index":
            text += "".join(
                f"\n- [{escaped(lessons.read_lesson(one).title)}]({os.path.basename(one)}/lesson.md)"
                for one in own
            )
        write(os.path.join(site, f"{name}.html"), page(source, to_html(text, FOLDER), style))
    body = (
        "<h1>Playground</h1>\n<p>25 workers, 12 of them with random delays, for 20 s. Who waits for "
        "whom, for how many gradients, and how long are the delays? Predict a number below, then "
        "move.</p>\n<ul><li><em>hybrid</em>: any K gradients make an update; nobody is stopped. Here K is "
        "constant.</li>\n<li><em>k_sync</em>: the first K workers make an update; the others are cancelled, "
        "and all start again.</li>\n<li><em>k_batch_sync</em>: the first K gradients make an update, also "
        "several of one fast worker; then the rest is cancelled.</li></ul>\n"
    ) + shown_runs(
        runs.make(os.path.join(FOLDER, "playground.yaml"), "playground", timelines=False)
    )
    write(os.path.join(site, "playground.html"), page("Playground", body, style, script))
    share_parts(viewer, os.path.join(site, "viewer.html"))


if __name__ == "__main__":
    try:
        make_site(*sys.argv[1:3], read(sys.argv[3]), read(sys.argv[4]), sys.argv[5], sys.argv[6:])
    except (ValueError, OSError) as error:
        sys.exit(f"site.py: {error}")
