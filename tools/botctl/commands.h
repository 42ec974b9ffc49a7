/* commands.h: the table of all commands; each stands in the file of its noun. */
#pragma once

#include "tools/botctl/command.h"

extern const command_t cmd_help;
extern const command_t cmd_alert_create;
extern const command_t cmd_alert_list;
extern const command_t cmd_alert_show;
extern const command_t cmd_alert_wait;
extern const command_t cmd_escalation_ack;
extern const command_t cmd_escalation_assign;
extern const command_t cmd_escalation_close;
extern const command_t cmd_watch;
extern const command_t cmd_count;
extern const command_t cmd_mutes_list;
extern const command_t cmd_mutes_add;
extern const command_t cmd_mutes_remove;
extern const command_t cmd_exemptions_list;
extern const command_t cmd_exemptions_add;
extern const command_t cmd_exemptions_remove;
extern const command_t cmd_people_list;
extern const command_t cmd_people_add;
extern const command_t cmd_people_remove;
extern const command_t cmd_people_import;
extern const command_t cmd_factor_check;
extern const command_t cmd_factors_list;
extern const command_t cmd_passkey_invite;
extern const command_t cmd_passkey_list;
extern const command_t cmd_passkey_remove;
extern const command_t cmd_page_key;
extern const command_t cmd_totp_enroll;
extern const command_t cmd_totp_remove;
extern const command_t cmd_totp_code;
extern const command_t cmd_totp_key;
extern const command_t cmd_audit_list;
extern const command_t cmd_chat;
extern const command_t cmd_workers;
extern const command_t cmd_ping;
extern const command_t cmd_stats;
extern const command_t cmd_slack_check;
extern const command_t cmd_keys_init;
extern const command_t cmd_keys_show;

extern const command_t *const commands[];
extern const size_t commands_len;
