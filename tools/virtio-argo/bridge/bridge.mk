# SPDX-License-Identifier: GPL-2.0
#
# What the bridge needs beyond the library; included by ../Makefile.
# Debian: libsystemd-dev libjson-c-dev pkg-config

ifneq ($(bridge_src),)
ifneq ($(MAKECMDGOALS),clean)
bridge_pkgs := libsystemd json-c
ifneq ($(shell pkg-config --exists $(bridge_pkgs) && echo ok),ok)
$(error the bridge needs $(bridge_pkgs): apt-get install pkg-config libsystemd-dev libjson-c-dev)
endif
BRIDGE_CFLAGS += $(shell pkg-config --cflags $(bridge_pkgs))
BRIDGE_LIBS += $(shell pkg-config --libs $(bridge_pkgs))
endif
endif
