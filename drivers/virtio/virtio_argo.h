/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VirtIO over Argo: devices, the bus that carries them, and how links are found.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _VIRTIO_ARGO_H
#define _VIRTIO_ARGO_H

#include <linux/mutex.h>
#include <linux/uuid.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/workqueue.h>

#include "virtio_argo_link.h"
#include "virtio_argo_type.h"

#define VARGO_RING_DEFAULT	(64 * 4096 - 64)
#define VARGO_RING_MIN		(4 * 4096 - 64)
#define VARGO_RING_MAX		(4096 * 4096 - 64 - 4096)

struct vargo_bus;

/* ------------------------------------------------------------------------ */
/* virtio_argo_device.c: one device, for its driver */

/**
 * struct vargo_vq - a virtqueue: virtio's half and ours
 * @queue: its device side
 * @source: the same, as the link serves it
 * @vq: virtio's
 * @interrupt: raise one at the end of the receive pass; bottom half only
 */
struct vargo_vq {
	struct vargo_queue queue;
	struct vargo_source source;
	struct virtqueue *vq;
	bool interrupt;
};

#define VARGO_MAX_VQS	256	/* of one device; a local bound for the peer's number */

/**
 * struct vargo_outage - a time in which nobody serves a device whose driver is at work
 * @since: when it began, in jiffies, or 0: there is none. Any context
 * @failing: requests fail; under vargo_vdev.lock
 * @told: the log has said what it is that waits; under vargo_vdev.lock
 * @work: looks whether it is time for either
 */
struct vargo_outage {
	unsigned long since;
	bool failing;
	bool told;
	struct delayed_work work;
};

/**
 * struct vargo_vdev - a virtio device on a link
 * @vdev: virtio's device
 * @bus: where it is
 * @uuid: its identity: by this it is known again in another session
 * @num: its number there in this session
 * @type: what is special about its type
 * @config_lock: guards what follows it
 * @config: copy of the config space
 * @config_size: its bytes
 * @generation: of that copy
 * @config_events: counts changes that the device told of
 * @registered: virtio may be told of changes
 * @event_missed: of this one it could not
 * @status: what the device last answered
 * @failed: the device has said DEVICE_NEEDS_RESET since its last reset
 * @lock: guards what follows; process context; held over requests
 * @session: the session in which the device was set up; requests are made in it
 * @epoch: counts resets
 * @written: what the driver has written to the config space
 * @is_written: which bytes of it
 * @offered: feature bits that the device offered
 * @driver_ok: the driver is at work
 * @running: so is the backend: its queues are served
 * @dead: the backend is gone for good; requests fail, the driver may leave
 * @outage: how long nobody has served it
 * @refused: in words, what was less in a config space that was not taken
 * @away: in words, why there is a session and not this device; its requests wait
 * @max_vqs: length of @vqs
 * @vqs: by index; read in bottom half without the lock, see vargo_del_vqs()
 */
struct vargo_vdev {
	struct virtio_device vdev;
	struct vargo_bus *bus;
	uuid_t uuid;
	u16 num;
	const struct vargo_type *type;

	spinlock_t config_lock;	/* guards from here to failed */
	u8 *config;
	u32 config_size;
	u32 generation;
	unsigned int config_events;
	bool registered;
	bool event_missed;
	u8 status;
	bool failed;

	struct mutex lock;	/* guards from here on; see above */
	u32 session;
	u16 epoch;
	u8 *written;
	unsigned long *is_written;
	u64 offered;
	bool driver_ok;
	bool running;
	bool dead;
	struct vargo_outage outage;
	const char *away;
	const char *refused;
	unsigned int max_vqs;
	struct vargo_vq **vqs;
};

struct vargo_vdev *vargo_vdev_create(struct vargo_bus *bus, u16 num, u32 session,
				     const struct vargo_device_info *info);
int vargo_vdev_register(struct vargo_vdev *v);
void vargo_vdev_put(struct vargo_vdev *v);
void vargo_vdev_pause(struct vargo_vdev *v, bool for_good);
void vargo_next_epoch(struct vargo_vdev *v);
void vargo_vdev_event_config(struct vargo_vdev *v, const struct vargo_msg *msg);

/* ------------------------------------------------------------------------ */
/* virtio_argo_vqs.c: its virtqueues */

void vargo_vqs_init(struct vargo_vdev *v);
int vargo_vqs_find(struct vargo_vdev *v, unsigned int nvqs, struct virtqueue *vqs[],
		   struct virtqueue_info vqs_info[]);
void vargo_vqs_del(struct vargo_vdev *v);
void vargo_vqs_start(struct vargo_vdev *v);
void vargo_vqs_hold(struct vargo_vdev *v);
void vargo_vqs_settle(struct vargo_vdev *v);

/* Any context */
void vargo_vqs_pause(struct vargo_vdev *v);

/* Bottom half */
int vargo_vqs_complete(struct vargo_vdev *v, const struct vargo_pdu *pdu,
		       const struct vargo_payload *payload);
void vargo_vqs_interrupt(struct vargo_vdev *v);

/* ------------------------------------------------------------------------ */
/* virtio_argo_outage.c: how long requests wait */

void vargo_outage_begin(struct vargo_vdev *v);
void vargo_outage_end(struct vargo_vdev *v);
bool vargo_outage_look(struct vargo_vdev *v, bool waits);
void vargo_outage_next(struct vargo_vdev *v);
unsigned int vargo_outage_default(void);
void vargo_outage_bus_init(struct vargo_bus *bus);
void vargo_outage_set(struct vargo_bus *bus, unsigned int seconds);
int vargo_outage_init(void);
void vargo_outage_exit(void);

/* ------------------------------------------------------------------------ */
/* virtio_argo_restore.c: a device in a new session */

int vargo_vdev_restore(struct vargo_vdev *v, u32 session, u16 num,
		       const struct vargo_device_info *info);
void vargo_vdev_go_away(struct vargo_vdev *v, const char *why);

/* ------------------------------------------------------------------------ */
/* virtio_argo_request.c: what a device is asked; vargo_vdev.lock is held */

/* None but this one of the rings' and the transports' feature bits crosses the wire. */
#define VARGO_WIRE_TRANSPORT_FEATURES	BIT_ULL(VIRTIO_F_VERSION_1)
#define VARGO_TRANSPORT_FEATURES	GENMASK_ULL(49, VIRTIO_TRANSPORT_F_START)

static inline u64 vargo_wire_features(u64 features)
{
	return (features & ~VARGO_TRANSPORT_FEATURES) |
	       (features & VARGO_WIRE_TRANSPORT_FEATURES);
}

/**
 * typedef vargo_config_check - may the driver go on with another config space?
 * @v: the device
 * @config: what it is now, @v->config_size bytes; @v->config is what it was
 *
 * Return: NULL, or in words why not
 */
typedef const char *vargo_config_check(const struct vargo_vdev *v, const u8 *config);

int vargo_request(struct vargo_vdev *v, struct vargo_msg *msg, u8 id);
int vargo_request_status(struct vargo_vdev *v, u8 status, u8 *now);
int vargo_request_set_status(struct vargo_vdev *v, u8 status);
int vargo_request_features(struct vargo_vdev *v, u64 *features);
int vargo_request_set_features(struct vargo_vdev *v, u64 features);
int vargo_request_config(struct vargo_vdev *v, vargo_config_check *check, bool *changed);
int vargo_request_set_config(struct vargo_vdev *v, u32 offset, const void *data, u32 len,
			     u32 *generation);
int vargo_request_vqueue(struct vargo_vdev *v, u32 index, u32 *max, u32 *depth);
int vargo_request_set_vqueue(struct vargo_vdev *v, u32 index, u32 size);
void vargo_cache_status(struct vargo_vdev *v, u8 status);

/* ------------------------------------------------------------------------ */
/* virtio_argo_bus.c: the devices of one link */

/**
 * struct vargo_slot - a device number of a link
 * @bus: the link's bus
 * @num: the number
 * @wanted: the backend has such a device
 * @removed: it has taken away the one that @vdev is, even if there is another
 * @vdev: which device of ours has this number in this session, or NULL. Written
 *	under vargo_bus.lock, read in bottom half without
 * @work: makes @vdev follow @wanted
 */
struct vargo_slot {
	struct vargo_bus *bus;
	u16 num;
	bool wanted;
	bool removed;
	struct vargo_vdev *vdev;
	struct work_struct work;
};

/* Known devices, those that wait for a backend that has them again among them */
#define VARGO_BUS_DEVICES	(2 * VIRTIO_ARGO_MAX_DEVICES)

/**
 * struct vargo_bus_config - what discovery says of a link
 * @backend: domain of the backend
 * @port: port of both rings
 * @ring_len: bytes of the receive ring
 * @outage_timeout: how long requests wait for a backend that is away, in seconds;
 *	0: for ever
 * @lost: a session has ended, the backend may be elsewhere; process context, must
 *	not wait. Or NULL
 * @priv: for it
 */
struct vargo_bus_config {
	u32 backend;
	u32 port;
	u32 ring_len;
	u32 outage_timeout;
	void (*lost)(void *priv);
	void *priv;
};

/**
 * struct vargo_bus - the devices of one link
 * @node: among all
 * @parent: parent of the virtio devices; what discovery found
 * @config: as given; @config.backend is where the backend is now, and guarded by a
 *	lock of all buses; @config.outage_timeout can be changed at any time
 * @argo: this domain's Argo
 * @name: for messages and statistics
 * @link: the link
 * @outage_tell_ms: after how long it is said what waits
 * @outage_changed: a new timeout holds for outages that have begun
 * @lock: guards @devices, the slots' vdev pointers and @session
 * @session: in which the devices were last set up again, 0 while there is none
 * @events_lock: guards @events and the slots' wanted and removed
 * @events: counts EVENT_DEVICE
 * @scan: asks the backend for its devices
 * @cull: fails what removed devices were asked for
 * @wq: for @scan and the slots, which may wait for I/O; never the link's own
 * @leaving: the bus is going away
 * @leave: ends the session of a backend that is silent while drivers leave
 * @leave_ms: how long it may be
 * @leave_rounds: how often @leave has looked
 * @leaving_num: the device whose driver is leaving; counted are its
 * @answers: fragments of answers that were taken, by the receive pass
 * @answers_seen: how many there were when @leave looked
 * @debugfs: directory of its statistics
 * @slots: by device number
 * @devices: all that there are, in no order. Written under @lock, read in bottom
 *	half without; the receive pass is flushed before one is freed
 */
struct vargo_bus {
	struct list_head node;
	struct device *parent;
	struct vargo_bus_config config;
	struct xen_argo *argo;
	char name[32];
	struct vargo_link *link;
	unsigned int outage_tell_ms;
	struct work_struct outage_changed;
	struct mutex lock;	/* guards devices, the slots' vdev pointers, session */
	u32 session;
	spinlock_t events_lock;	/* guards events, and the slots' wanted and removed */
	unsigned int events;
	struct work_struct scan;
	struct work_struct cull;
	struct workqueue_struct *wq;
	bool leaving;
	struct delayed_work leave;
	unsigned int leave_ms;
	unsigned int leave_rounds;
	u16 leaving_num;
	atomic_t answers;
	int answers_seen;
	struct dentry *debugfs;
	struct vargo_slot slots[VIRTIO_ARGO_MAX_DEVICES];
	struct vargo_vdev *devices[VARGO_BUS_DEVICES];
};

extern const struct attribute_group *vargo_bus_groups[];

void vargo_bus_defaults(struct vargo_bus_config *config);
struct vargo_bus *vargo_bus_create(struct xen_argo *argo, struct device *parent,
				   const struct vargo_bus_config *config);
bool vargo_bus_connected(struct vargo_bus *bus);
void vargo_bus_move(struct vargo_bus *bus, u32 backend);
void vargo_bus_backend_gone(struct vargo_bus *bus);
void vargo_bus_destroy(struct vargo_bus *bus);

/* ------------------------------------------------------------------------ */
/* virtio_argo_slot.c: which devices a link has */

void vargo_slots_init(struct vargo_bus *bus);
int vargo_slots_up(struct vargo_bus *bus, u32 session);
void vargo_slots_down(struct vargo_bus *bus);
void vargo_slots_event(struct vargo_bus *bus, u16 num, bool added);
void vargo_slots_look(struct vargo_bus *bus, u16 num);
void vargo_slots_remove(struct vargo_bus *bus, struct vargo_vdev *v);

/* ------------------------------------------------------------------------ */
/* virtio_argo_map.c: how buffers become addresses */

void vargo_map_attach(struct virtio_device *vdev);
struct virtqueue *vargo_map_create_vq(struct virtio_device *vdev, unsigned int index,
				      unsigned int num, bool ctx,
				      bool (*notify)(struct virtqueue *vq),
				      void (*callback)(struct virtqueue *vq),
				      const char *name);

/* ------------------------------------------------------------------------ */
/* virtio_argo_property.c: links as properties of a device */

#define VARGO_NR_PROPERTIES	3	/* that a module parameter can say */

struct property_entry;

struct vargo_bus *vargo_bus_from_properties(struct xen_argo *argo, struct device *dev);
int vargo_properties_parse(const char *text, u32 port, struct property_entry *entries);

/* ------------------------------------------------------------------------ */
/* Discovery: virtio_argo_platform.c, virtio_argo_xenbus.c */

int vargo_platform_init(void);
void vargo_platform_exit(void);
int vargo_xenbus_init(void);
void vargo_xenbus_exit(void);

#endif /* _VIRTIO_ARGO_H */
