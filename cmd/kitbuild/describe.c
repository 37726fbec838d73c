/* SPDX-License-Identifier: Apache-2.0 */
/* Help, manual pages and shell completion. */
#include "cmd/kitbuild/describe.h"

#include <string.h>

#include "cmd/lib/base/mem.h"

void describe_program(const struct verb *const *verbs, const struct opt *global)
{
	puts("kitbuild builds immutable, bootable Linux images from a YAML manifest of OCI\n"
	     "images, without Docker, root or loop devices, and runs them.\n");
	puts("Usage: kitbuild COMMAND [options] [arguments]\n\nCommands:");
	for (size_t i = 0; verbs[i]; i++)
		printf("  %-14s %s\n", verbs[i]->name, verbs[i]->summary);
	puts("  completion     print shell completion: completion bash\n"
	     "  version        print the version\n\nOptions of every command:");
	opt_print_help(global, stdout);
	puts("\n`kitbuild COMMAND --help` tells more. A first image:\n\n"
	     "  kitbuild build linuxkit.yml && kitbuild run qemu linuxkit\n\n"
	     "Exit status: 0 done, 1 the machine failed (disk, network), 2 the input is\n"
	     "wrong, 3 a digest or signature does not match, 4 diff found a difference.");
}

void describe_verb(const struct verb *verb, const struct opt *global)
{
	printf("Usage: kitbuild %s [options] %s\n\n%s.\n", verb->name,
	       verb->args, verb->summary);
	if (verb->details)
		printf("\n%s\n", verb->details);
	if (verb->opts->type != OPT_END) {
		puts("\nOptions:");
		opt_print_help(verb->opts, stdout);
	}
	puts("\nOptions of every command:");
	opt_print_help(global, stdout);
}

/* roff treats a leading dot and every backslash and hyphen specially. */
static void roff(const char *text)
{
	for (const char *c = text; *c; c++) {
		if ((c == text || c[-1] == '\n') && (*c == '.' || *c == '\''))
			fputs("\\&", stdout);
		if (*c == '\\')
			fputs("\\e", stdout);
		else if (*c == '-')
			fputs("\\-", stdout);
		else
			putchar(*c);
	}
}

static void man_options(const struct opt *rows)
{
	for (const struct opt *row = rows; row->type != OPT_END; row++) {
		if (!row->help)
			continue;
		puts(".TP");
		fputs(".B ", stdout);
		if (row->letter)
			printf("\\-%c, ", row->letter);
		fputs("\\-\\-", stdout);
		roff(row->name);
		if (row->arg)
			printf("%s\\fI%s\\fR",
			       row->type == OPT_MAYBE ? "" : " ", row->arg);
		putchar('\n');
		roff(row->help);
		puts(".");
	}
}

static void man_page(const struct verb *const *verbs, const struct opt *global)
{
	puts(".TH KITBUILD 1 \"\" \"kitbuild " KITBUILD_VERSION
	     "\" \"User Commands\"\n"
	     ".SH NAME\n"
	     "kitbuild \\- build and run immutable, bootable Linux images\n"
	     ".SH SYNOPSIS\n"
	     ".B kitbuild\n\\fICOMMAND\\fR [\\fIoptions\\fR] [\\fIarguments\\fR]\n"
	     ".SH COMMANDS");
	for (size_t i = 0; verbs[i]; i++) {
		printf(".SS kitbuild %s [options] ", verbs[i]->name);
		roff(verbs[i]->args);
		putchar('\n');
		roff(verbs[i]->summary);
		puts(".");
		if (verbs[i]->details) {
			puts(".PP");
			roff(verbs[i]->details);
			putchar('\n');
		}
		man_options(verbs[i]->opts);
	}
	puts(".SH OPTIONS OF EVERY COMMAND");
	man_options(global);
	puts(".SH EXIT STATUS\n"
	     ".TP\n.B 0\ndone\n"
	     ".TP\n.B 1\nthe machine failed: disk, network, a program\n"
	     ".TP\n.B 2\nthe input is wrong: manifest, option, image\n"
	     ".TP\n.B 3\na digest or a signature does not match\n"
	     ".SH ENVIRONMENT\n"
	     ".TP\n.B KITBUILD_CACHE\nwhere images are kept; "
	     "${XDG_CACHE_HOME:\\-~/.cache}/kitbuild otherwise\n"
	     ".TP\n.B TMPDIR\nwhere temporary files go; /var/tmp otherwise\n"
	     ".TP\n.B NO_COLOR\nno colours on a terminal");
}

static void completion_words(const struct opt *rows)
{
	for (const struct opt *row = rows; row->type != OPT_END; row++)
		if (row->help)
			printf(" --%s", row->name);
}

/* The words that may stand first, each once. */
static void completion_first_words(const struct verb *const *verbs)
{
	SCOPED(strv) seen = { 0 };

	for (size_t i = 0; verbs[i]; i++) {
		SCOPED_FREE char *word =
			xstrndup(verbs[i]->name, strcspn(verbs[i]->name, " "));

		if (!strv_has(&seen, word))
			printf("%s ", word);
		strv_add(&seen, word);
	}
}

/* "cache" is followed by "ls", "pull" and so on. */
static void completion_second_words(const struct verb *const *verbs)
{
	for (size_t i = 0; verbs[i]; i++) {
		const char *space = strchr(verbs[i]->name, ' ');

		if (space)
			printf("  [[ $COMP_CWORD == 2 && ${COMP_WORDS[1]} == %.*s ]] && words+=' %s'\n",
			       (int)(space - verbs[i]->name), verbs[i]->name,
			       space + 1);
	}
}

static void completion_bash(const struct verb *const *verbs,
			    const struct opt *global)
{
	puts("# bash completion for kitbuild\n"
	     "_kitbuild() {\n"
	     "  local cur=${COMP_WORDS[COMP_CWORD]} words= options=\n"
	     "  case \"${COMP_WORDS[*]:1:2} \" in");
	for (size_t i = 0; verbs[i]; i++) {
		printf("  '%s '*) options='", verbs[i]->name);
		completion_words(verbs[i]->opts);
		puts("' ;;");
	}
	puts("  esac");
	completion_second_words(verbs);
	fputs("  [[ $COMP_CWORD == 1 ]] && words='", stdout);
	completion_first_words(verbs);
	puts("help version completion'");
	fputs("  [[ $cur == -* ]] && words=\"$options", stdout);
	completion_words(global);
	puts("\"\n"
	     "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	     "}\n"
	     "complete -o default -F _kitbuild kitbuild");
}

bool describe_extra(const struct verb *const *verbs, const struct opt *global,
		    const struct strv *words)
{
	const char *first = words->items[0];

	if (words->count == 1 && strcmp(first, "man") == 0) {
		man_page(verbs, global);
		return true;
	}
	if (words->count == 2 && strcmp(first, "completion") == 0 &&
	    strcmp(words->items[1], "bash") == 0) {
		completion_bash(verbs, global);
		return true;
	}
	return false;
}
