/* SBI calls, and exceptions on their ways to the guest. */
#include "guest.h"

void case_hello(void) {
  result(0x6b766d);
  result(read_csr(sstatus) & (FS | SUM | SIE));
  result(read_csr(satp));
}

void case_sbi_kernel(void) {
  for (u64 function = 0; function < 3; function++) {
    struct sbi_result answer = sbi(SBI_BASE, function, 0, 0, 0, 0, 0, 0);
    result((u64)answer.error);
    result(answer.value);
  }
  const u64 extensions[] = {SBI_TIME, SBI_IPI, SBI_RFENCE, SBI_HSM, SBI_RESET, OWN_EXTENSION, 0x0a123456};
  for (u64 i = 0; i < COUNT(extensions); i++) result(sbi(SBI_BASE, 3, extensions[i], 0, 0, 0, 0, 0).value);
  result((u64)sbi(0x0a123456, 0, 1, 2, 3, 4, 5, 6).error);
  result((u64)sbi(SBI_RFENCE, 1, 1, 0, 0, -1UL, 0, 0).error);
  result((u64)sbi(SBI_HSM, 2, 0, 0, 0, 0, 0, 0).value);
}

void case_sbi_program(void) {
  struct sbi_result answer = sbi(OWN_EXTENSION, CALL_ECHO, 11, 22, 33, 44, 55, 66);
  result((u64)answer.error);
  result(answer.value);
}

/* The debug console: bytes from memory, then one by value. */
void case_console(void) {
  static const char text[] = "kvm";
  struct sbi_result written = sbi(SBI_CONSOLE, 0, sizeof text - 1, (u64)text, 0, 0, 0, 0);
  result((u64)written.error);
  result(written.value);
  result((u64)sbi(SBI_CONSOLE, 2, '!', 0, 0, 0, 0, 0).error);
}

/* Exceptions that never leave the guest. */
void case_delegated(void) {
  __asm__ volatile(".option push; .option norvc; ebreak; .option pop");
  __asm__ volatile("c.ebreak");
}

/* Exceptions that the kernel sends back: an illegal instruction, and what VS-mode may not do. */
void case_redirected(void) {
  __asm__ volatile(".balign 4; .word 0xffffffff");
  __asm__ volatile("csrr zero, 0x600" : : : "memory"); /* hstatus */
  __asm__ volatile(".word 0x62000073");                /* hfence.gvma */
  __asm__ volatile("csrr zero, 0x300" : : : "memory"); /* mstatus */
}

void case_spin(void) {
  sbi(OWN_EXTENSION, CALL_NOTE, 0, 0, 0, 0, 0, 0);
  for (;;) __asm__ volatile("" : : : "memory");
}

/* No function of the reset extension returns. */
void case_shutdown(void) { sbi(SBI_RESET, 0, 0, 0, 0, 0, 0, 0); }
