# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program on a terminal of its own, presses keys, and prints what is to be seen.

    terminal.py ROWSxCOLUMNS COMMAND... <SCRIPT

Lines of the script:
    keys KEY...       presses them: a name of KEYS, or each character of a word
    see TEXT          waits until the screen has it
    show              prints the screen
    shell COMMAND     runs it with sh, beside the program
    still SECONDS     complains if the program writes anything in so many seconds
    most N            complains if the last keys or command have made the program write more bytes
                      than that
    resize ROWS COLUMNS
    signal NAME       sends the program a signal
    close             closes the terminal
    end               waits for the program's end, prints its exit status, and complains if the
                      terminal is not as it was before
The terminal knows the control sequences of sim/report/screen.c and sim/cli/terminal.c, and
complains about any other.
"""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

SECONDS = 60
KEYS = {"ENTER": "\r", "ESC": "\033", "LEFT": "\033[D", "RIGHT": "\033[C", "UP": "\033OA",
        "PGDN": "\033[6~", "PGUP": "\033[5~", "HOME": "\033[H", "END": "\033[F", "SPACE": " ",
        "BACKSPACE": "\177", "CTRL-C": "\003", "CTRL-D": "\004", "F5": "\033[15~"}
SEQUENCE = re.compile(r"\033\[(\??)([0-9;]*)([A-Za-z])")


class Screen:
    def __init__(self, rows, columns):
        self.modes = {}
        self.text = ""
        self.resize(rows, columns)

    def blank(self):
        return [[" "] * self.columns for _ in range(self.rows)]

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.row = self.column = 0
        self.cells = self.blank()
        self.other = None  # what the terminal's other screen has

    def obey(self, private, numbers, letter):
        if private and letter in "hl":
            self.modes[int(numbers)] = letter == "h"
            if numbers == "1049":  # the second screen; the first one stays as it is
                now, then = (self.cells, self.row, self.column), self.other
                self.cells, self.row, self.column = then or (self.blank(), 0, 0)
                self.other = now
        elif letter == "H":
            row, column = (int(n) for n in (numbers or "1;1").split(";"))
            self.row, self.column = row - 1, column - 1
        elif letter == "J" and numbers == "2":
            self.row = self.column = 0
            self.cells = self.blank()
        elif letter == "K" and not numbers:
            self.cells[self.row][self.column:] = [" "] * (self.columns - self.column)
        elif letter != "m":
            print("unknown sequence:", private + numbers + letter)

    def put(self, character):
        if character == "\n":
            self.row = min(self.row + 1, self.rows - 1)
        elif character == "\r":
            self.column = 0
        elif self.row < self.rows and self.column < self.columns:
            self.cells[self.row][self.column] = character
            self.column += 1
        elif self.modes.get(1049):
            print("written beyond the screen:", repr(character))

    def feed(self, text):
        self.text += text
        while self.text:
            sequence = SEQUENCE.match(self.text)
            if sequence:
                self.obey(*sequence.groups())
                self.text = self.text[sequence.end():]
            elif self.text[0] == "\033":
                return  # the rest is to come
            else:
                self.put(self.text[0])
                self.text = self.text[1:]

    def lines(self):
        return ["".join(row).rstrip() for row in self.cells]


class Terminal:
    def __init__(self, rows, columns, command):
        self.master, self.slave = os.openpty()
        self.screen = Screen(rows, columns)
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.slave)
        self.bytes = 0
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for stream in (0, 1, 2):
                os.dup2(self.slave, stream)
            os.closerange(3, 256)
            os.environ["TERM"] = os.environ.get("TERMINAL", "xterm")
            os.execvp(command[0], command)

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        text = os.read(self.master, 65536)
        self.bytes += len(text)
        self.screen.feed(text.decode("ascii", "replace"))
        return True

    def see(self, text):
        end = time.monotonic() + SECONDS
        while not any(text in line for line in self.screen.lines()):
            if time.monotonic() > end:
                print("not to be seen:", text)
                print("\n".join(self.screen.lines()))
                sys.exit(1)
            self.read(1)
        while self.read(0.1):
            pass

    def show(self):
        print("+" + "-" * self.screen.columns)
        for line in self.screen.lines():
            print("|" + line)
        print("+" + "-" * self.screen.columns)

    def press(self, keys):
        self.bytes = 0
        os.write(self.master, "".join(KEYS.get(key, key) for key in keys).encode())

    def shell(self, command):
        self.bytes = 0
        subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, close_fds=False,
                       check=True)

    def still(self, seconds):
        if self.read(seconds):
            print("the screen is written to, though nothing has changed")

    def end(self):
        deadline = time.monotonic() + SECONDS
        ended, status = 0, 0
        while not ended and time.monotonic() < deadline:
            self.read(0.02) if self.master >= 0 else time.sleep(0.02)
            ended, status = os.waitpid(self.pid, os.WNOHANG)
        if not ended:
            os.kill(self.pid, signal.SIGKILL)
            print("does not end")
            return
        while self.master >= 0 and self.read(0.1):
            pass
        print("exit", os.waitstatus_to_exitcode(status))
        if self.master < 0:
            return
        if termios.tcgetattr(self.slave) != self.before:
            print("the terminal's settings are not as they were")
        wrong = {mode: on for mode, on in self.screen.modes.items() if on != (mode in (7, 25))}
        if wrong:
            print("the terminal's modes are not as they were:", wrong)


def main():
    rows, columns = (int(n) for n in sys.argv[1].split("x"))
    terminal = Terminal(rows, columns, sys.argv[2:])
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "keys":
            terminal.press(rest.split())
        elif word == "see":
            terminal.see(rest)
        elif word == "show":
            terminal.show()
        elif word == "shell":
            terminal.shell(rest)
        elif word == "still":
            terminal.still(float(rest))
        elif word == "most" and terminal.bytes > int(rest):
            print("bytes written:", terminal.bytes)
        elif word == "resize":
            terminal.resize(*(int(n) for n in rest.split()))
        elif word == "signal":
            os.kill(terminal.pid, getattr(signal, "SIG" + rest))
        elif word == "close":
            os.close(terminal.slave)
            os.close(terminal.master)
            terminal.master = -1
        elif word == "end":
            terminal.end()


main()
