/* What all cases share: dispatch, results, traps, SBI calls. */
#include "guest.h"

static guest_function *const cases[CASES] = {
    [CASE_HELLO] = case_hello,
    [CASE_READS] = case_reads,
    [CASE_WRITES] = case_writes,
    [CASE_PAGED_DEVICE] = case_paged_device,
    [CASE_SBI_KERNEL] = case_sbi_kernel,
    [CASE_SBI_PROGRAM] = case_sbi_program,
    [CASE_CONSOLE] = case_console,
    [CASE_DELEGATED] = case_delegated,
    [CASE_REDIRECTED] = case_redirected,
    [CASE_SV39] = case_sv39,
    [CASE_PAGE_FAULTS] = case_page_faults,
    [CASE_USER_MODE] = case_user_mode,
    [CASE_TIMER] = case_timer,
    [CASE_STIMECMP] = case_stimecmp,
    [CASE_FLOAT] = case_float,
    [CASE_EXTERNAL] = case_external,
    [CASE_SECOND_SLOT_WRITE] = case_second_slot_write,
    [CASE_SECOND_SLOT_READ] = case_second_slot_read,
    [CASE_START_HART] = case_start_hart,
    [CASE_SECONDARY] = case_secondary,
    [CASE_SPIN] = case_spin,
    [CASE_COUNT_READS] = case_count_reads,
    [CASE_COUNT_SBI_KERNEL] = case_count_sbi_kernel,
    [CASE_COUNT_SBI_PROGRAM] = case_count_sbi_program,
    [CASE_COUNT_TOUCHES] = case_count_touches,
    [CASE_SHUTDOWN] = case_shutdown,
};

void (*on_exception)(struct frame *frame, u64 cause, u64 value);

void run_case(u64 hart, u64 number) {
  if (hart == 0) on_exception = NULL;
  if (number < CASES) cases[number]();
  sbi(OWN_EXTENSION, CALL_DONE, hart, 0, 0, 0, 0, 0);
}

struct sbi_result sbi(u64 extension, u64 function, u64 v0, u64 v1, u64 v2, u64 v3, u64 v4, u64 v5) {
  register u64 a0 __asm__("a0") = v0;
  register u64 a1 __asm__("a1") = v1;
  register u64 a2 __asm__("a2") = v2;
  register u64 a3 __asm__("a3") = v3;
  register u64 a4 __asm__("a4") = v4;
  register u64 a5 __asm__("a5") = v5;
  register u64 a6 __asm__("a6") = function;
  register u64 a7 __asm__("a7") = extension;
  __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a6), "r"(a7) : "memory");
  return (struct sbi_result){(i64)a0, a1};
}

void result(u64 value) {
  if (mailbox->used < COUNT(mailbox->results)) mailbox->results[mailbox->used++] = value;
}

u64 time_now(void) {
  u64 now;
  __asm__ volatile("rdtime %0" : "=r"(now));
  return now;
}

void skip(struct frame *frame) { frame->pc += (*(u16 *)frame->pc & 3) == 3 ? 4 : 2; }

void on_trap(struct frame *frame) {
  u64 cause = read_csr(scause), value = read_csr(stval);
  if (mailbox->trapped < TRAP_NOTES)
    mailbox->traps[mailbox->trapped++] = (struct trap_note){cause, value, frame->pc, !(frame->sstatus & SPP)};
  if ((i64)cause < 0) {
    /* Once each: what was waited for has come. */
    clear_csr(sie, 1UL << (cause & 63));
    if ((cause & 63) == 1) clear_csr(sip, SOFTWARE);
  } else if (on_exception) on_exception(frame, cause, value);
  else skip(frame);
}
