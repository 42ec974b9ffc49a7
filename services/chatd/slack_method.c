/* slack_method.c. Tiers are Slack's, less a margin: other calls of the app (a look around with the
 * same token) count against them too. Slack says nothing of bursts; ours are small. */
#include "services/chatd/slack_method.h"

#include <stddef.h>
#include <string.h>

#define APP SLACK_METHOD_APP
#define SAME SLACK_METHOD_REPEATABLE
#define POSTS SLACK_METHOD_POSTS

/* Slack's tiers: 1: over 1 a minute, 2: 20, 3: 50, 4: 100. */
#define TIER_1 1, 10
#define TIER_2 18, 4
#define TIER_3 45, 10
#define TIER_4 90, 20

static const slack_method_t s_methods[] = {
  /* An app may have ten sockets: ten instances can start at once, then one a minute. */
    {"apps.connections.open", TIER_1, APP | SAME            },
    {"api.test",              TIER_4, SAME                  },
    {"auth.test",             TIER_4, SAME                  },
    {"chat.delete",           TIER_3, SAME                  },
    {"chat.postEphemeral",    TIER_4, 0                     },
    {"chat.postMessage",      240,    20,                     POSTS}, /* "several hundred a minute" */
    {"chat.update",                       TIER_3,                 SAME          },
    {"conversations.history",                       TIER_3,       SAME},
    {"conversations.info",                       TIER_3,          SAME             },
    {"conversations.join",                       TIER_3,          SAME},
    {"conversations.list",                       TIER_2,          SAME             },
    {"conversations.members",                       TIER_4,       SAME},
    {"conversations.open",                       TIER_3,          SAME                },
    {"conversations.replies",                       TIER_3,       SAME},
    {"team.info",                       TIER_3,                   SAME                            },
    {"users.info",                       TIER_4,                  SAME},
    {"users.list",                       TIER_2,                  SAME                            },
    {"users.lookupByEmail",                       TIER_3,         SAME},
    {"views.open",                       TIER_4,                  0                                     },
    {"views.publish",                       TIER_4,               SAME},
    {"views.update",                       TIER_4,                SAME                                      },
};

const slack_method_t *slack_method_find(const char *name)
{
    for (size_t i = 0; i < sizeof s_methods / sizeof s_methods[0]; i++) {
        if (strcmp(s_methods[i].name, name) == 0) {
            return &s_methods[i];
        }
    }
    return NULL;
}
