#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the pages of lessons against the program, whose path is $DESGD. From the top of the tree:

    check_lessons.py pages FOLDER...           the parts, the links, a check for every number
    check_lessons.py quick FOLDER...           runs what the pages say, but for blocks "sh long"
    check_lessons.py long FOLDER...            runs all of it
    check_lessons.py document FILE.md...       links and commands of a page that is no lesson
    check_lessons.py quick --accept FOLDER...  and writes what the program says into the pages

FOLDER/numbers.tsv (numbers_long.tsv of what only long blocks make) says where numbers come from:
words of the page, a tab, the run, a tab, and an expression for each number in these words, with ";"
between them. "=" is a number that is not measured, as in a name. The run is FILE.h5 without its
end; or the folder of a sweep with a cell, "DIR & policy.name=async & ..."; or "-" for none. The
names that an expression may use are in FIGURES, of a cell the columns of compare --csv. A number is
right if the expression gives its digits. Numbers that stand in the scenarios or the commands are
given.
With $LESSON_RUNS, a folder, the runs stay there, and sweeps that are done are not made again.
Exit status: 0, or 1 with every mistake.
"""

import csv
import functools
import glob
import io
import json
import math
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile

import numpy

sys.path[:0] = ["plots", "plots/lessons"]
from desgd_log import read_log
from lesson import read_lesson

NUMBER = re.compile(
    r"(?<![\w.,])[−+]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]\d+)?(?!\w)"
    r"|\b[0-9a-f]{16}\b"  # of a fingerprint
)
DESGD = os.path.abspath(os.environ.get("DESGD", "build/desgd"))
TABLES = ("numbers.tsv", "numbers_long.tsv")
mistakes = []


def mistake(place, *what):
    mistakes.append(place)
    print(f"{place}:", *what)


def read_text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


@functools.lru_cache(None)
def ask(folder, *words):
    """What the program says; of logs that are made, so it may be asked once."""
    return subprocess.run(
        [DESGD, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


# ---- numbers as the pages write them ----


def value_of(text):
    """Of "−1,234.5", or the text itself of a fingerprint."""
    if re.fullmatch(r"[0-9a-f]{16}", text):
        return text
    return float(text.replace("−", "-").replace(",", ""))


def written(value, like):
    """The value with as many digits, and in the way, as the text "like"."""
    if isinstance(value, str):
        return value
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number")
    decimals = len(like.split("e")[0].partition(".")[2])
    if "e" in like:
        text = f"{abs(value):.{decimals}e}"
    else:
        text = f"{abs(value):,.{decimals}f}"
    if value_of(text) == 0:
        return text
    return ("−" if value < 0 else "+" if like[0] in "+−" else "") + text


# ---- what runs say ----


def applied(run):
    return run.log.gradients["outcome"] == "applied"


def of_all(run):
    return run.log.reductions["scope"] == "all"


FIGURES = {
    "accuracy": lambda run: 100 * run.info["test_accuracy"]["final"],
    "accuracy_mean": lambda run: 100 * run.info["test_accuracy"]["mean"],
    "loss": lambda run: run.info["test_loss"]["final"],
    "updates": lambda run: run.info["updates"],
    "gradients": lambda run: run.info["gradients"]["applied"],
    "cancelled": lambda run: run.info["gradients"]["cancelled"],
    "started": lambda run: run.info["gradients"]["dispatched"],
    "seconds": lambda run: run.info["end_ns"] / 1e9,
    "idle": lambda run: 100 * (run.info["waiting_share"] + run.info["communicating_share"]),
    "waiting": lambda run: 100 * run.info["waiting_share"],
    "load": lambda run: 100 * run.info["server_load"],
    "averages": lambda run: run.info["reductions_of_all"],
    "average_ms": lambda run: numpy.mean(run.log.reductions["span_ns"][of_all(run)]) / 1e6,
    "parameters": lambda run: run.info["parameter_fingerprint"],
    "staleness": lambda run: run.log.gradients["staleness"][applied(run)],
    "staleness_gradients": lambda run: run.log.gradients["staleness_gradients"][applied(run)],
    "worker": lambda run: run.log.gradients["worker"][applied(run)],
    "delayed": lambda run: numpy.isin(
        run.worker, run.log.gradients["worker"][run.log.gradients["delay_ns"] > 0]
    ),
    "update_seconds": lambda run: run.log.updates.seconds("time_ns"),
    "thresholds": lambda run: run.log.updates["threshold"],
    "evaluation_seconds": lambda run: run.log.evaluations.seconds("time_ns"),
    "accuracies": lambda run: 100 * run.log.evaluations["test_accuracy"],
    "losses": lambda run: run.log.evaluations["test_loss"],
}


class Run:
    """A log: its name is its path without ".h5", in the folder in which the commands ran."""

    def __init__(self, folder, name):
        self.folder, self.name, self.known = folder, name, {}

    def __getattr__(self, name):
        if name == "info":
            self.info = json.loads(ask(self.folder, "info", "--json", self.name + ".h5"))
        elif name == "log":
            self.log = read_log(os.path.join(self.folder, self.name + ".h5"))
        elif name in FIGURES:
            setattr(self, name, FIGURES[name](self))
        else:
            raise AttributeError(name)
        return self.__dict__[name]

    def at(self, seconds):
        """The accuracy of the last evaluation until then."""
        return self.accuracies[self.evaluation_seconds <= seconds][-1]

    def curve(self, column):
        """A column of export --table curves_evaluations: one value for each evaluation."""
        text = ask(self.folder, "export", self.name + ".h5", "--table", "curves_evaluations")
        return numpy.array([float(row[column]) for row in csv.DictReader(io.StringIO(text))])

    def over(self, axis, most):
        """The mean accuracy over this axis up to there: straight lines between evaluations."""
        return numpy.mean(numpy.interp(numpy.linspace(0, most, 2001), axis, self.accuracies))

    def over_gradients(self, most):
        return self.over(self.curve("gradients"), most)


class Cell:
    """A cell of a sweep. Each name is a column of compare --csv of test_accuracy_mean; "of(metric)"
    has those of another metric. The rounds are rows of merge, which know a cell by its number:
    cell=0."""

    def __init__(self, folder, name):
        self.folder, (self.sweep, *conditions) = folder, name.split(" & ")
        self.wanted = dict(condition.split("=", 1) for condition in conditions)

    def rows(self, text):
        wanted = self.wanted.items()
        found = csv.DictReader(io.StringIO(text))
        return [row for row in found if all(row[key] == value for key, value in wanted)]

    def of(self, metric, *options):
        compared = ask(self.folder, "compare", self.sweep, "--csv", *options)
        rows = [row for row in self.rows(compared) if row["metric"] == metric]
        if len(rows) != 1:
            raise ValueError(f"{len(rows)} cells of {self.sweep} are {self.wanted}")
        is_number = re.compile(r"-?\d[\d.e-]*").fullmatch
        return {key: float(text) for key, text in rows[0].items() if is_number(text)}

    def rounds(self):
        ask(self.folder, "merge", self.sweep, "--quiet")
        with open(os.path.join(self.folder, self.sweep, "sweep.csv"), newline="") as file:
            rows = self.rows(file.read())
        return sorted(rows, key=lambda row: int(row["seed"]))

    def column(self, name):
        return numpy.array([float(row[name]) for row in self.rounds()])

    def over_gradients(self, most):
        logs = [Run(self.folder, os.path.join(self.sweep, row["run"])) for row in self.rounds()]
        return numpy.array([log.over_gradients(most) for log in logs])

    def __getattr__(self, name):
        columns = self.of("test_accuracy_mean")
        if name not in columns:
            raise AttributeError(name)
        return columns[name]


def harmonic(n):
    return sum(1 / k for k in range(1, n + 1))


def half_width(values):
    """Of the 95 % interval of the mean: Student's t, from the tables of any textbook."""
    quantile = {4: 2.7764, 5: 2.5706, 8: 2.3060, 9: 2.2622}[len(values) - 1]
    return quantile * numpy.std(values, ddof=1) / math.sqrt(len(values))


class Names(dict):
    """What an expression may use: numpy, the figures of its run, and other runs by run("name")."""

    def __init__(self, source, make):
        super().__init__(run=make, harmonic=harmonic, half_width=half_width)
        self.source = source

    def __missing__(self, name):
        for place in (self.source, math, numpy):
            if hasattr(place, name):
                return getattr(place, name)
        raise KeyError(name)


# ---- a page ----


def read_rows(lesson, tables=TABLES):
    """(table, line, words, run, expressions) of the tables that are there."""
    rows = []
    for table in tables:
        path = os.path.join(lesson.folder, table)
        for line in read_text(path).split("\n") if os.path.exists(path) else ():
            if line and not line.startswith("#"):
                words, run, expressions = line.split("\t")
                each = [text.strip() for text in expressions.split(";")]
                rows.append((table, line, words, run, each))
    return rows


def prose(text):
    """The page with blanks for code, headings, comments, where links lead, "lesson 3", and the 95 %
    of intervals."""
    code, comments, headings = (r"^```.*?^```$", r"`[^`\n]*`"), (r"<!--.*?-->",), (r"^#.*?$",)
    for pattern in (*code, *comments, *headings, r"\]\([^)]*\)", r"lesson \d+", r"95 %"):
        flags = re.DOTALL | re.MULTILINE
        text = re.sub(pattern, lambda found: " " * len(found[0]), text, flags=flags)
    return text


def given_numbers(lesson):
    texts = re.findall(r"^```.*?^```$|`[^`\n]*`", lesson.text, re.DOTALL | re.MULTILINE)
    for path in glob.glob(os.path.join(lesson.folder, "*.yaml")):
        texts.append(read_text(path))
    words = re.findall(r"\d[\d,]*\.?\d*|\.\d+", "\n".join(texts))
    return {value_of(word.rstrip(",.")) for word in words}


def check_numbers_are_known(lesson):
    text, covered = lesson.text, set()
    for table, _, words, _, expressions in read_rows(lesson):
        places = [found.start() for found in re.finditer(re.escape(words), text)]
        numbers = len(NUMBER.findall(words))
        if not places:
            mistake(f"{lesson.folder}/{table}", "the page does not say:", words)
        if numbers != len(expressions):
            counts = f"{numbers} numbers, {len(expressions)} expressions:"
            mistake(f"{lesson.folder}/{table}", counts, words)
        for place in places:
            covered.update(range(place, place + len(words)))
    given = given_numbers(lesson)
    for found in NUMBER.finditer(prose(text)):
        if found.start() not in covered and value_of(found[0].lstrip("−+")) not in given:
            line = text.count("\n", 0, found.start()) + 1
            place = f"{lesson.folder}/lesson.md:{line}"
            mistake(place, "no row of numbers.tsv has the number", found[0])


def anchors(path):
    headings = re.findall(r"^#+ (.*)$", read_text(path), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def check_links(path):
    for link in re.findall(r"\]\(([^)]*)\)", read_text(path)):
        file, _, anchor = link.partition("#")
        target = os.path.join(os.path.dirname(path), file) if file else path
        if link.startswith("https://"):
            continue
        if not os.path.exists(target) or (anchor and anchor not in anchors(target)):
            mistake(path, "leads nowhere:", link)


def check_page(folder):
    try:
        lesson = read_lesson(folder)
    except ValueError as error:
        return mistake(folder, error)
    check_links(os.path.join(folder, "lesson.md"))
    if "](../glossary.md#" not in lesson.text:
        mistake(folder, "does not lead to the glossary")
    check_numbers_are_known(lesson)


# ---- runs ----


def look_alike(folder):
    """A folder that looks like the top of the tree, with lessons of its own to change."""
    lessons = os.path.join(folder, "scenarios/lessons")
    shutil.rmtree(os.path.dirname(lessons), ignore_errors=True)
    shutil.copytree("scenarios/lessons", lessons)
    links = {"build/desgd": DESGD, "data": "data", "plots": "plots", "tests": "tests"}
    links |= {path: path for path in glob.glob("scenarios/*")}
    for name, path in links.items():
        place = os.path.join(folder, name)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if not os.path.lexists(place):
            os.symlink(os.path.abspath(path), place)
    return lessons


def type_in(page, folder, commands):
    """Types the commands of a page into a terminal. Returns whether they succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    script = "\n".join(commands)
    done = subprocess.run(["bash", "-euc", script], cwd=folder, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        mistake(page, "a command fails:", (done.stdout + done.stderr)[-1500:])
    print(f"{page}: {after.ru_utime - before.ru_utime:.1f} s of computing")
    return done.returncode == 0


def run_blocks(lesson, folder, long):
    own = os.path.join(look_alike(folder), os.path.basename(lesson.folder))
    shutil.rmtree(own, ignore_errors=True)
    shutil.copytree(lesson.folder, own)
    commands = [block.text for block in lesson.blocks if long or not block.long]
    if os.path.exists(os.path.join(own, "sweep.yaml")):
        commands.append(f"build/desgd sweep --dry-run '{own}/sweep.yaml'")
    return type_in(lesson.folder, folder, commands)


def check_document(path):
    """A page that is no lesson: its links, and its commands."""
    check_links(path)
    blocks = re.findall(r"^```sh\n(.*?)^```$", read_text(path), re.DOTALL | re.MULTILINE)
    with tempfile.TemporaryDirectory(prefix="page") as folder:
        look_alike(folder)
        type_in(path, folder, blocks)


def said(row, names):
    """The words of the row with the numbers that the program gives."""
    expressions = iter(row[4])

    def number(found):
        expression = next(expressions)
        return found[0] if expression == "=" else written(eval(expression, {}, names), found[0])

    return NUMBER.sub(number, row[2])


def write_into(folder, row, now):
    """Puts the words as they are now into the page and into the table."""
    for name, old in (("lesson.md", row[2]), (row[0], row[1])):
        path = os.path.join(folder, name)
        text = read_text(path)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, old.replace(row[2], now)))


def check_row(folder, row, make, accept):
    try:
        now = said(row, Names(make(row[3]), make))
    except Exception as error:
        return mistake(folder, row[2], type(error).__name__, error)
    if now != row[2] and accept:
        print(f"{folder}: {row[2]} -> {now}")
        write_into(folder, row, now)
    elif now != row[2]:
        mistake(folder, "the page says:", row[2], "\n    the program says:", now)


def check_runs(folder, long, accept):
    lesson = read_lesson(folder)
    runs = {}
    with tempfile.TemporaryDirectory(prefix="lesson") as place:
        if "LESSON_RUNS" in os.environ:
            place = os.path.join(os.environ["LESSON_RUNS"], os.path.basename(folder))

        def make(name):
            if name not in runs:
                runs[name] = (Cell if " & " in name else Run)(place, name)
            return runs[name]

        if run_blocks(lesson, place, long):
            for row in read_rows(lesson, TABLES if long else TABLES[:1]):
                check_row(folder, row, make, accept)


def main(mode, *words):
    accept = "--accept" in words
    folders = [word.rstrip("/") for word in words if word != "--accept"]
    for folder in folders:
        if mode == "pages":
            check_page(folder)
        elif mode == "document":
            check_document(folder)
        else:
            check_runs(folder, mode == "long", accept)
    print(f"{len(folders)} pages, {len(mistakes)} mistakes")
    return 1 if mistakes or not folders else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
