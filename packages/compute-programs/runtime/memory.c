/* What the compiler calls by itself. */
#include "program.h"

void *memcpy(void *to, const void *from, u64 count) {
  u8 *out = to;
  const u8 *in = from;
  if ((((u64)out | (u64)in) & 7) == 0)
    for (; count >= 8; count -= 8, out += 8, in += 8) *(u64 *)out = *(const u64 *)in;
  while (count--) *out++ = *in++;
  return to;
}

void *memset(void *to, int byte, u64 count) {
  u8 *out = to;
  while (count--) *out++ = (u8)byte;
  return to;
}
