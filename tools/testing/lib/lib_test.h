/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tests of libvirtio-argo: a fake guest, a link, a block device in memory, all in
 * one thread and one process.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef LIB_TEST_H
#define LIB_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "virtio-argo.h"

#define TEST_PORT	0x56410003
#define TEST_GUEST	7
#define TEST_BACKEND	0

#include "blk.h"
#include "guest.h"

/* One line that explains a failure */
__attribute__((format(printf, 1, 2)))
void test_note(const char *fmt, ...);

/*
 * What must hold, or the case ends here as failed. What it has made remains; the
 * next case makes its own.
 */
#define CHECK(cond)	test_check(cond, #cond, __FILE__, __LINE__)
void test_check(bool is, const char *cond, const char *file, int line);

/* Said beside a check that fails, or NULL */
extern const char *test_context;

struct test_case {
	const char *name;
	bool (*run)(void);
};

extern const struct test_case session_cases[], control_cases[], data_cases[],
	violation_cases[], device_cases[], fuzz_cases[];

/* The conversations that are for the device side, one after the other; talk_test.c */
unsigned int talk_count(void);
const char *talk_name(unsigned int i);
bool talk_run(unsigned int i);

/**
 * struct fixture - all that a case needs
 * @link: the device side
 * @g: the driver side
 * @b: the device model, device @g.dev on the link
 * @logs: lines that the link logged
 * @up: sessions that began, less those that ended
 * @died: what va_link_process() returned last
 */
struct fixture {
	struct va_link *link;
	struct va_endpoint *ep;		/* the link's */
	struct guest g;
	struct blk b;
	unsigned int logs;
	char last_log[256];
	int up;
	int died;
};

struct fixture_config {
	uint32_t ring_len;		/* of both sides, 0: 64 KiB */
	uint32_t guest_ring;		/* of the guest, 0: the same */
	struct va_link_config link;
	uint64_t features;
	unsigned int flags;		/* VA_DEVICE_* */
	uint32_t config_size;
	uint32_t min_out, min_in;
};

bool fixture_make(struct fixture *f, const struct fixture_config *cfg);
/* Everything that goes wrong unseen shows here: false if a check failed meanwhile */
bool fixture_free(struct fixture *f);

/* Let both sides and the device model run until nobody has anything to do */
void pump(struct fixture *f);
/* The same without the guest's taking its frames */
void pump_backend(struct fixture *f);

bool do_hello(struct fixture *f);
bool do_request(struct fixture *f, struct vargo_msg *ask, struct vargo_msg *answer);
/* Status to the device; its answer's status in *now */
bool do_status(struct fixture *f, uint8_t status, uint8_t *now);
/* From HELLO to DRIVER_OK, with so many queues of so many entries */
bool do_setup(struct fixture *f, unsigned int queues, unsigned int size);
/* Reset to DRIVER_OK in the running session */
bool do_device(struct fixture *f, unsigned int queues, unsigned int size);
/* Submit a chain whole, as credit comes */
bool do_submit(struct fixture *f, unsigned int queue, uint16_t head,
	       const uint8_t *out, uint32_t total, uint32_t room);
/* A block request and its answer; data goes either way */
bool do_write(struct fixture *f, unsigned int queue, uint16_t head, uint64_t sector,
	      const uint8_t *data, uint32_t len);
bool do_read(struct fixture *f, unsigned int queue, uint16_t head, uint64_t sector,
	     uint8_t *data, uint32_t len);
void blk_header(uint8_t *head, uint32_t type, uint64_t sector);

static inline uint64_t stat_of(const struct fixture *f, enum va_stat stat)
{
	return va_link_stat(f->link, stat);
}

/* A header that reads from sector 0 */
extern const uint8_t test_zeroes[16];

/* The time, in milliseconds, which stands still unless a case moves it on */
extern uint64_t test_clock;
uint64_t va_now(void);

/* Deterministic bytes */
uint32_t test_random(uint32_t *state);
/* One of the numbers at which something often ends */
uint32_t test_odd(uint32_t *state);
void test_fill(uint8_t *buf, size_t len, uint32_t seed);

#endif
