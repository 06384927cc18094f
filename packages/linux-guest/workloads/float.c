/* Floating point: bodies that attract each other, in both precisions, then every operation in every rounding mode. */
#include "workload.h"

static u64 double_bits(double value) {
  u64 bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static u64 float_bits(float value) {
  u32 bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

#define BODIES 4
#define DECLARE_BODIES(real, bits, root)                                                        \
  struct real##_body {                                                                          \
    real at[3], speed[3], mass;                                                                 \
  };                                                                                            \
  static u64 real##_bodies(u64 steps) {                                                         \
    struct real##_body bodies[BODIES];                                                          \
    for (u64 i = 0; i < BODIES; i++)                                                            \
      for (u64 axis = 0; axis < 3; axis++) {                                                    \
        bodies[i].at[axis] = (real)(i * 3 + axis * axis) / (real)7;                             \
        bodies[i].speed[axis] = (real)(i ^ axis) / (real)1000;                                  \
        bodies[i].mass = (real)1 / (real)(i + 3);                                               \
      }                                                                                         \
    for (u64 step = 0; step < steps; step++) {                                                  \
      for (u64 i = 0; i < BODIES; i++)                                                          \
        for (u64 j = i + 1; j < BODIES; j++) {                                                  \
          real away[3], square = (real)1 / (real)64;                                            \
          for (u64 axis = 0; axis < 3; axis++) {                                                \
            away[axis] = bodies[i].at[axis] - bodies[j].at[axis];                               \
            square += away[axis] * away[axis];                                                  \
          }                                                                                     \
          real pull = (real)1 / (real)128 / (square * root(square));                            \
          for (u64 axis = 0; axis < 3; axis++) {                                                \
            bodies[i].speed[axis] -= away[axis] * bodies[j].mass * pull;                        \
            bodies[j].speed[axis] += away[axis] * bodies[i].mass * pull;                        \
          }                                                                                     \
        }                                                                                       \
      for (u64 i = 0; i < BODIES; i++)                                                          \
        for (u64 axis = 0; axis < 3; axis++) bodies[i].at[axis] += bodies[i].speed[axis] / 128; \
    }                                                                                           \
    u64 sum = CHECKSUM_START;                                                                   \
    for (u64 i = 0; i < BODIES; i++)                                                            \
      for (u64 axis = 0; axis < 3; axis++)                                                      \
        sum = mix(mix(sum, bits(bodies[i].at[axis])), bits(bodies[i].speed[axis]));             \
    return sum;                                                                                 \
  }

DECLARE_BODIES(double, double_bits, __builtin_sqrt)
DECLARE_BODIES(float, float_bits, __builtin_sqrtf)

/* Takes a result and the flags that it raised. */
static u64 with_flags(u64 sum, u64 bits) {
  u64 flags;
  __asm__ volatile("fsflags %0, zero" : "=r"(flags));
  return mix(sum, bits << 5 ^ flags);
}

struct operands {
  double a, b, c;
};

struct single_operands {
  float a, b, c;
};

/* One instruction with all three operands at hand; `result` is "=f" or "=r". */
#define STEP(type, bits, result, text)                                                           \
  {                                                                                              \
    type value;                                                                                  \
    __asm__ volatile(text : result(value) : "f"(o.a), "f"(o.b), "f"(o.c));                       \
    sum = with_flags(sum, bits(value));                                                          \
  }
#define SAME(value) (value)
#define TO_FLOAT(name) STEP(REAL, BITS, "=f", name " %0, %1")
#define FLOAT2(name) STEP(REAL, BITS, "=f", name " %0, %1, %2")
#define FLOAT3(name) STEP(REAL, BITS, "=f", name " %0, %1, %2, %3")
#define TO_INTEGER(name) STEP(u64, SAME, "=r", name " %0, %1")
#define COMPARE(name) STEP(u64, SAME, "=r", name " %0, %1, %2")
#define EVERY_OPERATION(f)                                                                       \
  FLOAT2("fadd" f) FLOAT2("fsub" f) FLOAT2("fmul" f) FLOAT2("fdiv" f) TO_FLOAT("fsqrt" f)        \
  FLOAT2("fmin" f) FLOAT2("fmax" f) FLOAT2("fsgnj" f) FLOAT2("fsgnjn" f) FLOAT2("fsgnjx" f)      \
  FLOAT3("fmadd" f) FLOAT3("fmsub" f) FLOAT3("fnmadd" f) FLOAT3("fnmsub" f)                      \
  COMPARE("feq" f) COMPARE("flt" f) COMPARE("fle" f) TO_INTEGER("fclass" f)                      \
  TO_INTEGER("fcvt.w" f) TO_INTEGER("fcvt.wu" f) TO_INTEGER("fcvt.l" f) TO_INTEGER("fcvt.lu" f)

#define REAL double
#define BITS double_bits
static u64 double_operations(struct operands o) {
  u64 sum = CHECKSUM_START;
  EVERY_OPERATION(".d")
  STEP(float, float_bits, "=f", "fcvt.s.d %0, %1")
  return sum;
}
#undef REAL
#undef BITS

#define REAL float
#define BITS float_bits
static u64 float_operations(struct single_operands o) {
  u64 sum = CHECKSUM_START;
  EVERY_OPERATION(".s")
  STEP(double, double_bits, "=f", "fcvt.d.s %0, %1")
  return sum;
}

#define FROM_INTEGER(type, bits, name)                                                           \
  {                                                                                              \
    type value;                                                                                  \
    __asm__ volatile(name " %0, %1" : "=f"(value) : "r"(integer));                               \
    sum = with_flags(sum, bits(value));                                                          \
  }
static u64 from_integer(u64 integer) {
  u64 sum = CHECKSUM_START;
  FROM_INTEGER(double, double_bits, "fcvt.d.w")
  FROM_INTEGER(double, double_bits, "fcvt.d.wu")
  FROM_INTEGER(double, double_bits, "fcvt.d.l")
  FROM_INTEGER(double, double_bits, "fcvt.d.lu")
  FROM_INTEGER(float, float_bits, "fcvt.s.w")
  FROM_INTEGER(float, float_bits, "fcvt.s.wu")
  FROM_INTEGER(float, float_bits, "fcvt.s.l")
  FROM_INTEGER(float, float_bits, "fcvt.s.lu")
  return sum;
}

/* Numbers of all kinds: the special ones, and bits that are close to them or random. */
static u64 operand_bits(u64 *seed) {
  static const u64 special[] = {
      0,
      0x8000000000000000UL,
      0x3ff0000000000000UL,
      0x7ff0000000000000UL,
      0xfff0000000000000UL,
      0x7ff8000000000000UL,
      0x7ff0000000000001UL,
      1,
      0x000fffffffffffffUL,
      0x0010000000000000UL,
      0x7fefffffffffffffUL,
      0x43e0000000000000UL,
      0x41e0000000000000UL,
      0x36a0000000000000UL,
      0x380fffffffffffffUL,
      0x47efffffefffffffUL,
  };
  u64 random = next_random(seed);
  switch (random & 3) {
  case 0: return special[(random >> 8) % COUNT(special)];
  case 1: return special[(random >> 8) % COUNT(special)] + (random >> 60) - 8;
  case 2: return (random & 0x800fffffffffffffUL) | (0x3e0UL + (random >> 52 & 0x3f)) << 52;
  default: return next_random(seed);
  }
}

static double double_operand(u64 *seed) {
  u64 bits = operand_bits(seed);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* Of the same kinds: a double that is rounded, or bits of its own. */
static float float_operand(u64 *seed) {
  u64 random = next_random(seed);
  if (random & 1) return (float)double_operand(seed);
  u32 bits = (u32)(random >> 32);
  if (random & 2) bits = (bits & 0x807fffffU) | (0x70 + (bits >> 23 & 0x1f)) << 23;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static u64 operations_round(u64 *seed, u64 rounding) {
  struct operands doubles = {double_operand(seed), double_operand(seed), double_operand(seed)};
  struct single_operands floats = {float_operand(seed), float_operand(seed), float_operand(seed)};
  u64 integer = next_random(seed) >> (next_random(seed) & 63);
  __asm__ volatile("fscsr %0" : : "r"(rounding << 5));
  u64 sum = mix(double_operations(doubles), float_operations(floats));
  sum = mix(sum, from_integer(integer));
  __asm__ volatile("fscsr zero");
  return sum;
}

u64 run_float(u64 operations) {
  u64 sum = mix(double_bodies(operations), float_bodies(operations)), seed = operations;
  for (u64 i = 0; i < operations; i++) sum = mix(sum, operations_round(&seed, i % 5));
  return sum;
}
