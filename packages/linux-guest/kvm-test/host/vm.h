/* A virtual machine by the bare interface of /dev/kvm. */
#pragma once
#include <linux/kvm.h>
#include "../protocol.h"

struct vm {
  int kvm, machine;
  u64 run_bytes;
  u8 *memory, *second;
  struct mailbox *mailbox;
};

/* An access of the device. */
struct access {
  u64 address, bytes, is_write, value;
};

/* What the guest did that reached us, since the case began. */
struct record {
  u64 accesses;
  struct access access[64];
  u64 notes, last_note;
  u64 calls;
  u64 arguments[6];
  u64 typed;
  char console[16];
};

struct vcpu {
  const struct vm *vm;
  int file;
  struct kvm_run *run;
  struct record record;
  /* Called for each CALL_NOTE and each read of the device, or NULL. */
  void (*between)(struct vcpu *vcpu);
};

enum outcome { DONE, SHUT_DOWN, INTERRUPTED, STRANGE };

/* 0, or the error number with `what` failed. */
i64 create_vm(struct vm *vm, const char **what);
i64 create_vcpu(struct vcpu *vcpu, const struct vm *vm, u64 id);
void set_slot(const struct vm *vm, u32 slot, u32 flags, u64 address, u64 bytes, const void *memory);

/* Registers by the kernel's number of them. */
#define REG_U64 (KVM_REG_RISCV | KVM_REG_SIZE_U64)
#define CORE(name) (REG_U64 | KVM_REG_RISCV_CORE | KVM_REG_RISCV_CORE_REG(name))
#define CONTROL(name) (REG_U64 | KVM_REG_RISCV_CSR | KVM_REG_RISCV_CSR_REG(name))
#define TIMER_REGISTER(name) (REG_U64 | KVM_REG_RISCV_TIMER | KVM_REG_RISCV_TIMER_REG(name))
#define EXTENSION(name) (REG_U64 | KVM_REG_RISCV_ISA_EXT | KVM_RISCV_ISA_EXT_##name)
#define FLOAT_REGISTER(n) (REG_U64 | KVM_REG_RISCV_FP_D | (n))
/* Extensions of SBI, which can be switched until the vCPU runs: newer than the compiler's headers. */
#define SBI_SWITCH_CONSOLE (REG_U64 | 8UL << KVM_REG_RISCV_TYPE_SHIFT | 9)
i64 get_register(const struct vcpu *vcpu, u64 id, u64 *value);
i64 set_register(const struct vcpu *vcpu, u64 id, u64 value);

/* Puts the vCPU at the beginning of a case and clears mailbox and record. */
void prepare(struct vcpu *vcpu, enum guest_case number, u64 argument);
/* Runs until the guest says that it is done, or something ends the run. */
enum outcome run(struct vcpu *vcpu);
/* Both. */
enum outcome run_case(struct vcpu *vcpu, enum guest_case number, u64 argument);
