/* ids.h: who the one workspace, its one app and the app's bot are. */
#pragma once

#define TEAM_ID "T0FAKE00001"
#define TEAM_NAME "Fake Workspace"
#define TEAM_DOMAIN "fake"
#define APP_ID "A0FAKE00001"
#define BOT_ID "B0FAKE00001"
#define BOT_USER_ID "U0FAKEBOT01"
#define BOT_NAME "securitybot"
#define SLACKBOT_ID "USLACKBOT"
#define VERIFICATION_TOKEN "deprecated-verification-token"
