// SPDX-License-Identifier: GPL-2.0
/*
 * argo-raw: Xen's Argo hypercall by hand, for the scenario findings.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A line written to /sys/kernel/debug/argo-raw is a command; what is read back
 * is its result, with an errno as Xen gave it:
 *
 *	register PORT PARTNER LEN [bad]	a ring; a second time: in place. "bad": the
 *					last page is one that the domain has not
 *	unregister PORT PARTNER
 *	send PORT DOMID DPORT BYTES	one message of zeroes
 *	query DOMID PORT SPACE		notify with this entry: result, flags in hex
 *	serve				notify without entries
 *	consume PORT BYTES		move a ring's rx_ptr by so much; 0: up to tx_ptr
 *	bind VIRQ VCPU			and close it again
 *	listen				handle VIRQ_ARGO from now on
 *	heard				how often it came since the last time
 */
#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/xen/hypercall.h>
#include <xen/events.h>
#include <xen/interface/argo.h>
#include <xen/interface/event_channel.h>
#include <xen/page.h>
#include <xen/xen.h>

#define SEND_MAX	(64 * 1024)
#define NO_GFN		0xfffffffffULL

struct raw_ring {
	struct list_head node;
	u32 port;
	u16 partner;
	u32 len;
	struct xen_argo_ring *mem;
};

static LIST_HEAD(rings);
static DEFINE_MUTEX(lock);
static struct dentry *file;
static char answer[80];
static int irq = -1;
static atomic_t heard;
static u8 *zeroes;

/* As drivers/xen/argo/hypercall.c does it */
static int op(unsigned int cmd, void *arg1, void *arg2, u32 arg3, u32 arg4)
{
#ifdef CONFIG_X86
	return (int)xen_single_call(__HYPERVISOR_argo_op, cmd, (unsigned long)arg1,
				    (unsigned long)arg2, arg3, arg4);
#else
	return (int)privcmd_call(__HYPERVISOR_argo_op, cmd, (unsigned long)arg1,
				 (unsigned long)arg2, arg3, arg4);
#endif
}

static struct raw_ring *find(u32 port)
{
	struct raw_ring *r;

	list_for_each_entry(r, &rings, node)
		if (r->port == port)
			return r;
	return NULL;
}

static void forget(struct raw_ring *r)
{
	list_del(&r->node);
	vfree(r->mem);
	kfree(r);
}

static int ring_register(u32 port, u16 partner, u32 len, bool bad)
{
	struct xen_argo_register_ring reg = { .aport = port, .partner_id = partner, .len = len };
	u32 npages = DIV_ROUND_UP(len + sizeof(struct xen_argo_ring), XEN_PAGE_SIZE), i;
	struct raw_ring *r = find(port);
	xen_argo_gfn_t *gfns;
	bool fresh = !r;
	int ret;

	gfns = kvcalloc(npages, sizeof(*gfns), GFP_KERNEL);
	if (!gfns)
		return -ENOMEM;
	if (fresh) {
		r = kzalloc(sizeof(*r), GFP_KERNEL);
		if (r)
			r->mem = vzalloc((size_t)npages * XEN_PAGE_SIZE);
		if (!r || !r->mem) {
			kfree(r);
			kvfree(gfns);
			return -ENOMEM;
		}
		r->port = port;
		r->partner = partner;
		r->len = len;
		list_add(&r->node, &rings);
	}
	for (i = 0; i < npages; i++)
		gfns[i] = xen_page_to_gfn(vmalloc_to_page((u8 *)r->mem + i * XEN_PAGE_SIZE));
	if (bad)
		gfns[npages - 1] = NO_GFN;
	ret = op(XEN_ARGO_OP_register_ring, &reg, gfns, npages, 0);
	if (ret && fresh)
		forget(r);
	kvfree(gfns);
	return ret;
}

static int ring_unregister(u32 port, u16 partner)
{
	struct xen_argo_unregister_ring unreg = { .aport = port, .partner_id = partner };
	struct raw_ring *r = find(port);
	int ret = op(XEN_ARGO_OP_unregister_ring, &unreg, NULL, 0, 0);

	if (r && (!ret || ret == -ENOENT))
		forget(r);
	return ret;
}

static int message_send(u32 port, u16 domid, u32 dport, u32 bytes)
{
	struct xen_argo_send_addr addr = {
		.src = { .aport = port, .domain_id = XEN_ARGO_DOMID_ANY },
		.dst = { .aport = dport, .domain_id = domid },
	};
	struct xen_argo_iov iov = { .iov_len = bytes };

	if (!bytes || bytes > SEND_MAX)
		return -ERANGE;
	set_xen_guest_handle(iov.iov_hnd, zeroes);
	return op(XEN_ARGO_OP_sendv, &addr, &iov, 1, 0);
}

static int ring_query(u16 domid, u32 port, u32 space, u16 *flags)
{
	struct {
		struct xen_argo_ring_data data;
		struct xen_argo_ring_data_ent ent;
	} ask = {
		.data = { .nent = 1 },
		.ent = {
			.ring = { .aport = port, .domain_id = domid },
			.space_required = space,
		},
	};
	int ret = op(XEN_ARGO_OP_notify, &ask, NULL, 0, 0);

	*flags = ask.ent.flags;
	return ret;
}

static int ring_consume(u32 port, u32 bytes)
{
	struct raw_ring *r = find(port);
	u32 rx;

	if (!r)
		return -ENOENT;
	rx = READ_ONCE(r->mem->rx_ptr) + bytes;
	if (!bytes)	/* what Xen has written before it is of no interest */
		rx = READ_ONCE(r->mem->tx_ptr);
	/* Xen may write there from now on; nobody has read anything */
	virt_store_release(&r->mem->rx_ptr, rx % r->len);
	return 0;
}

static int virq_bind(u32 virq, u32 vcpu)
{
	struct evtchn_bind_virq bind = { .virq = virq, .vcpu = vcpu };
	struct evtchn_close close;
	int ret = HYPERVISOR_event_channel_op(EVTCHNOP_bind_virq, &bind);

	if (!ret) {
		close.port = bind.port;
		HYPERVISOR_event_channel_op(EVTCHNOP_close, &close);
	}
	return ret;
}

static irqreturn_t virq_heard(int unused, void *data)
{
	atomic_inc(&heard);
	return IRQ_HANDLED;
}

static int virq_listen(void)
{
	int ret = bind_virq_to_irqhandler(VIRQ_ARGO, 0, virq_heard, IRQF_NOBALANCING,
					  "argo-raw", &irq);

	if (ret < 0)
		return ret;
	irq = ret;
	return 0;
}

static void run(char *line)
{
	u32 a = 0, b = 0, c = 0, d = 0;
	char name[16];
	u16 flags;
	int ret;

	if (sscanf(line, "%15s %u %u %u %u", name, &a, &b, &c, &d) < 1)
		name[0] = 0;
	if (!strcmp(name, "register")) {
		ret = ring_register(a, b, c, strstr(line, " bad"));
	} else if (!strcmp(name, "unregister")) {
		ret = ring_unregister(a, b);
	} else if (!strcmp(name, "send")) {
		ret = message_send(a, b, c, d);
	} else if (!strcmp(name, "query")) {
		ret = ring_query(a, b, c, &flags);
		snprintf(answer, sizeof(answer), "%d %x\n", ret, flags);
		return;
	} else if (!strcmp(name, "serve")) {
		ret = op(XEN_ARGO_OP_notify, NULL, NULL, 0, 0);
	} else if (!strcmp(name, "consume")) {
		ret = ring_consume(a, b);
	} else if (!strcmp(name, "bind")) {
		ret = virq_bind(a, b);
	} else if (!strcmp(name, "listen")) {
		ret = virq_listen();
	} else if (!strcmp(name, "heard")) {
		ret = atomic_xchg(&heard, 0);
	} else {
		ret = -EINVAL;
	}
	snprintf(answer, sizeof(answer), "%d\n", ret);
}

static ssize_t raw_write(struct file *f, const char __user *from, size_t len, loff_t *pos)
{
	char line[80];

	if (len >= sizeof(line) || copy_from_user(line, from, len))
		return -EINVAL;
	line[len] = 0;
	mutex_lock(&lock);
	run(line);
	mutex_unlock(&lock);
	return len;
}

static ssize_t raw_read(struct file *f, char __user *to, size_t len, loff_t *pos)
{
	return simple_read_from_buffer(to, len, pos, answer, strlen(answer));
}

static const struct file_operations raw_fops = {
	.owner = THIS_MODULE,
	.write = raw_write,
	.read = raw_read,
};

static int __init raw_init(void)
{
	if (!xen_domain())
		return -ENODEV;
	zeroes = kzalloc(SEND_MAX, GFP_KERNEL);
	if (!zeroes)
		return -ENOMEM;
	file = debugfs_create_file("argo-raw", 0600, NULL, NULL, &raw_fops);
	return 0;
}
module_init(raw_init);

static void __exit raw_exit(void)
{
	struct raw_ring *r, *next;

	debugfs_remove(file);
	if (irq >= 0)
		unbind_from_irqhandler(irq, &irq);
	list_for_each_entry_safe(r, next, &rings, node) {
		u32 port = r->port;
		int err = ring_unregister(port, r->partner);

		/* Xen removes those whose partner is gone */
		if (err && err != -ENOENT)
			pr_err("argo-raw: ring %u stays: %d\n", port, err);
	}
	kfree(zeroes);
}
module_exit(raw_exit);

MODULE_DESCRIPTION("Xen Argo by hand");
MODULE_LICENSE("GPL");
