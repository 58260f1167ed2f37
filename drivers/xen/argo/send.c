// SPDX-License-Identifier: GPL-2.0
/*
 * Sending. Xen copies the message before the hypercall returns, or not at all.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/export.h>

#include "argo.h"

static void argo_count_send(struct xen_argo *argo, int ret)
{
	switch (ret) {
	case -EAGAIN:
		argo_count(argo, ARGO_C_TX_NOSPACE);
		break;
	case -EBUSY:
	case -ENOMEM:
		argo_count(argo, ARGO_C_TX_UNQUEUED);
		break;
	case -ECONNREFUSED:
	case -ESRCH:
		argo_count(argo, ARGO_C_TX_REFUSED);
		break;
	default:
		if (ret < 0) {
			argo_count(argo, ARGO_C_TX_ERRORS);
			break;
		}
		argo_count(argo, ARGO_C_TX_MSGS);
		argo_count_n(argo, ARGO_C_TX_BYTES, ret);
	}
}

int argo_sendv(struct xen_argo *argo, u32 src_port, const struct argo_addr *dst,
	       u32 type, const struct kvec *iov, unsigned int niov)
{
	struct xen_argo_send_addr addr = {
		/* Xen takes "any" for this domain itself, and nobody else's name */
		.src = { .aport = src_port, .domain_id = XEN_ARGO_DOMID_ANY },
		.dst = { .aport = dst->port, .domain_id = dst->domid },
	};
	struct xen_argo_iov xiov[ARGO_MAX_IOVS] = { };
	size_t total = 0;
	u32 n = 0;
	int ret;

	BUILD_BUG_ON(ARGO_MAX_IOVS != XEN_ARGO_MAXIOV);

	if (niov > ARGO_MAX_IOVS)
		return -EINVAL;
	for (; niov; niov--, iov++) {
		/* Legal, but Xen logs it */
		if (!iov->iov_len)
			continue;
		/* Xen's own bound is smaller; this one keeps @total from wrapping */
		if (iov->iov_len > XEN_ARGO_MAX_RING_SIZE)
			return -EMSGSIZE;
		set_xen_guest_handle(xiov[n].iov_hnd, iov->iov_base);
		xiov[n].iov_len = iov->iov_len;
		total += iov->iov_len;
		n++;
	}
	if (total > XEN_ARGO_MAX_RING_SIZE - ARGO_RING_HDR - 2 * XEN_ARGO_MSG_SLOT_SIZE)
		return -EMSGSIZE;

	if (READ_ONCE(argo->suspended))
		return -ENODEV;

	argo_count(argo, ARGO_C_HC_SENDV);
	ret = argo->ops->sendv(argo, &addr, xiov, n, type);
	argo_count_send(argo, ret);
	return ret;
}
EXPORT_SYMBOL_GPL(argo_sendv);
