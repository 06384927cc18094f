#include "device-access.h"

#define LOAD 0x03
#define STORE 0x23
#define FIELD(inst, at, bits) ((u32)((inst) >> (at)) & ((1U << (bits)) - 1))

static int wide(u64 inst, struct access *access) {
  u32 opcode = FIELD(inst, 0, 7), form = FIELD(inst, 12, 3), store = opcode == STORE;
  if ((opcode != LOAD && opcode != STORE) || form > (store ? 3 : 6)) return 0;
  *access = (struct access){form, store, store ? FIELD(inst, 20, 5) : FIELD(inst, 7, 5), 4};
  return 1;
}

/* Of words and doublewords; by a register, or by the stack pointer. */
static int compressed(u64 inst, struct access *access) {
  u32 kind = FIELD(inst, 13, 3), store = kind >= 4, form = kind & 3, quadrant = FIELD(inst, 0, 2);
  if (form < 2 || quadrant == 1) return 0;
  u32 reg = quadrant == 0 ? 8 + FIELD(inst, 2, 3) : store ? FIELD(inst, 2, 5) : FIELD(inst, 7, 5);
  *access = (struct access){form, store, reg, 2};
  return 1;
}

int read_access(u64 pc, struct access *access) {
  struct answer low = fetch_guest(pc);
  if (low.trapped) return 0;
  if ((low.value & 3) != 3) return compressed(low.value, access);
  struct answer high = fetch_guest(pc + 2);
  return !high.trapped && wide(low.value | high.value << 16, access);
}
