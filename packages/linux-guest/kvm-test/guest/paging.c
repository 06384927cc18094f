/* Sv39 inside the guest. */
#include "guest.h"

#define ENTRIES 512
static u64 used_tables;

static u64 *new_table(void) {
  u64 *table = (u64 *)(TABLES + 0x1000 * used_tables++);
  for (u64 i = 0; i < ENTRIES; i++) table[i] = 0;
  return table;
}

void new_tables(void) {
  used_tables = 0;
  new_table();
}

void map(u64 address, u64 physical, u64 permissions, int level) {
  u64 *table = (u64 *)TABLES;
  for (int at = 2; at > level; at--) {
    u64 *entry = &table[address >> (12 + 9 * at) & 511];
    if (!*entry) *entry = (u64)new_table() >> 2 | 1;
    table = (u64 *)(*entry >> 10 << 12);
  }
  table[address >> (12 + 9 * level) & 511] = physical >> 2 | permissions | 1;
}

void fence(u64 address) { __asm__ volatile("sfence.vma %0" : : "r"(address) : "memory"); }

void paging_on(void) {
  map(DEVICE, DEVICE, PTE_R | PTE_W | PTE_AD, 1);
  map(RAM, RAM, PTE_RWX | PTE_AD, 1);
  map(RAM + 0x200000, RAM + 0x200000, PTE_R | PTE_W | PTE_AD, 1);
  write_csr(satp, 8UL << 60 | TABLES >> 12);
  __asm__ volatile("sfence.vma" : : : "memory");
}

void paging_off(void) {
  write_csr(satp, 0);
  __asm__ volatile("sfence.vma" : : : "memory");
}

static volatile u64 *at(u64 address) { return (volatile u64 *)address; }

/* Execution of a page that must not be: go back to the caller. */
static void skip_or_return(struct frame *frame, u64 cause, u64 value) {
  (void)value;
  if (cause == 12) frame->pc = frame_x(frame, 1);
  else skip(frame);
}

/* One page at three addresses and in three sizes, then what permissions forbid. */
void case_sv39(void) {
  const u64 small = 0x40001000UL, large = 0x40200000UL, huge = 0x3fc0000000UL;
  *at(PAGES + 0x5000) = 0x1111;
  new_tables();
  map(small, PAGES + 0x5000, PTE_R | PTE_W | PTE_AD, 0);
  map(large, PAGES, PTE_R | PTE_W | PTE_AD, 1);
  map(huge, RAM, PTE_R | PTE_W | PTE_AD, 2);
  map(small + 0x1000, PAGES + 0x5000, PTE_R | PTE_AD, 0);
  map(small + 0x2000, PAGES + 0x5000, PTE_R | PTE_W | PTE_U | PTE_AD, 0);
  map(small + 0x3000, PAGES + 0x5000, PTE_X | PTE_AD, 0);
  paging_on();
  result(*at(small));
  *at(small) = 0x2222;
  result(*at(large + 0x5000));
  *at(large + 0x5000) = 0x3333;
  result(*at(huge + 0x205000));
  *at(huge + 0x205000) = 0x4444;
  result(*at(small + 0x1000));
  /* The page at `small` becomes another one. */
  *at(PAGES + 0x6000) = 0x5555;
  map(small, PAGES + 0x6000, PTE_R | PTE_W | PTE_AD, 0);
  fence(small);
  result(*at(small));
  on_exception = skip_or_return;
  *at(small + 0x1000) = 1; /* read only */
  (void)*at(small + 0x2000); /* VU-mode's, without SUM */
  ((guest_function *)small)(); /* not executable */
  set_csr(sstatus, SUM);
  result(*at(small + 0x2000)); /* with SUM */
  clear_csr(sstatus, SUM);
  (void)*at(small + 0x3000); /* execute only */
  set_csr(sstatus, 0x80000UL);
  result(*at(small + 0x3000)); /* with MXR */
  clear_csr(sstatus, 0x80000UL);
  paging_off();
}

static u64 faults;

/* Demand paging: maps the page that was touched. */
static void map_touched(struct frame *frame, u64 cause, u64 value) {
  (void)frame;
  (void)cause;
  map(value & ~0xfffUL, PAGES + 0x10000 + 0x1000 * faults++, PTE_R | PTE_W | PTE_AD, 0);
  fence(value);
}

void case_page_faults(void) {
  const u64 fresh = 0x60000000UL;
  faults = 0;
  for (u64 i = 0; i < 4; i++) *at(PAGES + 0x10000 + 0x1000 * i) = 100 + i;
  new_tables();
  paging_on();
  on_exception = map_touched;
  result(*at(fresh));
  *at(fresh + 0x7000) += 1000;
  result(*at(fresh + 0x7000));
  *at(fresh + 0x3008) = 7;
  result(*at(fresh + 0x3008));
  result(*at(fresh + 0x3000));
  result(faults);
  paging_off();
}

/* A program for VU-mode: two system calls, a touch of a page that is not there, and a third call. */
__asm__(".text\n.balign 4\nuser_program:\n"
        " li a7, 1\n li a0, 41\n ecall\n"
        " mv s0, a0\n li a7, 2\n ecall\n"
        " li t0, 0x60000000\n ld s1, 0(t0)\n"
        " csrr t1, sstatus\n" /* illegal in VU-mode: comes to VS-mode in one way or another */
        " add a0, s0, s1\n li a7, 3\n ecall\n"
        "user_program_end:\n");
extern const u8 user_program[], user_program_end[];

static void user_trap(struct frame *frame, u64 cause, u64 value) {
  if (cause == 13) {
    map(value & ~0xfffUL, PAGES + 0x10000, PTE_R | PTE_U | PTE_AD, 0);
    fence(value);
    return;
  }
  frame->pc += 4;
  if (cause != 8) return;
  u64 call = frame_x(frame, 17), argument = frame_x(frame, 10);
  result(call * 1000 + argument);
  frame_x(frame, 10) = argument + 1;
  if (call == 3) leave_user();
}

void case_user_mode(void) {
  const u64 code = 0x50000000UL;
  *at(PAGES + 0x10000) = 500;
  for (u64 i = 0; i < (u64)(user_program_end - user_program); i++) ((u8 *)(PAGES + 0x8000))[i] = user_program[i];
  __asm__ volatile("fence.i");
  new_tables();
  map(code, PAGES + 0x8000, PTE_R | PTE_X | PTE_U | PTE_AD, 0);
  paging_on();
  on_exception = user_trap;
  enter_user(code, 0);
  write_csr(sscratch, 0);
  paging_off();
}
