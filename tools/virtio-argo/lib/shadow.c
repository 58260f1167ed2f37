// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * libvirtio-argo: the memory of a link and the shadow vrings in it.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Theory of operation
 *
 * One sparse memfd holds, behind a page that stays unused (a ring at address 0
 * counts as unset for some device models), an area for each virtqueue: a split
 * ring, and a slot for each chain that may be unanswered. A slot has a fixed
 * stride of address space, as much as the largest chain needs, so nothing is ever
 * allocated or moved; what is really backed by memory is what chains have
 * touched. That is counted per slot, and a slot that is done, or dropped, while the
 * sum is above the budget is punched out of the file. The free list is a stack, so slots that
 * are backed are used again first.
 *
 * Slot s has the descriptors 2s and 2s + 1: the readable part, then the writable
 * part; one of them may be absent. Descriptors of a slot are written before the
 * available index that shows them (release), and not again while the device model
 * has them. The library writes descriptors and available ring and only reads the
 * used ring; whoever is at the other end may be broken or hostile, so each
 * used entry is copied once, checked against the slot's state, and nothing
 * else is read back from the shared memory but the payload.
 *
 * The file is sealed against shrinking: a device model cannot make us fault.
 */
#include <endian.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

/* The split virtqueue's layout (VIRTIO 1.x, 2.7) */
struct vring_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

struct vring_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[];
};

struct vring_used_elem {
	uint32_t id;
	uint32_t len;
};

struct vring_used {
	uint16_t flags;
	uint16_t idx;
	struct vring_used_elem ring[];
};

_Static_assert(sizeof(struct vring_desc) == 16, "desc");
_Static_assert(sizeof(struct vring_used_elem) == 8, "used");

#define DESC_F_NEXT		1
#define DESC_F_WRITE		2
#define USED_F_NO_NOTIFY	1

#define NO_STATUS		0xff	/* no type's last byte says success with it */

static uint64_t page_up(uint64_t n)
{
	return (n + VA_PAGE - 1) & ~(uint64_t)(VA_PAGE - 1);
}

/* ------------------------------------------------------------------------ */
/* The memory */

static uint64_t desc_bytes(const struct va_shadow *sh)
{
	return page_up(sh->ring_size * sizeof(struct vring_desc));
}

/* Both rings have room for the event index behind them */
static uint64_t avail_bytes(const struct va_shadow *sh)
{
	return page_up(sizeof(struct vring_avail) + 2 * sh->ring_size + 2);
}

static uint64_t used_bytes(const struct va_shadow *sh)
{
	return page_up(sizeof(struct vring_used) +
		       sh->ring_size * sizeof(struct vring_used_elem) + 2);
}

int va_shadow_init(struct va_shadow *sh, const struct va_link_config *cfg)
{
	int err;

	memset(sh, 0, sizeof(*sh));
	sh->mem.fd = -1;
	sh->depth = cfg->depth;
	sh->ring_size = 2 * cfg->depth;
	sh->queues = cfg->max_queues;
	sh->budget = cfg->memory_budget;
	sh->ring_stride = desc_bytes(sh) + avail_bytes(sh) + used_bytes(sh);
	/* A header up to a page boundary, the parts apart, and rounding */
	sh->slot_stride = page_up(cfg->max_chain) + 3 * VA_PAGE;
	sh->slots = VA_PAGE + (uint64_t)sh->queues * sh->ring_stride;
	sh->mem.size = sh->slots +
		       (uint64_t)sh->queues * sh->depth * sh->slot_stride;
	/* As memory of virtual machines is: there are device models that want that. */
	sh->mem.size = (sh->mem.size + VA_MEMORY_UNIT - 1) & ~(uint64_t)(VA_MEMORY_UNIT - 1);

	/* Never so with 64 bits: the largest has 2 TiB */
	if ((size_t)sh->mem.size != sh->mem.size)
		return -EINVAL;

	sh->mem.fd = memfd_create("virtio-argo", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (sh->mem.fd < 0)
		return -errno;
	if (ftruncate(sh->mem.fd, sh->mem.size) ||
	    fcntl(sh->mem.fd, F_ADD_SEALS,
		  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
		err = -errno;
		goto err_fd;
	}
	sh->mem.addr = mmap(NULL, sh->mem.size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_NORESERVE, sh->mem.fd, 0);
	if (sh->mem.addr == MAP_FAILED) {
		err = -errno;
		goto err_fd;
	}
	return 0;

err_fd:
	close(sh->mem.fd);
	sh->mem.fd = -1;
	return err;
}

void va_shadow_exit(struct va_shadow *sh)
{
	munmap(sh->mem.addr, sh->mem.size);
	close(sh->mem.fd);
}

static struct va_shadow *shadow_of(const struct va_queue *q)
{
	return &q->dev->link->shadow;
}

static uint64_t slot_offset(const struct va_queue *q, unsigned int slot)
{
	const struct va_shadow *sh = shadow_of(q);

	return sh->slots +
	       ((uint64_t)q->area * sh->depth + slot) * sh->slot_stride;
}

void *va_queue_at(const struct va_queue *q, uint64_t offset)
{
	return (uint8_t *)shadow_of(q)->mem.addr + offset;
}

/* ------------------------------------------------------------------------ */
/* The ring's parts */

static uint64_t desc_offset(const struct va_queue *q)
{
	return VA_PAGE + (uint64_t)q->area * shadow_of(q)->ring_stride;
}

static uint64_t avail_offset(const struct va_queue *q)
{
	return desc_offset(q) + desc_bytes(shadow_of(q));
}

static uint64_t used_offset(const struct va_queue *q)
{
	return avail_offset(q) + avail_bytes(shadow_of(q));
}

void va_queue_offsets(const struct va_queue *q, struct va_queue_info *info)
{
	info->desc = desc_offset(q);
	info->avail = avail_offset(q);
	info->used = used_offset(q);
}

static struct vring_avail *avail_ring(const struct va_queue *q)
{
	return va_queue_at(q, avail_offset(q));
}

static struct vring_used *used_ring(const struct va_queue *q)
{
	return va_queue_at(q, used_offset(q));
}

static uint16_t ring_slot(const struct va_queue *q, uint16_t index)
{
	return index & (shadow_of(q)->ring_size - 1);
}

static void write_descs(const struct va_queue *q, const struct va_slot *slot)
{
	unsigned int i = 2 * va_slot_index(q, slot);
	struct vring_desc *desc = va_queue_at(q, desc_offset(q));
	struct vring_desc *d = &desc[i];

	if (slot->total) {
		d->addr = htole64(slot->in);
		d->len = htole32(slot->total);
		d->flags = htole16(slot->room ? DESC_F_NEXT : 0);
		d->next = htole16(slot->room ? i + 1 : 0);
		d++;
	}
	if (slot->room) {
		d->addr = htole64(slot->out);
		d->len = htole32(slot->room);
		d->flags = htole16(DESC_F_WRITE);
		d->next = 0;
	}
}

/* The entry is there before the index that shows it */
static void push_avail(struct va_queue *q, const struct va_slot *slot)
{
	struct vring_avail *avail = avail_ring(q);

	write_descs(q, slot);
	avail->ring[ring_slot(q, q->avail)] = htole16(2 * va_slot_index(q, slot));
	q->avail++;
	/* Pairs with the device model's load of the index before the entry */
	__atomic_store_n(&avail->idx, htole16(q->avail), __ATOMIC_RELEASE);
}

static void punch(struct va_queue *q, struct va_slot *slot)
{
	struct va_shadow *sh = shadow_of(q);

	if (fallocate(sh->mem.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      slot_offset(q, va_slot_index(q, slot)), sh->slot_stride))
		return;	/* remains counted */
	sh->resident -= slot->resident;
	slot->resident = 0;
	VA_COUNT(q->dev->link, punched);
}

/* ------------------------------------------------------------------------ */
/* Life of a queue */

int va_queue_init(struct va_queue *q, struct va_device *dev, uint16_t index,
		  uint16_t area)
{
	uint32_t depth = dev->link->shadow.depth;

	memset(q, 0, sizeof(*q));
	q->dev = dev;
	q->index = index;
	q->area = area;
	q->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	q->call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	q->slots = calloc(depth, sizeof(*q->slots));
	q->done = calloc(depth, sizeof(*q->done));
	q->by_head = calloc(VA_QUEUE_SIZE_MAX, sizeof(*q->by_head));
	if (q->kick_fd < 0 || q->call_fd < 0 || !q->slots || !q->done ||
	    !q->by_head) {
		int err = q->kick_fd < 0 || q->call_fd < 0 ? -errno : -ENOMEM;

		va_queue_exit(q);
		return err;
	}
	va_queue_drop(q);
	return 0;
}

void va_queue_exit(struct va_queue *q)
{
	struct va_shadow *sh = shadow_of(q);
	unsigned int i;

	if (q->kick_fd >= 0)
		close(q->kick_fd);
	if (q->call_fd >= 0)
		close(q->call_fd);
	/* What the slots had goes back whole, for the next user of the area */
	for (i = 0; q->slots && i < sh->depth; i++)
		sh->resident -= q->slots[i].resident;
	fallocate(sh->mem.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		  slot_offset(q, 0), (uint64_t)sh->depth * sh->slot_stride);
	free(q->slots);
	free(q->done);
	free(q->by_head);
}

static void reset_ring(struct va_queue *q)
{
	memset(va_queue_at(q, desc_offset(q)), 0, shadow_of(q)->ring_stride);
	q->avail = 0;
	q->used = 0;
	q->kick = false;
}

void va_queue_enable(struct va_queue *q, uint32_t size)
{
	reset_ring(q);
	q->size = size;
	q->enabled = true;
}

/**
 * va_queue_drop() - forget all chains and disable the queue
 * @q: the queue, which no device model has any more
 *
 * Return: how many chains there were
 */
unsigned int va_queue_drop(struct va_queue *q)
{
	struct va_shadow *sh = shadow_of(q);
	unsigned int i, dropped = 0;
	uint32_t depth = sh->depth;

	va_line_del(q);
	for (i = 0; i < depth; i++) {
		if (q->slots[i].state == SLOT_FREE)
			continue;
		q->dev->link->inflight -= (uint64_t)q->slots[i].total +
					  q->slots[i].room;
		q->slots[i].state = SLOT_FREE;
		dropped++;
	}
	/*
	 * Their bytes are no longer in flight, and no answer will free them: what is
	 * above the budget goes back here, or each reset would leave more behind.
	 */
	for (i = 0; i < depth && sh->resident > sh->budget; i++) {
		if (q->slots[i].resident)
			punch(q, &q->slots[i]);
	}
	for (i = 0; i < depth; i++)
		q->slots[i].next = i + 1 < depth ? i + 1 : VA_NONE;
	memset(q->by_head, 0xff, VA_QUEUE_SIZE_MAX * sizeof(*q->by_head));
	q->free = 0;
	q->first = VA_NONE;
	q->last = VA_NONE;
	q->active = 0;
	q->filling = VA_NONE;
	q->done_first = 0;
	q->done_count = 0;
	q->planned = 0;
	q->planned_sent = 0;
	q->deficit = 0;
	q->next_chain = 0;
	q->enabled = false;
	q->size = 0;
	q->kick = false;
	return dropped;
}

/* ------------------------------------------------------------------------ */
/* Slots */

/*
 * The readable part's header ends at the page boundary, where its data begins;
 * the writable part begins at the next one. Its end is within the stride:
 * head < 1 page, and each part is rounded up by less than one.
 */
static void place(struct va_queue *q, struct va_slot *slot)
{
	struct va_shadow *sh = shadow_of(q);
	uint64_t base = slot_offset(q, va_slot_index(q, slot));
	uint64_t in = base + (VA_PAGE - q->dev->cfg.head_bytes) % VA_PAGE;
	uint32_t resident;

	slot->in = in;
	slot->out = slot->total ? page_up(in + slot->total) : base;
	resident = page_up(slot->out + slot->room) - base;
	if (resident > slot->resident) {
		sh->resident += resident - slot->resident;
		slot->resident = resident;
	}
}

/**
 * va_queue_take() - give a new chain its slot
 * @q: an enabled queue
 * @pdu: its first fragment: @pdu->total + @pdu->room is at most max_chain, and
 *	its head is below the queue's size
 *
 * Return: the slot, FILLING, or NULL if there are depth chains already
 */
struct va_slot *va_queue_take(struct va_queue *q, const struct vargo_pdu *pdu)
{
	struct va_slot *slot;

	if (q->free == VA_NONE)
		return NULL;
	slot = &q->slots[q->free];
	q->free = slot->next;

	slot->state = SLOT_FILLING;
	slot->error = false;
	slot->head = pdu->head;
	slot->chain = pdu->chain;
	slot->total = pdu->total;
	slot->room = pdu->room;
	slot->got = 0;
	slot->used = 0;
	slot->answer = 0;
	slot->sent = 0;
	q->by_head[slot->head] = va_slot_index(q, slot);
	place(q, slot);
	q->dev->link->inflight += (uint64_t)slot->total + slot->room;
	return slot;
}

/* A chain is answered and its answer sent: its slot is free again */
void va_queue_put(struct va_queue *q, struct va_slot *slot)
{
	q->dev->link->inflight -= (uint64_t)slot->total + slot->room;
	q->by_head[slot->head] = VA_NONE;
	slot->state = SLOT_FREE;
	slot->next = q->free;
	q->free = va_slot_index(q, slot);
	if (shadow_of(q)->resident > shadow_of(q)->budget)
		punch(q, slot);
}

static void active_add(struct va_queue *q, struct va_slot *slot)
{
	uint16_t i = va_slot_index(q, slot);

	slot->prev = q->last;
	slot->next = VA_NONE;
	if (q->last == VA_NONE)
		q->first = i;
	else
		q->slots[q->last].next = i;
	q->last = i;
	q->active++;
}

static void active_del(struct va_queue *q, struct va_slot *slot)
{
	if (slot->prev == VA_NONE)
		q->first = slot->next;
	else
		q->slots[slot->prev].next = slot->next;
	if (slot->next == VA_NONE)
		q->last = slot->prev;
	else
		q->slots[slot->next].prev = slot->prev;
	q->active--;
}

/* All out-bytes are there: the device model's turn. Kicked by flush_kick(). */
void va_queue_submit(struct va_queue *q, struct va_slot *slot)
{
	/* Without a status of the device model's the answer must not be an older one's */
	if ((q->dev->cfg.flags & VA_DEVICE_COMPLETE_ALL) && slot->room)
		*(uint8_t *)va_queue_at(q, slot->out + slot->room - 1) = NO_STATUS;
	slot->state = SLOT_ACTIVE;
	active_add(q, slot);
	push_avail(q, slot);
	q->kick = true;
}

/* An answer is there: @slot waits to be sent */
void va_queue_done(struct va_queue *q, struct va_slot *slot)
{
	uint32_t depth = shadow_of(q)->depth;

	slot->state = SLOT_DONE;
	/* Not more than depth slots exist */
	q->done[(q->done_first + q->done_count) % depth] = va_slot_index(q, slot);
	q->done_count++;
	va_line_add(q);
}

/* ------------------------------------------------------------------------ */
/* The used ring */

static uint16_t used_index(const struct va_queue *q)
{
	/* Pairs with the device model's store of the index behind the entry */
	return le16toh(__atomic_load_n(&used_ring(q)->idx, __ATOMIC_ACQUIRE));
}

bool va_queue_has_used(const struct va_queue *q)
{
	return q->enabled && used_index(q) != q->used;
}

/* Return: 0 or -EPROTO for an entry that cannot be */
static int collect_one(struct va_queue *q)
{
	const struct vring_used_elem *elem =
		&used_ring(q)->ring[ring_slot(q, q->used)];
	/* Copied once: the device model may still write there */
	uint32_t id = le32toh(__atomic_load_n(&elem->id, __ATOMIC_RELAXED));
	uint32_t len = le32toh(__atomic_load_n(&elem->len, __ATOMIC_RELAXED));
	struct va_slot *slot;

	if (id % 2 || id / 2 >= shadow_of(q)->depth)
		return -EPROTO;
	slot = &q->slots[id / 2];
	if (slot->state != SLOT_ACTIVE || len > slot->room)
		return -EPROTO;

	q->used++;
	active_del(q, slot);
	slot->used = len;
	slot->answer = q->dev->cfg.flags & VA_DEVICE_COMPLETE_ALL ?
		       slot->room : len;
	va_queue_done(q, slot);
	return 0;
}

/**
 * va_queue_collect() - take over what the device model has answered
 * @q: an enabled queue
 * @budget: how many entries at most
 *
 * Return: how many, or -EPROTO if the used ring is impossible; entries before
 * the impossible one are taken
 */
int va_queue_collect(struct va_queue *q, unsigned int budget)
{
	uint16_t there = used_index(q) - q->used;
	unsigned int n;

	if (there > q->active)
		return -EPROTO;
	for (n = 0; n < there && n < budget; n++) {
		int err = collect_one(q);

		if (err)
			return err;
	}
	return n;
}

/* ------------------------------------------------------------------------ */
/* Kicks */

static void kick(struct va_queue *q)
{
	uint64_t one = 1;

	/* Full only if nobody has read it 2^64 times: it is readable then, too */
	if (write(q->kick_fd, &one, sizeof(one)) == sizeof(one))
		VA_COUNT(q->dev->link, kicks);
}

/* One kick for all that was submitted since the last one */
void va_queue_flush_kick(struct va_queue *q)
{
	if (!q->kick)
		return;
	q->kick = false;
	/*
	 * Our index before its flag, as the device model sets the flag before it
	 * looks at the index a last time: one of the two sees the other.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!(le16toh(__atomic_load_n(&used_ring(q)->flags, __ATOMIC_RELAXED)) &
	      USED_F_NO_NOTIFY))
		kick(q);
}

/* ------------------------------------------------------------------------ */
/* For the embedder */

static struct va_queue *enabled_queue(struct va_device *dev, unsigned int index)
{
	if (index >= dev->cfg.num_queues || !dev->queues[index].enabled)
		return NULL;
	return &dev->queues[index];
}

int va_queue_rebuild(struct va_device *dev, unsigned int index)
{
	struct va_queue *q = enabled_queue(dev, index);
	uint16_t i;

	if (!q || !dev->started)
		return -EINVAL;

	/* A dead process' last words; what makes no sense is as good as unsaid */
	if (va_queue_collect(q, UINT_MAX) < 0)
		VA_COUNT(dev->link, used_invalid);
	__atomic_store_n(&used_ring(q)->idx, htole16(q->used), __ATOMIC_RELAXED);
	used_ring(q)->flags = 0;
	avail_ring(q)->flags = 0;

	q->avail = q->used;
	for (i = q->first; i != VA_NONE; i = q->slots[i].next)
		push_avail(q, &q->slots[i]);
	if (q->first == VA_NONE)
		__atomic_store_n(&avail_ring(q)->idx, htole16(q->avail),
				 __ATOMIC_RELEASE);
	q->kick = false;
	VA_COUNT(dev->link, rebuilds);
	return q->used;
}

void va_queue_kick(struct va_device *dev, unsigned int index)
{
	struct va_queue *q = enabled_queue(dev, index);

	if (q)
		kick(q);
}

unsigned int va_queue_inflight(const struct va_device *dev, unsigned int index)
{
	return index < dev->cfg.num_queues ? dev->queues[index].active : 0;
}
