/* taskd.h: requests, states and limits of taskd. The text is taskd.md. */
#pragma once

#define SB_TASKD "taskd"

/* Limits, in bytes of UTF-8 unless said otherwise. */
#define SB_PERSON_ID_MAX 64
#define SB_TITLE_MAX 255
#define SB_DESCRIPTION_MAX 4000
#define SB_REASON_MAX 16000
#define SB_URL_MAX 2000
#define SB_PLACE_MAX 255
#define SB_COMMENT_MAX 8000
#define SB_TEXT_MAX 16000 /* a chat message */
#define SB_TRANSCRIPT_MAX 6000
#define SB_VALUE_MAX 160 /* a button's value */
#define SB_EVENT_ID_MAX 128
#define SB_NAME_MAX 255 /* a person's name, e-mail, chat id */
#define SB_ZONE_MAX 64
#define SB_ACTOR_MAX 128
#define SB_DETAIL_MAX 16000 /* an audit detail, as JSON */
#define SB_OUTBOX_BODY_MAX 65536
#define SB_BUDGET_KEY_MAX 160
#define SB_SECRET_MAX 4096              /* a factor's secret, sealed */
#define SB_ANSWER_SIZE_MAX (768 * 1024) /* rows of one answer; see taskd.md, Requests */
#define SB_HASH_HEX 64                  /* digits of an alert's hash */

/* Counts. */
#define SB_QUERY_LIMIT_MAX 500
#define SB_FILTER_MAX 100    /* titles or persons in one query */
#define SB_PULL_MAX 256      /* people in one work.pull */
#define SB_PULL_ALERTS_MAX 8 /* new and queued alerts of one person */
#define SB_PULL_INBOX_MAX 16 /* inbox events of one person */
#define SB_COMMIT_MAX 256    /* transitions in one commit */
#define SB_OUTBOX_LOAD_MAX 500
#define SB_OUTBOX_DONE_MAX 500 /* items in one outbox.done or outbox.retry */
#define SB_SYNC_MAX 500        /* people in one person.sync */
#define SB_BUTTONS_MAX 8
#define SB_RECENT_MAX 10          /* alerts that have ended, in one person.view */
#define SB_PROOFS_COUNTED_MAX 200 /* of one person, in each number of work.pull's proofs */

/* Budgets (budget.take). */
#define SB_BUDGET_PER_MINUTE_MAX 60000
#define SB_BUDGET_BURST_MAX 10000
#define SB_BUDGET_BLOCK_MS_MAX (24 * 60 * 60 * 1000LL)

/* Throttling of factors. */
#define SB_FACTOR_MISSES_MAX 5
#define SB_FACTOR_LOCK_MS (15 * 60 * 1000LL)
#define SB_FACTOR_LOCK_MS_MAX (24 * 60 * 60 * 1000LL)

/* Pages and passkeys. */
#define SB_TOKEN_SIZE 16        /* random bytes of a page's token or an invitation's code */
#define SB_PAGE_ATTEMPTS_MAX 3  /* answers judged on one page */
#define SB_PAGE_ANSWER_MAX 8192 /* as JSON */
#define SB_PAGE_DATA_MAX 4096   /* as JSON */
#define SB_PAGE_PULL_MAX 500    /* jobs in one page.pull */
#define SB_PAGE_TTL_MS_MAX (10 * 60 * 1000LL)
#define SB_PAGE_KEEP_MS (60 * 60 * 1000LL) /* a page whose time is over stays for so long */
#define SB_PAGE_SWEEP_MAX 100              /* of them taken away by one page.open */
#define SB_CHALLENGE_SIZE 32
#define SB_PASSKEY_ID_MAX 1023 /* bytes of a credential id */
#define SB_PASSKEYS_MAX 16     /* of one person */
#define SB_PASSKEY_KEY_MAX 256 /* bytes of a public key */
#define SB_INVITE_TTL_MS_MAX (7 * 24 * 60 * 60 * 1000LL)
#define SB_INVITE_SWEEP_MAX 100 /* whose time is over, taken away by one invite.create */
#define SB_HINT_PAGE "page"

#define SB_LEASE_BOTD "botd"
#define SB_LEASE_TTL_MS 15000
#define SB_LEASE_RENEW_MS 5000
#define SB_LEASE_STOP_MS 10000 /* without a renewal for this long, a leader stops itself */

/* Outcomes (taskd.md); the order is that of the table. */
#define SB_OUTCOME_CONFIRMED "confirmed"
#define SB_OUTCOME_MUTED "muted"
#define SB_OUTCOME_DENIED "denied"
#define SB_OUTCOME_NO_ANSWER "no_answer"
#define SB_OUTCOME_DECLINED "declined"
#define SB_OUTCOME_REFUSED "refused"
#define SB_OUTCOME_FRAUD "fraud"
#define SB_OUTCOME_FACTOR_TIMEOUT "factor_timeout"
#define SB_OUTCOME_NO_FACTOR "no_factor"
#define SB_OUTCOME_FACTOR_UNAVAILABLE "factor_unavailable"
#define SB_OUTCOME_EXEMPT "exempt"
#define SB_OUTCOME_UNKNOWN_PERSON "unknown_person"
#define SB_OUTCOME_UNDELIVERABLE "undeliverable"
#define SB_OUTCOME_UNSURE "unsure"
#define SB_OUTCOME_NEEDS_HELP "needs_help"
#define SB_OUTCOME_THROTTLED "throttled"
#define SB_OUTCOME_ACCOUNT_DENIED "account_denied"
#define SB_OUTCOME_SUSPECT "suspect"

/* What a responder found, in the end. */
#define SB_DISPOSITION_TRUE_POSITIVE "true_positive"
#define SB_DISPOSITION_FALSE_POSITIVE "false_positive"
#define SB_DISPOSITION_BENIGN "benign"
#define SB_DISPOSITION_DUPLICATE "duplicate"
