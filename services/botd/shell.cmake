# botd around its core: lease, rounds, outbox, sockets. DEPS name what the headers need; the program
# brings the rest, so that a unit test can put its own store and workers in their place.
sb_module(botd_lanes SOURCES lanes.c DEPS sb_mem sb_json PkgConfig::CZMQ)
sb_module(botd_leader SOURCES leader.c DEPS sb_mem sb_json sb_log PkgConfig::CZMQ)
sb_module(botd_cycle SOURCES cycle.c DEPS sb_mem sb_json sb_log PkgConfig::CZMQ)
sb_module(botd_dispatch SOURCES dispatch.c DEPS botd_lanes sb_mem sb_json sb_log PkgConfig::CZMQ)

sb_program(botd SOURCES main.c bot.c check.c config.c
    DEPS botd_leader botd_cycle botd_dispatch botd_conversation sb_crypto sb_daemon sb_bus_client
    sb_bus_pool sb_bus_hint sb_timers sb_config sb_tz)
