/* CRC-32 (ISO-HDLC) by a table: a short loop of loads, shifts and exclusive ors, each needing the one before. */
#include "../runtime/program.h"

#define BYTES 65536
#define PASSES 10

const char program_name[] = "crc";

static u8 message[BYTES];
static u32 table[256];

static u32 remainder_of(u32 value) {
  for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ (value & 1 ? 0xedb88320 : 0);
  return value;
}

u64 run_round(void) {
  u64 seed = 2;
  for (u32 i = 0; i < 256; i++) table[i] = remainder_of(i);
  for (u64 i = 0; i < BYTES; i++) message[i] = (u8)next_random(&seed);
  u32 crc = 0xffffffff;
  for (u64 pass = 0; pass < PASSES; pass++)
    for (u64 i = 0; i < BYTES; i++) crc = table[(crc ^ message[i]) & 0xff] ^ crc >> 8;
  return mix(CHECKSUM_START, crc);
}
