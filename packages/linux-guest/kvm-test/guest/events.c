/* Time, interrupts, floating point, other harts, a second slot of memory. */
#include "guest.h"

/* Waits with `wfi` until something has trapped. */
static void wait_for_trap(u64 interrupts) {
  u64 before = mailbox->trapped;
  set_csr(sie, interrupts);
  while (*(volatile u64 *)&mailbox->trapped == before) {
    /* With interrupts off, so that none comes between the look and the wait; `wfi` ends all the same. */
    __asm__ volatile("wfi");
    set_csr(sstatus, SIE);
    clear_csr(sstatus, SIE);
  }
}

/* Three waits of 1 ms each on a clock of 10 MHz. */
static void three_waits(void (*set)(u64 deadline)) {
  for (int i = 0; i < 3; i++) {
    u64 deadline = time_now() + 10000;
    set(deadline);
    wait_for_trap(TIMER);
    result(time_now() >= deadline);
    set(-1UL);
    result(read_csr(sip) & TIMER);
  }
}

static void set_timer(u64 deadline) { sbi(SBI_TIME, 0, deadline, 0, 0, 0, 0, 0); }
static void set_stimecmp(u64 deadline) { write_csr(0x14d, deadline); }

void case_timer(void) { three_waits(set_timer); }
void case_stimecmp(void) { three_waits(set_stimecmp); }

void case_external(void) {
  sbi(OWN_EXTENSION, CALL_NOTE, 1, 0, 0, 0, 0, 0); /* the program raises the line */
  wait_for_trap(EXTERNAL);
  sbi(OWN_EXTENSION, CALL_NOTE, 2, 0, 0, 0, 0, 0); /* and lowers it */
  result(read_csr(sip) & EXTERNAL);
}

#define EACH_F(X) \
  X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19) X(20) \
  X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31)

void case_float(void) {
  set_csr(sstatus, FS_INITIAL);
#define FILL(n) __asm__ volatile("fmv.d.x f" #n ", %0" : : "r"(0x4000000000000000UL + n * 0x0001000100010001UL));
  EACH_F(FILL)
  __asm__ volatile("fscsr %0" : : "r"(2UL << 5 | 0x15));
  *(volatile u32 *)DEVICE;
  sbi(OWN_EXTENSION, CALL_NOTE, 0, 0, 0, 0, 0, 0);
  sbi(SBI_BASE, 0, 0, 0, 0, 0, 0, 0);
  set_timer(time_now() + 10000);
  wait_for_trap(TIMER);
  set_timer(-1UL);
  u64 value;
  __asm__ volatile("frcsr %0" : "=r"(value));
  result(value);
#define KEEP(n)                                             \
  __asm__ volatile("fmv.x.d %0, f" #n : "=r"(value));       \
  result(value);
  EACH_F(KEEP)
  /* And they compute: 2 / 3 upwards, then the square root of 2. */
  u64 quotient, root;
  __asm__ volatile("fscsr %0" : : "r"(3UL << 5));
  __asm__ volatile("fcvt.d.w ft0, %2\n fcvt.d.w ft1, %3\n fdiv.d ft2, ft0, ft1\n fmv.x.d %0, ft2\n fsqrt.d ft2, ft0\n fmv.x.d %1, ft2"
                   : "=r"(quotient), "=r"(root)
                   : "r"(2UL), "r"(3UL));
  result(quotient);
  result(root);
  __asm__ volatile("frcsr %0" : "=r"(value));
  result(value);
  result((read_csr(sstatus) & FS) == FS);
}

/* Writes the first word of every third page. */
void case_second_slot_write(void) {
  for (u64 page = 0; page < SECOND_PAGES; page += 3)
    *(volatile u64 *)(SECOND_SLOT + page * 4096) = mailbox->argument + page;
}

/* Reads one word in each page. */
void case_second_slot_read(void) {
  u64 sum = 0;
  for (u64 page = 0; page < SECOND_PAGES; page++) sum += *(volatile u64 *)(SECOND_SLOT + page * 4096);
  result(sum);
}

/* Waits, but not for ever, until the other side has come to `stage`. */
static void await_stage(u64 stage) {
  u64 give_up = time_now() + 50000000;
  while (mailbox->stage < stage && time_now() < give_up) __asm__ volatile("" : : : "memory");
}

static u64 hart_status(u64 hart) { return sbi(SBI_HSM, 2, hart, 0, 0, 0, 0, 0).value; }

void case_start_hart(void) {
  mailbox->stage = 0;
  result(hart_status(1)); /* 1: stopped */
  result((u64)sbi(SBI_HSM, 0, 1, RAM, CASE_SECONDARY, 0, 0, 0).error);
  await_stage(1);
  result(mailbox->stage);
  /* The other one waits for this in `wfi`. */
  result((u64)sbi(SBI_IPI, 0, 2, 0, 0, 0, 0, 0).error);
  await_stage(2);
  /* And answers in the same way. */
  wait_for_trap(SOFTWARE);
  result(mailbox->stage);
  result((u64)sbi(SBI_RFENCE, 1, 2, 0, 0, -1UL, 0, 0).error);
  result((u64)sbi(SBI_RFENCE, 0, 2, 0, 0, 0, 0, 0).error);
  mailbox->stage = 3;
  u64 give_up = time_now() + 50000000;
  while (hart_status(1) != 1 && time_now() < give_up) __asm__ volatile("" : : : "memory");
  result(hart_status(1));
}

void case_secondary(void) {
  mailbox->stage = 1;
  /* Its own trap count: the mailbox's is the first hart's as well. */
  set_csr(sie, SOFTWARE);
  while (!(read_csr(sip) & SOFTWARE)) __asm__ volatile("wfi");
  clear_csr(sip, SOFTWARE);
  mailbox->stage = 2;
  sbi(SBI_IPI, 0, 1, 0, 0, 0, 0, 0);
  await_stage(3);
  sbi(SBI_HSM, 1, 0, 0, 0, 0, 0, 0);
}
