/* authd.h: jobs of authd and their results. The text is authd.md. */
#pragma once

#define SB_AUTHD "authd"
#define SB_FACTOR_CAN "factor.can"
#define SB_FACTOR_START "factor.start"
#define SB_FACTOR_CANCEL "factor.cancel"
#define SB_FACTOR_CHECK "factor.check"

/* Strengths, weakest first; a word that is none of them is weaker than all. */
#define SB_STRENGTH_CODE "code"
#define SB_STRENGTH_PUSH "push"
#define SB_STRENGTH_PASSKEY "passkey"

/* ACCEPT's show.kind */
#define SB_SHOW_NUMBER "number"
#define SB_SHOW_LINK "link"
#define SB_SHOW_TEXT_MAX 512
#define SB_TRANSACTION_MAX 512
#define SB_DRIVERS_MAX 8

#define SB_FACTOR_APPROVED "approved"
#define SB_FACTOR_OK "ok"
#define SB_FACTOR_WRONG_CODE "wrong_code"
#define SB_FACTOR_REFUSED "refused"
#define SB_FACTOR_FRAUD "fraud"
#define SB_FACTOR_TIMEOUT "timeout"
#define SB_FACTOR_NONE "no_factor"
#define SB_FACTOR_LOCKED "locked"
#define SB_FACTOR_DENIED "denied"
#define SB_FACTOR_SUSPECT "suspect"
#define SB_FACTOR_WAITING "waiting" /* in an event: ACCEPT came, with this to show */
#define SB_FACTOR_UNAVAILABLE "unavailable"
#define SB_FACTOR_CANCELLED "cancelled"

#define SB_CODE_DIGITS 6
#define SB_DRIVER_NAME_MAX 32
