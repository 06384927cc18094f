/* Checks of what the guest executes: device accesses, calls, exceptions, address translation. */
#include "../../runtime/system.h"
#include "../../runtime/text.h"
#include "check.h"

static void hello(void) {
  complete(CASE_HELLO, 0);
  EXPECT_RESULTS(0x6b766d, 0, 0);
}

static void registers(void) {
  complete(CASE_HELLO, 0);
  u64 value = 0;
  const u64 ids[] = {CORE(regs.s5), CORE(regs.t6), CONTROL(sepc), CONTROL(scause), CONTROL(stval), CONTROL(sscratch)};
  for (u64 i = 0; i < COUNT(ids); i++) {
    expect_equal("KVM_SET_ONE_REG", (u64)set_register(&first, ids[i], 0x123456789abcde0UL + 16 * i), 0);
    expect_equal("KVM_GET_ONE_REG", (u64)get_register(&first, ids[i], &value), 0);
    expect_equal("a register that was set", value, 0x123456789abcde0UL + 16 * i);
  }
  expect_equal("the mode", (u64)get_register(&first, CORE(mode), &value), 0);
  expect_equal("the mode", value, KVM_RISCV_MODE_S);
  expect_equal("the timer's frequency", (u64)get_register(&first, TIMER_REGISTER(frequency), &value), 0);
  expect(value > 0, "a timer's frequency");
  expect(get_register(&first, CORE(mode) + 1, &value) != 0, "that a register that does not exist is refused");
}

static const struct {
  const char *name;
  u64 bytes, sign;
} reads[] = {
#define READ(name, text, bytes, sign) {#name, bytes, sign},
#include "../device-forms.def"
#undef READ
};

static const struct {
  const char *name;
  u64 bytes;
} writes[] = {
#define WRITE(name, text, bytes) {#name, bytes},
#include "../device-forms.def"
#undef WRITE
};

static int zero_extended;

static u64 extended(u64 value, u64 bytes, u64 sign) {
  u64 unused = 64 - 8 * bytes;
  return sign ? (u64)((i64)(value << unused) >> unused) : value << unused >> unused;
}

static void expect_access(u64 index, u64 address, u64 bytes, u64 is_write, u64 value) {
  const struct access *access = &first.record.access[index];
  expect_equal("the address of an access", access->address, address);
  expect_equal("the width of an access", access->bytes, bytes);
  expect_equal("the direction of an access", access->is_write, is_write);
  if (is_write) expect_equal("the value of a store", access->value, extended(value, bytes, 0));
}

/* The kernel puts the value into the register. Some versions clear the bits above
   where they should repeat the sign. */
static u64 as_kernel_extends(u64 actual, u64 bytes, u64 sign) {
  u64 cleared = extended(NEGATIVE_PATTERN, bytes, 0);
  if (!sign || actual != cleared) return extended(NEGATIVE_PATTERN, bytes, sign);
  zero_extended = 1;
  return cleared;
}

static void device_reads(void) {
  complete(CASE_READS, 0);
  expect_equal("the number of accesses", first.record.accesses, 2 * COUNT(reads));
  for (u64 i = 0; i < COUNT(reads); i++) {
    expect_access(2 * i, DEVICE + 8 * i, reads[i].bytes, 0, 0);
    expect_access(2 * i + 1, DEVICE_POSITIVE + 8 * i, reads[i].bytes, 0, 0);
    const u64 *results = &vm.mailbox->results[2 * i];
    expect_equal(reads[i].name, results[0], as_kernel_extends(results[0], reads[i].bytes, reads[i].sign));
    expect_equal(reads[i].name, results[1], extended(POSITIVE_PATTERN, reads[i].bytes, reads[i].sign));
  }
  if (zero_extended) note("this kernel does not extend the sign of what a device returns");
}

static void device_writes(void) {
  complete(CASE_WRITES, 0);
  expect_equal("the number of accesses", first.record.accesses, COUNT(writes));
  for (u64 i = 0; i < COUNT(writes); i++)
    expect_access(i, DEVICE + 8 * i, writes[i].bytes, 1, i + 1 < COUNT(writes) ? NEGATIVE_PATTERN + i : 0);
}

static void paged_device(void) {
  complete(CASE_PAGED_DEVICE, 0);
  expect_equal("the number of accesses", first.record.accesses, 3);
  expect_access(0, DEVICE + 0x10, 2, 0, 0);
  expect_access(1, DEVICE + 0x20, 4, 1, 0x12345678);
  expect_access(2, DEVICE + 0x30, 4, 0, 0);
  EXPECT_RESULTS(extended(NEGATIVE_PATTERN, 2, 0), as_kernel_extends(vm.mailbox->results[1], 4, 1));
}

static void sbi_kernel(void) {
  complete(CASE_SBI_KERNEL, 0);
  const u64 *results = vm.mailbox->results;
  expect_equal("the number of results", vm.mailbox->used, 16);
  expect(results[0] == 0 && results[1] >= 0x1000000, "a version of SBI");
  expect(results[2] == 0 && results[3] == 3, "the implementation KVM");
  expect(results[4] == 0 && results[5] > 0, "a version of the implementation");
  for (u64 i = 6; i < 12; i++) expect(results[i] != 0, "an extension");
  expect_equal("an unknown extension", results[12], 0);
  expect_equal("a call of an unknown extension", results[13], -2UL);
  expect_equal("a fence", results[14], 0);
  expect_equal("the state of the hart", results[15], 0);
  expect_equal("calls that reached the program", first.record.calls, 1); /* the end */
}

static void sbi_program(void) {
  complete(CASE_SBI_PROGRAM, 0);
  for (u64 i = 0; i < 6; i++) expect_equal("an argument", first.record.arguments[i], 11 * (i + 1));
  EXPECT_RESULTS(77, 11022033044055066UL);
}

static void console(void) {
  if (!has_console) return skip("this KVM does not have it");
  complete(CASE_CONSOLE, 0);
  expect(same_text(first.record.console, "kvm!"), "what the guest wrote");
  EXPECT_RESULTS(0, 3, 0);
}

static void delegated(void) {
  complete(CASE_DELEGATED, 0);
  EXPECT_TRAPS({3, 0}, {3, 0});
}

static void redirected(void) {
  complete(CASE_REDIRECTED, 0);
  EXPECT_TRAPS({2, 0}, {2, 0}, {2, 0}, {2, 0});
  expect_equal("stval of an illegal instruction", vm.mailbox->traps[0].value, 0xffffffff);
  expect_equal("stval of hfence.gvma", vm.mailbox->traps[2].value, 0x62000073);
}

static void sv39(void) {
  complete(CASE_SV39, 0);
  EXPECT_RESULTS(0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x4444, 0x4444);
  EXPECT_TRAPS({15, 0}, {13, 0}, {12, 0}, {13, 0});
  expect_equal("stval of a store fault", vm.mailbox->traps[0].value, 0x40002000);
  expect_equal("stval of a fetch fault", vm.mailbox->traps[2].value, 0x40001000);
}

static void page_faults(void) {
  complete(CASE_PAGE_FAULTS, 0);
  EXPECT_RESULTS(100, 1101, 7, 102, 3);
  EXPECT_TRAPS({13, 0}, {13, 0}, {15, 0});
  expect_equal("stval of a store fault", vm.mailbox->traps[2].value, 0x60003008);
  expect_equal("accesses that reached the program", first.record.accesses, 0);
}

static void user_mode(void) {
  complete(CASE_USER_MODE, 0);
  EXPECT_RESULTS(1041, 2042, 3542);
  EXPECT_TRAPS({8, 1}, {8, 1}, {13, 1}, {2, 1}, {8, 1});
}

const struct check execution_checks[] = {
    {"a guest runs", hello},
    {"registers are set and read", registers},
    {"device reads of every width and form", device_reads},
    {"device writes of every width and form", device_writes},
    {"device accesses through Sv39, from an instruction across pages", paged_device},
    {"SBI calls handled in the kernel", sbi_kernel},
    {"SBI calls forwarded to the program", sbi_program},
    {"the SBI console", console},
    {"delegated exceptions", delegated},
    {"redirected exceptions", redirected},
    {"Sv39 over the G-stage", sv39},
    {"page faults handled in the guest", page_faults},
    {"VU-mode: system calls and a page fault", user_mode},
};
const u64 execution_check_count = COUNT(execution_checks);
