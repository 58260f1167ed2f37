// SPDX-License-Identifier: GPL-2.0
/*
 * By what a guest knows a disk: its identity, and the serial that its tools look at.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge_test.h"
#include "disk_test.h"

#define GIVEN	"01234567-89ab-CDEF-0123-456789abcdef"

static bool id_is(const char *text)
{
	memset(disk.id, 'x', sizeof(disk.id) - 1);
	if (disk_do(&disk, 0, DISK_T_GET_ID, 0, 20) != DISK_OK)
		return false;
	if (!strcmp(disk.id, text))
		return true;
	test_diag("GET_ID says '%s', not '%s'", disk.id, text);
	return false;
}

static bool uuid_is(const char *text)
{
	char got[33];
	uint8_t uuid[16];
	int i;

	identity_of(0, uuid);
	for (i = 0; i < 16; i++)
		snprintf(got + 2 * i, 3, "%02x", uuid[i]);
	if (!strcmp(got, text))
		return true;
	test_diag("the identity is %s, not %s", got, text);
	return false;
}

static bool up(const struct qsd_options *opt, const char *device)
{
	char more[256];

	snprintf(more, sizeof(more), "@--config@config");
	write_config("device %s\n", device);
	if (start_all(opt, more, "512K", RING) && disk_up(&disk) == 15)
		return true;
	give_up();
	return false;
}

static void in_directory(const struct qsd_options *opt)
{
	/*
	 * Both are made of what the device is called; so this is what they are, or each
	 * guest would take its disks for others after an update of the bridge.
	 */
	if (!test_ok(up(opt, "type=block,socket=disk.sock"), "identity: none is given"))
		return;
	test_ok(uuid_is("fe1133b9af6480a28a9a8113b674f747"),
		"identity: made of type and socket, always the same");
	test_ok(id_is("80a28a9a8113b674f747"), "serial: made of the identity");
	write_config("device type=block,socket=disk.sock,serial=data-1\n");
	test_ok(reload("devices: 0 added, 0 removed, 1 as before") && id_is("data-1"),
		"serial: given at SIGHUP, of a disk in use");
	write_config("device type=block,socket=disk.sock,serial=12345678901234567890\n");
	test_ok(reload("devices: 0 added, 0 removed, 1 as before") &&
		id_is("12345678901234567890"), "serial: another, as long as one can be");
	write_config("device type=block,socket=disk.sock\n");
	test_ok(reload("devices: 0 added, 0 removed, 1 as before") &&
		id_is("80a28a9a8113b674f747"), "serial: none again");
	test_ok(disk_load(&disk, 16, 100) && disk_drain(&disk) && !disk.wrong,
		"serial: the disk goes on");
	end_all("identity");

	if (!test_ok(up(opt, "type=block,socket=disk.sock,uuid=" GIVEN),
		     "identity: one is given"))
		return;
	test_ok(uuid_is("0123456789abcdef0123456789abcdef"), "identity: as it was given");
	test_ok(id_is("cdef0123456789abcdef"), "serial: made of that");
	end_all("identity");
}

void identity_tests(void)
{
	struct qsd_options opt = { .queues = 1 };
	char *here = getcwd(NULL, 0);

	if (!here || chdir(test.dir))
		exit(2);
	in_directory(&opt);
	if (chdir(here))
		exit(2);
	free(here);
}
