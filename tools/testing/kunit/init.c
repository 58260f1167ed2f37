// SPDX-License-Identifier: GPL-2.0
/*
 * Process 1 of the KUnit machine: loads what /modules lists, in that order,
 * unloads it again and switches the machine off.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A line of /modules is "<file> <errno>", the errno that loading it must give.
 * Results are lines "lab: ..." on the console, beside the kernel's; the last one
 * is "lab: done".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_MODULES 32

static char loaded[MAX_MODULES][64];
static int nr_loaded;

__attribute__((format(printf, 1, 2)))
static void say(const char *fmt, ...)
{
	va_list ap;

	printf("lab: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

static void load(const char *file, int want)
{
	char path[80], *dot;
	int fd, err;

	snprintf(path, sizeof(path), "/%s", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	err = fd < 0 || syscall(SYS_finit_module, fd, "", 0) ? errno : 0;
	if (fd >= 0)
		close(fd);
	say("%s load %s: %s", err == want ? "ok" : "not ok", file, strerror(err));
	if (err || nr_loaded == MAX_MODULES)
		return;

	snprintf(loaded[nr_loaded], sizeof(loaded[0]), "%s", file);
	dot = strrchr(loaded[nr_loaded], '.');
	if (dot)
		*dot = '\0';
	for (dot = loaded[nr_loaded]; *dot; dot++)
		if (*dot == '-')
			*dot = '_';
	nr_loaded++;
}

static void unload_all(void)
{
	while (nr_loaded--) {
		int err = syscall(SYS_delete_module, loaded[nr_loaded], O_NONBLOCK) ? errno : 0;

		say("%s unload %s: %s", err ? "not ok" : "ok", loaded[nr_loaded], strerror(err));
	}
}

/* Twice with a pause: what was freed a moment ago is no leak */
static void leaks(void)
{
	char line[512];
	FILE *f;
	int i;

	for (i = 0; i < 2; i++) {
		f = fopen("/sys/kernel/debug/kmemleak", "w");
		if (!f)
			return;
		fputs("scan", f);
		fclose(f);
		sleep(6);
	}
	f = fopen("/sys/kernel/debug/kmemleak", "r");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		say("kmemleak: %s", line);
	}
	if (f)
		fclose(f);
}

int main(void)
{
	char file[64];
	int want;
	FILE *f;

	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);

	f = fopen("/modules", "r");
	while (f && fscanf(f, "%63s %d", file, &want) == 2)
		load(file, want);
	leaks();
	unload_all();
	say("done");
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
