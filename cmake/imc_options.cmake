# SPDX-License-Identifier: Apache-2.0
# Warnings, sanitizers, ccache, ISA flags by file name: what every target shares.
set(IMCVP_SANITIZE "" CACHE STRING "value of -fsanitize= for all targets, empty for none")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(imc_flags INTERFACE)
# -ffp-contract=off: one floating-point result on every SIMD level and host. -fno-math-errno: sqrt in vector loops.
target_compile_options(imc_flags INTERFACE -Wall -Wextra -ffp-contract=off -fno-math-errno)
if(IMCVP_SANITIZE)
  target_compile_options(imc_flags INTERFACE -fsanitize=${IMCVP_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=undefined)
  target_link_options(imc_flags INTERFACE -fsanitize=${IMCVP_SANITIZE})
endif()

# Kernel variants name their instruction set in the file name and are chosen at run time.
function(imc_set_isa_flags)
  foreach(source ${ARGN})
    if(source MATCHES "_avx512\\.cpp$")
      # -Wno-maybe-uninitialized: GCC 12 takes the undefined operand of its own intrinsics for a bug (GCC 105593)
      set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS
        "-mavx2;-mfma;-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;-mavx512vnni;-mavx512vpopcntdq;-mavx512vbmi;-Wno-maybe-uninitialized")
    elseif(source MATCHES "_avx2\\.cpp$")
      set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON
        COMPILE_OPTIONS "-mavx2;-mpopcnt")
    endif()
  endforeach()
endfunction()

# Until the first file of a folder lands its library is empty, which CMake refuses.
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/empty.cpp CONTENT "")
