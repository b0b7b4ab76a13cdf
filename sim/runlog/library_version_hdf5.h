// SPDX-License-Identifier: GPL-3.0-or-later
// The version of the HDF5 library that the program runs with, for provenance.
#ifndef DESGD_RUNLOG_LIBRARY_VERSION_HDF5_H
#define DESGD_RUNLOG_LIBRARY_VERSION_HDF5_H

enum { LIBRARY_VERSION_SIZE = 32 };

const char *library_version_hdf5(char text[LIBRARY_VERSION_SIZE]); // "1.10.8"

#endif
