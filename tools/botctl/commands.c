#include "tools/botctl/commands.h"

const command_t *const commands[] = {
    &cmd_alert_create,   &cmd_alert_list,
    &cmd_alert_show,     &cmd_alert_wait,
    &cmd_watch,          &cmd_count,
#ifdef SB_HAVE_CHAT
    &cmd_chat,
#endif
    &cmd_mutes_list,     &cmd_mutes_add,
    &cmd_mutes_remove,   &cmd_exemptions_list,
    &cmd_exemptions_add, &cmd_exemptions_remove,
    &cmd_people_list,    &cmd_people_add,
    &cmd_people_remove,  &cmd_people_import,
    &cmd_factors_list,   &cmd_totp_enroll,
    &cmd_totp_remove,    &cmd_totp_code,
    &cmd_totp_key,       &cmd_audit_list,
    &cmd_workers,        &cmd_ping,
    &cmd_stats,          &cmd_keys_init,
    &cmd_keys_show,      &cmd_help,
};
const size_t commands_len = sizeof commands / sizeof commands[0];
