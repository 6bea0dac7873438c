// SPDX-License-Identifier: GPL-2.0-only
#include "platform/host/system.h"

namespace {

/// Writes the calls down as text.
struct Recorder : imc::host::FunctionSink {
    std::string text;
    std::uint64_t last = 0;
    bool ordered = true;

    void enter(const std::string& function, std::uint64_t time_ps) override
    {
        text += function + "(";
        step(time_ps);
    }
    void leave(std::uint64_t time_ps) override
    {
        text += ")";
        step(time_ps);
    }
    void step(std::uint64_t time_ps)
    {
        ordered &= time_ps >= last;
        last = time_ps;
    }
};

TEST(FunctionTrack, FollowsCallsReturnsAndSleep)
{
    imc::test::System system("system", "calls");
    Recorder recorder;
    system.cpu.trace_functions(system.elf, recorder);
    imc::test::run();
    system.cpu.finish_trace();
    ASSERT_TRUE(system.passed());
    EXPECT_EQ(recorder.text, "_start(outer(inner()inner())inner()wfi()");
    EXPECT_TRUE(recorder.ordered);
}

}  // namespace
