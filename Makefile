# SPDX-License-Identifier: GPL-3.0-or-later
CC ?= gcc
SHELL := /bin/bash
