/* SPDX-License-Identifier: Apache-2.0 */
/* Long-running containers under containerd. */
#include "pkg/init/service/services.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "pkg/init/service/containerd.h"
#include "pkg/init/service/daemon.h"
#include "pkg/init/service/fs.h"
#include "pkg/init/service/prepare.h"
#include "pkg/init/service/spec.h"

#define READY_MS 120000
#define GRACE_MS 10000
#define KILL_MS 10000

/* One service, with what was read of its bundle. */
struct service {
	const char *name;
	char bundle[PATH_BYTES];
	char out_path[PATH_BYTES];
	char err_path[PATH_BYTES];
	struct runtime runtime;
	struct containerd to;
};

static void service_close(struct service *service)
{
	grpc_close(&service->to.grpc);
	runtime_release(&service->runtime);
}

#define SCOPED_SERVICE __attribute__((cleanup(service_close))) struct service

static int service_open(struct service *service,
			const struct services *services, const char *name,
			struct err *err)
{
	*service = (struct service){ .name = name, .to.grpc.fd = -1 };
	if (fs_path(service->bundle, err, "%s/%s", services->folder, name) <
		    0 ||
	    fs_path(service->out_path, err, "/var/log/%s.out.log", name) < 0 ||
	    fs_path(service->err_path, err, "/var/log/%s.log", name) < 0)
		return -1;
	if (strchr(name, '/') || !fs_exists(service->bundle))
		return err_set(err, "no such service");
	if (runtime_read(&service->runtime, service->bundle, err) < 0)
		return -1;
	const char *own = service->runtime.namespace_name;

	service->to.namespace_name =
		own && own[0] ? own : services->namespace_name;
	return grpc_connect(&service->to.grpc, services->socket_path, err);
}

static int create_container(struct service *service, const char *dump,
			    struct err *err)
{
	SCOPED_FREE char *spec = NULL;

	if (spec_read(service->bundle, &spec, err) < 0 ||
	    (dump && fs_write(dump, spec, err) < 0))
		return -1;
	return containerd_create(&service->to, service->name, spec, err);
}

static int start_task(struct service *service, pid_t *pid, struct err *err)
{
	if (fs_write(service->out_path, "", err) < 0 ||
	    fs_write(service->err_path, "", err) < 0 ||
	    containerd_task_create(&service->to, service->name,
				   service->out_path, service->err_path, pid,
				   err) < 0)
		return -1;
	if (prepare_process(&service->runtime, *pid, err) == 0 &&
	    containerd_task_start(&service->to, service->name, err) == 0)
		return 0;
	return -1;
}

/* Leaves nothing behind, so that a second start can work. */
static void clean_up(struct service *service)
{
	struct err ignored;

	if (containerd_task_kill(&service->to, service->name, SIGKILL,
				 &ignored) < 0 ||
	    containerd_task_wait(&service->to, service->name, KILL_MS,
				 &ignored) < 0 ||
	    containerd_task_delete(&service->to, service->name, &ignored) < 0)
		say_debug("%s: clean up: %s", service->name, ignored.msg);
}

static int start(const struct services *services, const char *name, pid_t *pid,
		 struct err *err)
{
	SCOPED_SERVICE service = { .to.grpc.fd = -1 };
	struct err ignored;

	if (service_open(&service, services, name, err) < 0)
		return -1;
	struct task task;

	/* Checked before anything is mounted over a running service. */
	if (containerd_task_get(&service.to, name, &task, err) < 0)
		return -1;
	if (task.status != TASK_NONE && task.status != TASK_STOPPED)
		return err_set(err, "is running (pid %d)", (int)task.pid);
	int done = prepare_files(&service.runtime, service.bundle, err);

	if (done == 0)
		done = create_container(&service, services->dump_spec, err);
	if (done == 0 && start_task(&service, pid, err) == 0)
		return 0;
	if (done == 0) {
		clean_up(&service);
		(void)!containerd_delete(&service.to, name, &ignored);
	}
	prepare_undo(service.bundle);
	return -1;
}

int services_start(const struct services *services, const char *name)
{
	struct err err;
	pid_t pid = 0;

	if (start(services, name, &pid, &err) < 0) {
		say("%s: failed: %s", name, err.msg);
		return 1;
	}
	say_step("%s: started (pid %d)", name, (int)pid);
	return 0;
}

/* A call that ran into its time limit leaves the connection unusable. */
static int reconnect(struct service *service, const struct services *services,
		     struct err *err)
{
	grpc_close(&service->to.grpc);
	return grpc_connect(&service->to.grpc, services->socket_path, err);
}

static int end_task(struct service *service, const struct services *services,
		    struct err *err)
{
	struct containerd *to = &service->to;
	const char *name = service->name;

	if (containerd_task_kill(to, name, SIGTERM, err) < 0)
		return -1;
	if (containerd_task_wait(to, name, GRACE_MS, err) == 0)
		return 0;
	say("%s: still there after %d s, killing it", name, GRACE_MS / 1000);
	if (reconnect(service, services, err) < 0 ||
	    containerd_task_kill(to, name, SIGKILL, err) < 0)
		return -1;
	return containerd_task_wait(to, name, KILL_MS, err);
}

static int stop(const struct services *services, const char *name,
		struct err *err)
{
	SCOPED_SERVICE service = { .to.grpc.fd = -1 };
	struct task task;

	if (service_open(&service, services, name, err) < 0 ||
	    containerd_task_get(&service.to, name, &task, err) < 0)
		return -1;
	bool alive = task.status != TASK_NONE && task.status != TASK_STOPPED;

	if ((alive && end_task(&service, services, err) < 0) ||
	    containerd_task_delete(&service.to, name, err) < 0 ||
	    containerd_delete(&service.to, name, err) < 0)
		return -1;
	prepare_undo(service.bundle);
	return 0;
}

int services_stop(const struct services *services, const char *name)
{
	struct err err;

	if (stop(services, name, &err) < 0) {
		say("%s: stop failed: %s", name, err.msg);
		return 1;
	}
	say_step("%s: stopped", name);
	return 0;
}

int services_restart(const struct services *services, const char *name)
{
	int status = services_stop(services, name);

	return status ? status : services_start(services, name);
}

/* containerd's store may outlive a reboot; its processes do not. */
static int delete_stale(const struct services *services, struct err *err)
{
	SCOPED_SERVICE all = { .to.grpc.fd = -1 };
	SCOPED_NAMES ids = { 0 };

	all.to.namespace_name = services->namespace_name;
	if (grpc_connect(&all.to.grpc, services->socket_path, err) < 0 ||
	    containerd_list(&all.to, &ids, err) < 0)
		return -1;
	for (size_t i = 0; i < ids.count; i++) {
		all.name = ids.name[i];
		clean_up(&all);
		if (containerd_delete(&all.to, all.name, err) < 0 ||
		    fs_path(all.bundle, err, "%s/%s", services->folder,
			    all.name) < 0)
			return -1;
		prepare_undo(all.bundle);
		say_step("%s: stale container deleted", all.name);
	}
	return 0;
}

static int system_init(const struct services *services, struct names *names,
		       struct err *err)
{
	const struct daemon daemon = { .program = services->program,
				       .socket_path = services->socket_path,
				       .timeout_ms = READY_MS };

	if (fs_folders(services->folder, names, err) < 0 ||
	    daemon_start(&daemon, err) < 0)
		return -1;
	say_step("containerd: ready");
	return delete_stale(services, err);
}

int services_system_init(const struct services *services)
{
	SCOPED_NAMES names = { 0 };
	struct err err;
	size_t failed = 0;

	if (system_init(services, &names, &err) < 0) {
		say("no services: %s", err.msg);
		return 1;
	}
	for (size_t i = 0; i < names.count; i++)
		failed += services_start(services, names.name[i]) != 0;
	if (failed == 0)
		say("all %zu services started", names.count);
	else
		say("%zu of %zu services failed", failed, names.count);
	return failed > 0;
}

static void list_one(const struct services *services, const char *name)
{
	static const char *const words[] = {
		[TASK_NONE] = "absent",     [TASK_CREATED] = "created",
		[TASK_RUNNING] = "running", [TASK_STOPPED] = "stopped",
		[TASK_PAUSED] = "paused",   [TASK_PAUSING] = "pausing",
	};
	SCOPED_SERVICE service = { .to.grpc.fd = -1 };
	struct task task;
	struct err err;

	if (service_open(&service, services, name, &err) < 0 ||
	    containerd_task_get(&service.to, name, &task, &err) < 0) {
		say("%s: %s", name, err.msg);
		return;
	}
	(void)printf("%-24s %-8s", name,
		     task.status < ARRAY_LEN(words) ? words[task.status]
						    : "unknown");
	if (task.status == TASK_RUNNING)
		(void)printf(" pid %d", (int)task.pid);
	if (task.status == TASK_STOPPED)
		(void)printf(" exit status %u", task.exit_status);
	(void)putchar('\n');
}

int services_list(const struct services *services)
{
	SCOPED_NAMES names = { 0 };
	struct err err;

	if (fs_folders(services->folder, &names, &err) < 0) {
		say("%s", err.msg);
		return 1;
	}
	for (size_t i = 0; i < names.count; i++)
		list_one(services, names.name[i]);
	return 0;
}
