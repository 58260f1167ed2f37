// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of virtio-argo-bridge: make check-bridge
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 *	bridge_test BRIDGE QEMU-STORAGE-DAEMON [cli|vhost|watch|liar|stall|disk]...
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../ktap.h"
#include "bridge_test.h"
#include "spawn.h"

struct bridge_test test;

bool test_ok(bool cond, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return ktap_ok(cond, "%s", text);
}

void test_diag(const char *fmt, ...)
{
	char text[4096], *line, *save;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		ktap_diag("%s", line);
}

const char *test_path(const char *name)
{
	static char paths[8][128];
	static unsigned int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", test.dir, name);
	return path;
}

static void cleanup(void)
{
	char cmd[128];

	spawn_cleanup();
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", test.dir);
	if (*test.dir && system(cmd))
		fprintf(stderr, "%s could not be removed\n", test.dir);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} parts[] = {
		{ "cli", cli_tests },
		{ "vhost", vhost_tests },
		{ "watch", watch_tests },
		{ "liar", liar_tests },
		{ "stall", stall_tests },
		{ "disk", disk_tests },
		{ "hotplug", hotplug_tests },
		{ "identity", identity_tests },
		{ "limit", limit_tests },
	};
	unsigned int i;
	int arg;

	if (argc < 3) {
		fprintf(stderr, "usage: bridge_test BRIDGE QEMU-STORAGE-DAEMON [PART]...\n");
		return 2;
	}
	test.bridge = realpath(argv[1], NULL);
	if (!test.bridge) {
		perror(argv[1]);
		return 2;
	}
	test.qsd = argv[2];
	snprintf(test.dir, sizeof(test.dir), "%s/bridge-test.XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(test.dir)) {
		perror(test.dir);
		return 2;
	}
	atexit(cleanup);

	ktap_start();
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (argc == 3)
			parts[i].run();
		for (arg = 3; arg < argc; arg++)
			if (!strcmp(argv[arg], parts[i].name))
				parts[i].run();
	}
	return ktap_finish();
}
