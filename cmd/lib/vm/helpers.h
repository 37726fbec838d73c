/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that run beside a machine: networks without privileges, shares. */
#pragma once

#include "cmd/lib/vm/machine.h"
#include "cmd/lib/vm/recipe.h"

/* gvproxy leases 192.168.127.2 to this address, or to HyperKit's of this UUID.
 */
#define GVPROXY_MAC "5a:94:ef:e4:0c:ee"
#define GVPROXY_UUID "c3d68012-0208-11ea-9fd7-f2189899ab08"

enum gvproxy_form { GVPROXY_QEMU, GVPROXY_VFKIT, GVPROXY_VPNKIT };

/*
 * Each adds what the machine needs and says by which socket the hypervisor
 * reaches it; the caller frees. With an existing gvproxy ("gvproxy,SOCKET")
 * nothing is started. FAULT_INPUT: a path too long, or ports that an existing
 * gvproxy cannot be asked to publish.
 */
int gvproxy_add(const struct machine *machine, struct recipe *recipe,
		enum gvproxy_form form, char **path,
		struct err *err) MUST_CHECK;
int passt_add(const struct machine *machine, struct recipe *recipe, char **path,
	      struct err *err) MUST_CHECK;
/* For the share of that number. */
int virtiofsd_add(const struct machine *machine, size_t number,
		  struct recipe *recipe, char **path,
		  struct err *err) MUST_CHECK;
