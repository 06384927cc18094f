/* Platform-level interrupt controller: sources are numbered from 1, this hart's S-mode is one context. */
#include "board.h"
#include "memory-map.h"
#include "native.h"

#define CONTEXT (board.plic_context)
#define priority_of(source) device_at(board.plic.base, 4UL * (source), u32)
#define enable_word(source) device_at(board.plic.base, 0x2000 + 0x80UL * CONTEXT + 4UL * ((source) / 32), u32)
#define threshold device_at(board.plic.base, 0x200000 + 0x1000UL * CONTEXT, u32)
#define claim_register device_at(board.plic.base, 0x200004 + 0x1000UL * CONTEXT, u32)

void plic_start(void) {
  if (board.plic.base) threshold = 0;
}

void plic_enable(u32 source) {
  if (!board.plic.base || !source) return;
  priority_of(source) = 1;
  enable_word(source) |= 1U << (source % 32);
}

u32 plic_claim(void) { return board.plic.base ? claim_register : 0; }
void plic_complete(u32 source) { claim_register = source; }
u32 plic_priority(u32 source) { return board.plic.base ? priority_of(source) : 0; }
void plic_set_priority(u32 source, u32 priority) {
  if (board.plic.base) priority_of(source) = priority;
}
