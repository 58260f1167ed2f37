/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * /dev/xen/argo: messages between Xen domains, copied by the hypervisor.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * One file descriptor is one endpoint: XEN_ARGO_IOC_BIND gives it a port and a
 * receive ring, XEN_ARGO_IOC_CONNECT a default destination. See xen-argo(4).
 */
#ifndef _UAPI_XEN_ARGO_H
#define _UAPI_XEN_ARGO_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define XEN_ARGO_DOMID_ANY	0x7ff4	/* any partner: needs CAP_SYS_ADMIN */
#define XEN_ARGO_MAX_IOVS	8
#define XEN_ARGO_RING_MIN	4032		/* one page less Argo's header */
#define XEN_ARGO_RING_MAX	(16777216 - 64)

/**
 * struct xen_argo_bind - make the endpoint's port and receive ring
 * @ring_len: in: wanted bytes of ring data, rounded up to N * 4096 - 64;
 *	out: what it is
 * @port: in: port number, 0 lets the driver choose; out: the port
 * @max_msg: in: largest payload that this endpoint will send, 0 for the
 *	default; out: what it is. Bounds the kernel's send buffer.
 * @max_recv: in: largest payload that senders will send here, 0 if that is not
 *	known. Only a hint: it spares the hypercall that wakes blocked senders
 *	when none can be blocked; out: unchanged
 * @partner: the only domain that may send here, or XEN_ARGO_DOMID_ANY
 * @flags: 0
 */
struct xen_argo_bind {
	__u32 ring_len;
	__u32 port;
	__u32 max_msg;
	__u32 max_recv;
	__u16 partner;
	__u16 flags;
};

struct xen_argo_addr {
	__u32 port;
	__u16 domid;
	__u16 reserved;		/* 0 */
};

/**
 * struct xen_argo_msg - the head that read() puts before each payload
 * @len: payload bytes that follow
 * @type: the sender's message_type
 * @port: the sender's word for its port
 * @domid: the sending domain, forced by Xen
 * @reserved: 0
 */
struct xen_argo_msg {
	__u32 len;
	__u32 type;
	__u32 port;
	__u16 domid;
	__u16 reserved;
};

/**
 * struct xen_argo_sendv - send one message gathered from user memory
 * @dst: where to; all zero for the connected destination
 * @type: message_type
 * @niov: 1 to XEN_ARGO_MAX_IOVS
 * @iov: user address of struct iovec[@niov]
 */
struct xen_argo_sendv {
	struct xen_argo_addr dst;
	__u32 type;
	__u32 niov;
	__u64 iov;
};

struct xen_argo_restrict {
	__u16 domid;
	__u16 reserved[3];	/* 0 */
};

#define XEN_ARGO_IOC		0xBE	/* 00-1F */

#define XEN_ARGO_IOC_BIND	_IOWR(XEN_ARGO_IOC, 0x00, struct xen_argo_bind)
#define XEN_ARGO_IOC_CONNECT	_IOW(XEN_ARGO_IOC, 0x01, struct xen_argo_addr)
#define XEN_ARGO_IOC_RESTRICT	_IOW(XEN_ARGO_IOC, 0x02, struct xen_argo_restrict)
#define XEN_ARGO_IOC_SENDV	_IOW(XEN_ARGO_IOC, 0x03, struct xen_argo_sendv)

#endif /* _UAPI_XEN_ARGO_H */
