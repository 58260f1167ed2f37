/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What no correct driver does to a device side, for the library's tests and for
 * a real bridge.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef LIB_TEST_GUEST_CRIMES_H
#define LIB_TEST_GUEST_CRIMES_H

#include "lib_test.h"

/**
 * struct guest_crime - one of them
 * @name: of it
 * @stat: the counter that it raises, by one
 * @why: what the library says, and the session ends; NULL: the session goes on,
 *	unless it was a HELLO
 * @commit: do it; what follows is for its use
 * @lib_only: it needs the device model or the limits of the library's tests
 * @type: message_type, 0 for a control frame
 * @len: bytes
 * @body: and the first of them
 * @frame: added to what the head of the next frame would have
 * @pdu: added to a chain of 16 readable and 513 writable bytes, or to its second half
 * @hello: in place of what HELLO would have, where it is not 0
 */
struct guest_crime {
	const char *name;
	enum va_stat stat;
	const char *why;
	void (*commit)(struct fixture *f, const struct guest_crime *c);
	bool lib_only;
	uint32_t type;
	uint32_t len;
	uint8_t body[8];
	struct vargo_frame frame;
	struct vargo_pdu pdu;
	struct vargo_hello hello;
};

extern const struct guest_crime guest_crimes[];
extern const unsigned int num_guest_crimes;

/* A chain of 16 readable and 513 writable bytes, and any chain on its way */
struct vargo_pdu crime_good(const struct fixture *f);
void crime_send(struct fixture *f, const struct vargo_pdu *pdu);
/* Add each field of @more */
void crime_add_pdu(struct vargo_pdu *pdu, const struct vargo_pdu *more);
void crime_add_frame(struct vargo_frame *frame, const struct vargo_frame *more);

#endif
