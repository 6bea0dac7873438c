// SPDX-License-Identifier: Apache-2.0
/// Small ONNX models made in the test.
#pragma once

#ifndef ONNX_NAMESPACE
#define ONNX_NAMESPACE onnx
#endif
#ifndef ONNX_ML
#define ONNX_ML 1
#endif
#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <vector>

namespace imc::test {

using Dims = std::vector<std::int64_t>;

/// One attribute of a node.
struct Attribute {
    Attribute(const std::string& name, int number)
        : Attribute(name, static_cast<std::int64_t>(number))
    {
    }
    Attribute(const std::string& name, std::int64_t number)
    {
        make(name, onnx::AttributeProto::INT)->set_i(number);
    }
    Attribute(const std::string& name, float number)
    {
        make(name, onnx::AttributeProto::FLOAT)->set_f(number);
    }
    Attribute(const std::string& name, const char* text)
    {
        make(name, onnx::AttributeProto::STRING)->set_s(text);
    }
    Attribute(const std::string& name, const Dims& numbers)
    {
        for (const auto number : numbers)
            make(name, onnx::AttributeProto::INTS)->add_ints(number);
    }
    Attribute(const std::string& name, const onnx::TensorProto& tensor)
    {
        *make(name, onnx::AttributeProto::TENSOR)->mutable_t() = tensor;
    }

    onnx::AttributeProto proto;

private:
    onnx::AttributeProto* make(const std::string& name, onnx::AttributeProto::AttributeType type)
    {
        proto.set_name(name);
        proto.set_type(type);
        return &proto;
    }
};

template <typename T>
onnx::TensorProto tensor(const std::string& name, const Dims& dims, const std::vector<T>& numbers,
                         int type)
{
    onnx::TensorProto proto;
    proto.set_name(name);
    proto.set_data_type(type);
    for (const auto dim : dims)
        proto.add_dims(dim);
    proto.set_raw_data(numbers.data(), numbers.size() * sizeof(T));
    return proto;
}

inline onnx::TensorProto floats(const std::string& name, const Dims& dims,
                                const std::vector<float>& numbers)
{
    return tensor(name, dims, numbers, onnx::TensorProto::FLOAT);
}

inline onnx::TensorProto int64s(const std::string& name, const Dims& numbers)
{
    return tensor(name, {static_cast<std::int64_t>(numbers.size())}, numbers,
                  onnx::TensorProto::INT64);
}

/// Builds a model node by node; every method returns the builder.
class OnnxBuilder {
public:
    explicit OnnxBuilder(int opset = 13)
    {
        model.set_ir_version(7);
        auto* import = model.add_opset_import();
        import->set_domain("");
        import->set_version(opset);
        model.mutable_graph()->set_name("test");
    }

    /// A dimension of 0 is left open.
    OnnxBuilder& input(const std::string& name, const Dims& dims)
    {
        return info(model.mutable_graph()->add_input(), name, dims);
    }
    OnnxBuilder& output(const std::string& name, const Dims& dims = {})
    {
        return info(model.mutable_graph()->add_output(), name, dims);
    }

    OnnxBuilder& constant(const onnx::TensorProto& tensor)
    {
        *model.mutable_graph()->add_initializer() = tensor;
        return *this;
    }
    OnnxBuilder& weight(const std::string& name, const Dims& dims, float value = 0.5f)
    {
        std::int64_t count = 1;
        for (const auto dim : dims)
            count *= dim;
        return constant(
            floats(name, dims, std::vector<float>(static_cast<std::size_t>(count), value)));
    }
    OnnxBuilder& scale(const std::string& name, float value)
    {
        return constant(floats(name, {}, {value}));
    }
    OnnxBuilder& int8s(const std::string& name, const Dims& dims, const std::vector<std::int8_t>& n)
    {
        return constant(tensor(name, dims, n, onnx::TensorProto::INT8));
    }
    OnnxBuilder& uint8s(const std::string& name, const Dims& dims,
                        const std::vector<std::uint8_t>& n)
    {
        return constant(tensor(name, dims, n, onnx::TensorProto::UINT8));
    }
    OnnxBuilder& int32s(const std::string& name, const Dims& dims,
                        const std::vector<std::int32_t>& n)
    {
        return constant(tensor(name, dims, n, onnx::TensorProto::INT32));
    }

    /// A node named like its output; "domain.Op" sets a domain.
    OnnxBuilder& node(const std::string& op, const std::vector<std::string>& inputs,
                      const std::string& output, const std::vector<Attribute>& attributes = {})
    {
        auto* node = model.mutable_graph()->add_node();
        const std::size_t dot = op.rfind('.');
        if (dot != std::string::npos) node->set_domain(op.substr(0, dot));
        node->set_op_type(dot == std::string::npos ? op : op.substr(dot + 1));
        node->set_name("n_" + output);
        for (const auto& input : inputs)
            node->add_input(input);
        node->add_output(output);
        for (const auto& attribute : attributes)
            *node->add_attribute() = attribute.proto;
        return *this;
    }

    std::string bytes() const { return model.SerializeAsString(); }

    onnx::ModelProto model;

private:
    OnnxBuilder& info(onnx::ValueInfoProto* value, const std::string& name, const Dims& dims)
    {
        value->set_name(name);
        auto* type = value->mutable_type()->mutable_tensor_type();
        type->set_elem_type(onnx::TensorProto::FLOAT);
        for (const auto dim : dims) {
            auto* slot = type->mutable_shape()->add_dim();
            if (dim == 0)
                slot->set_dim_param("N");
            else
                slot->set_dim_value(dim);
        }
        return *this;
    }
};

}  // namespace imc::test
