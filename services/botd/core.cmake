# botd's core: what is said to one person and why. No socket, no clock, no SQL, no randomness.

# Words: texts that are shown, texts that were typed.
sb_module(botd_text SOURCES text.c DEPS sb_buf sb_mem sb_utf8)
sb_module(botd_span SOURCES span.c DEPS sb_flags)
sb_module(botd_words SOURCES words.c DEPS sb_utf8)
sb_module(botd_show SOURCES show.c DEPS sb_url)
sb_module(botd_answer SOURCES answer.c DEPS botd_words sb_buf sb_utf8)

# What can be configured.
sb_module(botd_template SOURCES template.c DEPS botd_text sb_err sb_buf)
sb_module(botd_messages SOURCES messages.c DEPS botd_template sb_err sb_mem sb_yaml)
sb_embed(botd_messages botd_messages_yaml texts/messages.yaml)
sb_module(botd_commands SOURCES commands.c DEPS botd_template sb_err sb_mem sb_yaml)
sb_embed(botd_commands botd_commands_yaml texts/commands.yaml)

# One step of a conversation.
sb_module(botd_item SOURCES item.c DEPS sb_err sb_json)
sb_module(botd_transition SOURCES transition.c DEPS botd_item sb_crypto sb_json sb_mem)
sb_module(botd_conversation SOURCES conversation.c step.c card.c proof.c question.c effect.c
    escalation.c late.c reactions.c handlers.c team.c transcript.c
    DEPS botd_answer botd_commands botd_hours botd_item botd_messages botd_show botd_span botd_text
    botd_transition botd_words sb_buf sb_button sb_json sb_mem)
