// SPDX-License-Identifier: GPL-3.0-or-later
// Where the data sets are.
#pragma once

// The folder to read data sets from: "chosen" (--data) if not NULL, else $DESGD_DATA, else ./data
// if there is one, else the folder that "make data" or "make install" filled. The text is static,
// the environment's or the caller's.
const char *data_folder(const char *chosen);
