/* What the program and the guest that it runs agree on. */
#pragma once
#include "../runtime/types.h"

/*
 * Guest-physical memory:
 *
 *   0x1000_0000  no memory: registers of a device that the program plays
 *   0x8000_0000  code and data of the guest, stacks of 16 KiB at the end of the first 1 MiB
 *   0x8010_0000  mailbox
 *   0x8011_0000  page tables
 *   0x8020_0000  pages that the guest maps in various ways
 *   0x9000_0000  a second slot of memory; while exits are counted, one of pages to touch
 */
#define DEVICE 0x10000000UL
#define RAM 0x80000000UL
#define RAM_SIZE 0x400000UL
#define STACKS_END 0x80100000UL
#define MAILBOX 0x80100000UL
#define TABLES 0x80110000UL
#define PAGES 0x80200000UL
#define SECOND_SLOT 0x90000000UL
#define SECOND_PAGES 64UL

/* What a read of the device gives, cut to its width: negative in every width, and positive from DEVICE_POSITIVE on. */
#define NEGATIVE_PATTERN 0xf1e2d3c4b5a69788UL
#define POSITIVE_PATTERN 0x1122334455667718UL
#define DEVICE_POSITIVE (DEVICE + 0x800)

/* An experimental SBI extension: KVM hands its calls to the program. */
#define OWN_EXTENSION 0x08000000UL
#define CALL_DONE 0UL  /* the case has ended */
#define CALL_ECHO 1UL  /* answers with a mixture of the arguments */
#define CALL_NOTE 2UL  /* tells the program that the guest has come this far */

/* Extensions of SBI. */
#define SBI_BASE 0x10UL
#define SBI_TIME 0x54494d45UL
#define SBI_IPI 0x735049UL
#define SBI_RFENCE 0x52464e43UL
#define SBI_HSM 0x48534dUL
#define SBI_RESET 0x53525354UL
#define SBI_CONSOLE 0x4442434eUL

/* What the guest is to do; a1 at its entry. a0 is the number of the hart. */
enum guest_case {
  CASE_HELLO,
  CASE_READS,
  CASE_WRITES,
  CASE_PAGED_DEVICE,
  CASE_SBI_KERNEL,
  CASE_SBI_PROGRAM,
  CASE_CONSOLE,
  CASE_DELEGATED,
  CASE_REDIRECTED,
  CASE_SV39,
  CASE_PAGE_FAULTS,
  CASE_USER_MODE,
  CASE_TIMER,
  CASE_STIMECMP,
  CASE_FLOAT,
  CASE_EXTERNAL,
  CASE_SECOND_SLOT_WRITE,
  CASE_SECOND_SLOT_READ,
  CASE_START_HART,
  CASE_SECONDARY,
  CASE_SPIN,
  CASE_COUNT_READS,
  CASE_COUNT_SBI_KERNEL,
  CASE_COUNT_SBI_PROGRAM,
  CASE_COUNT_TOUCHES,
  CASE_SHUTDOWN,
  CASES,
};

struct trap_note {
  u64 cause, value, pc, from_user;
};

#define TRAP_NOTES 32

/* Shared memory in which results are left. */
struct mailbox {
  u64 argument;
  u64 used, results[128];
  u64 trapped;
  struct trap_note traps[TRAP_NOTES];
  volatile u64 stage;
};
