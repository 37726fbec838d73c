/* SPDX-License-Identifier: Apache-2.0 */
/* config.json of a bundle, made fit for containerd. */
#pragma once

#include <stdbool.h>

#include "pkg/init/service/err.h"

/*
 * Replaces root.path by an absolute path, since containerd runs the container
 * from a folder of its own. All else stays byte for byte: numbers of 64 bits
 * would not survive most JSON libraries. The caller frees *out.
 */
MUST_CHECK int spec_set_root(const char *json, const char *root, char **out,
			     struct err *err);

/*
 * Replaces ociVersion by 1.0.2 unless it is 1.0.something already, since older
 * releases of crun refuse later numbers, though they ignore what is new in
 * them. *out is NULL if nothing is to be changed.
 */
MUST_CHECK int spec_set_version(const char *json, char **out, struct err *err);

/* The text of config.json of the bundle; the caller frees it. */
MUST_CHECK int spec_load(const char *bundle, char **out, struct err *err);

/* Reads config.json of the bundle; root.path becomes its rootfs folder. */
MUST_CHECK int spec_read(const char *bundle, char **out, struct err *err);

/*
 * The process of a config.json with another command, at a terminal or not, for
 * a runtime's exec. The caller frees *out.
 */
MUST_CHECK int spec_process(const char *json, const char *const *argv,
			    bool terminal, char **out, struct err *err);
