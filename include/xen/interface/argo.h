/* SPDX-License-Identifier: MIT */
/*
 * Argo: hypervisor-mediated data exchange. The hypercall's ABI.
 *
 * After Xen's public header argo.h, which is
 * Copyright (c) 2010, Citrix Systems
 * Copyright (c) 2018-2019, BAE Systems
 *
 * tools/testing/abi holds every size, offset and constant here against that
 * header. Only drivers/xen/argo includes this file.
 */
#ifndef __XEN_PUBLIC_ARGO_H__
#define __XEN_PUBLIC_ARGO_H__

#include <xen/interface/xen.h>

/* Linux still knows the hypercall and the VIRQ by the names of their owner-to-be */
#define __HYPERVISOR_argo_op	__HYPERVISOR_xc_reserved_op
#define VIRQ_ARGO		VIRQ_XC_RESERVED

#define XEN_ARGO_DOMID_ANY	DOMID_INVALID

/*
 * The limit of a ring's length. It cannot be reached: header and data have to
 * fit into 4096 pages, so the longest ring is 64 bytes shorter.
 */
#define XEN_ARGO_MAX_RING_SIZE	(0x1000000ULL)

/* An Argo port, not to be confused with an event channel's */
typedef uint32_t xen_argo_port_t;

/* A guest frame number: 64 bits wide on all architectures */
typedef uint64_t xen_argo_gfn_t;

/* Most iovs of a sendv */
#define XEN_ARGO_MAXIOV		8U

struct xen_argo_iov {
	GUEST_HANDLE(uchar) iov_hnd;
	uint32_t iov_len;
	uint32_t pad;
};

struct xen_argo_addr {
	xen_argo_port_t aport;
	domid_t domain_id;
	uint16_t pad;
};

struct xen_argo_send_addr {
	struct xen_argo_addr src;
	struct xen_argo_addr dst;
};

/* The head of a ring's first page; the data follows it and runs on */
struct xen_argo_ring {
	uint32_t rx_ptr;	/* written by the receiver */
	uint32_t tx_ptr;	/* written by Xen */
	uint8_t reserved[56];
	uint8_t ring[];
};

struct xen_argo_register_ring {
	xen_argo_port_t aport;
	domid_t partner_id;
	uint16_t pad;
	uint32_t len;
};

struct xen_argo_unregister_ring {
	xen_argo_port_t aport;
	domid_t partner_id;
	uint16_t pad;
};

/* A message takes a multiple of this in a ring */
#define XEN_ARGO_MSG_SLOT_SIZE	0x10

/* Answers of notify about a ring */
#define XEN_ARGO_RING_EXISTS		(1U << 0)
#define XEN_ARGO_RING_SHARED		(1U << 1)	/* wildcard */
#define XEN_ARGO_RING_EMPTY		(1U << 2)
#define XEN_ARGO_RING_SUFFICIENT	(1U << 3)	/* space_required is there */
#define XEN_ARGO_RING_EMSGSIZE		(1U << 4)	/* it never will be */
#define XEN_ARGO_RING_EBUSY		(1U << 5)	/* too many domains wait */

struct xen_argo_ring_data_ent {
	struct xen_argo_addr ring;
	uint16_t flags;
	uint16_t pad;
	uint32_t space_required;
	uint32_t max_message_size;
};

struct xen_argo_ring_data {
	uint32_t nent;
	uint32_t pad;
	struct xen_argo_ring_data_ent data[];
};

/* What Xen puts before each message's payload; len includes it */
struct xen_argo_ring_message_header {
	uint32_t len;
	struct xen_argo_addr source;
	uint32_t message_type;
	uint8_t data[];
};

/*
 * XEN_ARGO_OP_register_ring
 *
 * Give Xen pages to write messages into. Called for an existing ring it
 * replaces the pages, unless the flag forbids it.
 *
 * arg1: GUEST_HANDLE(xen_argo_register_ring)
 * arg2: array of xen_argo_gfn_t, 4K pages
 * arg3: number of pages
 * arg4: flags
 */
#define XEN_ARGO_OP_register_ring	1

/* Refuse a ring that exists */
#define XEN_ARGO_REGISTER_FLAG_FAIL_EXIST	0x1

/*
 * XEN_ARGO_OP_unregister_ring
 *
 * arg1: GUEST_HANDLE(xen_argo_unregister_ring)
 * arg2, arg3, arg4: 0
 */
#define XEN_ARGO_OP_unregister_ring	2

/*
 * XEN_ARGO_OP_sendv
 *
 * Copy a message into the ring (dst, partner: this domain), or failing that
 * (dst, partner: any). If it does not fit now: -EAGAIN, and VIRQ_ARGO later.
 *
 * arg1: GUEST_HANDLE(xen_argo_send_addr)
 * arg2: array of struct xen_argo_iov
 * arg3: number of iovs
 * arg4: message type, 32 bits
 */
#define XEN_ARGO_OP_sendv		3

/*
 * XEN_ARGO_OP_notify
 *
 * Signal the domains that wait for room in rings of this domain. Then, for each
 * entry, say whether space_required bytes of payload fit into that ring: if so
 * cancel what was pending for it, else queue a VIRQ_ARGO.
 *
 * arg1: GUEST_HANDLE(xen_argo_ring_data), may be NULL
 * arg2, arg3, arg4: 0
 */
#define XEN_ARGO_OP_notify		4

#endif /* __XEN_PUBLIC_ARGO_H__ */
