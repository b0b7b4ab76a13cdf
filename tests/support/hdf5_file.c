// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/hdf5_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

hid_t hdf5_file_create(const char *path) {
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

void hdf5_file_add(hid_t file, const char *object, hid_t type, int rank, const hsize_t *sizes,
                   hid_t memory_type, const void *values) {
    hid_t space = H5Screate_simple(rank, sizes, NULL);
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    hid_t dataset = H5Dcreate2(file, object, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(dataset >= 0);
    assert_true(H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Pclose(links);
    H5Sclose(space);
}

void hdf5_file_change(const char *path, const char *group, const char *attribute, double value) {
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t space = H5Screate(H5S_SCALAR);
    assert_true(H5Adelete_by_name(file, group, attribute, H5P_DEFAULT) >= 0);
    hid_t place = H5Acreate_by_name(file, group, attribute, H5T_IEEE_F64LE, space, H5P_DEFAULT,
                                    H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(place, H5T_NATIVE_DOUBLE, &value) >= 0);
    assert_true(H5Aclose(place) >= 0 && H5Sclose(space) >= 0 && H5Fclose(file) >= 0);
}
