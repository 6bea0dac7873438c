// SPDX-License-Identifier: Apache-2.0
/// Labelled images for calibration and accuracy, from the files people have.
#pragma once

#include "compiler/graph/graph.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace imc::compiler {

/// network input = (x / divisor - mean[c]) / deviation[c]; empty lists: 0 and 1; one entry: for all
/// channels.
struct Preprocessing {
    float divisor = 1.0f;
    std::vector<float> mean;
    std::vector<float> deviation;
};

/// Formats: "npy" (N,C,H,W), (N,H,W,C) for NHWC networks, (N,H,W) or (N,F); "idx" (MNIST);
/// "cifar10", "cifar100" (binary version, labels inside), "cifar": either, by size; "raw_u8",
/// "raw_f32" (N x C x H x W without header); "folder" (one subfolder a class, or a `labels` file of
/// lines "name label"); "auto": by name and size.
struct DatasetDescription {
    std::string images;  ///< file or folder
    std::string labels;  ///< file; empty: none, or inside the images' file
    std::string format = "auto";
    Preprocessing preprocessing;
    std::size_t first = 0;  ///< images to leave out at the beginning
    std::size_t count = 0;  ///< images to take; 0: all that are there
};

/// What the network expects.
struct InputForm {
    Shape shape;
    bool nhwc = false;        ///< files for it are (N, H, W, C)
    int classes = 0;          ///< labels must lie below; 0: not checked
    InputAffine affine = {};  ///< follows the dataset's preprocessing
};

InputForm input_form(const Graph& graph);

/// Brings images (image, C, H, W) of `shape` from the file's input to the network's, in double.
void apply_affine(const InputAffine& affine, const Shape& shape, std::vector<float>& images);

/// Images in memory, (C, H, W) each, as bytes or floats; preprocessed when read.
class Dataset {
public:
    using Pixels = std::variant<std::vector<std::uint8_t>, std::vector<float>>;

    Dataset(const InputForm& network, Pixels pixels, std::vector<int> labels,
            Preprocessing preprocessing);

    std::size_t size() const { return m_size; }
    const Shape& shape() const { return m_shape; }
    bool labelled() const { return !m_labels.empty(); }
    const std::vector<int>& labels() const { return m_labels; }
    /// A sentence about files of the folder that are not used; "" if all are.
    const std::string& left_out() const { return m_left_out; }
    void set_left_out(std::string sentence) { m_left_out = std::move(sentence); }
    /// `count` preprocessed images from `first` on, (image, C, H, W).
    std::vector<float> images(std::size_t first, std::size_t count) const;

private:
    Shape m_shape;
    Pixels m_pixels;
    std::vector<int> m_labels;
    Preprocessing m_preprocessing;
    InputAffine m_affine;
    std::size_t m_size;
    std::string m_left_out;
};

/// Reads a dataset. Throws InputError, one line: missing or cut files, sizes that do not fit the
/// network, labels missing, too few or outside the classes, files that a list names and the folder
/// lacks, too few images, numbers that are not finite, zero deviations.
Dataset load_dataset(const DatasetDescription& description, const InputForm& network);

}  // namespace imc::compiler
