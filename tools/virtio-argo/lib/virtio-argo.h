/* SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause) */
/*
 * libvirtio-argo: the device side of a VirtIO-Argo link.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A guest's virtqueue is cut in two at the hypervisor. This library keeps the
 * backend's half: it talks the wire format with the guest through an endpoint,
 * and drives a shadow vring per virtqueue, in shared memory of its own, at which
 * any device model works that can serve an ordinary split virtqueue: a
 * vhost-user process, QEMU's virtio devices, or a few lines of C.
 *
 *	guest <= Argo => endpoint | link | control, data | shadow vrings <= memfd => device model
 *
 * What an embedder does
 *
 *	1. makes an endpoint:		va_endpoint_argo() or va_endpoint_socket()
 *	2. makes a link on it:		va_link_new()
 *	3. adds its devices:		va_device_add(), as many as it likes, at any time
 *	4. says that it is there:	va_link_ready()
 *	5. in its own event loop:	watches va_link_fd() for input, wakes up after
 *					va_link_timeout() milliseconds at the latest,
 *					and calls va_link_process() either way
 *	6. in the end:			va_link_free()
 *
 * Threads: nothing here takes a lock. A link, its endpoint and its devices
 * belong to one thread at a time; different links are independent. The library
 * starts no thread, installs no signal handler, never exits and writes nothing
 * to stdio. It never raises SIGPIPE.
 *
 * fork and exec: all file descriptors are close-on-exec, and all of them are
 * non-blocking. After fork() the child must not call anything here on objects
 * of the parent; it may close the descriptors. The memory is a memfd and stays
 * shared with a child that inherits the mapping.
 *
 * Errors: functions that return int return 0 or a positive result on success and
 * a negative errno otherwise.
 *
 * Trust: the guest is not trusted. What it does wrong is dropped and counted, or
 * closes the session until it says HELLO again. The device model is not
 * trusted with the link either: what it writes to a used ring is checked, and an
 * impossible entry makes its device fail (DEVICE_NEEDS_RESET), nothing else.
 */
#ifndef VIRTIO_ARGO_H
#define VIRTIO_ARGO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VA_API_VERSION		1

/* Defaults of the configuration structures' fields that are 0 */
#define VA_RING_LEN		(512 * 1024 - 64)	/* bytes of ring data */
#define VA_MAX_CHAIN		(4 * 1024 * 1024 + 64 * 1024)
#define VA_MAX_INFLIGHT		(64 * 1024 * 1024)
#define VA_MEMORY_BUDGET	(64 * 1024 * 1024)
#define VA_MAX_QUEUES		32
#define VA_DEPTH		128

/* Hard limits */
#define VA_DEPTH_MAX		512	/* a shadow ring has twice as many entries */
#define VA_QUEUES_MAX		256	/* virtqueues of a link */
#define VA_CONFIG_MAX		4096	/* bytes of a device's config space */
#define VA_QUEUE_SIZE_MAX	1024	/* what GET_VQUEUE reports to the guest */

struct va_endpoint;
struct va_link;
struct va_device;

/* ------------------------------------------------------------------------ */
/* Endpoints: one message at a time, to and from one peer */

/**
 * struct va_message - what recv() says about a message
 * @type: Argo's message_type, the sender's word
 * @port: source port, the sender's word
 * @domid: sending domain, forced by Xen
 */
struct va_message {
	uint32_t type;
	uint32_t port;
	uint16_t domid;
};

/**
 * struct va_endpoint_ops - what an endpoint must be able to do
 * @send: send one message gathered from @niov (1 to 8) pieces, all or nothing,
 *	without blocking. Returns 0; -EAGAIN: no space, and the descriptor
 *	becomes writable when there may be some (-EBUSY, -ENOMEM: the same, but
 *	nobody will say so, try again later); -ECONNREFUSED, -ESRCH: no peer at
 *	this moment; -EMSGSIZE: can never fit; any other: the endpoint is dead.
 * @recv: receive one message of at most @cap bytes into @buf. Returns its
 *	length, may be 0; -EAGAIN: none there; any other: the endpoint is dead.
 *	A caller whose @cap is the endpoint's ring_len never sees -EMSGSIZE.
 * @revive: the endpoint is dead, perhaps because this domain was suspended: make it as
 *	new, with the same descriptor. 0, or -errno: it stays dead. Optional.
 * @close: release everything and free @ep
 *
 * An embedder may bring its own implementation: it puts a struct va_endpoint
 * first in its own structure and fills it in.
 */
struct va_endpoint_ops {
	int (*send)(struct va_endpoint *ep, uint32_t type,
		    const struct iovec *iov, unsigned int niov);
	ssize_t (*recv)(struct va_endpoint *ep, struct va_message *msg,
			void *buf, size_t cap);
	int (*revive)(struct va_endpoint *ep);
	void (*close)(struct va_endpoint *ep);
};

/**
 * struct va_endpoint - the part of an endpoint that the link sees
 * @ops: see there
 * @fd: pollable: readable when recv() may succeed, writable when send() may
 * @ring_len: bytes of the receive ring, as Argo counts them: the largest
 *	message has ring_len - 32 bytes
 * @peer_port: frames from another source port are dropped
 * @peer_domid: and so are frames of another domain
 */
struct va_endpoint {
	const struct va_endpoint_ops *ops;
	int fd;
	uint32_t ring_len;
	uint32_t peer_port;
	uint16_t peer_domid;
};

/**
 * struct va_argo_config - an endpoint on /dev/xen/argo
 * @path: device node, NULL for /dev/xen/argo
 * @ring_len: wanted bytes of receive ring, 0 for VA_RING_LEN
 * @port: Argo port of the link, the same on both sides; 0 for
 *	VIRTIO_ARGO_PORT_BASE (link 0)
 * @domid: the guest
 */
struct va_argo_config {
	const char *path;
	uint32_t ring_len;
	uint32_t port;
	uint16_t domid;
};

/**
 * va_endpoint_argo() - bind a port for one guest
 * @cfg: see there
 * @ep: where to put the endpoint
 * @what: where to put the name of the step that failed (a constant, for a
 *	message: "open", "bind", "connect"), or NULL
 *
 * The guest must exist, but need not run nor have a ring.
 *
 * Return: 0 or -errno; the errors of xen-argo(4), among them -ENOENT (no such
 * device node), -ESRCH (no such domain), -EEXIST (the port is taken for this
 * partner), -ENOSPC (there are too many rings), -EAGAIN (this domain is being
 * migrated), -ENOMEM
 */
int va_endpoint_argo(const struct va_argo_config *cfg, struct va_endpoint **ep,
		     const char **what);

/**
 * va_endpoint_socket() - an endpoint without Xen
 * @fd: one end of a connected AF_UNIX SOCK_SEQPACKET socket, owned by the
 *	endpoint from now on, also in case of an error
 * @ring_len: bytes of the ring that is emulated, a multiple of 16, from 4032 to
 *	1 MiB
 * @port: port of both sides
 * @domid: this side's domain number, forced on what it sends
 * @ep: where to put it
 *
 * For tests of the whole stack. It behaves as Argo does: a message takes
 * 16 bytes and its length rounded up to 16 of the peer's ring; a full ring is
 * -EAGAIN and later EPOLLOUT (the descriptor becomes readable then, because the
 * peer's consumption arrives as a record; call va_link_process()); before the peer
 * has its endpoint, and after it closed it, sending is -ECONNREFUSED. The peer
 * of such an endpoint is another one, in this process or another.
 *
 * Return: 0 or -errno
 */
int va_endpoint_socket(int fd, uint32_t ring_len, uint32_t port, uint16_t domid,
		       struct va_endpoint **ep);

/**
 * va_endpoint_close() - close an endpoint that no link has
 * @ep: the endpoint or NULL
 */
void va_endpoint_close(struct va_endpoint *ep);

/* ------------------------------------------------------------------------ */
/* Links */

/**
 * struct va_link_config - limits of a link; zero fields take the defaults
 * @max_chain: bytes, readable and writable together, of one request; what is
 *	larger the guest must not send. At most 16 MiB.
 * @max_inflight: bytes of all unanswered requests of the link, at least @max_chain
 * @memory_budget: bytes of shadow memory that may stay resident without being
 *	in use; above it, slots are given back to the kernel when they are done.
 *	What is resident is at most @memory_budget + @max_inflight + 3 pages a request.
 * @max_queues: virtqueues of all devices together, at most VA_QUEUES_MAX
 * @depth: requests of one virtqueue that may be unanswered at a time; a power of
 *	two, at most VA_DEPTH_MAX; the shadow ring has 2 * @depth entries
 * @log: one line without newline; @level is that of syslog(3) (LOG_WARNING and
 *	so on). What a guest can cause is limited in rate. May be NULL.
 * @session: a session began (@up) or ended; may be NULL. For messages only.
 * @opaque: handed to both
 *
 * The virtual size of the memory is about max_queues * depth * max_chain; it is
 * sparse, and only what requests need is ever touched.
 */
struct va_link_config {
	uint32_t max_chain;
	uint32_t max_inflight;
	uint32_t memory_budget;
	uint32_t max_queues;
	uint32_t depth;
	void (*log)(void *opaque, int level, const char *line);
	void (*session)(void *opaque, bool up);
	void *opaque;
};

/**
 * va_link_new() - make a link
 * @ep: its endpoint; the link owns it from now on if this succeeds
 * @cfg: limits, or NULL for all defaults; copied
 * @link: where to put it
 *
 * Return: 0, -EINVAL (a limit is out of bounds, or the memory has more bytes than
 * this machine's addresses), -ENOMEM or another -errno
 */
int va_link_new(struct va_endpoint *ep, const struct va_link_config *cfg,
		struct va_link **link);

/**
 * va_link_free() - stop and free all devices, close the endpoint, unmap the memory
 * @link: the link or NULL
 *
 * Calls @stop of every device that was started. Not from a callback.
 */
void va_link_free(struct va_link *link);

/**
 * va_link_ready() - tell the guest that the backend is there
 * @link: the link, with its first devices added
 *
 * Sends one READY. That nobody is there yet to hear it is no error: the guest
 * says HELLO when it comes.
 */
void va_link_ready(struct va_link *link);

/**
 * va_link_restart() - end the session, so that the guest begins another
 * @link: the link
 *
 * For an embedder that had to refuse a device's start (DEVICE_NEEDS_RESET) and
 * can have it now: a guest's driver does not try again by itself, but in a new
 * session it sets up all devices and repeats their unanswered chains. Calls @stop
 * of every device that was started, and sends READY, or a while later if the
 * last one was not a second ago. Does nothing without a session. Not from a
 * callback.
 */
void va_link_restart(struct va_link *link);

/**
 * va_link_fd() - what to watch
 * @link: the link
 *
 * Return: a descriptor that never changes and is readable (EPOLLIN, level
 * triggered; works with poll, select and epoll alike) when va_link_process() has
 * something to do. It covers the endpoint in both directions and the
 * call eventfds of all queues. Do not read from it.
 */
int va_link_fd(const struct va_link *link);

/**
 * va_link_timeout() - how long to wait for va_link_fd()
 * @link: the link
 *
 * Ask again after every call into the library.
 *
 * Return: milliseconds, 0: there is work left, or the endpoint is dead, which
 * va_link_process() tells; -1: no limit
 */
int va_link_timeout(const struct va_link *link);

/**
 * va_link_process() - do what is to be done, without blocking
 * @link: the link
 *
 * Takes frames of the guest and used entries of the device models, up to a
 * budget, and sends what credit allows. To be called when va_link_fd() is
 * readable, when va_link_timeout() has passed, or at any time. All callbacks
 * come from here, from va_link_free(), va_link_restart() and va_device_remove(); they
 * may call all va_device_ and va_queue_ functions except va_device_remove(), but
 * not va_link_process(), va_link_restart() nor va_link_free().
 *
 * Return: 0, or -errno when the endpoint is dead (-EPIPE and others); all
 * devices are stopped then, and va_link_free() is all that is left
 */
int va_link_process(struct va_link *link);

/**
 * struct va_memory - the shared memory of a link
 * @fd: memfd of @size bytes, one region from offset 0; remains the link's
 * @size: bytes; never changes
 * @addr: where it is mapped in this process
 *
 * Descriptors carry offsets into it as addresses. A device model maps it whole:
 * one SET_MEM_TABLE region with guest address 0 and mmap offset 0. No
 * ring lies at offset 0.
 */
struct va_memory {
	int fd;
	uint64_t size;
	void *addr;
};

/* The memory of a link, for the device model that is to map it */
void va_link_memory(const struct va_link *link, struct va_memory *mem);

/* ------------------------------------------------------------------------ */
/* Devices */

/**
 * struct va_device_ops - what the library asks of the device model
 * @set_features: the driver has chosen @features (without ring bits, with
 *	VERSION_1) and sets FEATURES_OK; optional. Not 0: refused, the driver sees
 *	FEATURES_OK unset.
 * @start: DRIVER_OK: va_queue_get() tells of the enabled queues. From now on
 *	chains come. The device model may also attach later, or go and come
 *	back: chains wait in the shadow ring. Not 0: DEVICE_NEEDS_RESET.
 * @stop: once for each successful start: reset, a new session, a closed session,
 *	a failure or removal. When it returns the device model must have
 *	stopped reading and writing the memory; requests that it has taken it
 *	may finish or drop, nobody will see their results. Synchronous: the
 *	whole link waits, so bound it in time; an embedder that cannot make its
 *	device model stop should cut it off for good.
 * @config_write: the driver wrote @len bytes at @offset of the config space,
 *	within its size; the library's copy is not changed. An implementation calls
 *	va_device_set_config() with what the config space is then. Not 0, or
 *	NULL: the write is rejected.
 * @gave_up: the driver has set FAILED: it cannot use the device, or not any more;
 *	optional
 * @answer: answers a request without the device model; optional. @out bytes at @head
 *	are the readable part, @in bytes at @to the writable one, which holds nothing
 *	in particular. Returns how many of these it has written, or -1: the request
 *	is the device model's.
 *
 * Sequence: [set_features] -> start -> stop, and again. config_write at any time,
 * answer between start and stop.
 */
struct va_device_ops {
	int (*set_features)(void *opaque, uint64_t features);
	int (*start)(void *opaque);
	void (*stop)(void *opaque);
	int (*config_write)(void *opaque, uint32_t offset, const void *data,
			    uint32_t len);
	void (*gave_up)(void *opaque);
	int64_t (*answer)(void *opaque, const void *head, uint32_t out, void *to,
			  uint32_t in);
};

/*
 * The whole writable part goes back, whatever used length was reported (block). Its
 * last byte, the status, is 0xff if the device model did not write it.
 */
#define VA_DEVICE_COMPLETE_ALL		0x01

/**
 * struct va_device_config - a device
 * @device_id: VirtIO device type (2: block)
 * @vendor_id: of the VirtIO vendor
 * @uuid: the identity by which a driver knows the device again, whatever its number,
 *	after a new session with this or another backend: not all zero, no other
 *	device of the link has it, and it stays the same when the backend is
 *	started again
 * @features: what the device model can; ring and transport bits are masked, VERSION_1
 *	is added
 * @config: initial config space, copied; may be NULL (zeroes)
 * @config_size: its bytes, at most VA_CONFIG_MAX
 * @num_queues: virtqueues, at least 1
 * @flags: VA_DEVICE_*
 * @head_bytes: bytes at the start of a readable part that are a header (block: 16);
 *	what follows is then aligned to a page, for O_DIRECT's sake. 0 to 4095.
 * @min_out: out-bytes that each request has at least (block: 16)
 * @min_in: in-bytes (block: 1). A chain with less of either is no request: it is
 *	answered with ERROR and the device model does not see it, for many drop such
 *	a chain, and a chain that is never answered makes each reset wait.
 * @ops: callbacks, must live as long as the device
 * @opaque: handed to them
 */
struct va_device_config {
	uint32_t device_id;
	uint32_t vendor_id;
	uint8_t uuid[16];
	uint64_t features;
	const void *config;
	uint32_t config_size;
	unsigned int num_queues;
	unsigned int flags;
	uint32_t head_bytes;
	uint32_t min_out;
	uint32_t min_in;
	const struct va_device_ops *ops;
	void *opaque;
};

/**
 * va_device_add() - add a device to a link
 * @link: the link
 * @num: its number on the link, below VIRTIO_ARGO_MAX_DEVICES, or -1 for the
 *	lowest that is free
 * @cfg: see there; copied
 * @dev: where to put it
 *
 * The guest is told if a session is up.
 *
 * Return: 0, -EINVAL, -EEXIST (number or identity is taken), -ENOSPC (no number or no
 * queues left on this link), -ENOMEM
 */
int va_device_add(struct va_link *link, int num, const struct va_device_config *cfg,
		  struct va_device **dev);

/**
 * va_device_remove() - stop and free a device; the guest is told
 * @dev: the device or NULL
 *
 * Not from a callback.
 */
void va_device_remove(struct va_device *dev);

/* The device's number on the link */
unsigned int va_device_num(const struct va_device *dev);

/* VirtIO status byte as the driver sees it (VIRTIO_CONFIG_S_*) */
uint8_t va_device_status(const struct va_device *dev);

/* Features that the driver has accepted; valid once FEATURES_OK is set */
uint64_t va_device_features(const struct va_device *dev);

/* Between a successful start and its stop */
bool va_device_started(const struct va_device *dev);

/**
 * va_device_set_config() - new contents of the config space
 * @dev: the device
 * @offset: first byte
 * @data: bytes
 * @len: how many
 *
 * If anything changes, the generation is raised and EVENT_CONFIG goes out;
 * changes without control credit are merged.
 *
 * Return: 0 or -EINVAL (beyond the config space)
 */
int va_device_set_config(struct va_device *dev, uint32_t offset, const void *data,
			 uint32_t len);

/* The library's copy of the config space, config_size bytes */
const void *va_device_config(const struct va_device *dev);

/**
 * va_device_fail() - the device model has broken down for good
 * @dev: the device
 *
 * Sets DEVICE_NEEDS_RESET and tells the driver; calls @stop if the device was
 * started; unanswered chains stay unanswered until the driver resets. A device
 * model that will come back is not failed: see va_queue_rebuild().
 */
void va_device_fail(struct va_device *dev);

/**
 * va_device_taint() - somebody may still write to the memory of this device
 * @dev: the device
 * @tainted: whether it is so
 *
 * For an embedder that had to cut a device model off with requests unfinished: as
 * long as it exists, it can write to what it has mapped. While a device is
 * tainted the embedder must refuse its @start. If the device is removed so, then
 * its queues' part of the memory is given to no other device of the link, ever:
 * see -ENOSPC of va_device_add(), and the counter areas_withheld. May be called
 * from @stop.
 */
void va_device_taint(struct va_device *dev, bool tainted);

/* ------------------------------------------------------------------------ */
/* Queues, by index below num_queues */

/**
 * struct va_queue_info - a shadow vring
 * @enabled: the driver has set it up; nothing else is valid otherwise
 * @size: entries, a power of two
 * @desc: offset of the descriptor table in the memory
 * @avail: of the available ring
 * @used: of the used ring
 * @base: the index, in the available and the used ring alike, at which a device
 *	model that attaches now must start (SET_VRING_BASE)
 * @kick_fd: eventfd that the library writes to when there are new chains
 * @call_fd: eventfd that the device model writes to when it has used some
 *
 * The descriptors remain the library's, and stay the same for the device's life.
 */
struct va_queue_info {
	bool enabled;
	uint16_t size;
	uint64_t desc;
	uint64_t avail;
	uint64_t used;
	uint16_t base;
	int kick_fd;
	int call_fd;
};

/**
 * va_queue_get() - describe a queue
 * @dev: the device
 * @index: the queue
 * @info: where to put it
 *
 * @info->base is valid in @start, and after va_queue_rebuild().
 *
 * Return: 0 or -EINVAL (no such queue)
 */
int va_queue_get(const struct va_device *dev, unsigned int index,
		 struct va_queue_info *info);

/**
 * va_queue_rebuild() - prepare a queue for a device model that comes back
 * @dev: the device, started
 * @index: an enabled queue
 *
 * To be called when the old device model is gone (process dead or connection
 * closed) and before the new one is given the queue. Takes the used entries that
 * are there, then writes descriptors and available ring anew with all unfinished
 * chains in the order in which they were submitted. They will be executed again,
 * so this is for device types where that is safe.
 *
 * Return: the base index for the new device model (0 to 65535), or -EINVAL
 */
int va_queue_rebuild(struct va_device *dev, unsigned int index);

/**
 * va_queue_kick() - write to a queue's kick eventfd
 * @dev: the device
 * @index: the queue
 *
 * After the new device model has the descriptor: wakes it for what is there.
 */
void va_queue_kick(struct va_device *dev, unsigned int index);

/* Chains of a queue that the device model has not answered yet */
unsigned int va_queue_inflight(const struct va_device *dev, unsigned int index);

/* ------------------------------------------------------------------------ */
/* Counters: X(name, meaning), each a uint64_t since the link was made */

#define VA_STATS(X) \
	X(rx_frames, "frames received") \
	X(rx_bytes, "their bytes, headers included") \
	X(tx_frames, "frames sent") \
	X(tx_bytes, "their bytes, headers included") \
	X(rx_credit, "CREDIT frames received") \
	X(tx_credit, "CREDIT frames sent") \
	X(rx_control, "control messages received") \
	X(tx_control, "control messages sent") \
	X(submit_pdus, "SUBMIT fragments") \
	X(submit_bytes, "out-bytes in them") \
	X(complete_pdus, "COMPLETE fragments") \
	X(complete_bytes, "in-bytes in them") \
	X(chains, "chains taken") \
	X(completed, "chains answered") \
	X(dropped_chains, "chains dropped by a reset or the end of a session") \
	X(chain_errors, "chains answered with an error") \
	X(kicks, "kicks written") \
	X(sessions, "sessions begun") \
	X(hello_refused, "HELLOs answered with an error") \
	X(ready_sent, "READY events sent") \
	X(no_peer, "sends that met no peer") \
	X(tx_full, "sends that met a full ring") \
	X(credit_waits, "times that answers had to wait for credit") \
	X(drop_source, "frames from another port or domain") \
	X(drop_short, "frames too short or malformed at the head") \
	X(drop_type, "frames of an unknown message_type") \
	X(drop_stale, "frames of another session") \
	X(drop_replay, "frames with a sequence number that was there already") \
	X(drop_control, "control messages unknown, malformed or out of place") \
	X(drop_answer, "answers to control messages dropped for lack of room") \
	X(drop_epoch, "PDUs of another device epoch") \
	X(drop_failed, "PDUs for a device that needs a reset") \
	X(violations, "sessions closed because of the guest") \
	X(device_failures, "devices that failed") \
	X(used_invalid, "impossible entries in a used ring") \
	X(rebuilds, "queues rebuilt for a new device model") \
	X(punched, "slots given back to the kernel") \
	X(areas_withheld, "queues' memory never used again: see va_device_taint()")

enum va_stat {
#define VA_STAT_ENUM(name, meaning) VA_STAT_##name,
	VA_STATS(VA_STAT_ENUM)
#undef VA_STAT_ENUM
	VA_STAT_COUNT
};

/* A counter's value and, for printing, its name and meaning (constants) */
uint64_t va_link_stat(const struct va_link *link, enum va_stat stat);
const char *va_stat_name(enum va_stat stat);
const char *va_stat_meaning(enum va_stat stat);

#ifdef __cplusplus
}
#endif

#endif /* VIRTIO_ARGO_H */
