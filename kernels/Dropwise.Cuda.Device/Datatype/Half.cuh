// Halves and bfloat16: conversions, and arithmetic on two halves a word. The first element lies in the low 16 bits.

DEVICE float half_to_float(half_bits value) {
    float result;
    asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(value));
    return result;
}

DEVICE half_bits float_to_half(float value) {
    half_bits result;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(result) : "f"(value));
    return result;
}

// Two floats become the two halves of a word in one instruction (sm_80).
DEVICE u32 floats_to_halves(float first, float second) {
    u32 result;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(second), "f"(first));
    return result;
}

DEVICE float2 halves_to_floats(u32 pair) {
    return make_float2(half_to_float(static_cast<half_bits>(pair)), half_to_float(static_cast<half_bits>(pair >> 16)));
}

// A bfloat16 is the upper half of a float.
DEVICE float2 bfloats_to_floats(u32 pair) { return make_float2(__uint_as_float(pair << 16), __uint_as_float(pair & 0xffff0000u)); }

// Two floats become the two bfloat16 of a word in one instruction (sm_80).
DEVICE u32 floats_to_bfloats(float first, float second) {
    u32 result;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(second), "f"(first));
    return result;
}

// One half in both places of a word.
DEVICE u32 twice(half_bits value) { return static_cast<u32>(value) * 0x10001u; }

DEVICE u32 add_halves(u32 a, u32 b) {
    u32 result;
    asm("add.rn.f16x2 %0, %1, %2;" : "=r"(result) : "r"(a), "r"(b));
    return result;
}

DEVICE u32 subtract_halves(u32 a, u32 b) {
    u32 result;
    asm("sub.rn.f16x2 %0, %1, %2;" : "=r"(result) : "r"(a), "r"(b));
    return result;
}

DEVICE u32 multiply_halves(u32 a, u32 b) {
    u32 result;
    asm("mul.rn.f16x2 %0, %1, %2;" : "=r"(result) : "r"(a), "r"(b));
    return result;
}

// a * b + c with one rounding.
DEVICE u32 fuse_halves(u32 a, u32 b, u32 c) {
    u32 result;
    asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(result) : "r"(a), "r"(b), "r"(c));
    return result;
}
