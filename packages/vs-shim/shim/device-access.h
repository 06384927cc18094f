/* What an instruction of the guest does to a device. */
#pragma once
#include "machine.h"

/* A load or store of an integer register. */
struct access {
  /* funct3: 0 to 3 for 1, 2, 4 and 8 bytes, and 4 more for loads without sign. */
  u32 form;
  u32 store;
  u32 reg;
  /* Bytes of the instruction. */
  u32 length;
};

/* Reads the instruction at the guest's pc. @returns 0 if it is no load or store, or cannot be read. */
int read_access(u64 pc, struct access *access);

struct answer {
  u64 value, trapped;
};

/* In boot.S. `form` is funct3, and 8 more for stores. */
struct answer device_access(u64 address, u64 form, u64 value);
/* A halfword of code, read with the guest's eyes. */
struct answer fetch_guest(u64 address);
