// SPDX-License-Identifier: GPL-2.0
/*
 * xen-argo: this kernel's access to Argo.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Finds out whether Xen lets this domain use Argo, binds VIRQ_ARGO, and gives
 * the core over to others (xen_argo_get). A platform device stands for it in
 * the order of suspend, shutdown and kexec: it is older than all devices of
 * its users, so it is suspended after them and resumed before them. A crash
 * kernel leaves the rings registered; Xen then writes into memory of the
 * crashed kernel only, and the core evicts such a ring when it wants its place.
 */
#define pr_fmt(fmt) "xen-argo: " fmt

#include <linux/err.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <xen/events.h>
#include <xen/xen.h>

#include "main.h"

static struct argo_live argo_live;
static struct platform_device *argo_pdev;

struct xen_argo *xen_argo_get(void)
{
	return argo_live.argo ?: ERR_PTR(-ENODEV);
}
EXPORT_SYMBOL_GPL(xen_argo_get);

/* One line for each way in which Argo can be missing: it says what to change */
static int __init argo_detect(void)
{
	int err;

	if (!xen_domain()) {
		pr_err("not loaded: this kernel does not run on Xen\n");
		return -ENODEV;
	}

	err = argo_hypercall_probe();
	switch (err) {
	case 0:
		break;
	case -ENOSYS:
		pr_err("not loaded: this Xen was built without Argo; build it with CONFIG_ARGO=y\n");
		/* For ENOSYS, loaders take the system call to be missing and try again */
		err = -EOPNOTSUPP;
		break;
	case -EOPNOTSUPP:
		pr_err("not loaded: Argo is switched off; add argo=1 to Xen's command line\n");
		break;
	case -ENODEV:
		pr_err("not loaded: Xen made this domain without Argo; allow it in the XSM policy and start the domain anew\n");
		break;
	case -EACCES:
		pr_err("not loaded: the Flask policy denies Argo to this domain; allow it xen_t:argo { enable }\n");
		break;
	case -EPERM:
		pr_err("not loaded: the XSM policy denies Argo to this domain; check xsm= on Xen's command line\n");
		break;
	default:
		pr_err("not loaded: Xen answers the probe for Argo with %d\n", err);
		break;
	}
	return err;
}

static irqreturn_t argo_irq(int irq, void *data)
{
	struct argo_live *live = data;

	argo_instance_virq(live->argo);
	return IRQ_HANDLED;
}

static int argo_suspend(struct device *dev)
{
	argo_instance_suspend(argo_live.argo);
	return 0;
}

static int argo_resume(struct device *dev)
{
	argo_instance_resume(argo_live.argo);
	return 0;
}

static DEFINE_SIMPLE_DEV_PM_OPS(argo_pm_ops, argo_suspend, argo_resume);

static int argo_probe(struct platform_device *pdev)
{
	return 0;
}

static void argo_shutdown(struct platform_device *pdev)
{
	argo_instance_suspend(argo_live.argo);
}

static struct platform_driver argo_driver = {
	.probe = argo_probe,
	.shutdown = argo_shutdown,
	.driver = {
		.name = "xen-argo",
		.pm = pm_sleep_ptr(&argo_pm_ops),
		.suppress_bind_attrs = true,
	},
};

static int __init argo_bind_virq(void)
{
	/*
	 * A domain-wide VIRQ: Xen lets it be bound on vCPU 0 only, and it may
	 * not move either. Linux would spread it over CPUs, and at resume bind
	 * it on that CPU's vCPU, which Xen refuses and Linux answers with BUG().
	 */
	int irq = bind_virq_to_irqhandler(VIRQ_ARGO, 0, argo_irq, IRQF_NOBALANCING,
					  "xen-argo", &argo_live);

	if (irq < 0) {
		pr_err("not loaded: cannot bind VIRQ_ARGO (%d); is another Argo driver loaded?\n",
		       irq);
		return irq;
	}
	argo_live.irq = irq;
	return 0;
}

static void argo_unbind_virq(void)
{
	argo_instance_virq_stop(argo_live.argo);
	unbind_from_irqhandler(argo_live.irq, &argo_live);
}

static int __init argo_init(void)
{
	int err;

	err = argo_detect();
	if (err)
		return err;

	argo_live.argo = argo_instance_create("xen-argo", &argo_hypercall_ops, &argo_live);
	if (IS_ERR(argo_live.argo)) {
		err = PTR_ERR(argo_live.argo);
		argo_live.argo = NULL;
		return err;
	}
	err = argo_bind_virq();
	if (err)
		goto destroy_instance;
	err = platform_driver_register(&argo_driver);
	if (err)
		goto unbind_virq;
	argo_pdev = platform_device_register_simple("xen-argo", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(argo_pdev)) {
		err = PTR_ERR(argo_pdev);
		goto unregister_driver;
	}
	pr_info("Argo is available\n");
	return 0;

unregister_driver:
	platform_driver_unregister(&argo_driver);
unbind_virq:
	argo_unbind_virq();
destroy_instance:
	argo_instance_destroy(argo_live.argo);
	argo_live.argo = NULL;
	return err;
}

static void __exit argo_exit(void)
{
	platform_device_unregister(argo_pdev);
	platform_driver_unregister(&argo_driver);
	argo_unbind_virq();
	argo_instance_destroy(argo_live.argo);
}

/* Built in, it comes before the drivers that use it */
subsys_initcall(argo_init);
module_exit(argo_exit);

MODULE_DESCRIPTION("Xen Argo: this kernel's access to the hypercall");
MODULE_LICENSE("GPL");
