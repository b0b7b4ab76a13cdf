// SPDX-License-Identifier: GPL-3.0-or-later
// What must be so before the libraries start, which is before main: a signal then ends the program
// as it does later, and a library that finds no memory would end it with a signal of its own.
#pragma once

// To be called first in main. Does nothing if it was all done before, as it is in every build
// without a sanitizer: these must be there first.
void program_start(void);
