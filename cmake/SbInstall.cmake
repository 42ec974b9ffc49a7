# What `cmake --install` puts where. The manual pages install themselves (docs/man).
install(TARGETS taskd botd chatd authd webd botctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# The bot's built-in messages and commands, to be copied and changed.
install(FILES services/botd/texts/messages.yaml services/botd/texts/commands.yaml
    DESTINATION ${CMAKE_INSTALL_DATADIR}/securitybot)
