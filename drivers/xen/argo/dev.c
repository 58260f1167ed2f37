// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/xen/argo: Argo for user space. See xen-argo(4).
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * One open file is one endpoint (endpoint.c); this is its face towards files.
 */
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "endpoint.h"

static int argo_dev_open(struct inode *inode, struct file *file)
{
	struct xen_argo *argo = xen_argo_get();
	struct argo_endpoint *ep;

	if (IS_ERR(argo))
		return PTR_ERR(argo);
	ep = argo_endpoint_create(argo);
	if (!ep)
		return -ENOMEM;
	file->private_data = ep;
	return stream_open(inode, file);
}

static int argo_dev_release(struct inode *inode, struct file *file)
{
	argo_endpoint_destroy(file->private_data);
	return 0;
}

static bool argo_dev_nonblock(const struct kiocb *iocb)
{
	return (iocb->ki_filp->f_flags & O_NONBLOCK) || (iocb->ki_flags & IOCB_NOWAIT);
}

static ssize_t argo_dev_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return argo_endpoint_read(iocb->ki_filp->private_data, to, argo_dev_nonblock(iocb));
}

static ssize_t argo_dev_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	/* An empty message is SENDV's to send; a writev() of nothing never comes here */
	if (!iov_iter_count(from))
		return 0;
	return argo_endpoint_send(iocb->ki_filp->private_data, NULL, 0, from,
				  argo_dev_nonblock(iocb));
}

static __poll_t argo_dev_poll(struct file *file, poll_table *wait)
{
	struct argo_endpoint *ep = file->private_data;

	poll_wait(file, &ep->wait, wait);
	return argo_endpoint_events(ep);
}

static long argo_dev_bind(struct argo_endpoint *ep, void __user *arg)
{
	struct xen_argo_bind bind;
	int err;

	if (copy_from_user(&bind, arg, sizeof(bind)))
		return -EFAULT;
	err = argo_endpoint_bind(ep, &bind, capable(CAP_SYS_ADMIN));
	if (err)
		return err;
	/* Bound all the same if this fails; the caller has a bad pointer to blame */
	return copy_to_user(arg, &bind, sizeof(bind)) ? -EFAULT : 0;
}

static long argo_dev_connect(struct argo_endpoint *ep, void __user *arg)
{
	struct xen_argo_addr addr;

	if (copy_from_user(&addr, arg, sizeof(addr)))
		return -EFAULT;
	return argo_endpoint_connect(ep, &addr);
}

static long argo_dev_restrict(struct argo_endpoint *ep, void __user *arg)
{
	struct xen_argo_restrict restriction;

	if (copy_from_user(&restriction, arg, sizeof(restriction)))
		return -EFAULT;
	return argo_endpoint_restrict(ep, &restriction);
}

static long argo_dev_sendv(struct file *file, void __user *arg)
{
	struct iovec fast[XEN_ARGO_MAX_IOVS], *iov = fast;
	struct xen_argo_sendv sendv;
	struct iov_iter from;
	ssize_t ret;

	if (copy_from_user(&sendv, arg, sizeof(sendv)))
		return -EFAULT;
	if (!sendv.niov || sendv.niov > XEN_ARGO_MAX_IOVS)
		return -EINVAL;
	ret = import_iovec(ITER_SOURCE, u64_to_user_ptr(sendv.iov), sendv.niov,
			   ARRAY_SIZE(fast), &iov, &from);
	if (ret < 0)
		return ret;
	ret = argo_endpoint_send(file->private_data, &sendv.dst, sendv.type, &from,
				 file->f_flags & O_NONBLOCK);
	kfree(iov);
	return ret;
}

static long argo_dev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct argo_endpoint *ep = file->private_data;
	void __user *p = (void __user *)arg;

	switch (cmd) {
	case XEN_ARGO_IOC_BIND:
		return argo_dev_bind(ep, p);
	case XEN_ARGO_IOC_CONNECT:
		return argo_dev_connect(ep, p);
	case XEN_ARGO_IOC_RESTRICT:
		return argo_dev_restrict(ep, p);
	case XEN_ARGO_IOC_SENDV:
		return argo_dev_sendv(file, p);
	}
	return -ENOTTY;
}

#ifdef CONFIG_PROC_FS
static void argo_dev_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct argo_endpoint *ep = file->private_data;

	if (!smp_load_acquire(&ep->ring))	/* see argo_endpoint_ring() */
		return;
	seq_printf(m, "argo-port:\t%u\n", ep->port);
	seq_printf(m, "argo-partner:\t%u\n", ep->partner);
	seq_printf(m, "argo-filtered:\t%lu\n", READ_ONCE(ep->filtered));
}
#endif

static const struct file_operations argo_dev_fops = {
	.owner = THIS_MODULE,
	.open = argo_dev_open,
	.release = argo_dev_release,
	.read_iter = argo_dev_read_iter,
	.write_iter = argo_dev_write_iter,
	.poll = argo_dev_poll,
	.unlocked_ioctl = argo_dev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,	/* import_iovec() knows compat iovecs */
#ifdef CONFIG_PROC_FS
	.show_fdinfo = argo_dev_show_fdinfo,
#endif
};

static struct miscdevice argo_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen/argo",
	.fops = &argo_dev_fops,
	.mode = 0600,
};

static int __init argo_dev_init(void)
{
	struct xen_argo *argo = xen_argo_get();

	/* Built in beside a xen-argo that found no Argo */
	if (IS_ERR(argo))
		return PTR_ERR(argo);
	return misc_register(&argo_dev);
}

static void __exit argo_dev_exit(void)
{
	misc_deregister(&argo_dev);
}

module_init(argo_dev_init);
module_exit(argo_dev_exit);

MODULE_DESCRIPTION("Xen Argo: /dev/xen/argo");
MODULE_LICENSE("GPL");
