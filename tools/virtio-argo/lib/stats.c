// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: names of the counters.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include "internal.h"

static const struct {
	const char *name;
	const char *meaning;
} table[] = {
#define VA_STAT_ROW(name, meaning) { #name, meaning },
	VA_STATS(VA_STAT_ROW)
#undef VA_STAT_ROW
};

_Static_assert(sizeof(table) / sizeof(table[0]) == VA_STAT_COUNT, "names");

uint64_t va_link_stat(const struct va_link *link, enum va_stat stat)
{
	return (unsigned int)stat < VA_STAT_COUNT ? link->stats[stat] : 0;
}

const char *va_stat_name(enum va_stat stat)
{
	return (unsigned int)stat < VA_STAT_COUNT ? table[stat].name : NULL;
}

const char *va_stat_meaning(enum va_stat stat)
{
	return (unsigned int)stat < VA_STAT_COUNT ? table[stat].meaning : NULL;
}
