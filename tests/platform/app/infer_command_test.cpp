// SPDX-License-Identifier: Apache-2.0
/// `vp infer`: a network of the user's on a scenario's platform.
#include "vp_process.h"

#include "compiler/data/npy.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace imc::app {
namespace {

using testing::HasSubstr;

class InferCommand : public testing::Test {
protected:
    static std::string shipped(const std::string& name)
    {
        return std::string(IMC_SOURCE_DIR) + "/scenarios/" + name;
    }
    /// Writes the first `count` images of the shipped digits to `name`.
    void write_images(const std::string& name, std::int64_t count) const
    {
        compiler::NpyArray images = compiler::read_npy(shipped("data/glyphs_test_images.npy"));
        const auto size = images.data.size() / static_cast<std::size_t>(images.dims[0]);
        images.dims[0] = count;
        images.data.resize(static_cast<std::size_t>(count) * size);
        compiler::write_npy(vp.folder() + "/" + name, images);
    }
    Outcome infer(const std::string& files, const std::string& options = "") const
    {
        return vp.run("infer " + files + " --scenario " + shipped("infer_crossbar.yaml") +
                      " --output out.npy " + options);
    }
    std::string model = shipped("networks/glyphnet.onnx");
    VpProcess vp;
};

}  // namespace
}  // namespace imc::app
