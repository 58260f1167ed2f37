/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the specification says, compared with the code and the vectors.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _CODEC_SPEC_H
#define _CODEC_SPEC_H

#include "vectors.h"

/**
 * spec_check() - compare the specification with the header and the vectors
 * @paths: its files, in their order; NULL behind the last
 * @vectors: the golden vectors
 * @count: how many
 * @result: called for each comparison with its outcome and what it was
 *
 * The specification marks for it, in comments that do not appear in print:
 *
 *	.. layout: STRUCT	before a table whose rows begin with offset,
 *				bytes and name of a field
 *	.. vector: NAME		before a literal block of hexadecimal bytes, each
 *				line's remarks behind two spaces
 *
 * and in print: ``VIRTIO_ARGO_NAME`` at the beginning of a table's row, with
 * the value behind it; **[VA-GROUP-N]** where a statement is made, elsewhere
 * [VA-GROUP-N] without stars.
 */
void spec_check(char *const *paths, const struct vector *vectors, size_t count,
		void (*result)(bool good, const char *text));

#endif /* _CODEC_SPEC_H */
