/* main.c: finds the command, reads its options and the configuration, runs it. */
#include <czmq.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/globals.h"
#include "tools/botctl/text.h"

static exit_code_t s_refuse(const char *text)
{
    (void)fprintf(stderr, "botctl: %s\n", text);
    return EXIT_USAGE;
}

/* Says what was wrong with the command's name. */
static exit_code_t s_no_command(char **words, size_t words_len)
{
    if (words_len == 0) {
        return s_refuse("what to do? 'botctl help' lists the commands");
    }
    const bool group = command_is_group(commands, commands_len, words[0]);
    sb_buf_t typed = sb_buf(SB_ERR_TEXT_MAX);
    text_escape(&typed, words[0]);
    if (group && words_len > 1) {
        sb_buf_putc(&typed, ' ');
        text_escape(&typed, words[1]);
    }
    const command_near_t near = command_near(commands, commands_len, words, words_len);
    (void)fprintf(stderr, "botctl: no command '%s'; ", sb_buf_text(&typed));
    if (near.name[0]) {
        (void)fprintf(stderr, "did you mean '%s'?\n", near.name);
    } else if (group) {
        (void)fputs("there are\n", stderr);
        command_list(commands, commands_len, words[0], stderr);
    } else {
        (void)fputs("'botctl help' lists them\n", stderr);
    }
    sb_buf_free(&typed);
    return EXIT_USAGE;
}

/* --check, --dump: about the configuration alone. */
static exit_code_t s_show_config(const globals_t *globals, const ctl_config_t *config)
{
    if (globals->dump) {
        sb_config_dump(ctl_keys, ctl_keys_len, config, stdout);
    } else {
        (void)printf("%s: ok\n", globals->config ? globals->config : "configuration");
    }
    return EXIT_OK;
}

static exit_code_t s_run(const globals_t *globals, const command_t *command, void *options,
                         char **words, size_t words_len)
{
    ctl_config_t config;
    sb_err_t err;
    if (ctl_config_load(globals->config, &config, &err) != SB_OK) {
        return s_refuse(err.text);
    }
    if (!command) {
        const exit_code_t code = s_show_config(globals, &config);
        sb_config_free(ctl_keys, ctl_keys_len, &config);
        return code;
    }
    ctl_t *ctl = ctl_new(&config, globals->keys, command->name);
    const exit_code_t code = command->run(ctl, options, words, words_len);
    ctl_destroy(&ctl);
    return code;
}

/* argv[0] is the last word of the command's name. */
static exit_code_t s_command(const command_t *command, globals_t *globals, int argc, char **argv)
{
    void *options = sb_alloc(command->options_size);
    const opt_set_t sets[] = {
        {command->opts, command->opts_len, options},
        {globals_opts,  globals_opts_len,  globals}
    };
    char **words = NULL;
    size_t words_len = 0;
    sb_err_t err;
    exit_code_t code;
    opt_defaults(&sets[0]);
    if (opt_parse(sets, 2, false, argc, argv, sb_clock_wall_ms(), &words, &words_len, &err)) {
        (void)fprintf(stderr, "botctl %s: %s\n", command->name, err.text);
        code = EXIT_USAGE;
    } else if (globals->help) {
        command_help(command, stdout);
        code = EXIT_OK;
    } else if (words_len < command->words_min || words_len > command->words_max) {
        (void)fprintf(stderr, "botctl %s: too %s words\n", command->name,
                      words_len < command->words_min ? "few" : "many");
        command_usage(command, stderr);
        code = EXIT_USAGE;
    } else {
        code = s_run(globals, command, options, words, words_len);
    }
    opt_free(&sets[0]);
    free(words);
    free(options);
    return code;
}

static exit_code_t s_main(int argc, char **argv)
{
    globals_t globals = {0};
    const opt_set_t set = {globals_opts, globals_opts_len, &globals};
    char **words = NULL;
    size_t words_len = 0;
    sb_err_t err;
    if (opt_parse(&set, 1, true, argc, argv, sb_clock_wall_ms(), &words, &words_len, &err)) {
        return s_refuse(err.text);
    }
    exit_code_t code;
    size_t used = 0;
    const command_t *command = command_find(commands, commands_len, words, words_len, &used);
    if (globals.version) {
        (void)puts("botctl " SB_VERSION);
        code = EXIT_OK;
    } else if (globals.help_config) {
        sb_config_help(ctl_keys, ctl_keys_len, stdout);
        code = EXIT_OK;
    } else if (globals.help && words_len == 0) {
        code = cmd_help.run(NULL, NULL, NULL, 0);
    } else if (words_len == 0 && (globals.check || globals.dump)) {
        code = s_run(&globals, NULL, NULL, NULL, 0);
    } else if (words_len == 2 && command_is_group(commands, commands_len, words[0]) &&
               (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0)) {
        code = cmd_help.run(NULL, NULL, words, 1);
    } else if (command) {
        const int skipped = argc - (int)words_len + (int)used - 1;
        code = s_command(command, &globals, argc - skipped, argv + skipped);
    } else {
        code = s_no_command(words, words_len);
    }
    free(words);
    return code;
}

int main(int argc, char **argv)
{
    text_init();
    zsys_handler_set(NULL);                       /* Ctrl-C ends us as it does any program */
    sb_log_open("botctl", SB_ERROR, SB_LOG_TEXT); /* what we say is said once, by the command */
    const exit_code_t code = s_main(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)fprintf(stderr, "botctl: can't write the output: %s\n", strerror(errno));
        return EXIT_FAULT;
    }
    return (int)code;
}
