# SPDX-License-Identifier: Apache-2.0
# `cmake --install` and find_package(imcvp): the models as a library, without platform or Unicorn.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
install(TARGETS imc_models imc_kernels imc_flags imc_systemc EXPORT imcvp_targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY models/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/imcvp/models FILES_MATCHING PATTERN "*.h")
install(DIRECTORY firmware/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/imcvp/firmware
        FILES_MATCHING PATTERN "*.h")
install(EXPORT imcvp_targets NAMESPACE imcvp:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/imcvp
        FILE imcvp_targets.cmake)
configure_package_config_file(cmake/imcvp-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/imcvp-config.cmake
        INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/imcvp)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/imcvp-config-version.cmake
        COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/imcvp-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/imcvp-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/imcvp)
