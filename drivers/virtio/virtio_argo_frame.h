/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VirtIO over Argo: a data frame while it is gathered, and payloads in place.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _VIRTIO_ARGO_FRAME_H
#define _VIRTIO_ARGO_FRAME_H

#include <linux/types.h>
#include <linux/uio.h>

#include "virtio_argo_codec.h"

#define VARGO_FRAME_IOVS	8	/* parts of one frame: what Xen takes in one sendv */
#define VARGO_STAGE_BYTES	8192	/* for heads and small payloads of one frame */
#define VARGO_STAGE_COPY	1024	/* larger payloads go straight from their buffer */

/**
 * struct vargo_frame_tx - a data frame under construction
 * @iov: its parts so far: pieces of @stage and callers' buffers
 * @niov: how many
 * @len: its bytes so far, frame head included
 * @limit: bytes that it may reach
 * @whole: @limit is the largest frame, not what is left of the credit
 * @pdus: PDUs in it
 * @stage: heads, small payloads and padding; bytes below @staged are taken
 * @staged: bytes of @stage in use
 * @pdu_head: where the head of the open PDU goes
 * @pdu_start: @len behind that head
 *
 * A small payload is copied behind its head, so that one part serves many
 * PDUs: each part costs Xen a walk of the sender's page tables, which is
 * dearer than a short copy. Owner: whoever holds the link's transmit lock.
 */
struct vargo_frame_tx {
	struct kvec iov[VARGO_FRAME_IOVS];
	unsigned int niov;
	u32 len;
	u32 limit;
	bool whole;
	unsigned int pdus;
	u8 *stage;
	u32 staged;
	u8 *pdu_head;
	u32 pdu_start;
};

/**
 * struct vargo_payload - received bytes where they are
 * @part: a payload in a ring wraps at most once, so it has at most two parts
 */
struct vargo_payload {
	struct {
		const void *base;
		u32 len;
	} part[2];
};

void vargo_frame_begin(struct vargo_frame_tx *tx, u32 limit, bool whole);
u32 vargo_frame_room(const struct vargo_frame_tx *tx);
bool vargo_frame_open_pdu(struct vargo_frame_tx *tx);
u32 vargo_frame_add(struct vargo_frame_tx *tx, const void *data, u32 len);
void vargo_frame_close_pdu(struct vargo_frame_tx *tx, struct vargo_pdu *pdu);
void vargo_frame_cancel_pdu(struct vargo_frame_tx *tx);

void vargo_payload_copy(const struct vargo_payload *payload, u32 offset,
			void *dst, u32 len);

#endif /* _VIRTIO_ARGO_FRAME_H */
