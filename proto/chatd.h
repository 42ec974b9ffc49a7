/* chatd.h: jobs of chatd. The text is chatd.md. */
#pragma once

#define SB_CHATD "chatd"
#define SB_CHAT_SEND "chat.send"
#define SB_CHAT_UPDATE "chat.update"
#define SB_CHAT_LOOKUP "chat.lookup"

#define SB_CHAT_SECURITY "#security" /* stands for the configured reporting channel */
#define SB_BUTTON_YES "yes"
#define SB_BUTTON_NO "no"
#define SB_BUTTON_AGREE "agree"
#define SB_BUTTON_DECLINE "decline"
