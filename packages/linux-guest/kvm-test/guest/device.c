/* Loads and stores where no memory is: each is an exit to the program. */
#include "guest.h"

#define READ(name, text, bytes, sign) \
  u64 read_##name(u64 address);       \
  __asm__(".text\n.globl read_" #name "\nread_" #name ": " text "\n ret");
#define WRITE(name, text, bytes)             \
  void write_##name(u64 address, u64 value); \
  __asm__(".text\n.globl write_" #name "\nwrite_" #name ": " text "\n ret");
#include "../device-forms.def"
#undef READ
#undef WRITE

typedef u64 read_function(u64 address);
typedef void write_function(u64 address, u64 value);

#define READ(name, text, bytes, sign) read_##name,
static read_function *const reads[] = {
#include "../device-forms.def"
};
#undef READ

#define WRITE(name, text, bytes) write_##name,
static write_function *const writes[] = {
#include "../device-forms.def"
};
#undef WRITE

void case_reads(void) {
  for (u64 i = 0; i < COUNT(reads); i++) {
    result(reads[i](DEVICE + 8 * i));
    result(reads[i](DEVICE_POSITIVE + 8 * i));
  }
}

void case_writes(void) {
  for (u64 i = 0; i < COUNT(writes); i++) writes[i](DEVICE + 8 * i, NEGATIVE_PATTERN + i);
}

/* With paging: the device at another address, and an instruction whose halves are in pages far from each other. */
void case_paged_device(void) {
  const u64 window = 0x40000000UL, code = 0x50000ffeUL;
  new_tables();
  map(window, DEVICE, PTE_R | PTE_W | PTE_AD, 0);
  map(code & ~0xfffUL, PAGES + 0x3000, PTE_RWX | PTE_AD, 0);
  map((code & ~0xfffUL) + 0x1000, PAGES + 0x1000, PTE_RWX | PTE_AD, 0);
  const u32 load = 0x00052503; /* lw a0, 0(a0) */
  *(u16 *)(PAGES + 0x3ffe) = (u16)load;
  *(u16 *)(PAGES + 0x1000) = (u16)(load >> 16);
  *(u32 *)(PAGES + 0x1002) = 0x00008067; /* ret */
  __asm__ volatile("fence.i");
  paging_on();
  result(read_lhu(window + 0x10));
  write_sw(window + 0x20, 0x12345678);
  result(((read_function *)code)(window + 0x30));
  paging_off();
}

void case_count_reads(void) {
  for (u64 i = 0; i < mailbox->argument; i++) *(volatile u32 *)DEVICE;
}

void case_count_sbi_kernel(void) {
  for (u64 i = 0; i < mailbox->argument; i++) sbi(SBI_BASE, 0, 0, 0, 0, 0, 0, 0);
}

void case_count_sbi_program(void) {
  for (u64 i = 0; i < mailbox->argument; i++) sbi(OWN_EXTENSION, CALL_NOTE, 0, 0, 0, 0, 0, 0);
}

/* Writes to one page after the other. */
void case_count_touches(void) {
  for (u64 page = 0; page < mailbox->argument; page++) *(volatile u64 *)(SECOND_SLOT + page * 4096) = page;
}
