// SPDX-License-Identifier: GPL-2.0
/*
 * Command line and configuration file.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * One table names every option; a line of the configuration file is an option
 * without its dashes, and both go the same way. A message names the option and,
 * for a file, its line.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/virtio_argo.h>
#include <virtio-argo.h>
#include <xen/argo.h>

#include "device_type.h"
#include "log.h"
#include "options.h"
#include "report.h"

#define DOMID_MAX	0x7fef	/* above it are reserved numbers */

struct option_name {
	const char *name;
	char key;
	const char *argument;	/* NULL: takes none */
	const char *help;
	bool in_file;
};

static const struct option_name option_names[] = {
	{ "guest", 'g', "DOMID", "the guest's domain id", true },
	{ "device", 'd', "type=block,socket=PATH[,num-queues=N][,ro][,uuid=UUID][,serial=TEXT]",
	  "a device and its vhost-user socket; may be repeated", true },
	{ "link", 'n', "N", "number of the link between the two domains (0)", true },
	{ "port", 'p', "PORT", "Argo port of the link, instead of --link", true },
	{ "ring-size", 'r', "BYTES[K|M]", "receive ring (512K)", true },
	{ "max-chain", 'm', "BYTES[K|M]", "largest request (4160K)", true },
	{ "memory", 'M', "BYTES[K|M]", "all unanswered requests together (64M)", true },
	{ "queue-depth", 'q', "N", "unanswered requests of one queue (128)", true },
	{ "spare-queues", 's', "N", "room for the queues of devices that SIGHUP adds (32 with --config)",
	  true },
	{ "exit-with-guest", 'x', NULL, "end when the guest's domain has gone", true },
	{ "drop-user", 'u', "USER", "become USER when all is open", true },
	{ "pidfile", 'P', "FILE", "write the process id there", true },
	{ "log-level", 'l', "error|warning|info|debug", "(info)", true },
	{ "config", 'c', "FILE", "read options from FILE, one \"name value\" a line; SIGHUP: again",
	  false },
	{ "endpoint", 'e', "socketpair-fd=FD", "for tests without Xen", true },
	{ "print-capabilities", 'C', NULL, "print JSON and exit", false },
	{ "help", 'h', NULL, "print this and exit", false },
	{ "version", 'V', NULL, "print the version and exit", false },
};

#define NUM_OPTIONS	(sizeof(option_names) / sizeof(option_names[0]))

/* Where an option comes from, for messages: "--guest", "file:3: guest" */
struct origin {
	const char *file;
	unsigned int line;
	const char *name;
};

static int bad(const struct origin *from, const char *why, const char *value)
{
	if (from->file)
		log_error("%s:%u: %s: %s: \"%s\"", from->file, from->line, from->name, why, value);
	else
		log_error("--%s: %s: \"%s\"", from->name, why, value);
	return -1;
}

/* Decimal, or 0x and hexadecimal; a 0 in front is only a 0. */
static unsigned long long to_number(const char *value, char **end)
{
	bool hex = value[0] == '0' && (value[1] == 'x' || value[1] == 'X');

	return strtoull(value, end, hex ? 16 : 10);
}

static int parse_number(const struct origin *from, const char *value,
			unsigned long long min, unsigned long long max,
			unsigned long long *result)
{
	char why[80];
	char *end;

	errno = 0;
	*result = to_number(value, &end);
	if (*value < '0' || *value > '9' || *end || errno)
		return bad(from, "not a number", value);
	if (*result < min || *result > max) {
		snprintf(why, sizeof(why), "must be from %llu to %llu", min, max);
		return bad(from, why, value);
	}
	return 0;
}

static int parse_size(const struct origin *from, const char *value,
		      uint32_t min, uint32_t max, uint32_t *result)
{
	unsigned long long number, unit = 1;
	char why[80];
	char *end;

	errno = 0;
	number = to_number(value, &end);
	if (*end == 'K' || *end == 'k')
		unit = 1024;
	else if (*end == 'M' || *end == 'm')
		unit = 1024 * 1024;
	if (unit > 1)
		end++;
	if (*value < '0' || *value > '9' || *end || errno)
		return bad(from, "not a size (BYTES, with K or M behind)", value);
	if (number > UINT32_MAX || number * unit < min || number * unit > max) {
		snprintf(why, sizeof(why), "must be from %u to %u bytes", min, max);
		return bad(from, why, value);
	}
	*result = number * unit;
	return 0;
}

/* ------------------------------------------------------------------------ */
/* --device */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' ^ 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 8-4-4-4-12 hexadecimal digits, not all zero */
static int parse_uuid(const struct origin *from, const char *value, uint8_t *uuid)
{
	const char *in = value;
	unsigned int i, any = 0;

	for (i = 0; i < 16; i++) {
		if ((i == 4 || i == 6 || i == 8 || i == 10) && *in++ != '-')
			return bad(from, "not a UUID (8-4-4-4-12 hexadecimal digits)", value);
		if (hex_digit(in[0]) < 0 || hex_digit(in[1]) < 0)
			return bad(from, "not a UUID (8-4-4-4-12 hexadecimal digits)", value);
		uuid[i] = hex_digit(in[0]) << 4 | hex_digit(in[1]);
		any |= uuid[i];
		in += 2;
	}
	if (*in)
		return bad(from, "not a UUID (8-4-4-4-12 hexadecimal digits)", value);
	return any ? 0 : bad(from, "all zero is no identity", value);
}

static int parse_serial(const struct origin *from, const char *value, char *serial)
{
	const char *c;

	for (c = value; *c; c++)
		if (*c <= ' ' || *c > '~')
			return bad(from, "a serial has printable characters and no space", value);
	if (strlen(value) > VIRTIO_BLK_ID_BYTES)
		return bad(from, "a serial has 20 characters at most", value);
	strcpy(serial, value);
	return 0;
}

/*
 * Who is not given an identity has one by what names it, so that it is the same
 * whatever else the configuration says: 128-bit FNV-1a, marked as a UUID of the
 * kind that is its maker's own business (RFC 9562, version 8).
 */
static void derive_uuid(struct device_options *dev)
{
	const unsigned __int128 prime = (unsigned __int128)1 << 88 | 0x13b;
	const unsigned __int128 basis = (unsigned __int128)0x6c62272e07bb0142 << 64 |
					0x62b821756295c58d;
	unsigned __int128 hash = basis;
	unsigned int i;

	/* The zero behind the name as well: it keeps them apart. */
	for (i = 0; i <= strlen(dev->type->name); i++)
		hash = (hash ^ (uint8_t)dev->type->name[i]) * prime;
	for (i = 0; dev->socket[i]; i++)
		hash = (hash ^ (uint8_t)dev->socket[i]) * prime;
	for (i = 0; i < sizeof(dev->uuid); i++)
		dev->uuid[i] = hash >> (8 * (15 - i));
	dev->uuid[6] = (dev->uuid[6] & 0x0f) | 0x80;
	dev->uuid[8] = (dev->uuid[8] & 0x3f) | 0x80;
}

/* As many digits of the identity as there is room for, all but the first bytes */
static void derive_serial(struct device_options *dev)
{
	unsigned int i;

	for (i = 0; i < VIRTIO_BLK_ID_BYTES / 2; i++)
		snprintf(dev->serial + 2 * i, 3, "%02x",
			 dev->uuid[16 - VIRTIO_BLK_ID_BYTES / 2 + i]);
}

static int device_property(const struct origin *from, struct device_options *dev,
			   char *property)
{
	char *value = strchr(property, '=');
	unsigned long long number;

	if (value)
		*value++ = 0;
	if (!strcmp(property, "ro") && !value) {
		dev->read_only = true;
		return 0;
	}
	if (!value || !*value)
		return bad(from, "property without value or unknown", property);
	if (!strcmp(property, "type")) {
		dev->type = device_type_find(value, strlen(value));
		return dev->type ? 0 : bad(from, "unknown type", value);
	}
	if (!strcmp(property, "socket")) {
		free(dev->socket);
		dev->socket = strdup(value);
		return dev->socket ? 0 : bad(from, "out of memory", value);
	}
	if (!strcmp(property, "num-queues")) {
		if (parse_number(from, value, 1, 256, &number))
			return -1;
		dev->num_queues = number;
		return 0;
	}
	if (!strcmp(property, "uuid")) {
		dev->has_uuid = true;
		return parse_uuid(from, value, dev->uuid);
	}
	if (!strcmp(property, "serial"))
		return parse_serial(from, value, dev->serial);
	return bad(from, "unknown property", property);
}

static int parse_device(const struct origin *from, struct options *opt, const char *value)
{
	struct device_options *dev = &opt->devices[opt->num_devices];
	char *copy, *in, *out, *start;
	int err = 0;

	if (opt->num_devices == BRIDGE_MAX_DEVICES)
		return bad(from, "too many devices", value);
	copy = strdup(value);
	dev->spec = strdup(value);
	opt->num_devices++;
	if (!copy || !dev->spec) {
		free(copy);
		return bad(from, "out of memory", value);
	}

	/* A doubled comma is a comma of the value, as QEMU has it. */
	for (in = out = start = copy; !err; in++) {
		if (in[0] == ',' && in[1] == ',') {
			*out++ = *in++;
			continue;
		}
		if (*in && *in != ',') {
			*out++ = *in;
			continue;
		}
		err = *in;
		*out = 0;
		if (device_property(from, dev, start)) {
			free(copy);
			return -1;
		}
		if (!err)
			break;
		err = 0;
		out = start = in + 1;
	}
	free(copy);

	if (!dev->type)
		return bad(from, "type= is missing", value);
	if (!dev->socket)
		return bad(from, "socket= is missing", value);
	if (!dev->has_uuid)
		derive_uuid(dev);
	if (!dev->serial[0])
		derive_serial(dev);
	return 0;
}

/* ------------------------------------------------------------------------ */
/* All options */

static void print_help(void)
{
	const struct option_name *o;

	printf("Usage: virtio-argo-bridge --guest DOMID --device type=block,socket=PATH [OPTION]...\n"
	       "Gives a Xen guest VirtIO devices whose every byte crosses Argo; a vhost-user\n"
	       "process is behind each.\n\n");
	for (o = option_names; o < option_names + NUM_OPTIONS; o++)
		printf("  --%s%s%s\n        %s\n", o->name, o->argument ? " " : "",
		       o->argument ? o->argument : "", o->help);
	printf("\nExit status: 0 ended as asked, 1 failed while running, 2 wrong option,\n"
	       "3 no Argo, 4 a vhost-user socket cannot be used, 5 the guest has gone. See\n"
	       "virtio-argo-bridge(8).\n");
}

static int set_string(const struct origin *from, char **where, const char *value)
{
	if (!*value)
		return bad(from, "empty", value);
	free(*where);
	*where = strdup(value);
	return *where ? 0 : bad(from, "out of memory", value);
}

static int parse_endpoint(const struct origin *from, struct options *opt, const char *value)
{
	static const char prefix[] = "socketpair-fd=";
	unsigned long long number;

	if (strncmp(value, prefix, strlen(prefix)))
		return bad(from, "must be socketpair-fd=FD", value);
	if (parse_number(from, value + strlen(prefix), 0, 65535, &number))
		return -1;
	opt->socketpair_fd = number;
	return 0;
}

static int set_option(const struct origin *from, struct options *opt, char key,
		      const char *value)
{
	unsigned long long number;

	switch (key) {
	case 'g':
		if (parse_number(from, value, 0, DOMID_MAX, &number))
			return -1;
		opt->guest = number;
		return 0;
	case 'd':
		return parse_device(from, opt, value);
	case 'n':
		if (parse_number(from, value, 0, 65535, &number))
			return -1;
		opt->port = VIRTIO_ARGO_PORT_BASE + number;
		return 0;
	case 'p':
		if (parse_number(from, value, 1, UINT32_MAX, &number))
			return -1;
		opt->port = number;
		return 0;
	case 'r':
		/* A ring of a whole number of pages less Argo's header: rounded up below. */
		return parse_size(from, value, 16384, XEN_ARGO_RING_MAX + 64, &opt->ring_len);
	case 'm':
		return parse_size(from, value, 65536, 16 << 20, &opt->max_chain);
	case 'M':
		return parse_size(from, value, 65536, 1 << 30, &opt->memory);
	case 'q':
		if (parse_number(from, value, 1, 512, &number))
			return -1;
		if (number & (number - 1))
			return bad(from, "must be a power of two", value);
		opt->queue_depth = number;
		return 0;
	case 's':
		if (parse_number(from, value, 0, VA_QUEUES_MAX, &number))
			return -1;
		opt->spare_queues = number;
		return 0;
	case 'x':
		opt->exit_with_guest = true;
		return 0;
	case 'u':
		return set_string(from, &opt->drop_user, value);
	case 'P':
		return set_string(from, &opt->pidfile, value);
	case 'l':
		opt->log_level = log_find_level(value);
		return opt->log_level < 0 ? bad(from, "no such level", value) : 0;
	case 'e':
		return parse_endpoint(from, opt, value);
	}
	return bad(from, "not here", value);
}

static int config_line(struct origin *from, struct options *opt, char *line)
{
	const struct option_name *o;
	char *name, *value, *end;

	line[strcspn(line, "\n")] = 0;
	name = line + strspn(line, " \t");
	if (!*name || *name == '#')
		return 0;
	value = name + strcspn(name, " \t");
	if (*value)
		*value++ = 0;
	value += strspn(value, " \t");
	for (end = value + strlen(value); end > value && strchr(" \t\r", end[-1]); end--)
		end[-1] = 0;

	from->name = name;
	for (o = option_names; o < option_names + NUM_OPTIONS; o++) {
		if (!o->in_file || strcmp(o->name, name))
			continue;
		if (!*value != !o->argument)
			return bad(from, *value ? "takes no value" : "value is missing", value);
		return set_option(from, opt, o->key, value);
	}
	return bad(from, "unknown option", name);
}

static int read_config(const struct origin *option, struct options *opt, const char *path)
{
	struct origin from = { .file = path };
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int err = 0;
	FILE *f;

	f = fopen(path, "re");
	if (!f)
		return bad(option, strerror(errno), path);
	while (!err && (len = getline(&line, &size, f)) >= 0) {
		from.line++;
		from.name = "line";
		/* What is behind a zero byte would be passed over. */
		err = strlen(line) != (size_t)len ? bad(&from, "has a zero byte", line) :
						    config_line(&from, opt, line);
	}
	if (!err && ferror(f))
		err = bad(option, "cannot be read", path);
	free(line);
	fclose(f);
	return err;
}

/* A socket that two devices have, or NULL */
static const char *socket_twice(const struct options *opt)
{
	unsigned int i, j;

	for (i = 0; i < opt->num_devices; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(opt->devices[i].socket, opt->devices[j].socket))
				return opt->devices[i].socket;
	return NULL;
}

/* Two devices of one identity, or NULL */
static const char *identity_twice(const struct options *opt)
{
	unsigned int i, j;

	for (i = 0; i < opt->num_devices; i++)
		for (j = 0; j < i; j++)
			if (!memcmp(opt->devices[i].uuid, opt->devices[j].uuid,
				    sizeof(opt->devices[i].uuid)))
				return opt->devices[i].spec;
	return NULL;
}

static int check_whole(struct options *opt)
{
	uint32_t max_chain = opt->max_chain ? opt->max_chain : VA_MAX_CHAIN;
	unsigned int i;
	const char *twice = socket_twice(opt);
	const char *same = identity_twice(opt);

	if (opt->guest < 0 && opt->socketpair_fd < 0)
		log_error("--guest: missing: which domain is to be served?");
	else if (opt->guest < 0 && opt->exit_with_guest)
		log_error("--exit-with-guest: needs --guest");
	else if (!opt->num_devices)
		log_error("--device: missing: at least one is needed");
	else if (opt->memory && opt->memory < max_chain)
		log_error("--memory: must not be smaller than --max-chain, %uK%s", max_chain / 1024,
			  opt->max_chain ? "" : " by default");
	else if (twice)
		log_error("--device: socket=%s: twice: a vhost-user process serves one client at a time",
			  twice);
	else if (same)
		log_error("--device %s: another device has this uuid: a guest knows its disks by it",
			  same);
	else
		goto good;
	return -1;

good:
	for (i = 0; i < opt->num_devices; i++)
		opt->devices[i].max_chain = max_chain;
	return 0;
}

enum options_action options_parse(struct options *opt, int argc, char **argv)
{
	struct option longopts[NUM_OPTIONS + 1] = { 0 };
	struct origin from = { 0 };
	size_t i;
	int c, index;

	*opt = (struct options){
		.guest = -1, .port = VIRTIO_ARGO_PORT_BASE, .spare_queues = -1,
		.socketpair_fd = -1, .log_level = LOG_LEVEL_INFO,
	};
	for (i = 0; i < NUM_OPTIONS; i++) {
		longopts[i].name = option_names[i].name;
		longopts[i].has_arg = option_names[i].argument ? required_argument : no_argument;
		longopts[i].val = option_names[i].key;
	}

	opterr = 0;
	optind = 0;	/* glibc: from the beginning, also the second time */
	for (;;) {
		c = getopt_long(argc, argv, ":hV", longopts, &index);
		if (c < 0)
			break;
		for (i = 0; i < NUM_OPTIONS; i++)
			if (option_names[i].key == c)
				from.name = option_names[i].name;
		switch (c) {
		case 'h':
			print_help();
			return OPTIONS_DONE;
		case 'V':
			printf("virtio-argo-bridge " BRIDGE_VERSION "\n");
			return OPTIONS_DONE;
		case 'C':
			report_capabilities();
			return OPTIONS_DONE;
		case ':':
			log_error("%s: its argument is missing; see --help", argv[optind - 1]);
			return OPTIONS_ERROR;
		case '?':
			log_error("%s: unknown option; see --help", argv[optind - 1]);
			return OPTIONS_ERROR;
		case 'c':
			opt->has_config = true;
			if (read_config(&from, opt, optarg))
				return OPTIONS_ERROR;
			break;
		default:
			if (set_option(&from, opt, c, optarg))
				return OPTIONS_ERROR;
		}
	}
	if (optind < argc) {
		log_error("%s: unexpected argument; see --help", argv[optind]);
		return OPTIONS_ERROR;
	}
	return check_whole(opt) ? OPTIONS_ERROR : OPTIONS_RUN;
}

void options_free(struct options *opt)
{
	unsigned int i;

	for (i = 0; i < opt->num_devices; i++) {
		free(opt->devices[i].spec);
		free(opt->devices[i].socket);
	}
	free(opt->pidfile);
	free(opt->drop_user);
}

bool options_same_device(const struct device_options *a, const struct device_options *b)
{
	return a->type == b->type && !strcmp(a->socket, b->socket) &&
	       !memcmp(a->uuid, b->uuid, sizeof(a->uuid)) &&
	       a->num_queues == b->num_queues && a->read_only == b->read_only;
}

static bool differ(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) : a != b;
}

const char *options_fixed(const struct options *now, const struct options *next)
{
	if (now->guest != next->guest)
		return "guest";
	if (now->port != next->port)
		return "port";
	if (now->ring_len != next->ring_len)
		return "ring-size";
	if (now->max_chain != next->max_chain)
		return "max-chain";
	if (now->memory != next->memory)
		return "memory";
	if (now->queue_depth != next->queue_depth)
		return "queue-depth";
	if (now->spare_queues != next->spare_queues)
		return "spare-queues";
	if (now->socketpair_fd != next->socketpair_fd)
		return "endpoint";
	if (now->exit_with_guest != next->exit_with_guest)
		return "exit-with-guest";
	if (differ(now->drop_user, next->drop_user))
		return "drop-user";
	if (differ(now->pidfile, next->pidfile))
		return "pidfile";
	return NULL;
}
