/* Sets up what a guest finds below it: the G-stage, delegation, counters; and the way out if something is wrong. */
#include "device-tree.h"
#include "machine.h"
#include "sbi.h"

#define UART ((volatile u8 *)0x10000000)
#define LINE_STATUS 5
#define TRANSMITTER_EMPTY 0x20

/* A page-table entry for guest memory: valid, RWX, of U-mode as all of the G-stage, used and written. */
#define LEAF 0xdfUL
#define TABLE 0x01UL
#define GIB (1UL << 30)
#define MIB2 (1UL << 21)
#define ROOT_ENTRIES 2048
#define SV39X4 (8UL << 60)
#define VMID_1 (1UL << 44)

/* Exceptions that a guest handles by itself: misaligned, access, illegal, breakpoint, ECALL from VU, page faults. */
#define DELEGATED 0xb1ffUL
/* VS-mode may have stimecmp, page-based memory types and cache-block instructions as far as S-mode has them. */
#define ENVIRONMENT (3UL << 62 | 0xfUL << 4)

extern const u64 guest_entry;

static u64 root[ROOT_ENTRIES] __attribute__((aligned(16384)));
static u64 first_gib[512] __attribute__((aligned(4096)));

static u64 leaf(u64 address) { return address >> 2 | LEAF; }

/*
 * Guest-physical addresses are host-physical ones. Below MEMORY nothing is mapped, so every access to a device comes
 * here; the first page of memory, where firmware and shim are, is not mapped either.
 */
static void map_guest(void) {
  for (u64 page = 1; page < 512; page++) first_gib[page] = leaf(MEMORY + page * MIB2);
  root[MEMORY / GIB] = (u64)first_gib >> 2 | TABLE;
  for (u64 page = MEMORY / GIB + 1; page < ROOT_ENTRIES; page++) root[page] = leaf(page * GIB);
  csr_write(HGATP, SV39X4 | VMID_1 | (u64)root >> 12);
  if (csr_read(HGATP) >> 60 != SV39X4 >> 60) stop("this hart has no Sv39x4");
  asm volatile(".insn r 0x73, 0, 0x31, x0, x0, x0" ::: "memory"); /* hfence.gvma */
}

void set_up(u8 *tree) {
  if (!take_h_from_tree(tree)) stop("this hart has no hypervisor extension");
  take_memory_from_tree(tree);
  map_guest();
  csr_write(HEDELEG, DELEGATED);
  csr_write(HIDELEG, VSSI | VSTI | VSEI);
  csr_write(HCOUNTEREN, -1);
  csr_write(HENVCFG, ENVIRONMENT);
  csr_write(HVIP, 0);
  csr_write(VSSTATUS, 0);
  csr_write(VSATP, 0);
  csr_set(HSTATUS, HSTATUS_SPV | HSTATUS_SPVP);
  csr_set("sstatus", SSTATUS_SPP | SSTATUS_FS);
  csr_write("sie", SEI);
  csr_write("sepc", guest_entry);
}

static void print(const char *text) {
  while (*text) {
    while (!(UART[LINE_STATUS] & TRANSMITTER_EMPTY)) {}
    *UART = (u8)*text++;
  }
}

static void print_hex(u64 value) {
  char digits[17] = {0};
  for (int i = 0; i < 16; i++) digits[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
  print(digits);
}

_Noreturn void stop(const char *what) {
  print("\nvs-shim: ");
  print(what);
  print("; scause=");
  print_hex(csr_read("scause"));
  print(" sepc=");
  print_hex(csr_read("sepc"));
  print(" stval=");
  print_hex(csr_read("stval"));
  print("\n");
  sbi_call(SBI_RESET, 0, 0, 1);
  for (;;) asm volatile("wfi");
}

_Noreturn void stray_trap(void) { stop("a trap in HS-mode"); }
