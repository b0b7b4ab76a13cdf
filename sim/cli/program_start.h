// SPDX-License-Identifier: GPL-3.0-or-later
// What must be so before the libraries start, which is before main: OpenBLAS takes its threads and
// its memory while it is loaded, and where it cannot have them it ends the program with a signal,
// or asks for ever.
#pragma once

// To be called first in main. Does nothing if it was all done before, as it is in every build
// without a sanitizer: these must be there first.
void program_start(char **argv);
