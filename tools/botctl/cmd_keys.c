/* cmd_keys.c: the key pairs by which the daemons know each other. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/key_file.h"
#include "lib/mem.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/table.h"

static exit_code_t s_init(ctl_t *ctl, void *options, char **words, size_t words_len)
{
    (void)options;
    (void)words_len;
    sb_err_t err;
    if (sb_keys_init(words[0], &err) != SB_OK) {
        return ctl_fail(ctl, &err);
    }
    for (size_t i = 0; i < sb_roles_len; i++) {
        (void)printf("%s/%s.key\n%s/%s.pub\n", words[0], sb_role_name(sb_roles[i]), words[0],
                     sb_role_name(sb_roles[i]));
    }
    ctl_advise("each machine needs all .pub files, and the .key files of the roles it runs");
    return EXIT_OK;
}

static exit_code_t s_show(ctl_t *ctl, void *options, char **words, size_t words_len)
{
    (void)options;
    static const char *const heads[] = {"role", "public key", "secret key"};
    const char *folder = words_len > 0 ? words[0] : ctl_keys_dir(ctl);
    sb_key_list_t list;
    sb_err_t err;
    if (sb_key_list_load(folder, &list, &err) != SB_OK) {
        return ctl_fail(ctl, &err);
    }
    table_t *table = table_new(heads, 3, 0);
    for (size_t i = 0; i < list.len; i++) {
        const sb_known_key_t *known = &list.keys[i];
        const char *role = sb_role_name(known->role);
        char *name = sb_format("%s%s", role, known->old ? " (old)" : "");
        char *path = sb_format("%s/%s.key", folder, role);
        const char *here = known->old ? NULL : access(path, F_OK) == 0 ? "here" : "elsewhere";
        table_row(table, (const char *[]){name, known->public_text, here});
        free(path);
        free(name);
    }
    table_print(table, stdout, 0); /* a key is of no use when it is cut */
    table_destroy(&table);
    return EXIT_OK;
}

const command_t cmd_keys_init = {
    .name = "keys init",
    .summary = "Make the key pairs of all roles",
    .usage = "DIR",
    .words_min = 1,
    .words_max = 1,
    .run = s_init,
    .details = "No file is replaced. Who holds ROLE.key may act as ROLE.",
};
const command_t cmd_keys_show = {
    .name = "keys show",
    .summary = "Show the public keys of a folder and their roles",
    .usage = "[DIR]",
    .words_max = 1,
    .run = s_show,
};
