/* routes.c. The permission table of proto/taskd.md as data. */
#include "services/taskd/routes.h"

#include "proto/bus.h"

#define ALL SB_ROLES_ALL
#define BOTD SB_ROLE_BOTD
#define CHATD SB_ROLE_CHATD
#define AUTHD SB_ROLE_AUTHD
#define WEBD SB_ROLE_WEBD
#define BOTCTL SB_ROLE_BOTCTL

/* A text of n bytes may be six times as long in JSON. */
#define TINY 2048
#define SMALL 16384
#define TEXT (192 * 1024)
#define BATCH SB_BODY_SIZE_MAX

const sb_route_t taskd_routes[] = {
    {"ping",              ALL,            TINY,  taskd_on_ping   },
    {"stats",             BOTCTL,         TINY,  taskd_on_stats  },
    {"alert.create",      BOTCTL,         TEXT,  taskd_on_request},
    {"alert.get",         BOTCTL,         TINY,  taskd_on_request},
    {"alert.query",       BOTCTL,         TEXT,  taskd_on_request},
    {"count",             BOTCTL,         TINY,  taskd_on_request},
    {"work.pull",         BOTD,           TINY,  taskd_on_request},
    {"commit",            BOTD,           BATCH, taskd_on_request},
    {"outbox.load",       BOTD,           TINY,  taskd_on_request},
    {"outbox.done",       BOTD,           BATCH, taskd_on_request},
    {"outbox.retry",      BOTD,           TEXT,  taskd_on_request},
    {"lease.acquire",     BOTD,           TINY,  taskd_on_request},
    {"lease.renew",       BOTD,           TINY,  taskd_on_request},
    {"lease.release",     BOTD,           TINY,  taskd_on_request},
    {"lease.get",         BOTCTL,         TINY,  taskd_on_request},
    {"outbox.message",    CHATD,          TINY,  taskd_on_request},
    {"inbox.put",         CHATD,          TEXT,  taskd_on_request},
    {"escalation.act",    BOTCTL,         TINY,  taskd_on_request},
    {"conversation.list", CHATD,          TINY,  taskd_on_request},
    {"person.view",       CHATD,          TINY,  taskd_on_request},
    {"budget.take",       CHATD,          TINY,  taskd_on_request},
    {"budget.block",      CHATD,          TINY,  taskd_on_request},
    {"person.sync",       CHATD | BOTCTL, BATCH, taskd_on_request},
    {"person.list",       CHATD | BOTCTL, TINY,  taskd_on_request},
    {"localchat.hear",    CHATD,          TEXT,  taskd_on_request},
    {"localchat.post",    CHATD,          TEXT,  taskd_on_request},
    {"localchat.update",  CHATD,          TEXT,  taskd_on_request},
    {"localchat.list",    CHATD,          TINY,  taskd_on_request},
    {"factor.get",        AUTHD,          TINY,  taskd_on_request},
    {"factor.attempt",    AUTHD,          TINY,  taskd_on_request},
    {"factor.advance",    AUTHD,          TINY,  taskd_on_request},
    {"factor.enroll",     BOTCTL,         SMALL, taskd_on_request},
    {"factor.list",       BOTCTL,         TINY,  taskd_on_request},
    {"factor.remove",     BOTCTL,         TINY,  taskd_on_request},
    {"page.open",         AUTHD,          SMALL, taskd_on_request},
    {"page.pull",         AUTHD,          TEXT,  taskd_on_request},
    {"page.reply",        AUTHD,          SMALL, taskd_on_request},
    {"page.view",         WEBD,           TINY,  taskd_on_request},
    {"page.answer",       WEBD,           SMALL, taskd_on_request},
    {"passkey.get",       AUTHD,          TINY,  taskd_on_request},
    {"passkey.advance",   AUTHD,          SMALL, taskd_on_request},
    {"passkey.list",      BOTCTL,         SMALL, taskd_on_request},
    {"passkey.remove",    BOTCTL,         SMALL, taskd_on_request},
    {"invite.create",     BOTCTL,         TINY,  taskd_on_request},
    {"invite.open",       WEBD,           TINY,  taskd_on_request},
    {"invite.redeem",     WEBD,           SMALL, taskd_on_request},
    {"mute.list",         BOTCTL,         SMALL, taskd_on_request},
    {"mute.add",          BOTCTL,         TEXT,  taskd_on_request},
    {"mute.remove",       BOTCTL,         SMALL, taskd_on_request},
    {"exemption.list",    BOTCTL,         TINY,  taskd_on_request},
    {"exemption.add",     BOTCTL,         TEXT,  taskd_on_request},
    {"exemption.remove",  BOTCTL,         SMALL, taskd_on_request},
    {"audit.read",        BOTCTL,         TINY,  taskd_on_request},
};
const size_t taskd_routes_len = sizeof taskd_routes / sizeof taskd_routes[0];
