/*
 * Second stage: tokens on descriptor 0 to an object on descriptor 1. Identifiers are numbered in a hash table, so an
 * object is a list of 16-bit codes, followed by the names.
 */
#include "workload.h"

#define SLOTS 512
#define CODES_MAX 8192

static struct { u64 hash; u16 number; } table[SLOTS];
static u16 codes[CODES_MAX], names;
static u64 hashes[SLOTS];
static u32 code_count;

static void code(u16 value) {
  if (code_count < CODES_MAX) codes[code_count++] = value;
}

static u16 number_of(u64 hash) {
  u64 slot = hash % SLOTS;
  while (table[slot].hash && table[slot].hash != hash) slot = (slot + 1) % SLOTS;
  if (!table[slot].hash && names < SLOTS - 1) {
    table[slot].hash = hash;
    hashes[names] = hash;
    table[slot].number = ++names;
  }
  return table[slot].number;
}

static void token(u8 kind, const char *text, u64 length) {
  u64 hash = mix_bytes(CHECKSUM_START, text, length);
  if (kind == 'i') code((u16)(0x8000 | number_of(hash)));
  else if (kind == 's') code((u16)*text);
  else code((u16)(0x4000 | (hash & 0x3fff)));
}

/* The pipe is read in pieces; a token that is cut off is completed by the next piece. */
int main(void) {
  static u8 input[1024];
  u64 filled = 0;
  for (i64 length; (length = read(0, input + filled, sizeof input - filled)) > 0;) {
    filled += (u64)length;
    u64 at = 0;
    while (at + 2 <= filled && at + 2 + input[at + 1] <= filled) {
      token(input[at], (const char *)input + at + 2, input[at + 1]);
      at += 2UL + input[at + 1];
    }
    memmove(input, input + at, filled - at);
    filled -= at;
  }
  u32 header[2] = {code_count, names};
  write(1, header, sizeof header);
  write(1, codes, code_count * sizeof *codes);
  write(1, hashes, names * sizeof *hashes);
  return filled ? 1 : 0;
}
