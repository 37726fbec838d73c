/* SPDX-License-Identifier: Apache-2.0 */
/* Modules for the devices that were there before init. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/modindex.h"
#include "pkg/init/init/modules.h"
#include "pkg/init/init/rescue.h"
#include "pkg/init/init/timeline.h"
#include "pkg/init/init/watchdog.h"

#define ALIAS_BYTES 1024

/*
 * All devices hang below a bus or a class. Walking those two costs a fraction
 * of walking /sys/devices with its power, queue and attribute folders. The
 * processor's own alias is left out: its modules are ciphers, which the kernel
 * asks for when it needs them and which cost half a second of self-tests.
 */

/*
 * What no container waits for. Loading it takes longer than all other steps of
 * init together, mostly to check the modules' signatures.
 */
static const char *const later[] = {
	"acpi:ACPI0007:", "acpi:LNXCPU:",  /* frequencies of processors */
	"acpi:LNXPWRBN:", "acpi:PNP0C0C:", /* power buttons */
	"acpi:LNXSLPBN:", "acpi:PNP0C0E:", /* the same to sleep */
	"acpi:QEMU0002:",                  /* the hypervisor's own settings */
	"input:",         "serio:",
};

/* A person at the console wonders by then. */
#define SAY_AFTER_MS 5000
#define STEP_MS 250

/* So many drivers that hang are passed by; each costs its time. */
#define CHILDREN_MAX 4

/* Far more than buses hang below each other: an end if all is new for ever. */
#define PASSES_MAX 32

static bool leave_later;
static unsigned tried;

static bool is_for_later(const char *alias)
{
	for (size_t i = 0; i < ARRAY_LEN(later) && leave_later; i++)
		if (strncmp(alias, later[i], strlen(later[i])) == 0)
			return true;
	return false;
}

/* True if modules serve the device: they may have brought more devices. */
static bool try_file(const char *path)
{
	char alias[ALIAS_BYTES];

	if (file_read(path, alias, sizeof(alias)) <= 0)
		return false;
	text_trim(alias);
	if (!alias[0] || is_for_later(alias) || !modules_alias_is_new(alias))
		return false;
	tried++;
	return modules_load_alias(alias) != 0;
}

static bool scan_devices(const char *folder)
{
	char path[PATH_BYTES + 16];
	struct dir dir;
	bool found = false;
	const char *name;

	if (dir_open(&dir, folder) < 0)
		return false;
	while ((name = dir_next(&dir))) {
		(void)snprintf(path, sizeof(path), "%s/%s/modalias", folder,
			       name);
		found |= try_file(path);
	}
	dir_close(&dir);
	return found;
}

static bool scan_groups(const char *top, const char *below)
{
	char path[PATH_BYTES];
	struct dir dir;
	bool found = false;
	const char *name;

	if (dir_open(&dir, top) < 0)
		return false;
	while ((name = dir_next(&dir))) {
		(void)snprintf(path, sizeof(path), "%s/%s%s", top, name, below);
		found |= scan_devices(path);
	}
	dir_close(&dir);
	return found;
}

void modules_coldplug(enum coldplug what)
{
	bool found = true;

	tried = 0;
	leave_later = what == COLDPLUG_URGENT;
	for (int i = 0; i < PASSES_MAX && found; i++) {
		found = scan_groups("/sys/bus", "/devices");
		/* Hundreds of terminals and the like, of which nobody waits. */
		if (what == COLDPLUG_ALL)
			found |= scan_groups("/sys/class", "");
	}
	log_debug("%u device aliases", tried);
}

/* False when the time of a module is over; then the child is left alone. */
static bool wait_for(pid_t pid)
{
	unsigned patience_s = modules_patience_s();
	char name[MODULE_NAME_BYTES] = "";
	long long begin = timeline_now();
	bool told = false;

	while (waitpid(pid, NULL, WNOHANG) == 0) {
		/* Each has its own time, however many there are. */
		if (strcmp(name, modules_loading()) != 0) {
			(void)snprintf(name, sizeof(name), "%s",
				       modules_loading());
			begin = timeline_now();
			told = false;
		}
		long long waited = timeline_now() - begin;

		if (waited >= patience_s * 1000LL)
			return false;
		if (waited >= SAY_AFTER_MS && !told && name[0]) {
			log_say("module %s: still loading", name);
			told = true;
		}
		watchdog_tick();
		rescue_wait_child(STEP_MS);
	}
	return true;
}

/* True if there is nothing that another one could do. */
static bool coldplug_once(enum coldplug what)
{
	char name[MODULE_NAME_BYTES];
	pid_t pid = fork();

	if (pid <= 0)
		modules_coldplug(what);
	if (pid == 0)
		_exit(0);
	if (pid < 0 || wait_for(pid))
		return true;
	(void)snprintf(name, sizeof(name), "%s", modules_loading());
	log_warn("module %s: does not come back; the boot goes on without it",
		 name);
	modules_give_up(name);
	return false;
}

void modules_coldplug_wait(enum coldplug what)
{
	for (int i = 0; i < CHILDREN_MAX && !coldplug_once(what); i++)
		;
}
