#include "vm.h"
#include <asm/fcntl.h>
#include "../../runtime/system.h"
#include "../../runtime/text.h"

extern const u8 guest_image[], guest_image_end[];

i64 create_vm(struct vm *vm, const char **what) {
  *what = "open /dev/kvm";
  i64 result = system(openat, AT_FDCWD, "/dev/kvm", O_RDWR | O_CLOEXEC);
  if (result < 0) return -result;
  vm->kvm = (int)result;
  *what = "KVM_CREATE_VM";
  result = system(ioctl, vm->kvm, KVM_CREATE_VM, 0);
  if (result < 0) return -result;
  vm->machine = (int)result;
  *what = "KVM_GET_VCPU_MMAP_SIZE";
  result = system(ioctl, vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  if (result < 0) return -result;
  vm->run_bytes = (u64)result;
  *what = "mmap";
  vm->memory = map_memory(RAM_SIZE, MAP_SHARED);
  vm->second = map_memory(SECOND_PAGES * 4096, MAP_SHARED);
  if (is_error((i64)vm->memory) || is_error((i64)vm->second)) return 12;
  memcpy(vm->memory, guest_image, (u64)(guest_image_end - guest_image));
  vm->mailbox = (struct mailbox *)(vm->memory + (MAILBOX - RAM));
  *what = "KVM_SET_USER_MEMORY_REGION";
  struct kvm_userspace_memory_region slot = {0, 0, RAM, RAM_SIZE, (u64)vm->memory};
  return -system(ioctl, vm->machine, KVM_SET_USER_MEMORY_REGION, &slot);
}

void set_slot(const struct vm *vm, u32 slot, u32 flags, u64 address, u64 bytes, const void *memory) {
  struct kvm_userspace_memory_region region = {slot, flags, address, bytes, (u64)memory};
  i64 result = system(ioctl, vm->machine, KVM_SET_USER_MEMORY_REGION, &region);
  if (result < 0) print("  KVM_SET_USER_MEMORY_REGION: error %d\n", -result);
}

i64 create_vcpu(struct vcpu *vcpu, const struct vm *vm, u64 id) {
  memset(vcpu, 0, sizeof *vcpu);
  vcpu->vm = vm;
  i64 result = system(ioctl, vm->machine, KVM_CREATE_VCPU, id);
  if (result < 0) return -result;
  vcpu->file = (int)result;
  result = system(mmap, NULL, vm->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->file, 0);
  if (is_error(result)) return -result;
  vcpu->run = (struct kvm_run *)result;
  return 0;
}

i64 get_register(const struct vcpu *vcpu, u64 id, u64 *value) {
  struct kvm_one_reg request = {id, (u64)value};
  return -system(ioctl, vcpu->file, KVM_GET_ONE_REG, &request);
}

i64 set_register(const struct vcpu *vcpu, u64 id, u64 value) {
  struct kvm_one_reg request = {id, (u64)&value};
  return -system(ioctl, vcpu->file, KVM_SET_ONE_REG, &request);
}

void prepare(struct vcpu *vcpu, enum guest_case number, u64 argument) {
  /* The exit before this one is completed when the vCPU is entered: enter it without executing anything. */
  vcpu->run->immediate_exit = 1;
  system(ioctl, vcpu->file, KVM_RUN, 0);
  vcpu->run->immediate_exit = 0;
  struct kvm_mp_state runnable = {KVM_MP_STATE_RUNNABLE}; /* a shutdown has stopped it */
  system(ioctl, vcpu->file, KVM_SET_MP_STATE, &runnable);
  memset(vcpu->vm->mailbox, 0, sizeof *vcpu->vm->mailbox);
  memset(&vcpu->record, 0, sizeof vcpu->record);
  vcpu->vm->mailbox->argument = argument;
  const u64 registers[][2] = {
      {CORE(regs.pc), RAM},         {CORE(regs.a0), 0},      {CORE(regs.a1), number}, {CORE(mode), KVM_RISCV_MODE_S},
      {CONTROL(sstatus), 0},        {CONTROL(sie), 0},       {CONTROL(sip), 0},       {CONTROL(satp), 0},
      {CONTROL(stvec), 0},          {CONTROL(sscratch), 0},
  };
  for (u64 i = 0; i < COUNT(registers); i++) {
    i64 result = set_register(vcpu, registers[i][0], registers[i][1]);
    if (result != 0) print("  KVM_SET_ONE_REG %x: error %d\n", registers[i][0], result);
  }
}

/* Every read of the device gives a pattern, cut to its width; every access is recorded. */
static void play_device(struct vcpu *vcpu) {
  struct kvm_run *run = vcpu->run;
  struct record *record = &vcpu->record;
  u64 value = run->mmio.phys_addr >= DEVICE_POSITIVE ? POSITIVE_PATTERN : NEGATIVE_PATTERN;
  if (run->mmio.is_write) {
    value = 0;
    memcpy(&value, run->mmio.data, run->mmio.len);
  } else memcpy(run->mmio.data, &value, run->mmio.len);
  if (record->accesses < COUNT(record->access))
    record->access[record->accesses] = (struct access){run->mmio.phys_addr, run->mmio.len, run->mmio.is_write, value};
  record->accesses++;
  if (vcpu->between) vcpu->between(vcpu);
}

static void type(struct record *record, char c) {
  if (record->typed < sizeof record->console - 1) record->console[record->typed++] = c;
}

/* Function 0 writes bytes of guest memory, 2 one byte. */
static void write_console(struct vcpu *vcpu, u64 function, const __u64 *arguments) {
  u64 count = arguments[0], address = arguments[1];
  if (function == 2) type(&vcpu->record, (char)count);
  else if (function == 0 && address >= RAM && address < RAM + RAM_SIZE && count <= RAM + RAM_SIZE - address) {
    for (u64 i = 0; i < count; i++) type(&vcpu->record, (char)vcpu->vm->memory[address - RAM + i]);
    vcpu->run->riscv_sbi.ret[1] = count;
  } else vcpu->run->riscv_sbi.ret[0] = -3UL;
}

/* Answers a call; 1 when the case has ended with it. */
static int answer_call(struct vcpu *vcpu) {
  struct kvm_run *run = vcpu->run;
  struct record *record = &vcpu->record;
  const __u64 *arguments = (const __u64 *)run->riscv_sbi.args;
  run->riscv_sbi.ret[0] = run->riscv_sbi.ret[1] = 0;
  if (run->riscv_sbi.extension_id == SBI_BASE && run->riscv_sbi.function_id == 3) {
    run->riscv_sbi.ret[1] = arguments[0] == OWN_EXTENSION; /* whether we have it */
    return 0;
  }
  if (run->riscv_sbi.extension_id == SBI_CONSOLE) {
    write_console(vcpu, run->riscv_sbi.function_id, arguments);
    return 0;
  }
  if (run->riscv_sbi.extension_id != OWN_EXTENSION) {
    run->riscv_sbi.ret[0] = -2UL;
    return 0;
  }
  record->calls++;
  switch (run->riscv_sbi.function_id) {
  case CALL_DONE: return 1;
  case CALL_ECHO: {
    u64 sum = 0;
    for (u64 i = 0; i < 6; i++) sum = sum * 1000 + (record->arguments[i] = arguments[i]);
    run->riscv_sbi.ret[0] = 77;
    run->riscv_sbi.ret[1] = sum;
    return 0;
  }
  case CALL_NOTE:
    record->notes++;
    record->last_note = arguments[0];
    if (vcpu->between) vcpu->between(vcpu);
    return 0;
  default: run->riscv_sbi.ret[0] = -2UL; return 0;
  }
}

enum outcome run(struct vcpu *vcpu) {
  for (;;) {
    i64 result = system(ioctl, vcpu->file, KVM_RUN, 0);
    if (result == -EINTR) return INTERRUPTED;
    if (result < 0) {
      print("  KVM_RUN: error %d\n", -result);
      return STRANGE;
    }
    switch (vcpu->run->exit_reason) {
    case KVM_EXIT_MMIO: play_device(vcpu); break;
    case KVM_EXIT_RISCV_SBI:
      if (answer_call(vcpu)) return DONE;
      break;
    case KVM_EXIT_SYSTEM_EVENT: return SHUT_DOWN;
    default: print("  exit reason %u\n", (u64)vcpu->run->exit_reason); return STRANGE;
    }
  }
}

enum outcome run_case(struct vcpu *vcpu, enum guest_case number, u64 argument) {
  prepare(vcpu, number, argument);
  return run(vcpu);
}
