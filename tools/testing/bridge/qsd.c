// SPDX-License-Identifier: GPL-2.0
/*
 * qemu-storage-daemon for the tests.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bridge_test.h"
#include "qsd.h"

void qsd_make_image(uint64_t bytes)
{
	int fd = open(test_path("disk.img"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, bytes)) {
		perror("image");
		exit(2);
	}
	close(fd);
}

bool qsd_start(struct child *qsd, const struct qsd_options *opt)
{
	char file[256], debug[512], export[512], chardev[256], faults[256] = "";
	const char *const argv[] = {
		test.qsd,
		"--blockdev", file,
		"--blockdev", debug,
		"--export", export,
		"--chardev", chardev,
		"--monitor", "chardev=qmp",
		"--pidfile", test_path("qsd.pid"),
		NULL,
	};
	int i;

	/* It writes its pid when it listens. */
	unlink(test_path("qsd.pid"));
	snprintf(file, sizeof(file), "driver=file,node-name=file,filename=%s,read-only=%s",
		 test_path("disk.img"), opt->read_only ? "on" : "off");
	if (opt->sector_error)
		snprintf(faults, sizeof(faults),
			 ",\"inject-error\":[{\"event\":\"none\",\"errno\":5,\"sector\":%llu,\"once\":false}]",
			 (unsigned long long)opt->sector_error);
	else if (opt->write_errno)
		snprintf(faults, sizeof(faults),
			 ",\"inject-error\":[{\"event\":\"none\",\"errno\":%d,\"iotype\":\"write\",\"once\":false}]",
			 opt->write_errno);
	snprintf(debug, sizeof(debug),
		 "{\"driver\":\"blkdebug\",\"node-name\":\"disk\",\"image\":\"file\",\"read-only\":%s%s}",
		 opt->read_only ? "true" : "false", faults);
	snprintf(export, sizeof(export),
		 "type=vhost-user-blk,id=export,node-name=disk,writable=%s,num-queues=%u,addr.type=unix,addr.path=%s",
		 opt->read_only ? "off" : "on", opt->queues, test_path("disk.sock"));
	snprintf(chardev, sizeof(chardev), "socket,id=qmp,path=%s,server=on,wait=off",
		 test_path("qmp.sock"));
	spawn(qsd, argv, -1);
	for (i = 0; i < SPAWN_LIMIT_MS / 10; i++) {
		if (!access(test_path("qsd.pid"), F_OK))
			return true;
		spawn_read(qsd, 10);
		if (qsd->fd < 0)
			break;
	}
	test_diag("qemu-storage-daemon does not start: %s", qsd->out);
	return false;
}

bool qsd_command(const char *command)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	FILE *f = NULL;
	char line[4096];
	bool good = false;
	int fd, i;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", test_path("qmp.sock"));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		goto out;
	f = fdopen(fd, "r+");
	if (!f || !fgets(line, sizeof(line), f))
		goto out;
	dprintf(fd, "{\"execute\":\"qmp_capabilities\"}\n%s\n", command);
	/* Two answers, and perhaps events among them */
	for (i = 0; i < 2 && fgets(line, sizeof(line), f);) {
		if (strstr(line, "\"event\""))
			continue;
		good = strstr(line, "\"return\"");
		i++;
	}
	if (!good)
		test_diag("%s: %s", command, line);
out:
	if (f)
		fclose(f);
	else if (fd >= 0)
		close(fd);
	return good;
}
