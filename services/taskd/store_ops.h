/* store_ops.h: the operations behind the table of store.c, by noun. What each takes and answers is
 * in proto/taskd.md. */
#pragma once

#include "services/taskd/store.h"

typedef int(store_one_fn)(store_t *store, store_cmd_t *cmd, sb_err_t *err);
typedef int(store_many_fn)(store_t *store, store_cmd_t **cmds, size_t len, sb_err_t *err);

store_many_fn store_alert_create;
store_one_fn store_alert_get;
store_one_fn store_alert_query;
store_one_fn store_count;

store_one_fn store_work_pull;
store_one_fn store_commit;

store_one_fn store_outbox_load;
store_one_fn store_outbox_done;
store_one_fn store_outbox_retry;
store_one_fn store_outbox_message;

store_one_fn store_lease_acquire;
store_one_fn store_lease_renew;
store_one_fn store_lease_release;
store_one_fn store_lease_get;

store_many_fn store_inbox_put;
store_many_fn store_escalation_act;

store_one_fn store_conversation_list;
store_one_fn store_person_view;

store_one_fn store_budget_take;
store_one_fn store_budget_block;

store_one_fn store_person_sync;
store_one_fn store_person_list;

store_many_fn store_localchat_hear;
store_many_fn store_localchat_post;
store_one_fn store_localchat_update;
store_one_fn store_localchat_list;

store_one_fn store_factor_enroll;
store_one_fn store_factor_remove;
store_one_fn store_factor_list;
store_one_fn store_factor_get;
store_one_fn store_factor_attempt;
store_one_fn store_factor_advance;

store_one_fn store_page_open;
store_one_fn store_page_pull;
store_one_fn store_page_reply;
store_one_fn store_page_view;
store_one_fn store_page_answer;

store_one_fn store_passkey_get;
store_one_fn store_passkey_advance;
store_one_fn store_passkey_list;
store_one_fn store_passkey_remove;

store_one_fn store_invite_create;
store_one_fn store_invite_open;
store_one_fn store_invite_redeem;

store_one_fn store_mute_list;
store_one_fn store_mute_add;
store_one_fn store_mute_remove;
store_one_fn store_exemption_list;
store_one_fn store_exemption_add;
store_one_fn store_exemption_remove;

store_one_fn store_audit_read;
