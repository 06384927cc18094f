/* Every trap arrives here; interrupts are disabled until we know what it is. */
#include "abi.h"
#include "memory-map.h"
#include "platform.h"
#include "print.h"
#include "process.h"
#include "syscall.h"
#include "timer.h"

static void fault(struct trap_frame *frame, struct trap_info trap) {
  enum access access = trap.kind == TRAP_FAULT_WRITE  ? ACCESS_WRITE
                       : trap.kind == TRAP_FAULT_READ ? ACCESS_READ
                                                      : ACCESS_EXECUTE;
  bool resolved = trap.address < USER_END && current->space && !space_fault(current->space, trap.address, access);
  if (resolved) return;
  if (!trap.from_user) panic("fault in the kernel at %lx, address %lx", frame->pc, trap.address);
  print("%s: fault at %lx, address %lx\n", current->name, frame->pc, trap.address);
  process_exit(STATUS_FAULT);
}

static void interrupted(struct trap_info trap) {
  if (trap.kind == TRAP_TIMER) timer_interrupt();
  else platform.device_interrupt();
}

static void handle_user(struct trap_frame *frame, struct trap_info trap) {
  switch (trap.kind) {
  case TRAP_TIMER:
  case TRAP_DEVICE: interrupted(trap); break;
  case TRAP_SYSTEM_CALL:
    platform.interrupts_enable();
    frame->pc += 4;
    system_call(frame);
    platform.interrupts_disable();
    break;
  case TRAP_FAULT_READ:
  case TRAP_FAULT_WRITE:
  case TRAP_FAULT_EXECUTE:
    platform.interrupts_enable();
    fault(frame, trap);
    platform.interrupts_disable();
    break;
  default:
    print("%s: %s at %lx\n", current->name, trap.kind == TRAP_ILLEGAL ? "illegal instruction" : "unexpected trap",
          frame->pc);
    process_exit(STATUS_FAULT);
  }
  while (reschedule || current->killed) {
    if (current->killed) process_exit(STATUS_KILLED);
    process_yield();
  }
}

void trap_handle(struct trap_frame *frame) {
  struct trap_info trap = platform.trap_read(frame);
  if (trap.from_user) handle_user(frame, trap);
  else if (trap.kind == TRAP_TIMER || trap.kind == TRAP_DEVICE) interrupted(trap);
  else if (trap.kind >= TRAP_FAULT_READ && trap.kind <= TRAP_FAULT_EXECUTE) fault(frame, trap);
  else panic("unexpected trap %d in the kernel at %lx", trap.kind, frame->pc);
}
