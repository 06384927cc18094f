/*
 * The platform table: everything the kernel asks of the machine that is privileged or that a hypervisor might do
 * differently. One backend is linked per build (platform/native.c). Outside platform/ the kernel contains no
 * privileged instruction and dereferences no device register: the difference between two builds is the backend.
 */
#pragma once

#include "types.h"

#define PLATFORM_ANY_ASID (~0UL)

/** The user's registers on a kernel stack, or the kernel's when a trap interrupts it. Layout known to assembly. */
struct trap_frame {
  u64 pc; /* in the place of x0 */
  u64 x[31]; /* x1 .. x31 */
  u64 status;
  u64 unused;
};

#define FRAME_REGISTER(frame, n) ((frame)->x[(n) - 1])

enum trap_kind {
  TRAP_SYSTEM_CALL,
  TRAP_TIMER,
  TRAP_DEVICE,
  TRAP_FAULT_READ,
  TRAP_FAULT_WRITE,
  TRAP_FAULT_EXECUTE,
  TRAP_ILLEGAL,
  TRAP_BREAKPOINT,
  TRAP_MISALIGNED,
  TRAP_OTHER,
};

struct trap_info {
  enum trap_kind kind;
  bool from_user;
  u64 address; /* the faulting virtual address, for TRAP_FAULT_* */
};

/** One transfer between consecutive sectors of 512 bytes and physically contiguous memory. */
struct block_request {
  u64 sector;
  paddr address;
  u32 bytes;
  bool write;
  volatile bool done;
  bool failed;
};

/** Registers that the device workloads read and write; they have no other effect. */
enum platform_register {
  REGISTER_SCRATCH,  /* UART scratch, 8 bits, port-like */
  REGISTER_PRIORITY, /* priority of the console's interrupt source, 1..7, memory-mapped */
};

struct platform {
  const char *name;

  /* Devices and interrupt sources: once, after the board is known and before any other call. */
  void (*start)(void);

  /* Memory management. A written entry counts once the TLB has been flushed for it. */
  void (*entry_write)(u64 *entry, u64 value);
  void (*space_switch)(paddr root, u64 asid);
  void (*flush_page)(u64 address, u64 asid);
  void (*flush_space)(u64 asid);
  void (*flush_all)(void);
  u64 (*asid_count)(void); /* 1: address spaces are not tagged */
  void (*user_access)(bool allowed);
  void (*code_changed)(void); /* instructions were written to memory that will be executed */

  /* Interrupts of this hart. */
  bool (*interrupts_disable)(void); /* returns whether they were enabled */
  void (*interrupts_enable)(void);
  void (*idle)(void); /* with interrupts disabled: returns when one is pending */

  /* Traps. */
  struct trap_info (*trap_read)(const struct trap_frame *frame);
  void (*frame_start)(struct trap_frame *frame, u64 entry, u64 stack);
  void (*trap_return)(struct trap_frame *frame) __attribute__((noreturn));

  /* Time, in units of the timebase. */
  u64 (*time)(void);
  void (*timer_set)(u64 deadline);

  /* Devices. `device_interrupt` handles what is pending: it calls console_input and block_completed. */
  void (*device_interrupt)(void);
  void (*console_put)(char c);
  void (*console_listen)(void); /* there is room for input again */
  u64 (*block_sectors)(void); /* 0: no block device */
  bool (*block_start)(struct block_request *request); /* false: one is in flight */
  void (*block_wait)(void); /* with interrupts disabled and nothing to switch to: returns when something happened */
  u32 (*register_read)(enum platform_register which);
  void (*register_write)(enum platform_register which, u32 value);

  void (*power_off)(bool failed) __attribute__((noreturn));
};

extern const struct platform platform;

/* What a backend calls. */
void kernel_main(u64 hart, paddr tree) __attribute__((noreturn));
void trap_handle(struct trap_frame *frame);
bool console_room(void);
void console_input(char c);
void block_completed(struct block_request *request);
