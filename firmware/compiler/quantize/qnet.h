// SPDX-License-Identifier: Apache-2.0
/// The quantised network: integers with scales. The one meaning of a network after quantisation;
/// mapping, firmware, accelerator and the independent reference all must give exactly what
/// docs/numbers.md says of this structure.
#pragma once

#include "imcvp/program.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace imc::compiler {

/// Activations: real = scale * (code - zero_point), codes within [min, max]; with `centroids` real
/// = centroids[code] and zero_point is the code of zero. Shape without the batch.
struct QTensor {
    std::string name;
    unsigned channels = 1, height = 1, width = 1;
    unsigned bits = 8;
    bool is_signed = false;
    double scale = 1.0;
    std::int32_t zero_point = 0;
    std::int32_t min = 0, max = 255;
    std::vector<double> centroids;  ///< codebook tensors: real value by code, ascending
    std::size_t size() const { return std::size_t{channels} * height * width; }
};

struct QGeometry {
    unsigned kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
    unsigned pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0, groups = 1;
    bool count_include_pad = false;
};

/// BWQ's block bit-width map: rows V = ceil(K / ou_rows), columns H = ceil(out / ou_columns),
/// row-major (bwq.md 1.1 to 1.5).
struct QBlockBits {
    unsigned ou_rows = 9, ou_columns = 8, rows = 0, columns = 0;
    std::vector<std::uint8_t> bits;
};

/// ColumnQuant: digits and per-conversion scales (columnquant.md section 8), indexed
/// [polarity][slice][tile][column].
struct QColumn {
    unsigned slices = 1, tiles = 1, polarities = 1, cell_bits = 2;
    unsigned rows_per_tile = 128;  ///< array rows N; input channels a tile = min(N / k^2, Cin)
    double adc_bits = 4;
    bool bit_serial_inputs = false;
    std::vector<imc_column_adc> adc;  ///< [polarity][slice][tile][out channel]
};

/// RAPIDNN: tables of one layer, integers; docs/numbers.md, "Codebooks", says how they are used.
struct QCodebook {
    // CONV: sums in units of 1 / sum_scale
    unsigned scopes = 1, weight_codes = 0, input_codes = 0, product_bits = 16;
    std::vector<std::int32_t> product;  ///< [scope][w][u], scope = 1 or out channels
    std::vector<std::int32_t> bias;     ///< [out channel], or empty
    /// ADD, AVGPOOL: [stream][code], values of one common scale.
    std::vector<std::vector<std::int32_t>> decode;

    // From sum to code
    bool relu = false;
    std::vector<std::int32_t> activation_key, activation_value;  ///< sorted by key; empty: none
    std::vector<std::int32_t> encode_key;  ///< sorted; empty: the values go out as they are
    bool weighted_xor = false;             ///< distance of every search; false: absolute

    // For reports
    std::vector<double> weight_centroids;  ///< [scope][w]
    double sum_scale = 1.0;                ///< real = integer / sum_scale
};

/// One operation. Inputs and output are indices into QNet::tensors.
struct QLayer {
    std::string name;
    imc_op op = IMC_STAGE_CONV;
    std::string op_name;  ///< "conv", "gemm", "add", "maxpool", ... for reports
    std::vector<int> inputs;
    int output = -1;
    QGeometry geometry;

    // conv / gemm: weights [out channel][K], K = in channels/group x kh x kw channel-major, codes
    // of `weight_bits`, signed
    unsigned weight_bits = 8;
    std::vector<std::int16_t> weights;
    std::vector<double>
        weight_scale;  ///< per out channel, or one; for reports and float comparison
    double weight_bits_mean = 8;
    imc_scheme scheme = IMC_SCHEME_UNIFORM;
    std::shared_ptr<QBlockBits> blocks;
    std::shared_ptr<QColumn> column;
    std::shared_ptr<QCodebook> codebook;  ///< scheme codebook; of a LUT: the rows of its CAM

    // Entries and formulas of docs/numbers.md, with one difference: inputs count as (code -
    // zero_point of their tensor) everywhere, so no bias here holds a zero-point correction (the
    // emitter adds them: CONV -z sum(w); ADD stream entries -z; AVGPOOL -z; AFFINE, COPY, MAXPOOL
    // -z m). CONV and AFFINE: one entry per output channel; COPY, MAXPOOL, AVGPOOL: one or none;
    // ADD: one an input, then the common one. LUT: table[code - input.min]. Padding of CONV and
    // AVGPOOL is real zero, of MAXPOOL nothing.
    imc_requant_kind requant = IMC_REQUANT_DYADIC;
    std::vector<imc_requant> scale;
    std::vector<std::int32_t> lut;

    std::uint64_t macs = 0;
    imc_engine engine = IMC_ENGINE_CROSSBAR;  ///< asked for by rule or by the user
};

struct QNet {
    std::string name, source;
    bool weights_synthetic = false;
    std::string scheme = "uniform";  ///< bwq | column | hawq | codebook | uniform
    std::vector<QTensor> tensors;
    std::vector<QLayer> layers;   ///< in topological order
    int input = -1, output = -1;  ///< tensors
    std::vector<imc_host_op> host_ops;
    std::uint64_t params = 0;
    double weight_bits_mean = 0;  ///< over all weights
    unsigned activation_bits = 8;
};

}  // namespace imc::compiler
