/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * One line a message on stderr. When stderr is no terminal each line begins
 * with the "<N>" that journald reads as its priority (sd-daemon(3)).
 */
#ifndef BRIDGE_LOG_H
#define BRIDGE_LOG_H

/* The values are syslog's, as journald wants them. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

void log_init(void);

/* log_find_level() - by its name; -1 if there is no such level */
int log_find_level(const char *name);

/* log_set_level() - what is less important is not logged */
void log_set_level(enum log_level level);

void log_line(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * log_limited() - for what a guest or a backend can cause at will: when too many
 * such lines come, some are left out, and counted
 */
void log_limited(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define log_error(...)		log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...)	log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)		log_line(LOG_LEVEL_INFO, __VA_ARGS__)

#endif /* BRIDGE_LOG_H */
