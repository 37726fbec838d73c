/* SPDX-License-Identifier: Apache-2.0 */
/* containerd's API, version 1: the calls that service needs. */
#include "pkg/init/service/containerd.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "containerd.pb-c.h"

#define CONTAINERS "/containerd.services.containers.v1.Containers/"
#define TASKS "/containerd.services.tasks.v1.Tasks/"
#define RUNTIME_NAME "io.containerd.runc.v2"
#define TYPES "types.containerd.io/opencontainers/runtime-spec/1/"
#define SPEC_TYPE TYPES "Spec"
#define PROCESS_TYPE TYPES "Process"

#define CALL_MS 60000

/*
 * Many starts at once, on a slow processor, end all together and late; a
 * containerd that died is seen by the end of the connection. Giving up sooner
 * would leave it making what nobody waits for.
 */
#define START_MS 600000
#define KILL_MS 5000

/* One call: what is asked, and which status counts as done too. */
struct call {
	const char *method;
	const ProtobufCMessage *request;
	int timeout_ms; /* 0: the usual */
	int also_fine;
};

/* protobuf-c's fields are not const, though packing only reads them. */
static char *text(const char *borrowed)
{
	const union {
		const char *in;
		char *out;
	} both = { borrowed };

	return both.out;
}

static int call_raw(struct containerd *to, const struct call *call,
		    struct grpc_reply *reply, struct err *err)
{
	size_t len = protobuf_c_message_get_packed_size(call->request);
	SCOPED_FREE uint8_t *message = fs_alloc(1, len);

	(void)protobuf_c_message_pack(call->request, message);
	const struct grpc_request request = {
		.method = call->method,
		.namespace_name = to->namespace_name,
		.message = message,
		.len = len,
		.timeout_ms = call->timeout_ms ? call->timeout_ms : CALL_MS,
	};

	if (grpc_call(&to->grpc, &request, reply, err) < 0)
		return -1;
	if (reply->status == GRPC_OK || reply->status == call->also_fine)
		return 0;
	return err_set(err, "%s: %s (gRPC status %d)",
		       strrchr(call->method, '/') + 1, reply->text,
		       reply->status);
}

static int call_plain(struct containerd *to, const struct call *call,
		      struct err *err)
{
	SCOPED_REPLY reply = { 0 };

	return call_raw(to, call, &reply, err);
}

/* *answer is NULL if the status was the one that is fine too. */
static int call_for(struct containerd *to, const struct call *call,
		    const ProtobufCMessageDescriptor *type, void *answer,
		    struct err *err)
{
	SCOPED_REPLY reply = { 0 };
	ProtobufCMessage **message = answer;

	*message = NULL;
	if (call_raw(to, call, &reply, err) < 0)
		return -1;
	if (reply.status != GRPC_OK)
		return 0;
	*message =
		protobuf_c_message_unpack(type, NULL, reply.len, reply.message);
	return *message ? 0 : err_set(err, "%s: malformed reply", call->method);
}

static void release(void *answer)
{
	protobuf_c_message_free_unpacked(answer, NULL);
}

int containerd_create(struct containerd *to, const char *id, const char *spec,
		      struct err *err)
{
	Api__Runtime runtime;
	Api__Any any;
	Api__Container container;
	Api__ContainerRequest request;
	const struct call call = { .method = CONTAINERS "Create",
				   .request = &request.base };

	api__runtime__init(&runtime);
	api__any__init(&any);
	api__container__init(&container);
	api__container_request__init(&request);
	runtime.name = text(RUNTIME_NAME);
	any.type_url = text(SPEC_TYPE);
	any.value.data = (uint8_t *)text(spec);
	any.value.len = strlen(spec);
	container.id = text(id);
	container.runtime = &runtime;
	container.spec = &any;
	request.container = &container;
	return call_plain(to, &call, err);
}

int containerd_list(struct containerd *to, struct names *ids, struct err *err)
{
	Api__Nothing request;
	Api__ContainerList *list = NULL;
	const struct call call = { .method = CONTAINERS "List",
				   .request = &request.base };

	api__nothing__init(&request);
	*ids = (struct names){ 0 };
	if (call_for(to, &call, &api__container_list__descriptor, &list, err) <
	    0)
		return -1;
	if (!list)
		return err_set(err, "List: no answer");
	names_init(ids, list->n_containers);
	for (size_t i = 0; i < list->n_containers; i++)
		names_add(ids, list->containers[i]->id);
	release(list);
	return 0;
}

int containerd_task_create(struct containerd *to, const char *id,
			   const char *out_path, const char *err_path,
			   pid_t *pid, struct err *err)
{
	Api__CreateTask request;
	Api__CreatedTask *created = NULL;
	const struct call call = { .method = TASKS "Create",
				   .request = &request.base,
				   .timeout_ms = START_MS };

	api__create_task__init(&request);
	request.container_id = text(id);
	request.out_path = text(out_path);
	request.err_path = text(err_path);
	if (call_for(to, &call, &api__created_task__descriptor, &created, err) <
	    0)
		return -1;
	if (!created)
		return err_set(err, "Create: no answer");
	*pid = (pid_t)created->pid;
	release(created);
	return 0;
}

static int call_id(struct containerd *to, struct call call, const char *id,
		   struct err *err)
{
	Api__Id request;

	api__id__init(&request);
	request.id = text(id);
	call.request = &request.base;
	return call_plain(to, &call, err);
}

int containerd_task_start(struct containerd *to, const char *id,
			  struct err *err)
{
	const struct call call = { .method = TASKS "Start",
				   .timeout_ms = START_MS };

	return call_id(to, call, id, err);
}

int containerd_task_delete(struct containerd *to, const char *id,
			   struct err *err)
{
	const struct call call = { .method = TASKS "Delete",
				   .also_fine = GRPC_NOT_FOUND };

	return call_id(to, call, id, err);
}

int containerd_delete(struct containerd *to, const char *id, struct err *err)
{
	const struct call call = { .method = CONTAINERS "Delete",
				   .also_fine = GRPC_NOT_FOUND };

	return call_id(to, call, id, err);
}

static void exec_id_init(Api__Id *request, const struct containerd_exec *exec)
{
	api__id__init(request);
	request->id = text(exec->id);
	request->exec_id = text(exec->exec_id);
}

static int exec_call(struct containerd *to, const struct containerd_exec *exec,
		     const char *method, struct err *err)
{
	Api__Id request;
	const struct call call = { .method = method, .request = &request.base };

	exec_id_init(&request, exec);
	return call_plain(to, &call, err);
}

/* Answers of Wait; *status stays as it is if there is no such process. */
static int wait_for(struct containerd *to, const struct call *call, int *status,
		    struct err *err)
{
	Api__Exit *gone = NULL;

	if (call_for(to, call, &api__exit__descriptor, &gone, err) < 0)
		return -1;
	if (gone)
		*status = (int)gone->exit_status;
	release(gone);
	return 0;
}

int containerd_task_wait(struct containerd *to, const char *id, int timeout_ms,
			 int *status, struct err *err)
{
	Api__Id request;
	const struct call call = { .method = TASKS "Wait",
				   .request = &request.base,
				   .timeout_ms = timeout_ms,
				   .also_fine = GRPC_NOT_FOUND };

	api__id__init(&request);
	request.id = text(id);
	return wait_for(to, &call, status, err);
}

static int kill_process(struct containerd *to, const Api__Kill *request,
			struct err *err)
{
	const struct call call = { .method = TASKS "Kill",
				   .request = &request->base,
				   .also_fine = GRPC_NOT_FOUND };

	return call_plain(to, &call, err);
}

int containerd_task_kill(struct containerd *to, const char *id, int sig,
			 struct err *err)
{
	Api__Kill request;

	api__kill__init(&request);
	request.container_id = text(id);
	request.signal = (uint32_t)sig;
	request.all = sig == SIGKILL;
	return kill_process(to, &request, err);
}

int containerd_exec(struct containerd *to, const struct containerd_exec *exec,
		    struct err *err)
{
	Api__ExecProcess request;
	Api__Any any;
	const struct call call = { .method = TASKS "Exec",
				   .request = &request.base };

	api__any__init(&any);
	api__exec_process__init(&request);
	any.type_url = text(PROCESS_TYPE);
	any.value.data = (uint8_t *)text(exec->process);
	any.value.len = strlen(exec->process);
	request.container_id = text(exec->id);
	request.exec_id = text(exec->exec_id);
	request.out_path = text(exec->log_path);
	request.err_path = text(exec->log_path);
	request.spec = &any;
	if (call_plain(to, &call, err) < 0)
		return -1;
	return exec_call(to, exec, TASKS "Start", err);
}

int containerd_exec_wait(struct containerd *to,
			 const struct containerd_exec *exec, int timeout_ms,
			 int *status, struct err *err)
{
	Api__Id request;
	const struct call call = { .method = TASKS "Wait",
				   .request = &request.base,
				   .timeout_ms = timeout_ms };

	exec_id_init(&request, exec);
	return wait_for(to, &call, status, err);
}

int containerd_exec_end(struct containerd *to,
			const struct containerd_exec *exec, struct err *err)
{
	Api__Kill request;

	api__kill__init(&request);
	request.container_id = text(exec->id);
	request.exec_id = text(exec->exec_id);
	request.signal = SIGKILL;
	struct err ignored;
	int status;

	/* One that has ended already cannot be killed, only deleted. */
	(void)!kill_process(to, &request, &ignored);
	(void)!containerd_exec_wait(to, exec, KILL_MS, &status, &ignored);
	return exec_call(to, exec, TASKS "DeleteProcess", err);
}

int containerd_task_get(struct containerd *to, const char *id,
			struct task *task, struct err *err)
{
	Api__GetTask *got = NULL;
	Api__Id request;

	*task = (struct task){ 0 };
	api__id__init(&request);
	request.id = text(id);
	const struct call call = { .method = TASKS "Get",
				   .request = &request.base,
				   .also_fine = GRPC_NOT_FOUND };

	if (call_for(to, &call, &api__get_task__descriptor, &got, err) < 0)
		return -1;
	if (got && got->process) {
		task->status = (enum task_status)got->process->status;
		task->pid = (pid_t)got->process->pid;
		task->exit_status = got->process->exit_status;
	}
	if (got)
		release(got);
	return 0;
}
