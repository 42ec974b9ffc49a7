sb_unit_test(lanes_test SOURCES lanes_test.c DEPS botd_lanes)
sb_unit_test(dispatch_test SOURCES dispatch_test.c fake_store.c DEPS botd_dispatch)
sb_unit_test(leader_test SOURCES leader_test.c fake_store.c DEPS botd_leader)
sb_unit_test(cycle_test SOURCES cycle_test.c fake_store.c DEPS botd_cycle)
