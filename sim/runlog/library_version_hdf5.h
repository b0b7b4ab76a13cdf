// SPDX-License-Identifier: GPL-3.0-or-later
// The version of the HDF5 library that the program runs with, for provenance.
#pragma once

enum { LIBRARY_VERSION_SIZE = 32 };

const char *library_version_hdf5(char text[LIBRARY_VERSION_SIZE]); // "1.10.8"
