# SPDX-License-Identifier: Apache-2.0
# Checks beside GoogleTest: format, naming, the installed package.
add_test(NAME style.format COMMAND ${PROJECT_SOURCE_DIR}/scripts/check_format.sh)
add_test(NAME style.naming COMMAND ${PROJECT_SOURCE_DIR}/scripts/tidy.sh ${PROJECT_BINARY_DIR} naming)
if(IMCVP_PLATFORM)
  add_test(NAME install.out_of_tree
           COMMAND ${PROJECT_SOURCE_DIR}/tests/install/out_of_tree.sh ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
endif()
set_tests_properties(style.naming PROPERTIES TIMEOUT 900)
