// SPDX-License-Identifier: GPL-2.0
/*
 * Block devices.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A vhost-user backend does not say that it is a disk. What tells it apart is
 * that it has a config space of a disk's size with believable contents, and
 * offers no feature bit that disks do not have.
 *
 * How a request is cut into descriptors is invisible to the backend, which sees
 * one readable and one writable piece. So limits on segments are ours to set, and
 * are: a driver knows no other bound for a request, and the link has one (VA-CONF-7).
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_ids.h>

#include "device_type.h"

#define BIT(n)			(1ULL << (n))
#define TYPE_BITS		(BIT(24) - 1)	/* 0 to 23 belong to the type */

#define BLOCK_SEG_MAX		254	/* of a ring of 256 entries */
/*
 * A segment is as large as the largest page that a guest may have, as Linux refuses a
 * disk otherwise, unless the requests would have hardly any of them: those of a guest
 * with small pages then carry little.
 */
#define BLOCK_SEG_SIZE		65536
#define BLOCK_SEG_SIZE_MIN	4096
#define BLOCK_SEG_WANTED	32
#define BLOCK_QUEUES_MAX	16
#define BLOCK_SECTOR		512
#define BLOCK_SIZE_MAX		65536

/*
 * Defined by the specification; 0 and 7, BARRIER and SCSI, are legacy; 15 to 17,
 * LIFETIME, SECURE_ERASE and ZONED, disks may have, but the guest is not offered.
 */
#define BLOCK_BITS_KNOWN	(BIT(0) | BIT(VIRTIO_BLK_F_SIZE_MAX) | \
				 BIT(VIRTIO_BLK_F_SEG_MAX) | BIT(VIRTIO_BLK_F_GEOMETRY) | \
				 BIT(VIRTIO_BLK_F_RO) | BIT(VIRTIO_BLK_F_BLK_SIZE) | BIT(7) | \
				 BIT(VIRTIO_BLK_F_FLUSH) | BIT(VIRTIO_BLK_F_TOPOLOGY) | \
				 BIT(VIRTIO_BLK_F_CONFIG_WCE) | BIT(VIRTIO_BLK_F_MQ) | \
				 BIT(VIRTIO_BLK_F_DISCARD) | \
				 BIT(VIRTIO_BLK_F_WRITE_ZEROES) | BIT(15) | BIT(16) | \
				 BIT(17))

#define BLOCK_BITS_PASSED	(BIT(VIRTIO_BLK_F_GEOMETRY) | BIT(VIRTIO_BLK_F_RO) | \
				 BIT(VIRTIO_BLK_F_BLK_SIZE) | BIT(VIRTIO_BLK_F_FLUSH) | \
				 BIT(VIRTIO_BLK_F_TOPOLOGY) | BIT(VIRTIO_BLK_F_CONFIG_WCE) | \
				 BIT(VIRTIO_BLK_F_DISCARD) | BIT(VIRTIO_BLK_F_WRITE_ZEROES))

/* The config space as every backend has it, up to WRITE_ZEROES and to MQ */
#define BLOCK_CONFIG_LONG	60
#define BLOCK_CONFIG_SHORT	36

_Static_assert(offsetof(struct virtio_blk_config, unused1) + 3 == BLOCK_CONFIG_LONG, "ABI");
_Static_assert(offsetof(struct virtio_blk_config, max_discard_sectors) ==
	       BLOCK_CONFIG_SHORT, "ABI");

static int not_block(char *why, const char *what, unsigned long long value)
{
	snprintf(why, DEVICE_WHY_MAX, "this is no block device: %s 0x%llx", what, value);
	return -ENODEV;
}

/* A request that is within the disk's limits fits into a chain, head and status included. */
static void block_fit(struct virtio_blk_config *config, uint32_t max_chain)
{
	uint32_t room = max_chain - sizeof(struct virtio_blk_outhdr) - sizeof(__u8);
	uint32_t size = BLOCK_SEG_SIZE, count;

	if (room / size < BLOCK_SEG_WANTED)
		size = room / BLOCK_SEG_WANTED & ~(BLOCK_SEG_SIZE_MIN - 1);
	if (size < BLOCK_SEG_SIZE_MIN)
		size = BLOCK_SEG_SIZE_MIN;
	count = room / size < BLOCK_SEG_MAX ? room / size : BLOCK_SEG_MAX;
	/* Or a larger max_chain could have larger segments and fewer: less, for a guest. */
	if (size < BLOCK_SEG_SIZE && count > BLOCK_SEG_WANTED)
		count = BLOCK_SEG_WANTED;
	config->size_max = htole32(size);
	config->seg_max = htole32(count);

	/* These carry descriptions of segments. */
	count = room / sizeof(struct virtio_blk_discard_write_zeroes);
	if (le32toh(config->max_discard_seg) > count)
		config->max_discard_seg = htole32(count);
	if (le32toh(config->max_write_zeroes_seg) > count)
		config->max_write_zeroes_seg = htole32(count);
}

static int block_identify(struct vhost_user *vu, const struct device_options *opt,
			  struct device_identity *id, char *why)
{
	struct virtio_blk_config config = { 0 };
	uint64_t strange = vu->features & TYPE_BITS & ~BLOCK_BITS_KNOWN;
	unsigned int queues = 1;
	uint32_t size;
	int err;

	memset(id, 0, sizeof(*id));
	if (strange)
		return not_block(why, "feature bits", strange);
	if (!vhost_user_has(vu, VHOST_USER_PROTOCOL_F_CONFIG)) {
		snprintf(why, DEVICE_WHY_MAX,
			 "this is no block device: it offers no config space");
		return -ENODEV;
	}

	id->config_size = vu->features & (BIT(VIRTIO_BLK_F_DISCARD) |
					  BIT(VIRTIO_BLK_F_WRITE_ZEROES)) ?
			  BLOCK_CONFIG_LONG : BLOCK_CONFIG_SHORT;
	err = vhost_user_get_config(vu, &config, id->config_size);
	if (err == -EREMOTEIO)
		snprintf(why, DEVICE_WHY_MAX,
			 "this is no block device: it has not %zu bytes of config",
			 id->config_size);
	if (err)
		return err;

	size = le32toh(config.blk_size);
	if ((vu->features & BIT(VIRTIO_BLK_F_BLK_SIZE)) &&
	    (size < BLOCK_SECTOR || size > BLOCK_SIZE_MAX || (size & (size - 1))))
		return not_block(why, "block size", size);
	if (config.wce > 1)
		return not_block(why, "write cache", config.wce);

	if (vu->features & BIT(VIRTIO_BLK_F_MQ)) {
		queues = le16toh(config.num_queues);
		if (!queues)
			return not_block(why, "number of queues", queues);
	}
	if (queues > vu->num_queues)
		queues = vu->num_queues;
	if (opt->num_queues > queues) {
		snprintf(why, DEVICE_WHY_MAX, "num-queues=%u, but the backend has %u",
			 opt->num_queues, queues);
		return -EINVAL;
	}
	if (opt->num_queues)
		queues = opt->num_queues;
	else if (queues > BLOCK_QUEUES_MAX)
		queues = BLOCK_QUEUES_MAX;

	if (opt->read_only && !(vu->features & BIT(VIRTIO_BLK_F_RO))) {
		/* The bridge reads no request: only the backend can refuse one. */
		snprintf(why, DEVICE_WHY_MAX, "ro, but the backend's disk is writable");
		return -EROFS;
	}

	id->features = vu->features & BLOCK_BITS_PASSED;
	/* A cache that cannot be flushed is better not spoken of. */
	if (!(id->features & BIT(VIRTIO_BLK_F_FLUSH)))
		id->features &= ~BIT(VIRTIO_BLK_F_CONFIG_WCE);
	id->features |= BIT(VIRTIO_BLK_F_SEG_MAX) | BIT(VIRTIO_BLK_F_SIZE_MAX);
	block_fit(&config, opt->max_chain);
	if ((vu->features & BIT(VIRTIO_BLK_F_BLK_SIZE)) &&
	    size > le32toh(config.size_max) * le32toh(config.seg_max)) {
		snprintf(why, DEVICE_WHY_MAX, "--max-chain: too small for blocks of %u bytes",
			 size);
		return -EINVAL;
	}
	id->num_queues = queues;
	if (queues > 1)
		id->features |= BIT(VIRTIO_BLK_F_MQ);
	config.num_queues = htole16(queues);
	memcpy(id->config, &config, id->config_size);
	return 0;
}

/*
 * A driver that reads "no write cache" never flushes. qemu-storage-daemon (7.2)
 * says so until it is told otherwise, while it does cache: so tell it, and the
 * driver flushes.
 */
static int block_prepare(struct vhost_user *vu, struct device_identity *id)
{
	const size_t offset = offsetof(struct virtio_blk_config, wce);
	const uint8_t on = 1;

	if (!(id->features & BIT(VIRTIO_BLK_F_CONFIG_WCE)) || id->config[offset])
		return 0;
	id->config[offset] = on;
	return vhost_user_set_config(vu, offset, &on, sizeof(on));
}

static bool block_compatible(const struct device_identity *before,
			     const struct device_identity *now, char *why)
{
	struct virtio_blk_config a = { 0 }, b = { 0 };

	if (before->features & ~now->features) {
		snprintf(why, DEVICE_WHY_MAX, "features 0x%llx are missing",
			 (unsigned long long)(before->features & ~now->features));
		return false;
	}
	if (before->num_queues != now->num_queues) {
		snprintf(why, DEVICE_WHY_MAX, "it has %u queues, not %u",
			 now->num_queues, before->num_queues);
		return false;
	}
	/* A disk may become read-only, but no driver looks at that twice. */
	if ((now->features & ~before->features) & BIT(VIRTIO_BLK_F_RO)) {
		snprintf(why, DEVICE_WHY_MAX, "it is read-only now");
		return false;
	}
	/* Read again by the driver: capacity; set again by us: write cache. */
	memcpy(&a, before->config, before->config_size);
	memcpy(&b, now->config, before->config_size);
	a.capacity = b.capacity;
	a.wce = b.wce;
	if (now->config_size < before->config_size || memcmp(&a, &b, sizeof(a))) {
		snprintf(why, DEVICE_WHY_MAX, "its block size or limits are others");
		return false;
	}
	return true;
}

/* libvhost-user gives up on any other write, so none gets there. */
static bool block_writable(const struct device_identity *id, uint32_t offset,
			   const uint8_t *data, uint32_t len)
{
	return (id->features & BIT(VIRTIO_BLK_F_CONFIG_WCE)) &&
	       offset == offsetof(struct virtio_blk_config, wce) && len == 1 && data[0] <= 1;
}

/*
 * The serial is the operator's: a backend that has no such thing gives all its disks
 * the same, and tools that go by it take them for one.
 */
static int64_t block_answer(const struct device_options *opt, const void *head, uint32_t out,
			    void *to, uint32_t in)
{
	const struct virtio_blk_outhdr *hdr = head;
	uint32_t id = strlen(opt->serial), room = in - 1;

	if (out < sizeof(*hdr) || le32toh(hdr->type) != VIRTIO_BLK_T_GET_ID)
		return -1;
	memset(to, 0, in);	/* the status, VIRTIO_BLK_S_OK, as well */
	memcpy(to, opt->serial, id < room ? id : room);
	return in;
}

const struct device_type block_device_type = {
	.name = "block",
	.device_id = VIRTIO_ID_BLOCK,
	.head_bytes = sizeof(struct virtio_blk_outhdr),
	.min_out = sizeof(struct virtio_blk_outhdr),
	.min_in = sizeof(__u8),		/* the status */
	.complete_all = true,
	.identify = block_identify,
	.prepare = block_prepare,
	.compatible = block_compatible,
	.answer = block_answer,
	.writable = block_writable,
};
