/* The supervisor binary interface: calls to the firmware, and those of the guest. */
#pragma once
#include "machine.h"

#define SBI_BASE 0x10
#define SBI_TIME 0x54494d45
#define SBI_IPI 0x735049
#define SBI_FENCE 0x52464e43
#define SBI_HARTS 0x48534d
#define SBI_RESET 0x53525354

struct sbi_answer {
  u64 error, value;
};

static inline struct sbi_answer sbi_call(u64 extension, u64 function, u64 first, u64 second) {
  register u64 a0 asm("a0") = first;
  register u64 a1 asm("a1") = second;
  register u64 a6 asm("a6") = function;
  register u64 a7 asm("a7") = extension;
  asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
  return (struct sbi_answer){a0, a1};
}

/* Answers a call of the guest, in its registers. */
void answer_sbi_call(struct frame *guest);
