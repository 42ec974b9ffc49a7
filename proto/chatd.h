/* chatd.h: jobs of chatd. The text is chatd.md. */
#pragma once

#define SB_CHATD "chatd"
#define SB_CHAT_SEND "chat.send"
#define SB_CHAT_UPDATE "chat.update"
#define SB_CHAT_LOOKUP "chat.lookup"

#define SB_CHAT_SECURITY "#security" /* stands for the configured reporting channel */
#define SB_BUTTON_YES "yes"
#define SB_BUTTON_NO "no"
#define SB_BUTTON_AGREE "agree"
#define SB_BUTTON_DECLINE "decline"
#define SB_BUTTON_UNSURE "unsure"
#define SB_BUTTON_HELP "help"
#define SB_BUTTON_ACK "ack"
#define SB_BUTTON_ASSIGN "assign"
#define SB_BUTTON_CLOSE "close"

/* What a card is about. */
#define SB_CARD_QUESTION "question"
#define SB_CARD_CONSENT "consent"
#define SB_CARD_ESCALATION "escalation"

/* How loud a card is: top, if somebody may be in the person's account at this moment. */
#define SB_SEVERITY_NORMAL "normal"
#define SB_SEVERITY_TOP "top"

/* The outbox id of an escalation: this, and so many digits of the SHA-256 of the alert's hash. */
#define SB_ESCALATION_ID_PREFIX "e-"
#define SB_ESCALATION_ID_DIGITS 40
