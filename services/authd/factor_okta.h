/* factor_okta.h: Okta Verify, by Okta's Factors API.
 *
 * A person's login at Okta is their username here and okta.login_suffix, which no person can
 * change; whoever has another login is not them. Who has Okta Verify's push gets one, always with a
 * number challenge, whose number the person picks on the phone: FACTOR_PUSH. Who has only its codes
 * types one in the chat, if okta.codes allows it: FACTOR_CODE. A push whose number Okta does not
 * tell is taken back; if the answer to a push is lost, it is not known whether the person was
 * asked, and nobody asks again: both FACTOR_UNAVAILABLE. Told as accepted is the path of the link
 * by which Okta says what became of the push, so that another authd can go on. */
#pragma once

#include "services/authd/factor.h"

extern const factor_driver_t factor_okta;
