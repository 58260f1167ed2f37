// SPDX-License-Identifier: GPL-2.0
/*
 * Print what a header makes of Argo's ABI, "name<tab>value" a line: with -DOURS
 * include/xen/interface/argo.h, otherwise Xen's public header.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef OURS
#include <xen/interface/argo.h>
#else
#include <xen/xen.h>
#include <xen/argo.h>
#endif

static const struct {
	const char *name;
	unsigned long long value;
} values[] = {
#define CONSTANT(c)	{ #c, c },
#define TYPE(t)		{ "sizeof(" #t ")", sizeof(t) },
#define STRUCT(s)	{ "sizeof(struct " #s ")", sizeof(struct s) },
#define FIELD(s, f)	{ "offsetof(" #s ", " #f ")", offsetof(struct s, f) },		\
			{ "sizeof(" #s "." #f ")", sizeof(((struct s *)0)->f) },
#define ARRAY(s, f)	{ "offsetof(" #s ", " #f "[])", offsetof(struct s, f) },	\
			{ "sizeof(" #s "." #f "[0])", sizeof(((struct s *)0)->f[0]) },
#include "list.h"
};

int main(void)
{
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		printf("%s\t%llu\n", values[i].name, values[i].value);
	return 0;
}
