// SPDX-License-Identifier: GPL-2.0
/*
 * A libxenstore without a xenstore, for the tests of virtio-argo attach and detach:
 * a tree in a file, one node a line: path, owner and reader, value.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * As with xenstored, a node inherits its parent's permissions, a parent that is not
 * there is made, nothing is given to a domain that does not exist, and nobody sees a
 * transaction before its end.
 *
 *	FAKE_TREE      the file
 *	FAKE_DOMAINS   numbers of the domains that exist, " 0 3 "
 *	FAKE_OPEN      errno of xs_open
 *	FAKE_DENY      errno of every write
 *	FAKE_WRITES    how many writes are done before that
 *	FAKE_AGAIN     how many transactions fail with EAGAIN, after another's write
 *	FAKE_GUEST     what a guest's driver answers Closing with, "6"
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODES 256
#define TEXT 256

struct permission {
	unsigned int id;
	int perms;
};

struct node {
	char path[TEXT], perms[TEXT], value[TEXT];
};

static struct node nodes[NODES];
static unsigned int count;
static uint32_t open_transaction;
static int again, writes;

static int number(const char *name)
{
	const char *text = getenv(name);

	return text ? atoi(text) : 0;
}

static void load(void)
{
	FILE *file = fopen(getenv("FAKE_TREE"), "r");
	char line[3 * TEXT];

	count = 0;
	while (file && count < NODES && fgets(line, sizeof(line), file)) {
		struct node *n = &nodes[count++];

		n->value[0] = 0;
		if (sscanf(line, "%255[^\t]\t%255[^\t\n]\t%255[^\n]", n->path, n->perms,
			   n->value) < 2)
			abort();
	}
	if (file)
		fclose(file);
}

static void save(void)
{
	FILE *file = fopen(getenv("FAKE_TREE"), "w");
	unsigned int i;

	for (i = 0; i < count; i++)
		fprintf(file, "%s\t%s\t%s\n", nodes[i].path, nodes[i].perms, nodes[i].value);
	fclose(file);
}

static struct node *find(const char *path)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!strcmp(nodes[i].path, path))
			return &nodes[i];
	errno = ENOENT;
	return NULL;
}

static struct node *make(const char *path)
{
	struct node *n = find(path), *parent;
	char above[TEXT];

	if (n)
		return n;
	if (count == NODES || strlen(path) >= TEXT)
		abort();
	strcpy(above, path);
	*strrchr(above, '/') = 0;
	parent = above[0] ? make(above) : NULL;
	n = &nodes[count++];
	strcpy(n->path, path);
	strcpy(n->perms, parent ? parent->perms : "n0");
	n->value[0] = 0;
	return n;
}

/* Outside of a transaction every call is one. */
static void begin_call(void)
{
	if (!open_transaction)
		load();
}

static bool end_call(void)
{
	if (!open_transaction)
		save();
	return true;
}

static bool denied(void)
{
	errno = writes-- > 0 ? 0 : number("FAKE_DENY");
	return errno;
}

static bool exists(unsigned int domain)
{
	char word[16];

	snprintf(word, sizeof(word), " %u ", domain);
	return strstr(getenv("FAKE_DOMAINS"), word);
}

void *xs_open(unsigned long flags)
{
	errno = number("FAKE_OPEN");
	again = number("FAKE_AGAIN");
	writes = number("FAKE_WRITES");
	return errno ? NULL : &nodes;
}

void xs_close(void *handle)
{
}

bool xs_is_domain_introduced(void *handle, unsigned int domain)
{
	return exists(domain);
}

uint32_t xs_transaction_start(void *handle)
{
	load();
	return open_transaction = 7;
}

/* The guest's driver, when a backend's half says Closing. */
static void guest(void)
{
	unsigned int i, backend, domain, n;
	char path[TEXT];
	struct node *front;

	for (i = 0; i < count; i++) {
		if (strcmp(nodes[i].value, "5") ||
		    sscanf(nodes[i].path, "/local/domain/%u/backend/virtio/%u/%u/state",
			   &backend, &domain, &n) != 3)
			continue;
		snprintf(path, sizeof(path), "/local/domain/%u/device/virtio/%u/state",
			 domain, n);
		front = find(path);
		if (front)
			strcpy(front->value, getenv("FAKE_GUEST"));
	}
}

bool xs_transaction_end(void *handle, uint32_t transaction, bool abort)
{
	open_transaction = 0;
	if (abort)
		return true;
	if (again) {
		again--;
		load();
		make("/other");
		save();
		errno = EAGAIN;
		return false;
	}
	if (getenv("FAKE_GUEST"))
		guest();
	save();
	return true;
}

void *xs_read(void *handle, uint32_t transaction, const char *path, unsigned int *len)
{
	struct node *n;

	begin_call();
	n = find(path);
	if (!n)
		return NULL;
	*len = strlen(n->value);
	return strdup(n->value);
}

bool xs_write(void *handle, uint32_t transaction, const char *path, const char *data,
	      unsigned int len)
{
	struct node *n;

	if (denied())
		return false;
	begin_call();
	n = make(path);
	snprintf(n->value, TEXT, "%.*s", (int)len, data);
	return end_call();
}

bool xs_mkdir(void *handle, uint32_t transaction, const char *path)
{
	if (denied())
		return false;
	begin_call();
	make(path);
	return end_call();
}

bool xs_rm(void *handle, uint32_t transaction, const char *path)
{
	size_t len = strlen(path);
	unsigned int i, kept = 0;

	if (denied())
		return false;
	begin_call();
	if (!find(path))
		return false;
	for (i = 0; i < count; i++)
		if (strncmp(nodes[i].path, path, len) ||
		    (nodes[i].path[len] && nodes[i].path[len] != '/'))
			nodes[kept++] = nodes[i];
	count = kept;
	return end_call();
}

/* One allocation, as libxenstore's. */
char **xs_directory(void *handle, uint32_t transaction, const char *path, unsigned int *num)
{
	size_t len = strlen(path);
	unsigned int i;
	char **entries;
	char *text;

	begin_call();
	if (!find(path))
		return NULL;
	entries = malloc(NODES * sizeof(*entries) + NODES * TEXT);
	text = (char *)(entries + NODES);
	*num = 0;
	for (i = 0; i < count; i++) {
		const char *name = nodes[i].path + len + 1;

		if (strncmp(nodes[i].path, path, len) || nodes[i].path[len] != '/' ||
		    strchr(name, '/'))
			continue;
		entries[(*num)++] = strcpy(text, name);
		text += strlen(name) + 1;
	}
	return entries;
}

bool xs_set_permissions(void *handle, uint32_t transaction, const char *path,
			struct permission *perms, unsigned int num)
{
	struct node *n;

	if (denied())
		return false;
	if (num != 2 || perms[0].perms || perms[1].perms != 1 || !exists(perms[0].id)) {
		errno = exists(perms[0].id) ? EINVAL : ENOENT;
		return false;
	}
	begin_call();
	n = find(path);
	if (!n)
		return false;
	snprintf(n->perms, TEXT, "n%u,r%u", perms[0].id, perms[1].id);
	return end_call();
}
