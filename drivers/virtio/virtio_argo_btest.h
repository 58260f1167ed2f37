/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of a link's devices stand on: a backend and a virtio driver.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _VIRTIO_ARGO_BTEST_H
#define _VIRTIO_ARGO_BTEST_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/virtio.h>
#include <linux/workqueue.h>

#include "virtio_argo.h"
#include "virtio_argo_kunit.h"

#define GUEST		6
#define BACKEND		0
#define PORT		0x4321
#define RING_LEN	(16 * 4096 - 64)
#define DEVICES		4
#define CONFIG_SIZE	200
#define QUEUES		2
#define REQUESTS	8
#define IN		5

#define TYPE_TEST	VARGO_ID_TEST

/* What the backend knows of a device */
struct btest_model {
	bool there;
	u32 type;
	u8 uuid[16];
	u32 max_vqs;
	u32 max;		/* entries of a queue */
	u32 config_size;
	u64 offered;
	u64 accepted;
	u32 status;
	u32 epoch;
	u32 generation;
	u8 config[CONFIG_SIZE];
	u32 size[QUEUES];
};

struct btest_held {
	struct vargo_pdu pdu;
	u32 word;
};

struct btest {
	struct kunit_xen xen;
	struct platform_device *parent;
	struct vargo_bus *bus;

	struct mutex lock;		/* of the backend, all below */
	struct work_struct work;
	struct argo_ring *ring;
	struct vargo_frame head;
	struct btest_model dev[DEVICES];
	bool hold;			/* do not answer chains */
	bool mute;			/* nor anything else */
	unsigned int pings;
	bool wrong_ping;		/* answer PING with other data */
	/* changes an answer about a device before it is sent */
	void (*twist)(struct btest *t, struct btest_model *d, struct vargo_msg *msg);
	/* sees what the guest sends, behind the frame's head; true: has taken it */
	bool (*tap)(struct btest *t, u32 type, const struct vargo_frame *frame, const u8 *buf,
		    u32 len);
	void *tap_priv;
	struct btest_held held[32];
	unsigned int nr_held;
	unsigned int submits;
	u32 last_out;			/* bytes of the last of them */
	u16 last_dev;			/* its device */
	unsigned int hellos;
	unsigned int lost;		/* sessions, as the bus tells discovery */
	u8 out[VARGO_CTRL_FRAME_MAX];
};

/* For the suite: test->priv is a struct btest, all of which goes with the test */
int btest_suite_init(struct kunit_suite *suite);
void btest_suite_exit(struct kunit_suite *suite);
int btest_init(struct kunit *test);
void btest_exit(struct kunit *test);

/*
 * The backend: a work item that answers what the guest sends, each chain with
 * its 4 out-bytes and a status. The test says in t->dev which devices there are,
 * and changes them with events; ready is what a new backend sends.
 */
void btest_backend_init(struct btest *t);
void btest_backend_start(struct kunit *test);
void btest_backend_stop(struct btest *t);
void btest_backend_ready(struct btest *t);
void btest_backend_event_device(struct btest *t, u16 dev, bool there);
void btest_backend_event_config(struct btest *t, u16 dev, u32 at, u8 value, u8 status);
void btest_backend_event_config_locked(struct btest *t, u16 dev, u32 at, u8 value, u8 status);

/* Answer what was held, and hold no more */
void btest_backend_release(struct btest *t);

/* Send what is in t->out behind the frame's head, with t->lock held */
void btest_backend_send(struct btest *t, u32 type, struct vargo_frame *head, u32 len);

/* The link */

void btest_open(struct kunit *test);
void btest_close(struct btest *t);
long btest_stat(struct btest *t, enum vargo_stat which);

/* Give the backend a good device @n, before the session or an event */
void btest_device(struct btest *t, u16 n, u32 type);

/* A link with one device whose driver is at work */
void btest_bring_up(struct kunit *test);

/* The same, and what was not answered may be sent again to another backend */
extern const struct vargo_type btest_replayed;
void btest_bring_up_replayed(struct kunit *test);

/* One device whose driver's probe waits for a request that the backend holds back. */
struct btest_request *btest_bring_up_to_probe(struct kunit *test);

struct btest_request {
	u32 out;
	u8 in[IN];
	bool done;
	u32 len;
};

/* The driver: one that binds to what the test has made, and to nothing else */

struct btest_driver {
	struct virtio_device *vdev;
	struct virtqueue *vq[QUEUES];
	spinlock_t lock;	/* the queues and @outstanding */
	atomic_t probed;
	atomic_t removed;
	atomic_t config_changed;
	unsigned int outstanding;
	bool patient;	/* as a disk's driver: no reset before all is answered */
	struct btest_request *first;	/* as a disk's driver: made in the probe, which waits */
	struct kunit *test;		/* if there is @first */
};

extern struct btest_driver btest_driver;

/* Put a request into a queue, or REQUESTS into all; it is answered when r->done */
void btest_submit(struct kunit *test, unsigned int queue, struct btest_request *r, u32 word);

/* One request with its word so many times, each a piece of its own */
void btest_submit_pieces(struct kunit *test, unsigned int queue, struct btest_request *r,
			 u32 word, unsigned int pieces);

struct btest_request *btest_submit_all(struct kunit *test);

/* Wait for the REQUESTS of submit_all. One that failed: nothing was written. */
void btest_expect_answered(struct kunit *test, const struct btest_request *r);
void btest_expect_failed(struct kunit *test, const struct btest_request *r);

#endif /* _VIRTIO_ARGO_BTEST_H */
