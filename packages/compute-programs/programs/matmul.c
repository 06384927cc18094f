/* Multiplies matrices of 32-bit integers by the textbook's three loops. */
#include "../runtime/program.h"

#define ORDER 96

const char program_name[] = "matmul";

static i32 a[ORDER][ORDER], b[ORDER][ORDER], product[ORDER][ORDER];

u64 run_round(void) {
  u64 seed = 3, sum = CHECKSUM_START;
  for (u64 i = 0; i < ORDER; i++)
    for (u64 j = 0; j < ORDER; j++) {
      a[i][j] = (i32)next_random(&seed);
      b[i][j] = (i32)next_random(&seed);
    }
  for (u64 i = 0; i < ORDER; i++)
    for (u64 j = 0; j < ORDER; j++) {
      u32 cell = 0;
      for (u64 k = 0; k < ORDER; k++) cell += (u32)a[i][k] * (u32)b[k][j];
      product[i][j] = (i32)cell;
    }
  for (u64 i = 0; i < ORDER; i++)
    for (u64 j = 0; j < ORDER; j++) sum = mix(sum, (u64)(u32)product[i][j]);
  return sum;
}
