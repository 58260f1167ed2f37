// SPDX-License-Identifier: GPL-2.0
/*
 * virtio-argo-bridge: VirtIO devices for a Xen guest, over Argo, with a
 * vhost-user process behind each.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 *	guest <= /dev/xen/argo => link (libvirtio-argo) => device => vhost_user => backend
 *	                            \__ shadow vrings in one memfd, mapped by the backend too
 *
 * One process serves one link of one guest, with one thread and one epoll loop.
 * It comes up in the order in which things can fail for the user: options,
 * vhost-user sockets, Argo; then it drops its privileges, tells the guest and
 * systemd, and runs until a signal. The guest may come and go meanwhile, and so
 * may the backends; SIGHUP adds and removes devices. That a domain will never
 * come back Argo does not tell: whoever started the bridge ends it then, or
 * xenstore is watched for it.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include <systemd/sd-daemon.h>
#include <virtio-argo.h>

#include "device_set.h"
#include "guest_watch.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "process.h"
#include "report.h"

#define TEST_DOMID	0	/* of our side, at a --endpoint socketpair-fd */
#define SPARE_QUEUES	32	/* with a configuration that can be read again */

static struct {
	int argc;
	char **argv;
	struct options opt;
	struct device_set set;
	struct va_link *link;
	struct loop_source link_source;
	struct loop_source signal_source;
	bool guest_gone;
} bridge;

/* ------------------------------------------------------------------------ */
/* Link */

static void bridge_log(void *opaque, int level, const char *line)
{
	(void)opaque;
	log_line(level, "%s", line);
}

static void bridge_session(void *opaque, bool up)
{
	(void)opaque;
	log_limited(LOG_LEVEL_INFO, "guest: session %s", up ? "begun" : "ended");
}

static void bridge_process(void)
{
	int err = va_link_process(bridge.link);

	if (err)
		loop_stop(err);
}

static void bridge_link_ready(struct loop_source *src, uint32_t events)
{
	(void)src;
	(void)events;
	bridge_process();
}

static int bridge_timeout(void *opaque)
{
	(void)opaque;
	return va_link_timeout(bridge.link);
}

static void bridge_expired(void *opaque)
{
	(void)opaque;
	bridge_process();
}

/* A line that says what to do, and the exit status */
static int no_endpoint(const struct options *opt, const char *what, int err)
{
	const char *step = what ? what : "";

	if (!strcmp(step, "open")) {
		if (err == -EACCES || err == -EPERM) {
			log_error("/dev/xen/argo: %s: must be started as root", strerror(-err));
			return BRIDGE_EXIT_RUNTIME;
		}
		log_error("/dev/xen/argo: %s: is xen-argo-dev loaded (modprobe xen-argo-dev), and Xen booted with argo=1? The kernel log says what is missing",
			  strerror(-err));
		return BRIDGE_EXIT_NO_ARGO;
	}
	switch (err) {
	case -ESRCH:
		log_error("--guest %d: no such domain", opt->guest);
		return BRIDGE_EXIT_RUNTIME;
	case -EEXIST:
		log_error("--link, --port 0x%x: taken: does another bridge serve guest %d?",
			  opt->port, opt->guest);
		return BRIDGE_EXIT_RUNTIME;
	case -ENOSPC:
		log_error("--guest %d: %s: too many Argo rings in this domain: end other bridges, or allow programs more of the 128 (xen-argo-core.max_user_rings)",
			  opt->guest, step);
		return BRIDGE_EXIT_RUNTIME;
	case -EAGAIN:
		log_error("--guest %d: %s: this domain is being migrated: start the bridge again when that is over",
			  opt->guest, step);
		return BRIDGE_EXIT_RUNTIME;
	case -EACCES:
	case -EPERM:
		log_error("--guest %d: %s: %s: the XSM policy must allow argo between the domains",
			  opt->guest, step, strerror(-err));
		return BRIDGE_EXIT_NO_ARGO;
	case -ECONNREFUSED:
		log_error("--guest %d: the domain has no Argo", opt->guest);
		return BRIDGE_EXIT_NO_ARGO;
	case -EINVAL:
	case -ENOMEM:
		log_error("--ring-size: %s: %s", step, strerror(-err));
		return BRIDGE_EXIT_RUNTIME;
	}
	log_error("--guest %d: %s: %s", opt->guest, step, strerror(-err));
	return BRIDGE_EXIT_RUNTIME;
}

/* For how many virtqueues the link's memory is cut */
static unsigned int bridge_room(void)
{
	unsigned int queues = device_set_queues(&bridge.set);

	if (bridge.opt.spare_queues >= 0)
		queues += bridge.opt.spare_queues;
	else if (bridge.opt.has_config)
		queues += SPARE_QUEUES;
	return queues < VA_QUEUES_MAX ? queues : VA_QUEUES_MAX;
}

static int bridge_open_link(const struct options *opt)
{
	/* What the user calls a ring of 16K has four pages, Argo's header in them. */
	uint32_t ring_len = opt->ring_len ? ((opt->ring_len + 4095) & ~4095U) - 64 : VA_RING_LEN;
	struct va_argo_config argo = {
		.ring_len = ring_len,
		.port = opt->port,
		.domid = opt->guest,
	};
	struct va_link_config cfg = {
		.max_chain = opt->max_chain,
		.max_inflight = opt->memory,
		.memory_budget = opt->memory,
		.depth = opt->queue_depth,
		.log = bridge_log,
		.session = bridge_session,
	};
	struct va_endpoint *ep;
	const char *what = NULL;
	int err;

	if (opt->socketpair_fd >= 0) {
		err = va_endpoint_socket(opt->socketpair_fd, ring_len, opt->port, TEST_DOMID, &ep);
		if (err) {
			log_error("--endpoint socketpair-fd=%d: %s", opt->socketpair_fd,
				  strerror(-err));
			return BRIDGE_EXIT_RUNTIME;
		}
	} else {
		err = va_endpoint_argo(&argo, &ep, &what);
		if (err)
			return no_endpoint(opt, what, err);
	}

	cfg.max_queues = bridge_room();
	err = va_link_new(ep, &cfg, &bridge.link);
	if (err) {
		log_error("--max-chain, --memory, --queue-depth or --ring-size: %s",
			  strerror(-err));
		va_endpoint_close(ep);
		return BRIDGE_EXIT_RUNTIME;
	}
	err = loop_add(&bridge.link_source, va_link_fd(bridge.link), EPOLLIN);
	if (err) {
		log_error("epoll: %s", strerror(-err));
		return BRIDGE_EXIT_RUNTIME;
	}
	return BRIDGE_EXIT_OK;
}

/* ------------------------------------------------------------------------ */
/* Signals */

/* What systemd's Type=notify-reload wants to know, to tell it from an older READY */
static void bridge_notify_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
		   now.tv_sec * 1000000ULL + now.tv_nsec / 1000);
}

static void bridge_reloaded(int result, const struct options *next)
{
	if (result >= 0)
		log_set_level(next->log_level);
	else
		log_error("SIGHUP: nothing was changed");
	sd_notify(0, "READY=1");
	bridge_process();
}

/* Read the configuration again; a wrong one changes nothing. */
static void bridge_reload(void)
{
	struct options next;
	const char *fixed;

	if (!bridge.opt.has_config) {
		log_warning("SIGHUP: there is no --config to read again");
		return;
	}
	log_info("SIGHUP: reading the configuration again");
	bridge_notify_reloading();
	device_set_abandon(&bridge.set);
	if (options_parse(&next, bridge.argc, bridge.argv) != OPTIONS_RUN) {
		bridge_reloaded(-1, NULL);
		options_free(&next);
		return;
	}
	fixed = options_fixed(&bridge.opt, &next);
	if (fixed)
		log_warning("--%s: cannot be changed while running, only --device and --log-level can: start the bridge again for it",
			    fixed);
	device_set_change(&bridge.set, bridge.link, &bridge.opt, &next, bridge_reloaded);
}

static void bridge_signal(struct loop_source *src, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	while (read(src->fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGUSR1) {
			report_stats(bridge.link, &bridge.set);
			continue;
		}
		if (info.ssi_signo == SIGHUP) {
			bridge_reload();
			continue;
		}
		log_info("signal %u: ending", info.ssi_signo);
		loop_stop(0);
	}
}

static int bridge_catch_signals(void)
{
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	return loop_add(&bridge.signal_source, fd, EPOLLIN);
}

/* From here the next SIGTERM or SIGINT ends the process at once. */
static void bridge_release_signals(void)
{
	int fd = bridge.signal_source.fd;
	sigset_t set;

	loop_remove(&bridge.signal_source);
	if (fd >= 0)
		close(fd);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* ------------------------------------------------------------------------ */
/* Life */

static void bridge_guest_gone(void)
{
	log_info("guest %d: the domain has gone, or was reset: ending", bridge.opt.guest);
	bridge.guest_gone = true;
	loop_stop(0);
}

static int bridge_start(void)
{
	const struct options *opt = &bridge.opt;
	int status, err;

	err = loop_init();
	if (!err)
		err = bridge_catch_signals();
	if (err) {
		log_error("event loop: %s", strerror(-err));
		return BRIDGE_EXIT_RUNTIME;
	}
	if (device_set_open(&bridge.set, opt))
		return BRIDGE_EXIT_PEER;
	status = bridge_open_link(opt);
	if (status)
		return status;
	if (device_set_attach(&bridge.set, bridge.link))
		return BRIDGE_EXIT_RUNTIME;
	if (opt->exit_with_guest && guest_watch_start(opt->guest, bridge_guest_gone))
		return BRIDGE_EXIT_RUNTIME;
	if (process_write_pidfile(opt) || process_drop_privileges(opt))
		return BRIDGE_EXIT_RUNTIME;
	return BRIDGE_EXIT_OK;
}

static int bridge_run(void)
{
	static const struct loop_idle idle = {
		.timeout = bridge_timeout,
		.expired = bridge_expired,
	};
	int err;

	va_link_ready(bridge.link);
	/* READY is the first that is sent: a policy that forbids it shows here. */
	err = va_link_process(bridge.link);
	if (!err) {
		sd_notify(0, "READY=1");
		log_info("ready: guest %d, port 0x%x", bridge.opt.guest, bridge.opt.port);
		err = loop_run(&idle);
	}
	sd_notify(0, "STOPPING=1");
	report_stats(bridge.link, &bridge.set);
	if (!err)
		return bridge.guest_gone ? BRIDGE_EXIT_GONE : BRIDGE_EXIT_OK;
	if (err == -EACCES || err == -EPERM) {
		log_error("--guest %d: send: %s: the XSM policy must allow this domain to send to the guest (argo { send })",
			  bridge.opt.guest, strerror(-err));
		return BRIDGE_EXIT_NO_ARGO;
	}
	/* A suspend takes it away, and it could not be had again: the guest has gone, say. */
	log_error("the endpoint is dead (%s): is guest %d still there?", strerror(-err),
		  bridge.opt.guest);
	return BRIDGE_EXIT_RUNTIME;
}

/* Frees the link first: that stops the devices, which need their connections. */
static void bridge_end(void)
{
	bridge_release_signals();
	guest_watch_stop();
	loop_remove(&bridge.link_source);
	va_link_free(bridge.link);
	device_set_close(&bridge.set);
	loop_fini();
	process_remove_pidfile(&bridge.opt);
	options_free(&bridge.opt);
}

int main(int argc, char **argv)
{
	enum options_action action;
	int status;

	log_init();
	bridge.link_source = (struct loop_source){ .fd = -1, .ready = bridge_link_ready };
	bridge.signal_source = (struct loop_source){ .fd = -1, .ready = bridge_signal };

	bridge.argc = argc;
	bridge.argv = argv;
	action = options_parse(&bridge.opt, argc, argv);
	if (action != OPTIONS_RUN) {
		options_free(&bridge.opt);
		return action == OPTIONS_DONE ? BRIDGE_EXIT_OK : BRIDGE_EXIT_USAGE;
	}
	log_set_level(bridge.opt.log_level);
	status = bridge_start();
	if (!status)
		status = bridge_run();
	bridge_end();
	return status;
}
