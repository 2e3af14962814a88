#!/usr/bin/env python3
"""Writes a Llama-shaped GGUF file with random float16 weights and no vocabulary, for llama_speed.c to quantize and time.

    random_gguf.py SHAPE OUT.gguf        SHAPE: llama-1b (Llama-3.2-1B, head tied) or tiny-stories-7m
"""
import random
import struct
import sys

SHAPES = {
    # hidden, feed-forward, layers, heads, key-value heads, vocabulary, rope base
    "llama-1b": (2048, 8192, 16, 32, 8, 128256, 500000.0),
    "tiny-stories-7m": (256, 768, 8, 8, 4, 4096, 10000.0),
}
UINT32, FLOAT32, STRING = 4, 6, 8
F32, F16 = 0, 1
ALIGNMENT = 32


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in SHAPES:
        sys.exit(__doc__)
    hidden, wide, layers, heads, groups, vocabulary, base = SHAPES[sys.argv[1]]
    kv = hidden // heads * groups
    metadata = [
        ("general.architecture", STRING, "llama"), ("general.file_type", UINT32, 1),
        ("llama.context_length", UINT32, 1024), ("llama.embedding_length", UINT32, hidden),
        ("llama.block_count", UINT32, layers), ("llama.feed_forward_length", UINT32, wide),
        ("llama.attention.head_count", UINT32, heads), ("llama.attention.head_count_kv", UINT32, groups),
        ("llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5), ("llama.rope.freq_base", FLOAT32, base),
        ("llama.vocab_size", UINT32, vocabulary), ("tokenizer.ggml.model", STRING, "none"),
    ]
    # Tied: the embedding is the head, as in the models that these shapes are taken from.
    tensors = [("token_embd.weight", (hidden, vocabulary), F16), ("output_norm.weight", (hidden,), F32)]
    for i in range(layers):
        tensors += [(f"blk.{i}.{name}.weight", shape, F32 if len(shape) == 1 else F16) for name, shape in (
            ("attn_norm", (hidden,)), ("attn_q", (hidden, hidden)), ("attn_k", (hidden, kv)), ("attn_v", (hidden, kv)),
            ("attn_output", (hidden, hidden)), ("ffn_norm", (hidden,)), ("ffn_gate", (hidden, wide)),
            ("ffn_up", (hidden, wide)), ("ffn_down", (wide, hidden)))]

    def length(shape, kind):
        n = 1
        for s in shape:
            n *= s
        return n * (4 if kind == F32 else 2)

    def padded(n):
        return (n + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT

    random.seed(1)
    normal = b"".join(struct.pack("<e", random.gauss(0, 0.02)) for _ in range(1 << 18))
    with open(sys.argv[2], "wb") as out:
        header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
        for key, kind, value in metadata:
            header += text(key) + struct.pack("<I", kind)
            header += text(value) if kind == STRING else struct.pack("<I" if kind == UINT32 else "<f", value)
        offset = 0
        for name, shape, kind in tensors:
            header += text(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", s) for s in shape)
            header += struct.pack("<IQ", kind, offset)
            offset += padded(length(shape, kind))
        out.write(header.ljust(padded(len(header)), b"\0"))
        for _, shape, kind in tensors:
            n = length(shape, kind)
            if kind == F32:
                data = struct.pack("<f", 1.0) * (n // 4)
                out.write(data.ljust(padded(n), b"\0"))
                continue
            # A tensor starts at a random place of one normal sample, so that tensors differ.
            start = random.randrange(0, len(normal) // 2) * 2
            ring = normal[start:] + normal[:start]
            for written in range(0, n, len(ring)):
                out.write(ring[:n - written])
            out.write(b"\0" * (padded(n) - n))


main()
