/* factor_duo.h: pushes of Duo Mobile, by Duo's Auth API.
 *
 * A person is known to Duo by the same name as here (the person's id), which no person can change.
 * A push whose number must be typed (Verified Duo Push) is worth FACTOR_PUSH, one without a number
 * FACTOR_CODE. The number is told as accepted when Duo has said that the push is on its way, since
 * only that answer has the id by which another authd can go on waiting. If the answer is lost, it
 * is not known whether the person was asked, and nobody asks again: FACTOR_UNAVAILABLE. */
#pragma once

#include "services/authd/factor.h"

extern const factor_driver_t factor_duo;
