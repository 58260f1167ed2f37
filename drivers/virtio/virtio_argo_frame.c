// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: gathering a data frame.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A frame is a head and PDUs, each a head and a payload. The heads and small
 * payloads lie in the staging buffer, large payloads stay in the guest's
 * buffers; together they are at most eight parts, because that is what one
 * sendv takes. Nothing here knows where a frame goes or what a chain is.
 */
#include <linux/align.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "virtio_argo_frame.h"

/* Put bytes behind the last part if that is where the staging buffer ends. */
static u8 *stage_take(struct vargo_frame_tx *tx, u32 len)
{
	u8 *at = tx->stage + tx->staged;
	struct kvec *last = tx->niov ? &tx->iov[tx->niov - 1] : NULL;

	if (len > VARGO_STAGE_BYTES - tx->staged)
		return NULL;
	if (last && (u8 *)last->iov_base + last->iov_len == at) {
		last->iov_len += len;
	} else {
		if (tx->niov == VARGO_FRAME_IOVS)
			return NULL;
		tx->iov[tx->niov].iov_base = at;
		tx->iov[tx->niov].iov_len = len;
		tx->niov++;
	}
	tx->staged += len;
	tx->len += len;
	return at;
}

/**
 * vargo_frame_begin() - start an empty frame
 * @tx: the frame; its @stage is set and has VARGO_STAGE_BYTES
 * @limit: bytes that it may reach, at least VARGO_FRAME_HDR
 * @whole: @limit is not shortened by credit
 *
 * The frame's own head is left open: it is at the start of @tx->stage.
 */
void vargo_frame_begin(struct vargo_frame_tx *tx, u32 limit, bool whole)
{
	tx->niov = 0;
	tx->len = 0;
	tx->staged = 0;
	tx->pdus = 0;
	tx->pdu_head = NULL;
	tx->limit = limit;
	tx->whole = whole;
	stage_take(tx, VARGO_FRAME_HDR);
}
EXPORT_SYMBOL_GPL(vargo_frame_begin);

/**
 * vargo_frame_room() - payload bytes that one more PDU could have
 * @tx: the frame, no PDU open
 *
 * Return: bytes, 0 if there is no room for a PDU's head
 */
u32 vargo_frame_room(const struct vargo_frame_tx *tx)
{
	u32 used = vargo_pad(tx->len) + VARGO_PDU_HDR;

	return used < tx->limit ? tx->limit - used : 0;
}

/**
 * vargo_frame_open_pdu() - start a PDU
 * @tx: the frame, no PDU open
 *
 * Return: false if there is no place left for its head
 */
bool vargo_frame_open_pdu(struct vargo_frame_tx *tx)
{
	u32 pad = vargo_pad(tx->len) - tx->len;
	u8 *at;

	if (tx->len + pad + VARGO_PDU_HDR > tx->limit)
		return false;
	at = stage_take(tx, pad + VARGO_PDU_HDR);
	if (!at)
		return false;
	memset(at, 0, pad);
	tx->pdu_head = at + pad;
	tx->pdu_start = tx->len;
	return true;
}

/**
 * vargo_frame_add() - put bytes into the open PDU
 * @tx: the frame
 * @data: bytes in the kernel's linear map; must stay until the frame is sent
 * @len: how many
 *
 * Return: how many were taken; fewer than @len when the frame is full
 */
u32 vargo_frame_add(struct vargo_frame_tx *tx, const void *data, u32 len)
{
	struct kvec *last = &tx->iov[tx->niov - 1];
	u8 *at;

	len = min(len, tx->limit - tx->len);
	if (!len)
		return 0;

	if (len <= VARGO_STAGE_COPY) {
		at = stage_take(tx, len);
		if (at) {
			memcpy(at, data, len);
			return len;
		}
	}

	if ((const u8 *)last->iov_base + last->iov_len == data) {
		last->iov_len += len;
	} else {
		if (tx->niov == VARGO_FRAME_IOVS)
			return 0;
		tx->iov[tx->niov].iov_base = (void *)data;
		tx->iov[tx->niov].iov_len = len;
		tx->niov++;
	}
	tx->len += len;
	return len;
}

/**
 * vargo_frame_close_pdu() - write the open PDU's head
 * @tx: the frame
 * @pdu: its fields; @pdu->length is set here
 */
void vargo_frame_close_pdu(struct vargo_frame_tx *tx, struct vargo_pdu *pdu)
{
	pdu->length = tx->len - tx->pdu_start;
	vargo_pdu_encode(pdu, tx->pdu_head);
	tx->pdu_head = NULL;
	tx->pdus++;
}

/**
 * vargo_frame_cancel_pdu() - take the open PDU's head back
 * @tx: the frame; nothing was added to the PDU
 *
 * The head was the last thing staged, so it ends the last part.
 */
void vargo_frame_cancel_pdu(struct vargo_frame_tx *tx)
{
	struct kvec *last = &tx->iov[tx->niov - 1];

	last->iov_len -= VARGO_PDU_HDR;
	tx->staged -= VARGO_PDU_HDR;
	tx->len -= VARGO_PDU_HDR;
	if (!last->iov_len)
		tx->niov--;
	tx->pdu_head = NULL;
}

/**
 * vargo_payload_copy() - copy received bytes out of their place
 * @payload: where they are
 * @offset: first byte wanted
 * @dst: where to
 * @len: how many; @offset + @len lies within the payload
 */
void vargo_payload_copy(const struct vargo_payload *payload, u32 offset,
			void *dst, u32 len)
{
	u32 first = 0;

	if (offset < payload->part[0].len) {
		first = min(len, payload->part[0].len - offset);
		memcpy(dst, payload->part[0].base + offset, first);
		offset = 0;
	} else {
		offset -= payload->part[0].len;
	}
	if (first < len)
		memcpy(dst + first, payload->part[1].base + offset, len - first);
}
