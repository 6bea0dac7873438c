# SPDX-License-Identifier: Apache-2.0
# SystemC by its CMake package (3.x) or by pkg-config (Debian's 2.3.4); target imc_systemc.
find_package(SystemCLanguage CONFIG QUIET)
if(SystemCLanguage_FOUND)
  set(systemc_target SystemC::systemc)
else()
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET systemc)
  set(systemc_target PkgConfig::SYSTEMC)
endif()
add_library(imc_systemc INTERFACE)
target_link_libraries(imc_systemc INTERFACE ${systemc_target})
set_target_properties(imc_systemc PROPERTIES EXPORT_NAME systemc)

# SystemC's ABI symbol carries the C++ standard it was built with: ask the linker once.
include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_LIBRARIES ${systemc_target})
set(CMAKE_REQUIRED_FLAGS -std=c++17)
check_cxx_source_compiles("#include <systemc>\nint sc_main(int, char**) { return 0; }" IMCVP_SYSTEMC_LINKS)
unset(CMAKE_REQUIRED_LIBRARIES)
unset(CMAKE_REQUIRED_FLAGS)
if(NOT IMCVP_SYSTEMC_LINKS)
  unset(IMCVP_SYSTEMC_LINKS CACHE)
  message(FATAL_ERROR "SystemC does not link as C++17: it was built for another C++ standard "
    "(Debian's libsystemc-dev 2.3.4 is C++17); rebuild SystemC with -DCMAKE_CXX_STANDARD=17.")
endif()
