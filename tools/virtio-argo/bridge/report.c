// SPDX-License-Identifier: GPL-2.0
/*
 * JSON about the bridge.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <stdio.h>
#include <json-c/json.h>
#include <linux/virtio_argo.h>

#include "device_set.h"
#include "log.h"
#include "report.h"

static void add_string(struct json_object *array, const char *text)
{
	json_object_array_add(array, json_object_new_string(text));
}

void report_capabilities(void)
{
	struct json_object *top = json_object_new_object();
	struct json_object *types = json_object_new_array();
	struct json_object *features = json_object_new_array();
	const struct device_type * const *type;

	for (type = device_types; *type; type++)
		add_string(types, (*type)->name);
	add_string(features, "backend-reconnect");
	add_string(features, "config-change");
	add_string(features, "hotplug");
	add_string(features, "multiqueue");

	json_object_object_add(top, "type", json_object_new_string("virtio-argo-bridge"));
	json_object_object_add(top, "version", json_object_new_string(BRIDGE_VERSION));
	json_object_object_add(top, "protocol-version",
			       json_object_new_int(VIRTIO_ARGO_VERSION));
	json_object_object_add(top, "device-types", types);
	json_object_object_add(top, "features", features);
	puts(json_object_to_json_string_ext(top, JSON_C_TO_STRING_PRETTY));
	json_object_put(top);
}

static struct json_object *device_stats(const struct device *dev)
{
	struct json_object *o = json_object_new_object();
	unsigned int i, inflight = 0;

	for (i = 0; i < dev->id.num_queues; i++)
		inflight += va_queue_inflight(dev->va, i);
	json_object_object_add(o, "device", json_object_new_int(va_device_num(dev->va)));
	json_object_object_add(o, "type", json_object_new_string(dev->opt->type->name));
	json_object_object_add(o, "socket", json_object_new_string(dev->opt->socket));
	json_object_object_add(o, "backend", json_object_new_string(device_state_name(dev)));
	json_object_object_add(o, "status", json_object_new_int(va_device_status(dev->va)));
	json_object_object_add(o, "inflight", json_object_new_int(inflight));
	json_object_object_add(o, "backend_lost", json_object_new_int64(dev->lost));
	json_object_object_add(o, "backend_restored", json_object_new_int64(dev->restored));
	return o;
}

void report_stats(const struct va_link *link, const struct device_set *set)
{
	struct json_object *top = json_object_new_object();
	struct json_object *counters = json_object_new_object();
	struct json_object *list = json_object_new_array();
	unsigned int i;

	for (i = 0; i < VA_STAT_COUNT; i++)
		json_object_object_add(counters, va_stat_name(i),
				       json_object_new_int64(va_link_stat(link, i)));
	for (i = 0; i < set->num; i++)
		json_object_array_add(list, device_stats(set->devices[i]));
	json_object_object_add(top, "link", counters);
	json_object_object_add(top, "devices", list);
	log_info("stats %s", json_object_to_json_string_ext(top, JSON_C_TO_STRING_PLAIN));
	json_object_put(top);
}
