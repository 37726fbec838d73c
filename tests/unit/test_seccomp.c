/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles become filters: conditions, forms, what is refused. */
/* links: lib */
#include "tests/unit/unit.h"

#include "cmd/lib/build/seccomp.h"

#define DEBIAN_PROFILE "/usr/share/containers/seccomp.json"

static json_t *parsed(const char *text)
{
	SCOPED(err) err = { 0 };
	json_t *json;

	if (json_parse(&json, text, strlen(text), "profile", &err) < 0)
		UNIT_FAIL("%s", err.msg);
	return json;
}

/* What a profile gives, without blanks. */
static void compile(struct buf *text, const json_t *profile,
		    const char *capabilities, const char *arch)
{
	SCOPED_JSON json_t *list = parsed(capabilities);
	SCOPED_JSON json_t *seccomp = NULL;
	struct seccomp_target target = { arch, list };
	SCOPED(err) err = { 0 };

	if (seccomp_compile(&seccomp, profile, &target, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	json_write_compact(text, seccomp);
}

static void check_compiled(const char *profile, const char *capabilities,
			   const char *arch, const char *wanted)
{
	SCOPED_JSON json_t *json = parsed(profile);
	SCOPED(buf) text = { 0 };

	compile(&text, json, capabilities, arch);
	CHECK_STR(buf_text(&text), wanted);
}

static void check_refused(const char *profile, const char *wanted)
{
	SCOPED_JSON json_t *json = parsed(profile);
	SCOPED_JSON json_t *seccomp = NULL;
	struct seccomp_target target = { "amd64", NULL };
	SCOPED(err) err = { 0 };

	CHECK_INT(seccomp_compile(&seccomp, json, &target, &err), -1);
	CHECK_STR(err.msg, wanted);
	CHECK_INT(err.fault, FAULT_INPUT);
	CHECK(!seccomp);
}

#define ALLOW "\"defaultAction\":\"SCMP_ACT_ALLOW\""
#define RULES(rules) "{" ALLOW ",\"syscalls\":[" rules "]}"
#define RULE(more) "{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\"" more "}"

TEST(the_default_is_the_one_that_debian_ships)
{
	static const char *const capabilities[] = {
		"[]",
		"[\"CAP_SYS_ADMIN\"]",
		"[\"CAP_AUDIT_WRITE\",\"CAP_SYS_CHROOT\"]",
		"[\"CAP_DAC_READ_SEARCH\",\"CAP_SYS_MODULE\",\"CAP_SYS_PACCT\","
		"\"CAP_SYS_PTRACE\",\"CAP_SYS_RAWIO\",\"CAP_SYS_TIME\","
		"\"CAP_SYS_TTY_CONFIG\"]",
	};
	static const char *const arches[] = { "amd64", "arm64" };
	SCOPED_JSON json_t *ours = seccomp_default();
	SCOPED_JSON json_t *theirs = NULL;
	SCOPED(buf) file = { 0 };
	SCOPED(err) err = { 0 };

	if (buf_read_file(&file, DEBIAN_PROFILE, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	theirs = parsed(buf_text(&file));
	for (size_t i = 0; i < 8; i++) {
		SCOPED(buf) own = { 0 };
		SCOPED(buf) wanted = { 0 };

		compile(&own, ours, capabilities[i / 2], arches[i % 2]);
		compile(&wanted, theirs, capabilities[i / 2], arches[i % 2]);
		CHECK_STR(buf_text(&own), buf_text(&wanted));
		CHECK(own.size > 5000);
	}
}

/* containers-common 0.50.1 has no row for it. */
TEST(the_default_knows_riscv64)
{
	SCOPED_JSON json_t *profile = seccomp_default();
	SCOPED(buf) riscv64 = { 0 };
	SCOPED(buf) amd64 = { 0 };

	compile(&riscv64, profile, "[]", "riscv64");
	compile(&amd64, profile, "[]", "amd64");
	CHECK(strstr(buf_text(&riscv64),
		     "\"architectures\":[\"SCMP_ARCH_RISCV64\"]"));
	CHECK(strstr(buf_text(&riscv64), "riscv_flush_icache"));
	CHECK(!strstr(buf_text(&amd64), "riscv_flush_icache"));
	CHECK(!strstr(buf_text(&riscv64), "arch_prctl"));
}

TEST(conditions_are_asked_of_capabilities_and_architecture)
{
	static const char profile[] = RULES(
		RULE(",\"includes\":{\"caps\":[\"CAP_A\",\"CAP_B\"]}") "," RULE(
			",\"excludes\":{\"caps\":[\"CAP_A\",\"CAP_C\"]}"
			",\"errnoRet\":1") "," RULE(",\"includes\":{\"arches\":[\"arm64\"]},\"errnoRet\":2") "," RULE(",\"excludes\":{\"arches\":[\"arm64\"]},\"errnoRet\":3"));
#define GIVES(rules) "{" ALLOW ",\"syscalls\":[" rules "]}"

	check_compiled(profile, "[\"CAP_A\",\"CAP_B\"]", "amd64",
		       GIVES(RULE("") "," RULE(",\"errnoRet\":3")));
	check_compiled(profile, "[\"CAP_A\"]", "amd64",
		       GIVES(RULE(",\"errnoRet\":3")));
	check_compiled(
		profile, "[\"CAP_B\"]", "arm64",
		GIVES(RULE(",\"errnoRet\":1") "," RULE(",\"errnoRet\":2")));
}

TEST(the_kernel_is_newer_than_any_that_a_profile_asks_for)
{
	check_compiled(
		RULES(RULE(",\"includes\":{\"minKernel\":\"4.8\"}") "," RULE(
			",\"excludes\":{\"minKernel\":\"4.8\"}"
			",\"errnoRet\":1")),
		"[]", "amd64", RULES(RULE("")));
}

TEST(architectures_are_those_of_the_row_for_the_target)
{
	static const char profile[] =
		"{" ALLOW ",\"archMap\":["
		"{\"architecture\":\"SCMP_ARCH_AARCH64\","
		"\"subArchitectures\":[\"SCMP_ARCH_ARM\"]},"
		"{\"architecture\":\"SCMP_ARCH_RISCV64\","
		"\"subArchitectures\":null}]}";

	check_compiled(
		profile, "[]", "arm64",
		"{" ALLOW
		",\"architectures\":[\"SCMP_ARCH_AARCH64\",\"SCMP_ARCH_ARM\"]}");
	check_compiled(profile, "[]", "riscv64",
		       "{" ALLOW ",\"architectures\":[\"SCMP_ARCH_RISCV64\"]}");
	check_compiled(profile, "[]", "amd64", "{" ALLOW "}");
}

TEST(a_plain_seccomp_object_stays_as_it_is)
{
	static const char plain[] =
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,"
		"\"architectures\":[\"SCMP_ARCH_X86_64\"],"
		"\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],"
		"\"listenerPath\":\"/run/l\",\"listenerMetadata\":\"m\","
		"\"syscalls\":[{\"names\":[\"read\",\"write\"],"
		"\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":13,"
		"\"args\":[{\"index\":1,\"value\":4294967296,\"valueTwo\":7,"
		"\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}";

	check_compiled(plain, "[]", "arm64", plain);
}

TEST(what_means_nothing_is_left_out_and_errors_have_names)
{
	check_compiled(
		"{\"comment\":\"c\",\"syscalls\":["
		"{\"action\":\"SCMP_ACT_ERRNO\",\"errno\":\"ENOSYS\","
		"\"errnoRet\":1,\"names\":[\"a\"],\"comment\":\"\",\"args\":["
		"{\"op\":\"SCMP_CMP_EQ\",\"value\":0,\"valueTwo\":0,\"index\":2}],"
		"\"includes\":{},\"excludes\":null},"
		"{\"names\":[\"b\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":null,"
		"\"errno\":\"\"}],"
		"\"defaultErrno\":\"EACCES\",\"defaultAction\":\"SCMP_ACT_ERRNO\"}",
		"[]", "amd64",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":13,"
		"\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ERRNO\","
		"\"errnoRet\":38,\"args\":[{\"index\":2,\"value\":0,"
		"\"op\":\"SCMP_CMP_EQ\"}]},"
		"{\"names\":[\"b\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");
}

TEST(wrong_profiles_are_refused_with_the_member)
{
	check_refused("[]", "the profile is no object");
	check_refused("{}", "defaultAction is needed");
	check_refused("{\"defaultAction\":\"ALLOW\"}",
		      "defaultAction: 'ALLOW' is unknown");
	check_refused("{" ALLOW ",\"syscall\":[]}",
		      "the profile has an unknown member 'syscall'");
	check_refused("{" ALLOW ",\"syscalls\":{}}", "syscalls is no list");
	check_refused("{" ALLOW ",\"archMap\":1}", "archMap is no list");
	check_refused("{" ALLOW ",\"archMap\":[{\"architecture\":\"x86\"}]}",
		      "archMap[0]: architecture: 'x86' is unknown");
	check_refused("{" ALLOW ",\"architectures\":[\"SCMP_ARCH_X\"]}",
		      "architectures[0]: 'SCMP_ARCH_X' is unknown");
	check_refused("{" ALLOW
		      ",\"architectures\":[\"SCMP_ARCH_X86\"],\"archMap\":["
		      "{\"architecture\":\"SCMP_ARCH_X86\"}]}",
		      "archMap and architectures cannot be there together");
	check_refused("{" ALLOW ",\"flags\":[\"LOG\"]}",
		      "flags[0]: 'LOG' is unknown");
	check_refused("{" ALLOW ",\"listenerPath\":1}",
		      "listenerPath is no text");
	check_refused("{" ALLOW ",\"defaultErrnoRet\":-1}",
		      "defaultErrnoRet is no number from 0 to 4095");
	check_refused("{" ALLOW ",\"defaultErrno\":\"EWHAT\"}",
		      "defaultErrno: 'EWHAT' is unknown; give defaultErrnoRet");
}

TEST(wrong_rules_are_refused_with_their_number)
{
	check_refused(RULES(RULE("") ",1"), "syscalls[1]: a rule is no object");
	check_refused(RULES("{\"names\":[]}"), "syscalls[0]: names is needed");
	check_refused(RULES("{\"names\":[1]}"),
		      "syscalls[0]: names[0] is no name");
	check_refused(RULES("{\"names\":[\"a\"]}"),
		      "syscalls[0]: action is needed");
	check_refused(RULES(RULE(",\"name\":\"b\"")),
		      "syscalls[0]: a rule has an unknown member 'name'");
	check_refused(RULES(RULE(",\"args\":{}")),
		      "syscalls[0]: args is no list");
	check_refused(RULES(RULE(",\"args\":[{\"index\":6}]")),
		      "syscalls[0]: args[0]: index is no number from 0 to 5");
	check_refused(
		RULES(RULE(
			",\"args\":[{\"index\":0,\"value\":1,\"op\":\"EQ\"}]")),
		"syscalls[0]: args[0]: op: 'EQ' is unknown");
	check_refused(RULES(RULE(",\"includes\":{\"cap\":[]}")),
		      "syscalls[0]: includes has an unknown member 'cap'");
	check_refused(RULES(RULE(",\"excludes\":{\"arches\":[7]}")),
		      "syscalls[0]: excludes: arches[0] is no name");
	check_refused(RULES(RULE(",\"includes\":[]")),
		      "syscalls[0]: includes is no object");
}
