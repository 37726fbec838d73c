/* SPDX-License-Identifier: Apache-2.0 */
/* How a machine is connected to its host: network, shares, vsock. */
#include "cmd/lib/vm/machine.h"

#include <limits.h>
#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"

/* Of the names of a mode the first is ours, the others LinuxKit's. */
static const struct {
	const char *name;
	enum machine_net net;
	bool has_place;
} nets[] = {
	{ "none", MACHINE_NET_NONE, false },
	{ "user", MACHINE_NET_USER, false },
	{ "bridge", MACHINE_NET_BRIDGE, true },
	{ "tap", MACHINE_NET_TAP, true },
	{ "passt", MACHINE_NET_PASST, false },
	{ "gvproxy", MACHINE_NET_GVPROXY, true },
	{ "vmnet", MACHINE_NET_VMNET, false },
	{ "vpnkit", MACHINE_NET_VPNKIT, true },
	{ "default", MACHINE_NET_DEFAULT, false },
};

const char *machine_net_name(enum machine_net net)
{
	for (size_t i = 0; i < ARRAY_LEN(nets); i++)
		if (nets[i].net == net)
			return nets[i].name;
	return "default";
}

static int unknown_net(const char *spec, struct err *err)
{
	SCOPED(buf) names = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(nets); i++)
		buf_add_fmt(&names, "%s%s", i ? ", " : "", nets[i].name);
	return err_set(err, FAULT_INPUT, "network '%s': there are %s", spec,
		       buf_text(&names));
}

int machine_set_net(struct machine *machine, const char *spec, struct err *err)
{
	size_t length = strcspn(spec, ",");

	for (size_t i = 0; i < ARRAY_LEN(nets); i++) {
		if (strlen(nets[i].name) != length ||
		    strncmp(nets[i].name, spec, length) != 0)
			continue;
		if (spec[length] && (!nets[i].has_place || !spec[length + 1]))
			return err_set(err, FAULT_INPUT,
				       "network '%s': nothing goes behind %s",
				       spec, nets[i].name);
		machine->net = nets[i].net;
		free(machine->net_place);
		machine->net_place =
			spec[length] ? xstrdup(spec + length + 1) : NULL;
		return 0;
	}
	return unknown_net(spec, err);
}

/* What every hypervisor and the guest's mount take as it is. */
static bool is_tag(const char *tag)
{
	size_t length = strlen(tag);

	return length > 0 && length <= 31 &&
	       strspn(tag, "abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == length;
}

static bool has_tag(const struct machine *machine, const char *tag)
{
	for (size_t i = 0; i < machine->share_count; i++)
		if (strcmp(machine->shares[i].tag, tag) == 0)
			return true;
	return false;
}

int machine_add_share(struct machine *machine, const char *spec,
		      struct err *err)
{
	SCOPED_FREE char *text = xstrdup(spec);
	size_t length = strlen(text);
	bool read_only = length > 3 && strcmp(text + length - 3, ":ro") == 0;
	char *colon, *folder;

	if (read_only)
		text[length - 3] = '\0';
	colon = strrchr(text, ':');
	if (!colon || colon == text || !is_tag(colon + 1))
		return err_set(
			err, FAULT_INPUT,
			"share '%s': write FOLDER:TAG or FOLDER:TAG:ro, the tag of up to 31 letters, digits, '-', '_' and '.'",
			spec);
	*colon = '\0';
	if (has_tag(machine, colon + 1))
		return err_set(err, FAULT_INPUT,
			       "share '%s': another has this tag", spec);
	folder = realpath(text, NULL);
	if (!folder)
		return err_sys(err, "share %s", text);
	machine->shares = xrealloc(machine->shares, machine->share_count + 1,
				   sizeof(*machine->shares));
	machine->shares[machine->share_count++] = (struct machine_share){
		.folder = folder,
		.tag = xstrdup(colon + 1),
		.read_only = read_only,
	};
	return 0;
}

static bool read_unsigned(const char *text, unsigned *number)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long long value = strtoull(text, NULL, 10);

	*number = (unsigned)value;
	return digits > 0 && digits <= 10 && !text[digits] && value < UINT_MAX;
}

int machine_set_vsock(struct machine *machine, const char *cid, struct err *err)
{
	/* 0 to 2 are the hypervisor, this machine and the host. */
	machine->vsock_cid = 3;
	if (!*cid ||
	    (read_unsigned(cid, &machine->vsock_cid) && machine->vsock_cid > 2))
		return 0;
	return err_set(err, FAULT_INPUT,
		       "--vsock %s: a context identifier is 3 or more", cid);
}

int machine_add_vsock_port(struct machine *machine, const char *port,
			   struct err *err)
{
	unsigned number;

	if (!read_unsigned(port, &number) || number == 0)
		return err_set(err, FAULT_INPUT,
			       "--vsock-ports %s: not a port of vsock", port);
	machine->vsock_ports =
		xrealloc(machine->vsock_ports, machine->vsock_port_count + 1,
			 sizeof(*machine->vsock_ports));
	machine->vsock_ports[machine->vsock_port_count++] = number;
	return 0;
}
