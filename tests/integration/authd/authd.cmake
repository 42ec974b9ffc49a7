add_executable(authd_duo_test authd/authd_duo_test.c authd/duo_bed.c)
target_link_libraries(authd_duo_test PRIVATE played_bus played_fake)
sb_integration_test(authd_duo COMMAND authd_duo_test TIMEOUT 180)

# scripts/bench's part still works.
sb_integration_test(authd_duo_bench COMMAND $<TARGET_FILE:duo_bench> 50 10)
