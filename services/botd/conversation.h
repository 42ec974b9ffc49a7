/* conversation.h: what one person and the bot have said, as a pure state machine.
 *
 *     step(policy, item, now) -> transition
 *
 * An item is everything the store knows about one person that matters now (a row of work.pull,
 * proto/taskd.md); a transition is everything that follows, written by one commit. No socket, no
 * clock, no SQL, no randomness, and no memory that it doesn't own: time is an argument, ids are
 * made of person and version, and the same item at the same time gives the same transition.
 *
 *   idle      nothing is asked
 *   asked     the question is out; waits for yes or no
 *   checking  yes was said; authd is asked which factor there is (job factor.can)
 *   consent   the person is asked whether the factor is all right now
 *   code      waits for a typed code (only drivers whose factor is typed)
 *   proving   authd is at work (job factor.start); what the person needs for it, a number or a
 *             page, is shown as soon as authd has accepted, and taken back at the end
 *
 * Any state but idle has a deadline, set once, when the alert is asked, in business hours; no later
 * step moves it. A proof is worth what the alert's title needs (proof.h); a factor that is away
 * makes room for the next one that is strong enough, and leads back to checking. What a person asks
 * for that weakens the watch over them is an alert too (effect.h).
 *
 * Whatever is not a proven yes or an unexpired mute ends in an escalation: a message to the
 * security channel, in the same commit. What responders do about that is heard here too (team.h):
 * it comes with the person whose alert it is. */
#pragma once

#include <stdint.h>

#include "lib/err.h"
#include "lib/json.h"
#include "services/botd/policy.h"

/* An item may have one member more than the store gives, `refused`: true if the last transition for
 * this person was refused as a CONFLICT. Then an approval is not believed, and the alert escalates:
 * to ask for `confirmed` again would go on for ever. */
/* Takes one item of work.pull and gives one transition of commit, both as in proto/taskd.md.
 * Handles the inbox events in order, then a deadline that is due, then new and queued alerts: those
 * that need no question get their end, and the oldest of the others is asked if nothing is open.
 *
 * What was heard before the deadline counts even if it is read after it; what was heard later does
 * not: the deadline comes first, and the answer is a note. So a deadline waits until the whole
 * inbox was read (inbox_more). A transition holds one mute: events behind the one that mutes are
 * left for the next pull. An idle conversation whose deadline_ms is set has more in its queue than
 * a pull shows and wants to be pulled again at once.
 *
 * A typed code stands in the body of its factor.start row, until the store clears it, and nowhere
 * else: not in a comment, an audit entry, or an error text.
 *
 * Never NULL for a well-formed item; NULL and err for one that is not (the caller logs it and
 * leaves that person alone). The caller owns the result. */
cJSON *conversation_step(const policy_t *policy, const cJSON *item, int64_t now_ms, sb_err_t *err);
