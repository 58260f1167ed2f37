/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Is the guest's domain still there? Argo never says that a domain has gone, but
 * xenstore does.
 */
#ifndef BRIDGE_GUEST_WATCH_H
#define BRIDGE_GUEST_WATCH_H

/*
 * guest_watch_start() - from now on @gone is called, once, when the domain has gone
 * or was reset; 0, or -1 after a line was logged that names --exit-with-guest. May
 * wait for xenstore.
 */
int guest_watch_start(int domid, void (*gone)(void));
void guest_watch_stop(void);

#endif /* BRIDGE_GUEST_WATCH_H */
