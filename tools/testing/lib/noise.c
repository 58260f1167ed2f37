// SPDX-License-Identifier: GPL-2.0
/*
 * Frames at random, from a guest that has a session or had one.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <string.h>

#include "lib_test.h"

/* Bytes in which anything may be anywhere */
static void raw_noise(struct guest *g, uint32_t *state)
{
	uint8_t buf[512];
	uint32_t len = test_random(state) % sizeof(buf), i;
	uint32_t type = test_random(state) % 2 ? VIRTIO_ARGO_MT_DATA :
						 VIRTIO_ARGO_MT_CONTROL;

	for (i = 0; i < len; i++)
		buf[i] = test_random(state) % 4 ? 0 : test_random(state);
	if (test_random(state) % 2 && len >= 16) {
		memcpy(buf, &g->session, 4);
		g->tx_seq++;
		memcpy(buf + 4, &g->tx_seq, 4);
		memcpy(buf + 8, &g->data_told, 4);
		memcpy(buf + 12, &g->ctrl_told, 4);
	}
	if (guest_raw(g, type, buf, len) || len < 16 ||
	    memcmp(buf, &g->session, 4))
		return;
	if (type == VIRTIO_ARGO_MT_DATA)
		g->data_sent += vargo_ring_bytes(len);
	else
		g->ctrl_sent += len > 16;
}

/* A control message, mostly well-formed */
static void control_noise(struct guest *g, uint32_t *state)
{
	static const uint8_t ids[] = { 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0x40 };
	struct vargo_msg m = { .dev = test_random(state) % 4 ? 5 : test_odd(state) };
	uint8_t buf[VIRTIO_ARGO_MSG_MAX];
	uint8_t *body = (uint8_t *)&m.hello;
	unsigned int i;
	int len;

	m.id = ids[test_random(state) % sizeof(ids)];
	m.token = test_random(state);
	if (test_random(state) % 8 == 0)
		m.type = test_random(state) % 4;
	for (i = 0; i < 16; i += 4) {
		uint32_t v = test_random(state) % 2 ? test_random(state) % 16 :
						      test_odd(state);

		memcpy(body + i, &v, 4);
	}
	len = vargo_msg_encode(&m, buf, sizeof(buf));
	if (len < 0)
		return;
	if (test_random(state) % 16 == 0)
		len = test_random(state) % (len + 1);
	guest_frame(g, VIRTIO_ARGO_MT_CONTROL, buf, len);
}

static void spoil(struct vargo_pdu *pdu, uint32_t *state)
{
	switch (test_random(state) % 10) {
	case 0:
		pdu->type = test_random(state);
		break;
	case 1:
		pdu->flags = 1;
		break;
	case 2:
		pdu->dev = test_odd(state);
		break;
	case 3:
		pdu->queue = test_odd(state);
		break;
	case 4:
		pdu->head = test_odd(state);
		break;
	case 5:
		pdu->chain += test_odd(state);
		break;
	case 6:
		pdu->total = test_odd(state);
		break;
	case 7:
		pdu->room = test_odd(state);
		break;
	case 8:
		pdu->offset = test_odd(state);
		break;
	case 9:
		pdu->epoch += test_odd(state);
		break;
	}
	if (pdu->length > pdu->total)
		pdu->length = pdu->total;
}

/* PDUs, mostly nearly right */
static void data_noise(struct guest *g, uint32_t *state)
{
	uint8_t buf[8192], payload[2048] = { 0 };
	uint32_t len = 0, n = 1 + test_random(state) % 4;

	while (n-- && len < 4096) {
		unsigned int q = test_random(state) % 2;
		struct vargo_pdu pdu = guest_pdu(g, q, test_random(state) % 64,
						 test_random(state) % 1024,
						 test_random(state) % 4096);
		bool wrong = test_random(state) % 8 == 0;

		blk_header(payload, test_random(state) % 2, test_random(state) % 1000);
		if (g->chains[q][pdu.head].busy && test_random(state) % 16)
			continue;
		if (wrong)
			spoil(&pdu, state);
		else
			guest_begin(g, q, &pdu);
		len += guest_put_pdu(buf + len, &pdu, payload);
	}
	if (len && test_random(state) % 32 == 0)
		len -= test_random(state) % len;
	guest_frame(g, VIRTIO_ARGO_MT_DATA, buf, len);
}

static void counter_noise(struct guest *g, uint32_t *state)
{
	uint32_t session = g->session;

	switch (test_random(state) % 4) {
	case 0:
		g->tx_seq += test_odd(state);
		break;
	case 1:
		g->data_consumed += test_odd(state);
		break;
	case 2:
		g->ctrl_consumed += test_odd(state);
		break;
	case 3:
		g->session += test_odd(state);
		break;
	}
	guest_credit(g);
	/* Or a HELLO might ask for the session that there is */
	g->session = session;
}

void guest_noise(struct guest *g, uint32_t *state)
{
	switch (test_random(state) % 32) {
	case 0:
		raw_noise(g, state);
		break;
	case 1:
		if (test_random(state) % 8 == 0)
			counter_noise(g, state);
		break;
	case 2 ... 8:
		control_noise(g, state);
		break;
	case 9:
		guest_credit(g);
		break;
	default:
		data_noise(g, state);
		break;
	}
}
