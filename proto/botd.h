/* botd.h: requests of botd. The text is botd.md. */
#pragma once

#define SB_BOTD "botd"
