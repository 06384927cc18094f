/* `bench [-l] [-s SCALE] [-d DISK] NAME...|all`: runs workloads and prints a checksum for each. */
#include "workload.h"
#include "expected-checksums.h"

const struct workload {
  workload_function *run;
  const char *name, *title;
  u64 operations;
} workloads[] = {
#define WORKLOAD(function, name, title, stresses, unit, operations) {function, name, title, operations},
#include "workloads.def"
#undef WORKLOAD
};

static const u64 expected[COUNT(workloads)] = EXPECTED_CHECKSUMS;

static int failed;

/* Every repetition does the same and must come to the same checksum. */
static void run(u64 index, i64 scale) {
  const struct workload *workload = &workloads[index];
  print("@bench begin %s\n", workload->name);
  drain_output();
  u64 sum = workload->run(workload->operations);
  for (i64 again = 1; again < scale; again++)
    if (workload->run(workload->operations) != sum) sum = 0;
  int right = sum == expected[index];
  failed |= !right;
  print("@bench end %s checksum=%X expected=%X %s\n", workload->name, sum, expected[index], right ? "ok" : "MISMATCH");
  drain_output();
}

static int needs_disk(u64 index) { return workloads[index].run == run_disk; }

static int complain(const char *what, const char *about) {
  print("bench: %s%s\n", what, about);
  return 2;
}

int main(int argc, char **argv, char **environment) {
  (void)environment;
  i64 scale = 1, named = 0;
  for (int i = 1; i < argc; i++) {
    const char *word = argv[i];
    if (same_text(word, "--exit")) return argv[i + 1] ? (int)decimal(argv[i + 1]) : 2;
    if (same_text(word, "-l")) {
      for (u64 w = 0; w < COUNT(workloads); w++) print("%s: %s\n", workloads[w].name, workloads[w].title);
      return 0;
    }
    if (same_text(word, "-s") || same_text(word, "-d")) {
      const char *value = argv[++i];
      if (!value) return complain("a value is missing after ", word);
      if (word[1] == 'd') disk_path = value;
      else if ((scale = decimal(value)) < 1) return complain("no scale: ", value);
      continue;
    }
    named++;
    int all = same_text(word, "all"), found = 0;
    for (u64 w = 0; w < COUNT(workloads); w++) {
      if (!same_text(word, workloads[w].name) && (!all || (needs_disk(w) && !disk_path))) continue;
      found = 1;
      if (needs_disk(w) && !disk_path) return complain("disk overwrites a disk: say which with -d, ", "for example -d /dev/vda");
      run(w, scale);
    }
    if (!found) return complain("no workload ", word);
  }
  if (!named) return complain("say which workloads; -l lists them, ", "all is all of them");
  return failed;
}
