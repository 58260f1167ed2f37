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

#define SHOW(name, value)	printf("%s\t%llu\n", name, (unsigned long long)(value))

int main(void)
{
#define CONSTANT(c)	SHOW(#c, c);
#define TYPE(t)		SHOW("sizeof(" #t ")", sizeof(t));
#define STRUCT(s)	SHOW("sizeof(struct " #s ")", sizeof(struct s));
#define FIELD(s, f)	SHOW("offsetof(" #s ", " #f ")", offsetof(struct s, f));	\
			SHOW("sizeof(" #s "." #f ")", sizeof(((struct s *)0)->f));
#define ARRAY(s, f)	SHOW("offsetof(" #s ", " #f "[])", offsetof(struct s, f));	\
			SHOW("sizeof(" #s "." #f "[0])", sizeof(((struct s *)0)->f[0]));
#include "list.h"
	return 0;
}
