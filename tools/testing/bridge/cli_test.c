// SPDX-License-Identifier: GPL-2.0
/*
 * What a user can do wrong, and backends that are not what they should be: each
 * ends with a message that names the option, and a defined exit status.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge_test.h"
#include "peer.h"
#include "spawn.h"

#define MAX_ARGS	16

/* Runs the bridge with @args, blanks between them. */
static int run_bridge(struct child *child, const char *args)
{
	const char *argv[MAX_ARGS + 2] = { test.bridge };
	char copy[1024], *save, *arg;
	int n = 1;

	snprintf(copy, sizeof(copy), "%s", args);
	for (arg = strtok_r(copy, " ", &save); arg && n <= MAX_ARGS;
	     arg = strtok_r(NULL, " ", &save))
		argv[n++] = arg;
	spawn(child, argv, -1);
	return spawn_wait(child);
}

static void expect(const char *what, const char *args, int status, const char *message)
{
	static struct child child;
	int got = run_bridge(&child, args);

	if (!test_ok(got == status && strstr(child.out, message), "cli: %s", what))
		test_diag("%s\nexit status %d, expected %d with \"%s\"; it said:\n%s",
			  args, got, status, message, child.out);
}

/* ------------------------------------------------------------------------ */

#define DISK(path, id) " --device type=block,socket=" path ",uuid=" id
#define ONE "00000000-0000-0000-0000-000000000001"

static void option_tests(void)
{
	static const struct {
		const char *args;
		int status;
		const char *message;
	} cases[] = {
		{ "--help", 0, "--device type=block" },
		{ "--version", 0, "virtio-argo-bridge " },
		{ "--print-capabilities", 0, "\"block\"" },
		{ "--guest 1", 2, "--device: missing" },
		{ "--guest", 2, "--guest: its argument is missing" },
		{ "--guest dom0", 2, "--guest: not a number" },
		{ "--guest -1", 2, "--guest: not a number" },
		{ "--guest 32756", 2, "--guest: must be from 0 to" },
		{ "--guest 99999999999999999999", 2, "--guest: not a number" },
		{ "--bogus", 2, "--bogus: unknown option" },
		{ "--guest 1 more", 2, "more: unexpected argument" },
		{ "--guest 1 --port 0", 2, "--port: must be from 1" },
		{ "--guest 1 --link 65536", 2, "--link: must be from 0" },
		{ "--guest 1 --ring-size 16Q", 2, "--ring-size: not a size" },
		{ "--guest 1 --ring-size 4K", 2, "--ring-size: must be from 16384" },
		{ "--guest 1 --ring-size 4096M", 2, "--ring-size: must be" },
		{ "--guest 1 --max-chain 17M", 2, "--max-chain: must be" },
		{ "--guest 1 --memory 1M --max-chain 2M --device type=block,socket=/x", 2,
		  "--memory: must not be smaller" },
		{ "--guest 1 --memory 1M --device type=block,socket=/x", 2,
		  "--memory: must not be smaller than --max-chain, 4160K by default" },
		{ "--guest 1 --device type=block,socket=/x --device type=block,socket=/x,ro", 2,
		  "--device: socket=/x: twice" },
		{ "--guest 1 --device type=block,socket=/x,uuid=1234", 2, "--device: not a UUID" },
		{ "--guest 1 --device type=block,socket=/x,uuid=00000000-0000-0000-0000-000000000000",
		  2, "--device: all zero is no identity" },
		{ "--guest 1 --device type=block,socket=/x,uuid=00000000-0000-0000-0000-0000000000g1",
		  2, "--device: not a UUID" },
		{ "--guest 1 --device type=block,socket=/x,serial=123456789012345678901", 2,
		  "--device: a serial has 20 characters at most" },
		{ "--guest 1 --device type=block,socket=/x,serial=a b", 2,
		  "unexpected argument" },
		{ "--guest 1" DISK("/x", ONE) DISK("/y", ONE), 2, "another device has this uuid" },
		{ "--guest 1 --queue-depth 0100", 2, "--queue-depth: must be a power of two" },
		{ "--guest 1 --queue-depth 100", 2, "--queue-depth: must be a power of two" },
		{ "--guest 1 --log-level loud", 2, "--log-level: no such level" },
		{ "--guest 1 --endpoint tcp", 2, "--endpoint: must be socketpair-fd" },
		{ "--guest 1 --device type=block", 2, "--device: socket= is missing" },
		{ "--guest 1 --device socket=/x", 2, "--device: type= is missing" },
		{ "--guest 1 --device type=floppy,socket=/x", 2,
		  "--device: unknown type: \"floppy\"" },
		{ "--guest 1 --device type=block,socket=/x,colour=red", 2,
		  "--device: unknown property: \"colour\"" },
		{ "--guest 1 --device type=block,socket=/x,num-queues=0", 2,
		  "--device: must be from 1" },
		{ "--guest 1 --device type=block,socket=/x,ro,", 2, "--device: property" },
		{ "--guest 1 --device type=block,socket=/nonexistent/s", 4,
		  "--device type=block,socket=/nonexistent/s: cannot connect: No such file" },
		{ "--guest 1 --exit-with-guest=yes", 2, "--exit-with-guest" },
		{ "--endpoint socketpair-fd=9 --device type=block,socket=/x --exit-with-guest", 2,
		  "--exit-with-guest: needs --guest" },
		{ "--config /nonexistent/c", 2, "--config: No such file" },
	};
	unsigned int i;

	expect("no option", "", 2, "--guest: missing");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(cases[i].args, cases[i].args, cases[i].status, cases[i].message);
}

/* A bridge that does not start has no pidfile, and the one that there is, is another's. */
static void pidfile_tests(void)
{
	static struct child child;
	char args[256];
	int got;

	snprintf(args, sizeof(args), "--guest 1 --device type=block,socket=/x --pidfile %s",
		 test_path("pid"));
	fclose(fopen(test_path("pid"), "w"));
	got = run_bridge(&child, args);
	test_ok(got == 4 && !access(test_path("pid"), F_OK),
		"cli: the pidfile of another bridge stays");
}

static void config_tests(void)
{
	static const char zero[] = "guest 1\0 2\n";
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{ "guest 1\n\n# comment\n  link\t2\t\nbogus 3\n", ":5: bogus: unknown option" },
		{ "guest one\n", ":1: guest: not a number" },
		{ "guest 1\nlink\n", ":2: link: value is missing" },
		{ "guest 1\nexit-with-guest yes\n", ":2: exit-with-guest: takes no value" },
		{ "config other\n", ":1: config: unknown option" },
		{ "help\n", ":1: help: unknown option" },
		{ "guest 1\ndevice type=block,sockt=/x\n", ":2: device: unknown property" },
		{ "guest 1\n", "--device: missing" },
	};
	char args[256];
	unsigned int i;
	FILE *f;

	snprintf(args, sizeof(args), "--config %s", test_path("config"));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f = fopen(test_path("config"), "w");
		if (!f || fputs(cases[i].text, f) < 0 || fclose(f))
			exit(2);
		expect(cases[i].message, args, 2, cases[i].message);
	}
	f = fopen(test_path("config"), "w");
	if (!f || !fwrite(zero, sizeof(zero) - 1, 1, f) || fclose(f))
		exit(2);
	expect("a zero byte", args, 2, ":1: line: has a zero byte");
}

/* ------------------------------------------------------------------------ */

static void peer_case(const char *what, const struct peer *peer, const char *more,
		      int status, const char *message)
{
	static struct child child;
	const char *path = test_path("peer");
	pid_t pid = peer_start(peer, path);
	char args[256], text[256];
	int got, end;

	snprintf(args, sizeof(args), "--guest 1 --device type=block,socket=%s%s", path, more);
	snprintf(text, sizeof(text), "--device type=block,socket=%s%s: %s", path, more, message);
	got = run_bridge(&child, args);
	end = peer_end(pid);
	if (!test_ok(got == status && strstr(child.out, text) && end == PEER_EXIT_OK,
		     "backend: %s", what))
		test_diag("exit status %d, expected %d with \"%s\"; the backend's: %d; it said:\n%s",
			  got, status, text, end, child.out);
}

static void fault_case(const char *what, uint32_t on, enum peer_fault fault,
		       const char *message)
{
	struct peer peer = peer_good_disk;

	peer.on = on;
	peer.fault = fault;
	peer_case(what, &peer, "", 4, message);
}

static void fault_tests(void)
{
	fault_case("closes at once", REQ_GET_FEATURES, PEER_CLOSE,
		   "GET_FEATURES: the backend closed");
	fault_case("closes at SET_OWNER", REQ_SET_OWNER, PEER_CLOSE, "");
	fault_case("closes at GET_PROTOCOL_FEATURES", REQ_GET_PROTOCOL_FEATURES, PEER_CLOSE,
		   "GET_PROTOCOL_FEATURES: the backend closed");
	fault_case("closes at SET_PROTOCOL_FEATURES", REQ_SET_PROTOCOL_FEATURES, PEER_CLOSE, "");
	fault_case("closes at GET_QUEUE_NUM", REQ_GET_QUEUE_NUM, PEER_CLOSE,
		   "GET_QUEUE_NUM: the backend closed");
	fault_case("closes at SET_BACKEND_REQ_FD", REQ_SET_BACKEND_REQ_FD, PEER_CLOSE,
		   "SET_BACKEND_REQ_FD: the backend closed");
	fault_case("closes at GET_CONFIG", REQ_GET_CONFIG, PEER_CLOSE,
		   "GET_CONFIG: the backend closed");
	fault_case("closes in the middle of an answer", REQ_GET_CONFIG, PEER_HALF,
		   "GET_CONFIG: the backend closed");
	fault_case("answers nothing", REQ_GET_QUEUE_NUM, PEER_SILENT,
		   "GET_QUEUE_NUM: no answer within");
	fault_case("answers each question late", 0, PEER_LATE, "");
	fault_case("answers garbage", REQ_GET_FEATURES, PEER_GARBAGE,
		   "GET_FEATURES: the answer is none");
	fault_case("answers another request", REQ_GET_QUEUE_NUM, PEER_OTHER,
		   "GET_QUEUE_NUM: the answer is none");
	fault_case("answers without the reply flag", REQ_GET_FEATURES, PEER_NO_REPLY_FLAG,
		   "GET_FEATURES: the answer is none");
	fault_case("announces an answer of 1 MB", REQ_GET_CONFIG, PEER_LONG,
		   "GET_CONFIG: answer of 1048576 bytes");
	fault_case("answers half a number", REQ_GET_FEATURES, PEER_SHORT,
		   "GET_FEATURES: answer of 4 bytes");
	fault_case("answers half a config space", REQ_GET_CONFIG, PEER_SHORT,
		   "GET_CONFIG: answer of 36 bytes");
	fault_case("answers config of another offset", REQ_GET_CONFIG, PEER_WRONG,
		   "GET_CONFIG: answer of 72 bytes");
	fault_case("refuses SET_BACKEND_REQ_FD", REQ_SET_BACKEND_REQ_FD, PEER_NACK,
		   "SET_BACKEND_REQ_FD: the backend refused");
	fault_case("answers twice", REQ_GET_QUEUE_NUM, PEER_TWICE,
		   "SET_BACKEND_REQ_FD: the answer is none");
	fault_case("makes a request that was not negotiated", REQ_GET_CONFIG,
		   PEER_BAD_REQUEST, "backend request 3");
}

static void type_tests(void)
{
	struct peer peer = peer_good_disk;

	peer.features |= 1 << 18 | 1 << 3;
	peer_case("has features of a network card", &peer, "", 4,
		  "this is no block device: feature bits 0x40008");
	/* Past its features, to the queues that it has not */
	peer = peer_good_disk;
	peer.features |= 1 << 15 | 1 << 16 | 1 << 17;
	peer_case("has features of a newer disk", &peer, ",num-queues=5", 4,
		  "num-queues=5, but the backend has 4");
	peer = peer_good_disk;
	peer.protocol &= ~PEER_CONFIG;
	peer_case("has no config space", &peer, "", 4,
		  "this is no block device: it offers no config space");
	peer = peer_good_disk;
	peer.features &= ~PEER_PROTOCOL_FEATURES;
	peer_case("has no protocol features", &peer, "", 4,
		  "this is no block device: it offers no config space");
	peer = peer_good_disk;
	peer.config_len = 8;
	peer_case("has the config space of a vsock device", &peer, "", 4,
		  "this is no block device: it has not 60 bytes of config");
	peer = peer_good_disk;
	peer.blk_size = 1000;
	peer_case("has sectors of 1000 bytes", &peer, "", 4,
		  "this is no block device: block size 0x3e8");
	peer = peer_good_disk;
	peer.num_queues = 0;
	peer_case("says that it has no queue", &peer, "", 4,
		  "this is no block device: number of queues");
	peer = peer_good_disk;
	peer.queues = 0;
	peer_case("answers GET_QUEUE_NUM with 0", &peer, "", 4, "GET_QUEUE_NUM: 0 queues");
	peer = peer_good_disk;
	peer.features &= ~PEER_VERSION_1;
	peer_case("is of the time before VirtIO 1.0", &peer, "", 4,
		  "the backend does not offer VERSION_1");
	peer_case("has fewer queues than asked for", &peer_good_disk, ",num-queues=5", 4,
		  "num-queues=5, but the backend has 4");
	peer_case("is writable, with ro", &peer_good_disk, ",ro", 4,
		  "ro, but the backend's disk is writable");
}

/* A good backend gets as far as the endpoint, which fails here. */
static void good_peer_tests(void)
{
	static struct child child;
	struct peer peer = peer_good_disk;
	char args[256];
	pid_t pid;
	int got;

	peer.on = REQ_GET_CONFIG;
	peer.fault = PEER_CONFIG_CHANGE;
	pid = peer_start(&peer, test_path("peer"));
	snprintf(args, sizeof(args), "--guest 1 --device type=block,socket=%s --endpoint %s",
		 test_path("peer"), "socketpair-fd=77");
	got = run_bridge(&child, args);
	if (!test_ok(got == 1 && strstr(child.out, "--endpoint socketpair-fd=77: ") &&
		     peer_end(pid) == PEER_EXIT_OK,
		     "endpoint: a bad one is named; CONFIG_CHANGE was acknowledged"))
		test_diag("exit status %d; it said:\n%s", got, child.out);

	if (!access("/dev/xen/argo", F_OK))
		return;
	pid = peer_start(&peer_good_disk, test_path("peer"));
	snprintf(args, sizeof(args), "--guest 1 --device type=block,socket=%s", test_path("peer"));
	got = run_bridge(&child, args);
	if (!test_ok(got == 3 && strstr(child.out, "modprobe xen-argo-dev") &&
		     peer_end(pid) == PEER_EXIT_OK,
		     "endpoint: without Argo the message says what to do"))
		test_diag("exit status %d; it said:\n%s", got, child.out);
}

void cli_tests(void)
{
	option_tests();
	config_tests();
	pidfile_tests();
	fault_tests();
	type_tests();
	good_peer_tests();
}
