/* Calls to what is below the program. */
#pragma once
#include "types.h"

/* @returns the sum of both answers. */
static inline u64 sbi(u64 extension, u64 function, u64 argument) {
  register u64 a0 asm("a0") = argument;
  register u64 a1 asm("a1") = 0;
  register u64 a6 asm("a6") = function;
  register u64 a7 asm("a7") = extension;
  asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
  return a0 + a1;
}
