// SPDX-License-Identifier: GPL-2.0
/*
 * Process id and privileges.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * What needs privileges is /dev/xen/argo, and it is open before they go. What
 * is opened later is the vhost-user socket of a backend that was restarted: it
 * must be open to the user that --drop-user names.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "log.h"
#include "process.h"

static bool pidfile_written;

int process_write_pidfile(const struct options *opt)
{
	FILE *f;
	int bad;

	if (!opt->pidfile)
		return 0;
	f = fopen(opt->pidfile, "we");
	if (!f) {
		log_error("--pidfile %s: %s", opt->pidfile, strerror(errno));
		return -1;
	}
	pidfile_written = true;
	bad = fprintf(f, "%d\n", getpid()) < 0;
	bad |= fclose(f) != 0;
	if (bad) {
		log_error("--pidfile %s: cannot be written", opt->pidfile);
		return -1;
	}
	return 0;
}

void process_remove_pidfile(const struct options *opt)
{
	/* After --drop-user it may not be ours any more: then it stays. */
	if (pidfile_written)
		unlink(opt->pidfile);
}

static int process_become(const char *name)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(name);
	if (!pw) {
		log_error("--drop-user %s: %s", name, errno ? strerror(errno) : "no such user");
		return -1;
	}
	if (initgroups(name, pw->pw_gid) < 0 || setgid(pw->pw_gid) < 0 ||
	    setuid(pw->pw_uid) < 0) {
		log_error("--drop-user %s: %s", name, strerror(errno));
		return -1;
	}
	return 0;
}

int process_drop_privileges(const struct options *opt)
{
	if (opt->drop_user && process_become(opt->drop_user))
		return -1;
	/* No exec will ever give back what was dropped; no core, no ptrace. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0) {
		log_error("prctl: %s", strerror(errno));
		return -1;
	}
	return 0;
}
