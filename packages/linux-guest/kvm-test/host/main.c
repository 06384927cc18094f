/* `kvm-test`: does this Linux run virtual machines as it should? A line for each check, a summary, an exit status. */
#include "../../runtime/system.h"
#include "../../runtime/text.h"
#include "check.h"

struct vm vm;
struct vcpu first;
int has_console;

static int failed;
static const char *skipped;

void expect(int condition, const char *what) {
  if (condition || failed) return;
  failed = 1;
  print("  expected %s\n", what);
}

void expect_equal(const char *what, u64 actual, u64 expected) {
  if (actual == expected || failed) return;
  failed = 1;
  print("  %s: expected %x, got %x\n", what, expected, actual);
}

void expect_results(const u64 *values, u64 count) {
  for (u64 i = 0; i < count && i < vm.mailbox->used; i++) {
    if (values[i] == vm.mailbox->results[i]) continue;
    if (!failed) print("  result %u: expected %x, got %x\n", i, values[i], vm.mailbox->results[i]);
    failed = 1;
  }
  expect_equal("the number of results", vm.mailbox->used, count);
}

void expect_traps(const u64 (*traps)[2], u64 count) {
  const struct trap_note *notes = vm.mailbox->traps;
  for (u64 i = 0; i < count && i < vm.mailbox->trapped; i++) {
    expect_equal("the cause of a trap", notes[i].cause, traps[i][0]);
    expect_equal("whether a trap is from VU-mode", notes[i].from_user, traps[i][1]);
  }
  expect_equal("the number of traps", vm.mailbox->trapped, count);
}

void note(const char *what) { print("  note: %s\n", what); }

void skip(const char *why) { skipped = why; }

void complete(enum guest_case number, u64 argument) {
  expect_equal("how the guest ended", run_case(&first, number, argument), DONE);
}

static u64 passes, failures, skips;

static void run_checks(const struct check *checks, u64 count) {
  for (u64 i = 0; i < count; i++) {
    failed = 0;
    skipped = NULL;
    checks[i].run();
    if (failed) failures++, print("FAILED %s\n", checks[i].name);
    else if (skipped) skips++, print("skip %s: %s\n", checks[i].name, skipped);
    else passes++, print("ok %s\n", checks[i].name);
  }
}

int main(int argc, char **argv, char **environment) {
  (void)argc, (void)argv, (void)environment;
  const char *what;
  i64 error = create_vm(&vm, &what);
  if (error == 0) {
    what = "KVM_CREATE_VCPU";
    error = create_vcpu(&first, &vm, 0);
  }
  if (error != 0) {
    print("kvm-test: %s: error %d%s\n", what, error, error == 2 ? "; does this machine have the H extension?" : "");
    return 2;
  }
  has_console = set_register(&first, SBI_SWITCH_CONSOLE, 1) == 0;
  run_checks(execution_checks, execution_check_count);
  run_checks(event_checks, event_check_count);
  print_counts();
  print("kvm-test: %u ok, %u failed, %u skipped\n", passes, failures, skips);
  return failures != 0;
}
