/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A device of the link: the library's half of it on one side, the vhost-user
 * connection to its device process on the other.
 */
#ifndef BRIDGE_DEVICE_H
#define BRIDGE_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <virtio-argo.h>

#include "device_type.h"
#include "loop.h"
#include "options.h"
#include "vhost_user.h"

/*
 * While a backend is asked, the whole link waits, and with it a request of the guest
 * whose time began before ours. All of these are less than the driver's default
 * patience, 5 s: it would end the session, for all devices. Here the backend loses
 * its connection, and the guest nothing.
 */
#define DEVICE_GUEST_MS		4000

/**
 * enum device_state - of the backend, as this device sees it
 * @DEVICE_DOWN: no connection; the timer says when to try
 * @DEVICE_CALLING: connected, the first answer is waited for; the timer bounds it
 *	(before there is a device of the link: the caller of device_learn())
 * @DEVICE_UP: negotiated; no ring is started
 * @DEVICE_RUNNING: rings are started at the backend
 *
 *			guest starts	guest stops	timer		loss
 *	DOWN		DOWN (*)	DOWN		CALLING		-
 *	CALLING		CALLING (*)	CALLING		DOWN		DOWN
 *	UP		RUNNING		-		-		DOWN
 *	RUNNING		-		UP or DOWN (**)	-		DOWN
 *
 * The answer leads from CALLING to UP, and on to RUNNING if the guest has
 * started the device.
 * (*) chains wait in the shadow rings.
 * (**) DOWN if the backend does not finish its requests in time.
 */
enum device_state {
	DEVICE_DOWN,
	DEVICE_CALLING,
	DEVICE_UP,
	DEVICE_RUNNING,
};

/**
 * struct device - see above
 * @opt: NULL when it is closed; must stay where it is until then
 * @barred: the guest may not start it before there is a good connection: the
 *	last one was cut off with requests that may still write to the memory, or
 *	the backend is not the device that the guest knows
 * @stall_ms: the pause behind the last try whose answers stopped in the middle
 * @config_due: the timer will ask for the config space
 * @last_error: what was logged last about it, to log no line twice in a row
 * @lost: connections lost, @restored: and made again
 */
struct device {
	const struct device_options *opt;
	struct va_link *link;
	struct va_device *va;
	struct device_identity id;
	enum device_state state;
	bool barred;
	bool config_due;
	struct vhost_user vu;
	struct loop_source socket;
	struct loop_source backend;
	struct loop_source timer;
	unsigned int backoff_ms;
	unsigned int stall_ms;
	char last_error[160];
	uint64_t lost;
	uint64_t restored;
};

/* device_open() - connect for the first time; 0, or -errno after a line was logged */
int device_open(struct device *dev, const struct device_options *opt);
/*
 * device_learn() - who is it? As above. May wait for @ms; but a backend that has not
 * answered yet, and may be slow, is waited for without it: its answer makes
 * @dev->vu.fd readable.
 */
int device_learn(struct device *dev, unsigned int ms);
/* device_attach() - make it a device of the link; as above */
int device_attach(struct device *dev, struct va_link *link);
/* device_remove() - take it away from the guest, and close it */
void device_remove(struct device *dev);
/* device_close() - when it is no device of a link, or after va_link_free() */
void device_close(struct device *dev);

const char *device_state_name(const struct device *dev);

#endif /* BRIDGE_DEVICE_H */
