/* factor_totp.h: codes of an authenticator app, RFC 6238, typed in the chat or on the page. */
#pragma once

#include "services/authd/factor.h"

extern const factor_driver_t factor_totp;
