/* What the guest asks its firmware for. One hart: what concerns harts concerns this one. */
#include "sbi.h"

#define NOT_SUPPORTED ((u64)-2)
#define PROBE_EXTENSION 3
#define HART_STATUS 2

static const struct sbi_answer success = {0, 0}, unsupported = {NOT_SUPPORTED, 0};

static int offers(u64 extension) {
  switch (extension) {
    case SBI_BASE:
    case SBI_TIME:
    case SBI_IPI:
    case SBI_FENCE:
    case SBI_HARTS:
    case SBI_RESET:
      return 1;
    default:
      return 0;
  }
}

static struct sbi_answer set_timer(u64 time) {
  csr_clear(HVIP, VSTI);
  struct sbi_answer answer = sbi_call(SBI_TIME, 0, time, 0);
  csr_set("sie", STI);
  return answer;
}

static struct sbi_answer fence(u64 function) {
  if (function > 2) return unsupported; /* those for guests of the guest */
  if (function == 0) asm volatile("fence.i" ::: "memory");
  else asm volatile(".insn r 0x73, 0, 0x11, x0, x0, x0" ::: "memory"); /* hfence.vvma */
  return success;
}

static struct sbi_answer answer(u64 extension, u64 function, u64 first, u64 second) {
  switch (extension) {
    case SBI_BASE:
      if (function == PROBE_EXTENSION && !offers(first)) return success;
      return sbi_call(extension, function, first, second);
    case SBI_TIME:
      return function == 0 ? set_timer(first) : unsupported;
    case SBI_IPI:
      if (function != 0) return unsupported;
      csr_set(HVIP, VSSI);
      return success;
    case SBI_FENCE:
      return fence(function);
    case SBI_HARTS:
      return function == HART_STATUS ? sbi_call(extension, function, first, second) : unsupported;
    case SBI_RESET:
      return sbi_call(extension, function, first, second);
    default:
      return unsupported;
  }
}

void answer_sbi_call(struct frame *guest) {
  u64 *a = &guest->x[10];
  struct sbi_answer result = answer(a[7], a[6], a[0], a[1]);
  a[0] = result.error;
  a[1] = result.value;
}
