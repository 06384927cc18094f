/* Every way from VS-mode to HS-mode. */
#include "device-access.h"
#include "machine.h"
#include "sbi.h"

#define INTERRUPT (1UL << 63)
#define TIMER (INTERRUPT | 5)
#define EXTERNAL (INTERRUPT | 9)

enum {
  INSTRUCTION_ACCESS = 1,
  ILLEGAL = 2,
  LOAD_ACCESS = 5,
  STORE_ACCESS = 7,
  CALL = 10,
  INSTRUCTION_GUEST_PAGE = 20,
  LOAD_GUEST_PAGE = 21,
  VIRTUAL_INSTRUCTION = 22,
  STORE_GUEST_PAGE = 23,
};

/* sstatus and vsstatus have these at the same places. */
#define SIE (1UL << 1)
#define SPIE (1UL << 5)

#define PLIC 0xc000000UL
#define PLIC_END 0x10000000UL

/* The exception goes to the guest's own handler, as the hart would have done it. */
static void inject(u64 cause, u64 value) {
  u64 status = csr_read(VSSTATUS), was = csr_read("sstatus");
  u64 next = status & ~(SIE | SPIE | SSTATUS_SPP);
  if (status & SIE) next |= SPIE;
  csr_write(VSSTATUS, next | (was & SSTATUS_SPP));
  csr_write(VSEPC, csr_read("sepc"));
  csr_write(VSCAUSE, cause);
  csr_write(VSTVAL, value);
  csr_set("sstatus", SSTATUS_SPP);
  csr_write("sepc", csr_read(VSTVEC) & ~3UL);
}

/* The guest's line follows the PLIC's; while that is up, HS-mode need not hear of it. */
static void pass_external_line(void) {
  if (csr_read("sip") & SEI) {
    csr_set(HVIP, VSEI);
    csr_clear("sie", SEI);
  } else {
    csr_clear(HVIP, VSEI);
    csr_set("sie", SEI);
  }
}

/* A pseudoinstruction in htinst: it was the hart that read a page table of the guest, no load or store. */
static int by_the_hart(void) {
  u64 inst = csr_read(HTINST);
  return inst != 0 && !(inst & 1);
}

/* An access outside of the guest's memory is done to the device that is there. Without one the guest has a fault. */
static void access_device(struct frame *guest, int store) {
  u64 pc = csr_read("sepc"), status = csr_read("sstatus"), value = csr_read("stval");
  u64 address = csr_read(HTVAL) << 2 | (value & 3);
  struct access access;
  struct answer answer = {0, 1};
  if (address < MEMORY && !by_the_hart() && read_access(pc, &access) && access.store == (u32)store)
    answer = device_access(address, access.form | access.store << 3, guest->x[access.reg]);
  if (answer.trapped) {
    /* The trap, if there was one here, has changed these. */
    csr_write("sepc", pc);
    csr_write("sstatus", status);
    csr_set(HSTATUS, HSTATUS_SPV);
    return inject(store ? STORE_ACCESS : LOAD_ACCESS, value);
  }
  if (!store && access.reg) guest->x[access.reg] = answer.value;
  csr_write("sepc", pc + access.length);
  if (address >= PLIC && address < PLIC_END) pass_external_line();
}

void on_trap(struct frame *guest) {
  u64 cause = csr_read("scause");
  if (!(csr_read(HSTATUS) & HSTATUS_SPV)) stop("a trap in HS-mode");
  switch (cause) {
    case CALL:
      csr_write("sepc", csr_read("sepc") + 4);
      return answer_sbi_call(guest);
    case LOAD_GUEST_PAGE:
      return access_device(guest, 0);
    case STORE_GUEST_PAGE:
      return access_device(guest, 1);
    case INSTRUCTION_GUEST_PAGE:
      return inject(INSTRUCTION_ACCESS, csr_read("stval"));
    case VIRTUAL_INSTRUCTION:
      return inject(ILLEGAL, csr_read("stval"));
    case EXTERNAL:
      return pass_external_line();
    case TIMER:
      csr_set(HVIP, VSTI);
      csr_clear("sie", STI);
      return;
    default:
      stop("a trap of the guest that nobody expects");
  }
}
