/* Fused multiply-adds, which compilers make of sums of products: polynomials, and products of matrices of doubles. */
#include "../runtime/program.h"

#define ORDER 64
#define POINTS 100000

const char program_name[] = "fused";

static double a[ORDER][ORDER], b[ORDER][ORDER], product[ORDER][ORDER];

/* The sine of a number from -1 to 1, by Horner's rule. */
static double sine(double x) {
  static const double coefficients[] = {-0x1.ae7f3e733b81fp-41, 0x1.6124613a86d09p-33,  -0x1.ae64567f544e4p-26,
                                        0x1.71de3a556c734p-19,  -0x1.a01a01a01a01ap-13, 0x1.1111111111111p-7,
                                        -0x1.5555555555555p-3,  1};
  double square = x * x, sum = coefficients[0];
  for (u64 i = 1; i < COUNT(coefficients); i++) sum = __builtin_fma(sum, square, coefficients[i]);
  return sum * x;
}

u64 run_round(void) {
  double sum = 0;
  for (u64 i = 0; i < POINTS; i++) sum += sine((double)i * (2.0 / POINTS) - 1 + 0x1p-30);
  for (u64 i = 0; i < ORDER; i++)
    for (u64 j = 0; j < ORDER; j++) {
      a[i][j] = sine((double)(i * ORDER + j) * 0x1p-12);
      b[i][j] = sine((double)(j * ORDER + i) * 0x1p-13);
    }
  u64 checksum = mix(CHECKSUM_START, bits(sum));
  for (u64 i = 0; i < ORDER; i++)
    for (u64 j = 0; j < ORDER; j++) {
      double cell = 0;
      for (u64 k = 0; k < ORDER; k++) cell = __builtin_fma(a[i][k], b[k][j], cell);
      product[i][j] = cell;
      checksum = mix(checksum, bits(product[i][j]));
    }
  return checksum;
}
