/* SPDX-License-Identifier: Apache-2.0 */
/* gvproxy, passt and virtiofsd, told what a machine asks for. */
#include "cmd/lib/vm/helpers.h"

#include "cmd/lib/base/mem.h"
#include "cmd/lib/vm/hypervisor.h"

/* It is the guest that the lease makes out. */
static void expose(const struct machine *machine, struct recipe *recipe,
		   const char *services)
{
	for (size_t i = 0; i < machine->publish_count; i++) {
		const struct machine_publish *publish = &machine->publishes[i];
		SCOPED_FREE char *body = xasprintf(
			"{\"local\":\"%s:%u\",\"remote\":\"192.168.127.2:%u\",\"protocol\":\"%s\"}",
			publish->host_address, publish->host_port,
			publish->guest_port, publish->udp ? "udp" : "tcp");

		recipe_add_request(recipe, services,
				   "/services/forwarder/expose", body);
	}
}

int gvproxy_add(const struct machine *machine, struct recipe *recipe,
		enum gvproxy_form form, char **path, struct err *err)
{
	static const struct {
		const char *option, *scheme;
	} forms[] = {
		[GVPROXY_QEMU] = { "--listen-qemu", "unix" },
		[GVPROXY_VFKIT] = { "--listen-vfkit", "unixgram" },
		[GVPROXY_VPNKIT] = { "--listen-vpnkit", "unix" },
	};
	SCOPED_FREE char *services = NULL;
	struct strv *argv;

	if (machine->net_place) {
		*path = xstrdup(machine->net_place);
		if (machine->publish_count == 0)
			return 0;
		return err_set(
			err, FAULT_INPUT,
			"--publish needs a gvproxy that is started here: --net gvproxy without a socket");
	}
	if (hypervisor_socket(machine, "net.sock", path, err) < 0 ||
	    hypervisor_socket(machine, "services.sock", &services, err) < 0)
		return -1;
	strv_add(&recipe->traces, services);
	argv = recipe_add_helper(recipe, *path);
	strv_add(argv, "gvproxy");
	recipe_option(argv, forms[form].option, "%s://%s", forms[form].scheme,
		      *path);
	recipe_option(argv, "--mtu", "1500");
	recipe_option(argv, "--ssh-port", "-1");
	recipe_option(argv, "--services", "unix://%s", services);
	expose(machine, recipe, services);
	return 0;
}

int passt_add(const struct machine *machine, struct recipe *recipe, char **path,
	      struct err *err)
{
	struct strv *argv;

	if (hypervisor_socket(machine, "passt.sock", path, err) < 0)
		return -1;
	argv = recipe_add_helper(recipe, *path);
	strv_add(argv, "passt");
	strv_add(argv, "--foreground");
	strv_add(argv, "--quiet");
	strv_add(argv, "--one-off");
	recipe_option(argv, "--socket", "%s", *path);
	for (size_t i = 0; i < machine->publish_count; i++) {
		const struct machine_publish *publish = &machine->publishes[i];

		recipe_option(argv, publish->udp ? "-u" : "-t", "%s/%u:%u",
			      publish->host_address, publish->host_port,
			      publish->guest_port);
	}
	return 0;
}

int virtiofsd_add(const struct machine *machine, size_t number,
		  struct recipe *recipe, char **path, struct err *err)
{
	SCOPED_FREE char *name = xasprintf("virtiofs%zu.sock", number);
	struct strv *argv;

	if (hypervisor_socket(machine, name, path, err) < 0)
		return -1;
	argv = recipe_add_helper(recipe, *path);
	strv_add(argv, machine->virtiofsd);
	strv_add_fmt(argv, "--socket-path=%s", *path);
	recipe_option(argv, "-o", "source=%s", machine->shares[number].folder);
	return 0;
}
