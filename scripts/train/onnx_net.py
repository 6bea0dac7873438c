# SPDX-License-Identifier: Apache-2.0
"""A float ONNX classifier as a trainable torch module, and back.

Reads the operators that small classifiers use (OPERATORS below), with python3-onnx. Initializers of convolutions,
fully connected layers and batch norms become parameters (running mean and variance: buffers); the rest stay constants.
A tool changes how a layer computes by giving it an entry in `net.layers[node name]`: a module called with (x, weight,
bias) in place of the float operation, or one in `net.inputs[tensor name]`: a module through which that tensor passes
before its readers see it. `save` writes the same graph with the trained numbers.
"""
import onnx
import torch
import torch.nn.functional as F
from onnx import helper, numpy_helper

OPERATORS = ("Add AveragePool BatchNormalization Conv Flatten Gemm GlobalAveragePool Identity MatMul MaxPool Pad Relu "
             "Reshape Sigmoid Slice Tanh").split()


class BadNetwork(ValueError):
    """One clear line about a network that the tools cannot take."""


def key(name):
    """Name under which torch accepts an ONNX tensor as a parameter."""
    return name.replace(".", "/")


def attributes(node):
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def symmetric(node, a):
    """The (rows, columns) padding of a node; torch pads both ends alike."""
    if a.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID"):
        raise BadNetwork(f"{node.name}: auto_pad is not supported; export with explicit pads")
    pads = a.get("pads", [0, 0, 0, 0])
    if pads[:2] != pads[2:]:
        raise BadNetwork(f"{node.name}: pads {pads} differ between the two ends; pad symmetrically")
    return pads[0], pads[1]


class OnnxNet(torch.nn.Module):
    """The network of an ONNX file; forward(x) gives its first output."""

    def __init__(self, model):
        super().__init__()
        self.model = model if isinstance(model, onnx.ModelProto) else onnx.load(str(model))
        for node in self.model.graph.node:
            node.name = node.name or node.output[0]
        graph = self.model.graph
        self.layers, self.inputs = torch.nn.ModuleDict(), torch.nn.ModuleDict()
        self.constants = {}
        tensors = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant":
                tensors[node.output[0]] = numpy_helper.to_array(attributes(node)["value"])
            elif node.op_type not in OPERATORS:
                raise BadNetwork(f"{node.name}: operator {node.op_type} is not supported ({', '.join(OPERATORS)} are)")
        self.nodes = [n for n in graph.node if n.op_type != "Constant"]
        self.input = next(i.name for i in graph.input if i.name not in tensors)
        self.output = graph.output[0].name
        self._adopt(tensors)

    def _adopt(self, tensors):
        for node in self.nodes:
            if node.op_type not in ("Conv", "Gemm", "MatMul", "BatchNormalization"):
                continue
            for i, name in enumerate(node.input[1:], 1):
                if name not in tensors or key(name) in self._parameters or key(name) in self._buffers:
                    continue
                value = torch.from_numpy(tensors[name].copy()).float()
                if node.op_type == "BatchNormalization" and i >= 3:
                    self.register_buffer(key(name), value)
                else:
                    self.register_parameter(key(name), torch.nn.Parameter(value))
        self.constants = {n: torch.from_numpy(v.copy()) for n, v in tensors.items() if not self.has(n)}

    def has(self, name):
        return key(name) in self._parameters or key(name) in self._buffers

    def tensor(self, name):
        """Parameter, buffer or constant of that ONNX name."""
        for store in (self._parameters, self._buffers):
            if key(name) in store:
                return store[key(name)]
        return self.constants[name]

    def main_layers(self):
        """Nodes with weights, in order."""
        return [n for n in self.nodes if n.op_type in ("Conv", "Gemm", "MatMul")]

    def is_weight(self, parameter):
        """Whether a parameter, by its torch name, is a main layer's weight."""
        return any(key(n.input[1]) == parameter for n in self.main_layers())

    def norm_after(self, node):
        """The batch norm that alone reads a node's output, or None."""
        readers = [n for n in self.nodes if node.output[0] in n.input]
        return readers[0] if len(readers) == 1 and readers[0].op_type == "BatchNormalization" else None

    def forward(self, x):
        values = {self.input: self.inputs[key(self.input)](x) if key(self.input) in self.inputs else x}
        for node in self.nodes:
            inputs = [self._value(values, name) if name else None for name in node.input]
            y = self._run(node, attributes(node), inputs)
            if key(node.output[0]) in self.inputs:
                y = self.inputs[key(node.output[0])](y)
            values[node.output[0]] = y
        return values[self.output]

    def _value(self, values, name):
        if name not in values:
            return self.tensor(name)
        return values[name]

    def _run(self, node, a, inputs):
        op, x = node.op_type, inputs[0]
        if op in ("Conv", "Gemm", "MatMul"):
            return self._main(node, inputs)
        if op == "BatchNormalization":
            return F.batch_norm(x, inputs[3], inputs[4], inputs[1], inputs[2], self.training, 0.1,
                                a.get("epsilon", 1e-5))
        if op in ("Relu", "Sigmoid", "Tanh"):
            return getattr(torch, op.lower())(x)
        if op == "Add":
            return x + inputs[1]
        if op in ("MaxPool", "AveragePool"):
            return self._pool(node, a, x)
        if op == "GlobalAveragePool":
            return x.mean(dim=(2, 3), keepdim=True)
        if op == "Flatten":
            return x.flatten(1)
        if op == "Reshape":
            return x.reshape([x.shape[0], *inputs[1].tolist()[1:]])
        if op == "Slice":
            return self._slice(inputs)
        if op == "Pad":
            n = inputs[1].tolist()
            half = len(n) // 2
            flat = [p for i in reversed(range(half)) for p in (n[i], n[half + i])]
            return F.pad(x, flat, value=float(inputs[2]) if len(inputs) > 2 else 0.0)
        return x

    def _main(self, node, inputs):
        x, weight, bias = inputs[0], inputs[1], inputs[2] if len(inputs) > 2 else None
        if key(node.name) in self.layers:
            return self.layers[key(node.name)](x, weight, bias)
        return self.plain(node, x, weight, bias)

    def plain(self, node, x, weight, bias):
        """A convolution's or fully connected layer's float operation."""
        a = attributes(node)
        if node.op_type == "Conv":
            return F.conv2d(x, weight, bias, a.get("strides", [1, 1]), symmetric(node, a), a.get("dilations", [1, 1]),
                            a.get("group", 1))
        return F.linear(x, weight if self.transposed(node) else weight.t(), bias)

    @staticmethod
    def transposed(node):
        """Whether outputs stand in the first dimension of a layer's weight."""
        return node.op_type == "Conv" or bool(attributes(node).get("transB", 0))

    @staticmethod
    def _pool(node, a, x):
        kernel, stride, pad = a["kernel_shape"], a.get("strides", a["kernel_shape"]), symmetric(node, a)
        if node.op_type == "MaxPool":
            return F.max_pool2d(x, kernel, stride, pad, ceil_mode=bool(a.get("ceil_mode", 0)))
        return F.avg_pool2d(x, kernel, stride, pad, bool(a.get("ceil_mode", 0)), bool(a.get("count_include_pad", 0)))

    @staticmethod
    def _slice(inputs):
        x, starts, ends = inputs[0], inputs[1].tolist(), inputs[2].tolist()
        axes = inputs[3].tolist() if len(inputs) > 3 else range(len(starts))
        steps = inputs[4].tolist() if len(inputs) > 4 else [1] * len(starts)
        index = [slice(None)] * x.dim()
        for axis, start, end, step in zip(axes, starts, ends, steps):
            index[axis] = slice(start, min(end, x.shape[axis]), step)
        return x[tuple(index)]

    def input_shape(self):
        """(C, H, W) or (F,) of the input."""
        value = next(i for i in self.model.graph.input if i.name == self.input)
        return [d.dim_value for d in value.type.tensor_type.shape.dim][1:]

    def load_arrays(self, arrays):
        """Takes the tensors of a checkpoint, a dictionary by ONNX name; all of the network's must be there."""
        for name in [*self._parameters, *self._buffers]:
            found = arrays.get(name.replace("/", "."), arrays.get(name))
            if found is None or found.shape != self.tensor(name.replace("/", ".")).shape:
                raise BadNetwork(f"checkpoint: no tensor {name.replace('/', '.')} of the network's shape")
            with torch.no_grad():
                self.tensor(name.replace("/", ".")).copy_(found)

    def save(self, path, replace=None):
        """Writes the graph with the present numbers; `replace` maps tensor names to other arrays."""
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        for t in model.graph.initializer:
            if replace and t.name in replace:
                value = replace[t.name]
            elif self.has(t.name):
                value = self.tensor(t.name).detach().numpy()
            else:
                continue
            t.CopyFrom(numpy_helper.from_array(value.astype("float32"), t.name))
        with open(path, "wb") as file:
            file.write(model.SerializeToString(deterministic=True))
