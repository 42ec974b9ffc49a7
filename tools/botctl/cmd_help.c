/* cmd_help.c: help for all, a group, or one command. */
#include <stdio.h>

#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/globals.h"

static const char s_intro[] =
    "usage: botctl [OPTION]... COMMAND [WORD]...\n"
    "Send alerts to Securitybot, look at them, and look after the suite.\n"
    "\n"
    "Commands:\n";

static const char s_outro[] =
    "\n"
    "'botctl help COMMAND' says more about one. Its exit status is 0 when all went well, 1 when\n"
    "something was refused or not found, 2 for wrong usage, 3 when a daemon was not reachable in\n"
    "time, 4 for a fault of theirs or ours, and 5 when 'alert wait' saw the alert escalated.\n";

static exit_code_t s_run(ctl_t *ctl, void *options, char **words, size_t words_len)
{
    (void)options;
    if (words_len == 0) {
        (void)fputs(s_intro, stdout);
        command_list(commands, commands_len, NULL, stdout);
        (void)fputs("\nOptions:\n", stdout);
        opt_help(globals_opts, globals_opts_len, stdout);
        (void)fputs(s_outro, stdout);
        return EXIT_OK;
    }
    size_t used;
    const command_t *command = command_find(commands, commands_len, words, words_len, &used);
    if (command && used == words_len) {
        command_help(command, stdout);
        return EXIT_OK;
    }
    if (words_len == 1 && command_is_group(commands, commands_len, words[0])) {
        command_list(commands, commands_len, words[0], stdout);
        return EXIT_OK;
    }
    const command_near_t near = command_near(commands, commands_len, words, words_len);
    return near.name[0] ? ctl_usage(ctl, "no such command; did you mean '%s'?", near.name)
                        : ctl_usage(ctl, "no such command");
}

const command_t cmd_help = {
    .name = "help",
    .summary = "Print the list of commands, or the help of one",
    .usage = "[COMMAND]",
    .words_max = 2,
    .run = s_run,
};
