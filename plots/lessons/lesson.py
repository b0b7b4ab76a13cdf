# SPDX-License-Identifier: GPL-3.0-or-later
"""A lesson as its page, scenarios/lessons/NN_name/lesson.md, says it: the parts that it is made of.

    lesson = read_lesson("scenarios/lessons/02_straggler")
    lesson.title, lesson.parts["Claim"], lesson.questions[0].right, lesson.exercises[0].solution

A page has a title, "# 2. The straggler", and the PARTS below as headings of the second level, in
this order. "Prediction" describes a situation and has questions ("### Question 1"), each with
choices "- **A** text"; "Your prediction" says something to every choice, and to exactly one of a
question that it is "Right". "Exercises" and "Solutions" have "### Exercise 1" and "### Solution 1",
and so on. Blocks ```sh are what the reader types, in this order and in one terminal; ```sh long
takes minutes.
A page that is made otherwise is a ValueError, which names the page and what is wrong.
"""
from __future__ import annotations

import os
import re
from dataclasses import dataclass

PARTS = (
    "Claim",
    "Prediction",
    "Run it",
    "Reveal",
    "Your prediction",
    "Why",
    "Exercises",
    "Solutions",
    "What you should now say",
)
EXERCISES = 2
BLOCK = r"^```sh( long)?\n(.*?)^```$"


@dataclass(frozen=True)
class Question:
    """What is to be predicted: the choices by their letters, and what each of them is told."""

    text: str
    choices: dict[str, str]
    answers: dict[str, str]
    right: str  # the letter


@dataclass(frozen=True)
class Exercise:
    text: str
    solution: str


@dataclass(frozen=True)
class Block:
    """What the reader types."""

    text: str
    long: bool


@dataclass(frozen=True)
class Lesson:
    folder: str
    text: str  # of the whole page
    number: int
    title: str
    parts: dict[str, str]
    situation: str  # what "Prediction" says before its questions
    questions: list[Question]
    exercises: list[Exercise]
    blocks: list[Block]


def sections(text: str, level: int) -> tuple[str, list[tuple[str, str]]]:
    """What stands before the first heading of the level, and each such heading with its text."""
    pieces = re.split(rf"^{'#' * level} (.*)\n", text, flags=re.MULTILINE)
    return pieces[0].strip(), [
        (pieces[i].strip(), pieces[i + 1].strip()) for i in range(1, len(pieces), 2)
    ]


def _numbered(text: str, word: str) -> list[str]:
    _, found = sections(text, 3)
    names = [name for name, _ in found]
    if not names or names != [f"{word} {i + 1}" for i in range(len(names))]:
        raise ValueError(f'needs "### {word} 1" and so on: has {names}')
    return [body for _, body in found]


def _choices(text: str) -> tuple[str, dict[str, str]]:
    pieces = re.split(r"^- \*\*([A-Z])\*\* ", text, flags=re.MULTILINE)
    letters = pieces[1::2]
    if len(letters) < 2 or letters != [chr(ord("A") + i) for i in range(len(letters))]:
        raise ValueError(f'needs choices "- **A** ...", "- **B** ...": has {letters}')
    return pieces[0].strip(), dict(zip(letters, (piece.strip() for piece in pieces[2::2])))


def _question(asked: str, told: str) -> Question:
    text, choices = _choices(asked)
    _, answers = _choices(told)
    right = [letter for letter, answer in answers.items() if answer.startswith("Right")]
    if list(choices) != list(answers):
        raise ValueError(f"has choices {list(choices)} and answers to {list(answers)}")
    if len(right) != 1 or not text:
        raise ValueError(f"needs a question, and one answer that is Right: has {right}")
    return Question(text, choices, answers, right[0])


def _read(folder: str, text: str) -> Lesson:
    before, pages = sections(re.sub(r"<!--.*?-->\n?", "", text), 1)
    head = re.fullmatch(r"(\d+)\. (.*)", pages[0][0]) if len(pages) == 1 and not before else None
    if head is None:
        raise ValueError('needs one title, "# 2. The straggler", at its top')
    if not os.path.basename(folder).startswith(f"{int(head[1]):02d}_"):
        raise ValueError(f"is lesson {head[1]} by its title, in {folder}")
    _, found = sections(pages[0][1], 2)
    if tuple(name for name, _ in found) != PARTS:
        raise ValueError(f"needs the parts {PARTS}: has {[name for name, _ in found]}")
    parts = dict(found)
    asked, told = (_numbered(parts[part], "Question") for part in ("Prediction", "Your prediction"))
    tasks, solutions = (_numbered(parts[word + "s"], word) for word in ("Exercise", "Solution"))
    if len(asked) != len(told) or not len(tasks) == len(solutions) == EXERCISES:
        raise ValueError(f"needs an answer to every question, and {EXERCISES} exercises, solved")
    return Lesson(
        folder,
        text,
        int(head[1]),
        head[2],
        parts,
        sections(parts["Prediction"], 3)[0],
        [_question(*pair) for pair in zip(asked, told)],
        [Exercise(*pair) for pair in zip(tasks, solutions)],
        [
            Block(body, kind == " long")
            for kind, body in re.findall(BLOCK, text, re.DOTALL | re.MULTILINE)
        ],
    )


def read_lesson(folder: str) -> Lesson:
    folder = folder.rstrip("/")
    path = os.path.join(folder, "lesson.md")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        return _read(folder, text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
