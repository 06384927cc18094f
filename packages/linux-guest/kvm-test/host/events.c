/* Checks of what comes from outside: time, interrupts, other vCPUs, changes of memory, the end. */
#include "../../runtime/system.h"
#include "../../runtime/text.h"
#include "check.h"
#include <asm/signal.h>

static void expect_three_timers(void) {
  EXPECT_RESULTS(1, 0, 1, 0, 1, 0);
  EXPECT_TRAPS({INTERRUPT | 5, 0}, {INTERRUPT | 5, 0}, {INTERRUPT | 5, 0});
}

static void timer(void) {
  complete(CASE_TIMER, 0);
  expect_three_timers();
}

static void stimecmp(void) {
  u64 there = 0;
  if (get_register(&first, EXTENSION(SSTC), &there) != 0 || !there) return skip("the machine has no Sstc");
  complete(CASE_STIMECMP, 0);
  expect_three_timers();
}

/* Overwrites all floating-point registers of this thread. */
static void disturb_floats(struct vcpu *vcpu) {
  (void)vcpu;
#define SPOIL(n) __asm__ volatile("fmv.d.x f" #n ", %0" : : "r"(~0x5555UL + n) : "f" #n);
  SPOIL(0) SPOIL(1) SPOIL(2) SPOIL(3) SPOIL(4) SPOIL(5) SPOIL(6) SPOIL(7)
  SPOIL(8) SPOIL(9) SPOIL(10) SPOIL(11) SPOIL(12) SPOIL(13) SPOIL(14) SPOIL(15)
  SPOIL(16) SPOIL(17) SPOIL(18) SPOIL(19) SPOIL(20) SPOIL(21) SPOIL(22) SPOIL(23)
  SPOIL(24) SPOIL(25) SPOIL(26) SPOIL(27) SPOIL(28) SPOIL(29) SPOIL(30) SPOIL(31)
  __asm__ volatile("fscsr %0" : : "r"(0x6f));
  system(sched_yield);
}

static void floats(void) {
  first.between = disturb_floats;
  complete(CASE_FLOAT, 0);
  first.between = NULL;
  const u64 *results = vm.mailbox->results;
  expect_equal("the number of results", vm.mailbox->used, 37);
  expect_equal("fcsr", results[0], 2 << 5 | 0x15);
  for (u64 n = 0; n < 32; n++)
    expect_equal("a floating-point register", results[n + 1], 0x4000000000000000UL + n * 0x0001000100010001UL);
  expect_equal("2 / 3, rounded up", results[33], 0x3fe5555555555556UL);
  expect_equal("the square root of 2, rounded up", results[34], 0x3ff6a09e667f3bcdUL);
  expect_equal("fcsr after both", results[35], 3 << 5 | 1);
  expect_equal("that FS is dirty", results[36], 1);
  u64 value = 0;
  expect_equal("KVM_GET_ONE_REG of f31", (u64)get_register(&first, FLOAT_REGISTER(31), &value), 0);
  expect_equal("f31 from outside", value, 0x4000000000000000UL + 31 * 0x0001000100010001UL);
}

static void move_line(struct vcpu *vcpu) {
  u32 line = vcpu->record.last_note == 1 ? KVM_INTERRUPT_SET : KVM_INTERRUPT_UNSET;
  expect_equal("KVM_INTERRUPT", (u64)system(ioctl, vcpu->file, KVM_INTERRUPT, &line), 0);
}

static void external(void) {
  first.between = move_line;
  complete(CASE_EXTERNAL, 0);
  first.between = NULL;
  EXPECT_RESULTS(0);
  EXPECT_TRAPS({INTERRUPT | 9, 0});
}

#define SECOND_BYTES (SECOND_PAGES * 4096)

static void fresh_second_slot(u32 flags) { set_slot(&vm, 1, flags, SECOND_SLOT, SECOND_BYTES, vm.second); }
static void no_second_slot(void) { set_slot(&vm, 1, 0, SECOND_SLOT, 0, vm.second); }
static u64 *second_word(u64 page) { return (u64 *)(vm.second + page * 4096); }

/* Gives the slot's addresses in this process new, empty pages: the guest must not keep the old ones. */
static void replace_pages(void) {
  i64 at = system(mmap, vm.second, SECOND_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | 0x10, -1, 0);
  expect_equal("mmap", (u64)at, (u64)vm.second);
}

static u64 sum_of_second_slot(void) {
  u64 sum = 0;
  for (u64 page = 0; page < SECOND_PAGES; page++) sum += *second_word(page);
  return sum;
}

static void memory_changes(void) {
  replace_pages();
  fresh_second_slot(0);
  complete(CASE_SECOND_SLOT_READ, 0);
  EXPECT_RESULTS(0);
  complete(CASE_SECOND_SLOT_WRITE, 5000);
  for (u64 page = 0; page < SECOND_PAGES; page++)
    expect_equal("a word that the guest wrote", *second_word(page), page % 3 ? 0 : 5000 + page);
  for (u64 page = 0; page < SECOND_PAGES; page += 7) *second_word(page) = page;
  complete(CASE_SECOND_SLOT_READ, 0);
  EXPECT_RESULTS(sum_of_second_slot());
  replace_pages();
  complete(CASE_SECOND_SLOT_READ, 0);
  EXPECT_RESULTS(0);
  expect_equal("accesses that reached the program", first.record.accesses, 0);
  no_second_slot();
  complete(CASE_SECOND_SLOT_READ, 0);
  expect_equal("accesses of a slot that is gone", first.record.accesses, SECOND_PAGES);
}

static u64 dirty_pages(void) {
  u64 bitmap = 0;
  struct kvm_dirty_log log = {.slot = 1, .dirty_bitmap = &bitmap};
  expect_equal("KVM_GET_DIRTY_LOG", (u64)system(ioctl, vm.machine, KVM_GET_DIRTY_LOG, &log), 0);
  return bitmap;
}

static void dirty_log(void) {
  u64 written = 0;
  for (u64 page = 0; page < SECOND_PAGES; page += 3) written |= 1UL << page;
  replace_pages();
  fresh_second_slot(KVM_MEM_LOG_DIRTY_PAGES);
  complete(CASE_SECOND_SLOT_READ, 0);
  expect_equal("pages dirty after reads", dirty_pages(), 0);
  for (u64 round = 0; round < 2; round++) {
    complete(CASE_SECOND_SLOT_WRITE, round);
    expect_equal("pages dirty after writes", dirty_pages(), written);
    expect_equal("pages dirty once they were fetched", dirty_pages(), 0);
  }
  no_second_slot();
}

static void read_only_slot(void) {
  if (system(ioctl, vm.kvm, KVM_CHECK_EXTENSION, KVM_CAP_READONLY_MEM) <= 0) return skip("KVM has no read-only slots");
  replace_pages();
  *second_word(9) = 99;
  fresh_second_slot(KVM_MEM_READONLY);
  complete(CASE_SECOND_SLOT_READ, 0);
  EXPECT_RESULTS(99);
  expect_equal("accesses that reached the program", first.record.accesses, 0);
  complete(CASE_SECOND_SLOT_WRITE, 5000);
  expect_equal("stores that reached the program", first.record.accesses, (SECOND_PAGES + 2) / 3);
  expect_equal("the sum of what is in the slot", sum_of_second_slot(), 99);
  no_second_slot();
}

static struct vcpu second;
static int second_id, second_outcome;

static void run_second(u64 unused) {
  (void)unused;
  second_outcome = run(&second);
}

/* The kernel tells a thread in KVM_RUN that it should leave: by a signal that does nothing. */
static void install_signal(int signal) {
  struct sigaction action = {.sa_handler = ignore_signal};
  system(rt_sigaction, signal, &action, NULL, sizeof(sigset_t));
}

static void two_vcpus(void) {
  static u8 stack[16384];
  if (!second.vm) {
    i64 result = create_vcpu(&second, &vm, 1);
    if (result != 0) return expect_equal("KVM_CREATE_VCPU", (u64)result, 0);
  }
  install_signal(SIGUSR1);
  second_outcome = DONE;
  i64 thread = start_thread(run_second, 0, stack, sizeof stack, &second_id);
  if (thread < 0) return expect_equal("clone", (u64)thread, 0);
  complete(CASE_START_HART, 0);
  EXPECT_RESULTS(1, 0, 1, 0, 2, 0, 0, 1);
  /* The second vCPU has stopped, so its thread sleeps in the kernel. */
  for (int tries = 0; tries < 1000 && __atomic_load_n(&second_id, __ATOMIC_ACQUIRE) != 0; tries++) {
    system(tkill, thread, SIGUSR1);
    struct {
      i64 seconds, nanoseconds;
    } pause = {0, 2000000};
    system(nanosleep, &pause, NULL);
  }
  expect_equal("how the second vCPU ended", (u64)second_outcome, INTERRUPTED);
}

static void start_alarm(struct vcpu *vcpu) {
  (void)vcpu;
  struct {
    i64 interval_seconds, interval_microseconds, seconds, microseconds;
  } once = {0, 0, 0, 20000};
  system(setitimer, 0, &once, NULL);
}

static void interruption(void) {
  install_signal(SIGALRM);
  first.between = start_alarm;
  enum outcome outcome = run_case(&first, CASE_SPIN, 0);
  first.between = NULL;
  expect_equal("how a guest that never ends is left", outcome, INTERRUPTED);
  expect_equal("its notes", first.record.notes, 1);
}

static void shutdown(void) {
  enum outcome outcome = run_case(&first, CASE_SHUTDOWN, 0);
  expect_equal("how the guest ended", outcome, SHUT_DOWN);
  expect_equal("the event", first.run->system_event.type, KVM_SYSTEM_EVENT_SHUTDOWN);
}

const struct check event_checks[] = {
    {"timer by SBI, and wfi", timer},
    {"timer by stimecmp, and wfi", stimecmp},
    {"floating point survives exits", floats},
    {"an external interrupt", external},
    {"memory that comes, changes and goes", memory_changes},
    {"the log of dirty pages", dirty_log},
    {"a read-only slot", read_only_slot},
    {"two vCPUs: start, IPI, remote fence, stop", two_vcpus},
    {"a guest that never ends is interrupted", interruption},
    {"shutdown", shutdown},
};
const u64 event_check_count = COUNT(event_checks);
