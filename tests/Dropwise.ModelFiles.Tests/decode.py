"""Decodes every matrix of a Dropwise checkpoint, one weight at a time, with the standard library alone.

usage: decode.py CHECKPOINT LEVEL OUTPUT
OUTPUT receives the values of all matrices in the order of their names, float32 little-endian, row-major.
"""
import json
import struct
import sys


class Checkpoint:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        self.start = 8 + struct.unpack_from("<Q", self.data)[0]
        self.header = json.loads(self.data[8:self.start])
        metadata = self.header["__metadata__"]
        self.matrices = json.loads(metadata["formats"])
        self.formats = json.loads(metadata["descriptors"])

    def tensor(self, name):
        info = self.header[name]
        begin, end = info["data_offsets"]
        code = {"F32": "f", "F16": "e", "U8": "B", "I8": "b"}[info["dtype"]]
        count = (end - begin) // struct.calcsize(code)
        return struct.unpack_from(f"<{count}{code}", self.data, self.start + begin)


def planes(bits):
    """Width and lowest bit of each plane of a code."""
    shift = 0
    for width in (8, 4, 2, 1):
        if bits & width:
            yield width, shift
            shift += width


def planar_code(codes, bits, row, column, blocks):
    quarter = ((row // 64 * blocks + column // 32) * 4 + row % 64 // 16) * bits * 64
    sub_vector = column % 32 // 4
    code = 0
    for width, shift in planes(bits):
        vector, field = divmod(sub_vector, 8 // width)
        byte = codes[quarter + (shift + vector) * 64 + row % 16 * 4 + column % 4]
        code |= (byte >> field * width & (1 << width) - 1) << shift
    return code


def planar_zero(zeros, bits, row, group, groups):
    first = (row // 64 * groups + group) * 8 * bits
    zero = 0
    for width, shift in planes(bits):
        field, byte = divmod(row % 64, 8 * width)
        zero |= (zeros[first + 8 * shift + byte] >> field * width & (1 << width) - 1) << shift
    return zero


def planar_matrix(file, name, matrix, form):
    bits, size = form["code_bits"], form["group_size"]
    columns, blocks, groups = matrix["columns"], -(-matrix["columns"] // 32), -(-matrix["columns"] // size)
    codes, scales = file.tensor(name + ".codes.1"), file.tensor(name + ".scales")
    zeros = None if form["zero"] == "None" else file.tensor(name + ".zeros")
    for row in range(matrix["rows"]):
        for column in range(columns):
            code, group = planar_code(codes, bits, row, column, blocks), column // size
            at = (row // 64 * groups + group) * 64 + row % 64
            if form["kind"] == "Lookup":
                yield scales[at] * form["lookup_values"][code]
                continue
            if form["signed"]:
                code = (code ^ 128 if bits == 8 else code) - (1 << bits - 1)
            if form["zero"] == "Original":
                yield scales[at] * (code - planar_zero(zeros, bits, row, group, groups))
            elif form["zero"] == "Rescale":
                yield scales[at] * code + zeros[at]
            else:
                yield scales[at] * code


def second_level_matrix(file, name, matrix, form):
    bits, columns, blocks = form["code_bits"], matrix["columns"], -(-matrix["columns"] // 32)
    width, size = form["second_level"]["scale_bits"], form["group_size"]
    codes, words, statistics = (file.tensor(f"{name}.{part}") for part in ("codes.1", "scales", "statistics"))
    outliers = outliers_of(file, name, columns) if "outliers" in form else {}
    for row in range(matrix["rows"]):
        for column in range(columns):
            group = row // 64 * blocks * 2 + column // size
            word = int.from_bytes(bytes(words[(group * 16 + row % 16) * width:][:width]), "little") >> row % 64 // 16 * 2 * width
            step, offset, zero_step, zero_offset = statistics[(group * 4 + row % 64 // 16) * 4:][:4]
            scale = step * ((word & (1 << width) - 1) - offset)
            zero = zero_step * ((word >> width & (1 << width) - 1) - zero_offset)
            yield outliers.get((row, column), scale * (planar_code(codes, bits, row, column, blocks) - zero))


def outliers_of(file, name, columns):
    words = [struct.unpack(f"<{len(data) // 4}I", bytes(data)) for data in (file.tensor(f"{name}.{part}") for part in ("outlier_jobs", "outliers"))]
    outliers, across, first = {}, -(-columns // 512), 0
    for job, end in enumerate(words[0]):
        for entry in words[1][first:end]:
            at = job // across * 16 + (entry >> 16 & 15), job % across * 512 + (entry >> 20)
            outliers[at] = struct.unpack("<e", struct.pack("<H", entry & 0xFFFF))[0]
        first = end
    return outliers


def additive_code(codes, bits, row, run, runs, padded):
    if bits > 8:
        at = (row * runs + run) * 2
        return (codes[at] | codes[at + 1] << 8) & (1 << bits) - 1
    tile, inside = divmod(row, 256)
    blocks = min(256, padded - tile * 256) // 64
    first = (tile * 4 * runs + run * blocks + inside // 64) * 8 * bits
    position = inside % 16 * 4 + inside % 64 // 16
    return codes[first + position] if bits == 8 else codes[first + position % 32] >> position // 32 * 4 & 15


def additive_matrix(file, name, matrix, form, level):
    bits, length = form["code_bits"], form["dimension"]
    runs, padded = matrix["columns"] // length, -(-matrix["rows"] // 64) * 64
    count = min(level, form["codebook_count"]) if form["nested"] else form["codebook_count"]
    row_scales, parts = file.tensor(name + ".row_scales"), []
    for m in range(1, count + 1):
        prefix = matrix["codebooks"]
        factor = file.tensor(f"{prefix}.codebook_scale.{m}")[0] if form["codeword"] == "Int8" else 1
        parts.append((file.tensor(f"{name}.codes.{m}"), [factor * v for v in file.tensor(f"{prefix}.codebook.{m}")]))
    for row in range(matrix["rows"]):
        for run in range(runs):
            first = [additive_code(codes, bits, row, run, runs, padded) * length for codes, _ in parts]
            for i in range(length):
                yield row_scales[row] * sum(book[at + i] for at, (_, book) in zip(first, parts))


def packed(block, fields, part, element):
    """An element whose bits the descriptor's fields of a block hold."""
    value = 0
    for field in fields:
        at = element - field["first"]
        if field["part"] != part or not 0 <= at < field["bytes"] * field["digits"]:
            continue
        run, digits = field["run"], field["digits"]
        byte, digit = block[field["at"] + at // (run * digits) * run + at % run], at // run % digits
        if field["base"] == 3:
            value = (byte * 3 ** digit & 255) * 3 >> 8
        else:
            value |= (byte >> field["shift"] + digit * field["bits"] & (1 << field["bits"]) - 1) << field["place"]
    return value


def number(block, fields, part, type):
    data = next((bytes(block[field["at"]:][:field["bytes"]]) for field in fields if field["part"] == part), None)
    if data is None:
        return 0
    return 2.0 ** (data[0] - 127) if type == "Exponent8" else struct.unpack({"Float16": "<e", "Float32": "<f"}[type], data)[0]


def block_matrix(file, name, matrix, form):
    layout, bits, size, level = form["block"], form["code_bits"], form["group_size"], form.get("second_level")
    fields, data, length = layout["fields"], file.tensor(name + ".blocks"), layout["bytes"]
    type = level["stat"] if level else form["group_scale"]
    for first in range(0, len(data), length):
        block = data[first:first + length]
        step, offset = (number(block, fields, part, type) for part in (("ScaleStep", "ZeroStep") if level else ("Scales", "Zeros")))
        for i in range(layout["inputs"]):
            code, scale, zero = packed(block, fields, "Codes", i), step, offset
            if level:
                scale_code = packed(block, fields, "Scales", i // size)
                if layout["signed_scales"]:
                    scale_code = (scale_code ^ 128 if level["scale_bits"] == 8 else scale_code) - (1 << level["scale_bits"] - 1)
                scale, zero = step * scale_code, -offset * packed(block, fields, "Zeros", i // size)
            if form["kind"] == "Lookup":
                value = form["lookup_values"][code]
            elif form["signed"]:
                value = (code ^ 128 if bits == 8 else code) - (1 << bits - 1)
            else:
                value = code
            yield scale * value + zero


def main(path, level, output):
    file = Checkpoint(path)
    with open(output, "wb") as out:
        for name in sorted(file.matrices):
            matrix = file.matrices[name]
            form = file.formats[matrix["format"]]
            values = (block_matrix(file, name, matrix, form) if "block" in form
                      else additive_matrix(file, name, matrix, form, level) if form["kind"] == "Additive"
                      else second_level_matrix(file, name, matrix, form) if "second_level" in form
                      else planar_matrix(file, name, matrix, form))
            out.write(b"".join(struct.pack("<f", value) for value in values))


main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
