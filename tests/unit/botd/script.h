/* script.h: plays as text: what happens to one person, line by line, and under each line what the
 * bot must do about it, indented. The whole of what it does is compared, in order.
 *
 *     == a name
 *     alert A TITLE | DESCRIPTION | REASON | PLACE
 *                                             A to Z; the last three may be missing
 *     many 9 TITLE                            that many alerts at once, without labels
 *     alice: yes, it was me                   typed now; "alice -5s:" 5 seconds ago
 *     alice json: "a\nb"                      typed, written as JSON
 *     press yes A                             a button; "press raw VALUE" presses anything
 *     press no A: not me                      with a comment
 *     team carol ack A                        a responder; also "assign A", "assign A dave",
 *                                             "close A benign", "raw VALUE"
 *     result {"status": "ok"}                 the job that is waited for has ended
 *     show {"kind": "number", "text": "7"}    it was accepted, with this to show
 *     show again {"kind": ...}                the same a second time
 *     old result {"status": "ok"}             the last job that is not waited for ends
 *     undelivered                             the open question, for good
 *     undelivered other                       the last message without buttons, for good
 *     wait 2h                                 time passes
 *     away, back                              botd is away; what happens meanwhile waits
 *     policy factors duo,totp                 until the play ends; also "strength push", "push
 *                                             TITLE,...", "passkey TITLE,...", "per_hour 2",
 *                                             "per_day 2"
 *     exempt yes, person inactive             the team's doing
 *     refused                                 the store takes no proof from here on
 *     mute TITLE 2h, taken A                  likewise
 *     secret 735193                           a code that nobody may see from here on
 *
 *     is A escalated denied no no text        state, outcome, performed, authenticated, comment
 *     hands A carol dave benign               acked_by, assigned_to, disposition; - for none
 *     state asked                             the conversation's
 *     deadline 2h                             from now
 *     muted TITLE 21h                         for how long; 0h: not at all
 *     audit asked, answered                   the actions since the last look
 *
 *       bot: TEXT [yes|no]                    said to the person; / for line breaks
 *       team: TEXT                            said to the security channel
 *       card: TEXT [ack|take]                 an escalation there; "card now:" when it changes
 *       thread: TEXT                          said under the alert's escalation
 *       lock: TEXT                            a message loses its buttons
 *       job: factor.start totp 123456         given to authd; what is asked for besides the
 *                                             usual is behind it: "push", "of a,b", "not c" */
#pragma once

#include <stddef.h>

#include "services/botd/policy.h"

/* Plays all plays of a file; fails the test at the first that goes otherwise. Returns how many. */
size_t script_play(const char *path, const policy_t *policy);
