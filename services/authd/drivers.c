/* drivers.c: all second factors there are. A file of its own, so that what chooses among drivers
 * can be tested without any. */
#include "services/authd/factor_duo.h"
#include "services/authd/factor_oidc.h"
#include "services/authd/factor_okta.h"
#include "services/authd/factor_totp.h"
#include "services/authd/factor_webauthn.h"
#include "services/authd/factors.h"

const factor_driver_t *const factor_drivers[] = {
    &factor_totp, &factor_webauthn, &factor_duo, &factor_okta, &factor_oidc, NULL,
};
