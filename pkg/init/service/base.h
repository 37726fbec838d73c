/* SPDX-License-Identifier: Apache-2.0 */
/* The few macros that every file of service uses. */
#pragma once

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_CHECK __attribute__((warn_unused_result))

#define PATH_BYTES 4096

#define SOCKET_PATH "/run/containerd/containerd.sock"
#define BUNDLES "/containers"
