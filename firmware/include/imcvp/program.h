/* SPDX-License-Identifier: Apache-2.0 */
/* The program image: what the compiler writes, the firmware walks and the accelerator executes.
 * Plain C, fixed widths, little-endian; every offset is in bytes from the start of the header;
 * tables are 8-byte aligned, blobs 64-byte. */
#ifndef IMCVP_PROGRAM_H
#define IMCVP_PROGRAM_H

#include <stdint.h>

#define IMC_PROGRAM_MAGIC 0x50434D49u /* "IMCP" */
#define IMC_PROGRAM_VERSION 1u

enum imc_schedule { IMC_SCHEDULE_PIPELINED = 0, IMC_SCHEDULE_LAYER_SEQUENTIAL = 1 };
enum imc_engine {
    IMC_ENGINE_CROSSBAR = 0,
    IMC_ENGINE_ASSOCIATIVE = 1,
    IMC_ENGINE_CAM = 2,
    IMC_ENGINE_BUFFER = 3
};

struct imc_table {
    uint64_t offset;
    uint32_t count; /* entries */
    uint32_t entry_bytes;
};

/* A dense tensor at the border of the network: codes, channel-major (C,H,W), one per `bytes`. */
struct imc_port {
    uint32_t channels, height, width;
    uint8_t bytes;     /* 1, 2 or 4 in memory */
    uint8_t bits;      /* significant */
    uint8_t is_signed; /* two's complement */
    uint8_t reserved;
    float scale; /* real value = scale * (code - zero_point) */
    int32_t zero_point;
};

struct imc_program_header {
    uint32_t magic, version;
    uint64_t total_bytes;
    uint32_t header_crc;  /* CRC-32 (IEEE 802.3) of this header with header_crc = 0 */
    uint32_t table_crc;   /* CRC-32 of bytes [sizeof header, payload_offset) */
    uint32_t payload_crc; /* CRC-32 of bytes [payload_offset, total_bytes); checked by host tools */
    uint32_t schedule;    /* enum imc_schedule */
    uint64_t payload_offset;
    uint32_t tiles;          /* tiles used */
    uint32_t steps;          /* layers in layer_sequential order; 1 if pipelined */
    struct imc_table layers; /* struct imc_layer */
    struct imc_table stages; /* struct imc_stage, ordered by id = index */
    struct imc_table routes; /* struct imc_route */
    struct imc_table
        blobs; /* struct imc_blob_ref, one per stage that loads something, in load order */
    struct imc_table host_ops; /* struct imc_host_op, in order */
    struct imc_table strings;  /* bytes, NUL-terminated strings */
    struct imc_port input, output;
    uint32_t source_route_begin, source_route_count; /* where input rows go */
    uint32_t
        sink_pieces; /* rectangles that make one output image: elements are counted, not pieces */
    uint32_t weights_synthetic; /* 1: weights were drawn from a seed */
};

struct imc_layer { /* a layer as the user knows it: reports sum stages by layer */
    uint32_t name; /* offset in strings */
    uint32_t op;   /* enum imc_op of its main operation */
    uint64_t macs; /* per image */
    uint32_t step; /* layer_sequential: which step runs it */
    uint32_t weight_bits_mean_milli;
    uint32_t activation_bits;
    uint32_t engine; /* enum imc_engine */
};

enum imc_op {
    IMC_STAGE_CONV = 0, /* also Gemm: kernel = the whole input */
    IMC_STAGE_ADD = 1,  /* two streams, one rounding */
    IMC_STAGE_MAXPOOL = 2,
    IMC_STAGE_AVGPOOL = 3, /* also global */
    IMC_STAGE_AFFINE = 4,  /* per-channel multiply-add: batch norm that cannot fold */
    IMC_STAGE_LUT = 5,     /* unary function by table */
    IMC_STAGE_COPY = 6,    /* concat of streams by channel, reshape, requantise */
    IMC_STAGE_SPILL =
        7 /* rows parked in the global buffer, passed on unchanged; never gated by a STEP */
};

enum imc_requant_kind {                       /* docs/numbers.md gives each bit-exactly */
                        IMC_REQUANT_NONE = 0, /* out = saturate(acc + bias) to out_min..out_max */
                        IMC_REQUANT_DYADIC = 1,
                        IMC_REQUANT_ONNX = 2,
                        IMC_REQUANT_TFLITE = 3,
                        IMC_REQUANT_PER_CONVERSION = 4
};

enum imc_role {
    IMC_ROLE_WHOLE = 0, /* has all input channels of its outputs */
    IMC_ROLE_PSUM_WORKER =
        1, /* sends int64 partial sums of its input slice to the owner (route stream 255) */
    IMC_ROLE_PSUM_OWNER = 2 /* own slice + partial sums of `psum_workers`, then requantises */
};

#define IMC_MAX_STREAMS 8
#define IMC_PSUM_STREAM 255u

struct imc_stream { /* an input of a stage, in the stage's local buffer */
    uint32_t channels, height, width;
    uint32_t channel_begin; /* first channel of the layer's input that this stage receives (input
                               slice) */
    uint32_t
        depth_rows; /* slots: rows that may be in flight or stored at once (counted over images) */
    int32_t pad_code; /* code that stands for real zero: padding inserts it */
    uint8_t bits, is_signed, reserved[2];
};

struct imc_stage {
    uint16_t id, layer, tile;
    uint8_t op, engine, requant, role;
    uint8_t streams; /* inputs in use */
    uint8_t scheme;  /* enum imc_scheme */
    uint16_t copy,
        copies; /* replication: this stage makes output units u with u % copies == copy */
    uint16_t psum_workers;
    uint32_t unit_rows; /* output rows per unit of work: 1 row by row, out_height = whole layer at
                           once */
    uint32_t out_channels, out_height, out_width; /* of the whole layer */
    uint32_t channel_begin, channel_end;          /* output channels made here */
    uint16_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
    uint16_t pad_top, pad_left, pad_bottom, pad_right;
    uint16_t groups; /* of this stage's slice: in[0].channels and channel_end - channel_begin both
                        divide by it */
    uint8_t weight_bits, act_bits;
    uint8_t out_bits, out_signed, count_include_pad, reserved0;
    int32_t out_min, out_max, out_zero_point;
    uint32_t route_begin, route_count; /* where output rows go */
    uint32_t arrays;                   /* arrays (banks, CAPs, RNAs) allotted on its tile */
    uint32_t engine_arg[4];            /* engine-specific, documented with the engine */
    struct imc_stream in[IMC_MAX_STREAMS];
};

enum imc_scheme {
    IMC_SCHEME_UNIFORM = 0,
    IMC_SCHEME_BWQ = 1, /* block bit-width table */
    IMC_SCHEME_COLUMN = 2,
    IMC_SCHEME_CODEBOOK = 3
};

struct imc_route {
    uint16_t stage; /* consumer; IMC_ROUTE_SINK = output of the network */
    uint16_t tile;  /* node of the consumer */
    uint8_t stream; /* which input of it; IMC_PSUM_STREAM for partial sums */
    uint8_t reserved[3];
    uint32_t channel_first; /* producer's channels to send: [channel_first, + channel_count),
                               numbers of the whole layer */
    uint32_t channel_count;
    uint32_t channel_offset; /* consumer's layer channel = producer's channel + channel_offset
                                (concat) */
    uint32_t depth_rows;     /* the consumer stream's slots: credits the producer starts with */
    uint32_t row_first, row_count; /* producer's rows to send; row_count 0: all */
    int32_t row_offset;            /* consumer's row = producer's row + row_offset */
};

#define IMC_ROUTE_SINK 0xFFFFu

struct imc_blob_ref {
    uint32_t stage;
    uint32_t reload; /* 0: loaded once, before the first image; n: before the layer's step of every
                        n-th image. Blobs with n > 0 stand in the order of steps. */
    uint64_t offset, bytes;
};

/* A blob: header, `sections` section heads, then data at offsets from the blob's start (16-byte
 * aligned). */
enum imc_section_kind {
    IMC_SECTION_WEIGHTS_I8 =
        1, /* [channel][K] two's complement codes, K = in channels/group x kh x kw, channel-major */
    IMC_SECTION_WEIGHTS_I16 = 2,
    IMC_SECTION_BLOCK_BITS = 3, /* u8 [V][H], bwq.md 2.16 */
    IMC_SECTION_REQUANT =
        4, /* struct imc_requant per output channel (ADD: per input stream, then common) */
    IMC_SECTION_LUT_I32 = 5,        /* table of a unary function, index = code - lowest code */
    IMC_SECTION_COLUMN_ADC = 6,     /* struct imc_column_adc [polarity][slice][tile][column] */
    IMC_SECTION_CODEBOOK = 7,       /* engine CAM: see docs/models/cam.md */
    IMC_SECTION_WEIGHTS_PACKED = 9, /* as I8, but weight_bits bits each, low bit first, one after
                                       the other; count = bytes */
    IMC_SECTION_ENGINE = 8          /* anything else an engine needs, documented with it */
};

struct imc_blob_header {
    uint32_t magic, sections;
}; /* magic = IMC_BLOB_MAGIC */
struct imc_section {
    uint32_t kind, entry_bytes;
    uint64_t offset, count;
};
#define IMC_BLOB_MAGIC 0x424F4C42u

struct imc_requant {
    int64_t bias;       /* added to the accumulator first */
    int64_t multiplier; /* dyadic: m; onnx: numerator mantissa; tflite: Q31 multiplier */
    int64_t divisor;    /* onnx: denominator mantissa, else 0 */
    int32_t shift; /* dyadic: c, 0..62; onnx: exponent of two; tflite: left shift - right shift */
    int32_t reserved;
};

struct imc_column_adc {
    double step;
    double scale;
    int32_t centre;
    int32_t reserved;
}; /* numbers.md, per_conversion */

enum imc_host_op_kind { IMC_HOST_SOFTMAX = 0, IMC_HOST_ARGMAX = 1, IMC_HOST_LOG_SOFTMAX = 2 };
struct imc_host_op {
    uint32_t kind, arg0, arg1, arg2;
};

#ifdef __cplusplus
#define IMC_CHECK_SIZE(type, n) static_assert(sizeof(struct type) == (n), #type)
#else
#define IMC_CHECK_SIZE(type, n) _Static_assert(sizeof(struct type) == (n), #type)
#endif
IMC_CHECK_SIZE(imc_table, 16);
IMC_CHECK_SIZE(imc_port, 24);
IMC_CHECK_SIZE(imc_program_header, 208);
IMC_CHECK_SIZE(imc_layer, 32);
IMC_CHECK_SIZE(imc_stream, 28);
IMC_CHECK_SIZE(imc_stage, 336);
IMC_CHECK_SIZE(imc_route, 36);
IMC_CHECK_SIZE(imc_blob_ref, 24);
IMC_CHECK_SIZE(imc_requant, 32);
IMC_CHECK_SIZE(imc_column_adc, 24);

#endif
