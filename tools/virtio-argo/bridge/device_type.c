// SPDX-License-Identifier: GPL-2.0
/*
 * The list of device types.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <string.h>

#include "device_type.h"

const struct device_type * const device_types[] = {
	&block_device_type,
	NULL,
};

const struct device_type *device_type_find(const char *name, size_t len)
{
	const struct device_type * const *type;

	for (type = device_types; *type; type++)
		if (strlen((*type)->name) == len && !memcmp((*type)->name, name, len))
			return *type;
	return NULL;
}
