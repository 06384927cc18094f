/* The guest: one function for each case, each in a file of its subject. */
#pragma once
#include "../protocol.h"

#define mailbox ((struct mailbox *)MAILBOX)

#define read_csr(name)                                            \
  ({                                                              \
    u64 value_;                                                   \
    __asm__ volatile("csrr %0, " #name : "=r"(value_) : : "memory"); \
    value_;                                                       \
  })
#define write_csr(name, value) __asm__ volatile("csrw " #name ", %0" : : "rK"((u64)(value)) : "memory")
#define set_csr(name, bits) __asm__ volatile("csrs " #name ", %0" : : "rK"((u64)(bits)) : "memory")
#define clear_csr(name, bits) __asm__ volatile("csrc " #name ", %0" : : "rK"((u64)(bits)) : "memory")

/* sstatus */
#define SIE 2UL
#define SPP 0x100UL
#define FS_INITIAL 0x2000UL
#define FS 0x6000UL
#define SUM 0x40000UL
/* sie and sip */
#define SOFTWARE 2UL
#define TIMER 0x20UL
#define EXTERNAL 0x200UL

/* Registers of what was interrupted, as trap in entry.S leaves them. */
struct frame {
  u64 pc, x[31], sstatus;
};
#define frame_x(frame, n) ((frame)->x[(n) - 1])

struct sbi_result {
  i64 error;
  u64 value;
};
struct sbi_result sbi(u64 extension, u64 function, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5);

/* Leaves a value for the program. */
void result(u64 value);
u64 time_now(void);

/* Who decides what happens after an exception; `skip` when NULL. */
extern void (*on_exception)(struct frame *frame, u64 cause, u64 value);

/* Goes on behind the instruction. */
void skip(struct frame *frame);

/* Page tables: leaf permissions are PTE bits. */
#define PTE_R 2UL
#define PTE_W 4UL
#define PTE_X 8UL
#define PTE_U 16UL
#define PTE_AD 0xc0UL
#define PTE_RWX (PTE_R | PTE_W | PTE_X)

/* Begins with empty tables. */
void new_tables(void);
/* Maps a page of level 0 (4 KiB), 1 (2 MiB) or 2 (1 GiB). */
void map(u64 address, u64 physical, u64 permissions, int level);
/* Maps the guest and the device where they are, and turns Sv39 on. */
void paging_on(void);
void paging_off(void);
void fence(u64 address);

void enter_user(u64 pc, u64 stack);
void leave_user(void);

typedef void guest_function(void);
guest_function case_hello, case_reads, case_writes, case_paged_device, case_sbi_kernel, case_sbi_program, case_console,
    case_delegated, case_redirected, case_sv39, case_page_faults, case_user_mode, case_timer, case_stimecmp, case_float,
    case_external, case_second_slot_write, case_second_slot_read, case_start_hart, case_secondary, case_spin,
    case_count_reads, case_count_sbi_kernel, case_count_sbi_program, case_count_touches, case_shutdown;
