/* Fibonacci's and Takeuchi's functions: calls, returns and a stack, and little else. */
#include "../runtime/program.h"

const char program_name[] = "recursion";

static u64 fibonacci(u64 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

static i64 takeuchi(i64 x, i64 y, i64 z) {
  return y >= x ? z : takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y));
}

u64 run_round(void) { return mix(mix(CHECKSUM_START, fibonacci(29)), (u64)takeuchi(18, 12, 6)); }
