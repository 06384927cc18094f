/* What C and assembly have to say to each other, and CSRs by the names of the privileged architecture. */
#pragma once
#include "memory-map.h"

/* Registers of the guest: x1 to x31 at 8 * n. */
#define FRAME_SIZE 256

#define SSTATUS_SPP (1UL << 8)
#define SSTATUS_FS (3UL << 13)
#define HSTATUS_SPV (1UL << 7)
#define HSTATUS_SPVP (1UL << 8)

#ifndef __ASSEMBLER__

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

struct frame {
  u64 x[FRAME_SIZE / 8];
};

#define csr_read(name) ({ u64 value; asm volatile("csrr %0, " name : "=r"(value) :: "memory"); value; })
#define csr_write(name, value) ({ asm volatile("csrw " name ", %0" :: "r"((u64)(value)) : "memory"); })
#define csr_set(name, bits) ({ asm volatile("csrs " name ", %0" :: "r"((u64)(bits)) : "memory"); })
#define csr_clear(name, bits) ({ asm volatile("csrc " name ", %0" :: "r"((u64)(bits)) : "memory"); })

/* CSRs that the pinned assembler knows by number only. */
#define HSTATUS "0x600"
#define HEDELEG "0x602"
#define HIDELEG "0x603"
#define HCOUNTEREN "0x606"
#define HENVCFG "0x60a"
#define HTVAL "0x643"
#define HVIP "0x645"
#define HTINST "0x64a"
#define HGATP "0x680"
#define VSSTATUS "0x200"
#define VSTVEC "0x205"
#define VSEPC "0x241"
#define VSCAUSE "0x242"
#define VSTVAL "0x243"
#define VSATP "0x280"

/* Interrupts, as bits of sie, sip, hideleg and hvip. */
#define STI (1UL << 5)
#define SEI (1UL << 9)
#define VSSI (1UL << 2)
#define VSTI (1UL << 6)
#define VSEI (1UL << 10)

/* Says on the console what went wrong, and switches the machine off with a failure. */
_Noreturn void stop(const char *what);
#endif
