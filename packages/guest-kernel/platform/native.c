/*
 * The native backend: S-mode on a machine with SBI firmware. This file, native-entry.S and native-trap.S are the
 * only ones with privileged instructions.
 */
#include "board.h"
#include "memory-map.h"
#include "native.h"

#define csr_read(name) ({ u64 v_; __asm__ volatile("csrr %0, " #name : "=r"(v_)); v_; })
#define csr_write(name, value) __asm__ volatile("csrw " #name ", %0" ::"rK"((u64)(value)) : "memory")
#define csr_set(name, bits) __asm__ volatile("csrs " #name ", %0" ::"rK"((u64)(bits)) : "memory")
#define csr_clear(name, bits) __asm__ volatile("csrc " #name ", %0" ::"rK"((u64)(bits)) : "memory")
#define csr_clear_old(name, bits) \
  ({ u64 v_; __asm__ volatile("csrrc %0, " #name ", %1" : "=r"(v_) : "rK"((u64)(bits)) : "memory"); v_; })

#define STATUS_SIE 0x2UL
#define STATUS_SPIE 0x20UL
#define STATUS_SPP 0x100UL
#define STATUS_SUM 0x40000UL
#define INTERRUPT_TIMER (1UL << 5)
#define INTERRUPT_EXTERNAL (1UL << 9)
#define SATP_SV39 (8UL << 60)
#define SATP_ASID_SHIFT 44
#define SATP_ASID_MASK 0xffffUL

/* A test build sets this, to see what happens when ASIDs run out or do not exist (1). */
#ifndef ASID_LIMIT
#define ASID_LIMIT 0x10000UL
#endif

#define CAUSE_INTERRUPT (1UL << 63)

#define SBI_TIME 0x54494d45UL
#define SBI_RESET 0x53525354UL

extern void native_trap_return(struct trap_frame *frame) __attribute__((noreturn));

struct sbi_result sbi_call(u64 extension, u64 function, u64 first, u64 second) {
  register u64 a0 __asm__("a0") = first;
  register u64 a1 __asm__("a1") = second;
  register u64 a6 __asm__("a6") = function;
  register u64 a7 __asm__("a7") = extension;
  __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
  return (struct sbi_result){(i64)a0, a1};
}

static void start(void) {
  uart_start();
  plic_start();
  plic_enable(board.uart.irq);
  virtio_block_start();
  csr_write(sie, INTERRUPT_TIMER | INTERRUPT_EXTERNAL);
}

static void entry_write(u64 *entry, u64 value) { *(volatile u64 *)entry = value; }

static void space_switch(paddr root, u64 asid) {
  csr_write(satp, SATP_SV39 | asid << SATP_ASID_SHIFT | root >> PAGE_SHIFT);
}

static void flush_page(u64 address, u64 asid) {
  if (asid == PLATFORM_ANY_ASID) __asm__ volatile("sfence.vma %0, zero" ::"r"(address) : "memory");
  else __asm__ volatile("sfence.vma %0, %1" ::"r"(address), "r"(asid) : "memory");
}

static void flush_space(u64 asid) { __asm__ volatile("sfence.vma zero, %0" ::"r"(asid) : "memory"); }

static void flush_all(void) { __asm__ volatile("sfence.vma" ::: "memory"); }

/* The ASID field keeps the bits that are implemented. */
static u64 asid_count(void) {
  u64 old = csr_read(satp);
  csr_write(satp, old | SATP_ASID_MASK << SATP_ASID_SHIFT);
  u64 bits = csr_read(satp) >> SATP_ASID_SHIFT & SATP_ASID_MASK;
  csr_write(satp, old);
  flush_all();
  return min_of(bits + 1, ASID_LIMIT);
}

static void user_access(bool allowed) {
  if (allowed) csr_set(sstatus, STATUS_SUM);
  else csr_clear(sstatus, STATUS_SUM);
}

static void code_changed(void) { __asm__ volatile("fence.i" ::: "memory"); }

static bool interrupts_disable(void) { return csr_clear_old(sstatus, STATUS_SIE) & STATUS_SIE; }
static void interrupts_enable(void) { csr_set(sstatus, STATUS_SIE); }
static void idle(void) { __asm__ volatile("wfi" ::: "memory"); }

static struct trap_info trap_read(const struct trap_frame *frame) {
  static const u8 kinds[16] = {
      [0] = TRAP_MISALIGNED,     [1] = TRAP_FAULT_EXECUTE, [2] = TRAP_ILLEGAL,     [3] = TRAP_BREAKPOINT,
      [4] = TRAP_MISALIGNED,     [5] = TRAP_FAULT_READ,    [6] = TRAP_MISALIGNED,  [7] = TRAP_FAULT_WRITE,
      [8] = TRAP_SYSTEM_CALL,    [9] = TRAP_OTHER,         [10] = TRAP_OTHER,      [11] = TRAP_OTHER,
      [12] = TRAP_FAULT_EXECUTE, [13] = TRAP_FAULT_READ,   [14] = TRAP_OTHER,      [15] = TRAP_FAULT_WRITE,
  };
  u64 cause = csr_read(scause);
  struct trap_info info = {.kind = TRAP_OTHER, .from_user = !(frame->status & STATUS_SPP)};
  if (cause == (CAUSE_INTERRUPT | 5)) info.kind = TRAP_TIMER;
  else if (cause == (CAUSE_INTERRUPT | 9)) info.kind = TRAP_DEVICE;
  else if (cause < 16) info.kind = kinds[cause];
  if (info.kind >= TRAP_FAULT_READ && info.kind <= TRAP_FAULT_EXECUTE) info.address = csr_read(stval);
  return info;
}

static void frame_start(struct trap_frame *frame, u64 entry, u64 stack) {
  *frame = (struct trap_frame){.pc = entry, .status = STATUS_SPIE};
  FRAME_REGISTER(frame, 2) = stack;
}

static u64 time(void) { return csr_read(time); }
static void timer_set(u64 deadline) { sbi_call(SBI_TIME, 0, deadline, 0); }

static void device_interrupt(void) {
  for (u32 source; (source = plic_claim()); plic_complete(source)) {
    if (source == board.uart.irq) uart_interrupt();
    else if (virtio_block_irq(source)) virtio_block_poll();
  }
}

static void block_wait(void) {
  if (!virtio_block_interrupts()) return virtio_block_poll();
  idle();
  device_interrupt();
}

static u32 register_read(enum platform_register which) {
  if (which == REGISTER_PRIORITY) return plic_priority(board.uart.irq);
  return board.uart.base ? device_at(board.uart.base, 7, u8) : 0;
}

static void register_write(enum platform_register which, u32 value) {
  if (which == REGISTER_PRIORITY) plic_set_priority(board.uart.irq, value);
  else if (board.uart.base) device_at(board.uart.base, 7, u8) = (u8)value;
}

static __attribute__((noreturn)) void power_off(bool failed) {
  sbi_call(SBI_RESET, 0, 0, failed);
  for (;;) idle();
}

const struct platform platform = {
    .name = "native",
    .start = start,
    .entry_write = entry_write,
    .space_switch = space_switch,
    .flush_page = flush_page,
    .flush_space = flush_space,
    .flush_all = flush_all,
    .asid_count = asid_count,
    .user_access = user_access,
    .code_changed = code_changed,
    .interrupts_disable = interrupts_disable,
    .interrupts_enable = interrupts_enable,
    .idle = idle,
    .trap_read = trap_read,
    .frame_start = frame_start,
    .trap_return = native_trap_return,
    .time = time,
    .timer_set = timer_set,
    .device_interrupt = device_interrupt,
    .console_put = uart_put,
    .console_listen = uart_listen,
    .block_sectors = virtio_block_sectors,
    .block_start = virtio_block_submit,
    .block_wait = block_wait,
    .register_read = register_read,
    .register_write = register_write,
    .power_off = power_off,
};
