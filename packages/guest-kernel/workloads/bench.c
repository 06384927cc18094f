/*
 * bench [-l] [-s scale] name,name...|all: runs workloads and compares their checksums with the predicted ones.
 * What it prints is the same on every machine, whatever its speed.
 */
#include "expected-checksums.h"
#include "library.h"
#include "workload.h"

static const struct workload *find(const char *name, u64 length) {
  for (u32 i = 0; i < workload_count; i++)
    if (strlen(workloads[i].name) == length && !strncmp(workloads[i].name, name, length)) return &workloads[i];
  return NULL;
}

static bool run(const struct workload *workload, u64 scale) {
  u64 expected = expected_checksums[workload - workloads][scale - 1];
  print("@bench begin %s\n", workload->name);
  u64 checksum = workload->run(workload->operations * scale);
  bool right = checksum == expected;
  print("@bench end %s checksum=%016lx expected=%016lx %s\n", workload->name, checksum, expected,
        right ? "ok" : "MISMATCH");
  return right;
}

/* Runs the names in a list with commas. Unknown names are an error before anything runs. */
static bool run_list(const char *list, u64 scale, bool only_check) {
  bool right = true;
  while (*list) {
    u64 length = 0;
    while (list[length] && list[length] != ',') length++;
    const struct workload *workload = find(list, length);
    if (!strncmp(list, "all", 4) || !strncmp(list, "all,", 4)) {
      for (u32 i = 0; !only_check && i < workload_count; i++) right &= run(&workloads[i], scale);
    } else if (!workload) {
      fprint(2, "bench: no workload %s; bench -l lists them\n", list);
      exit(2);
    } else if (!only_check) {
      right &= run(workload, scale);
    }
    list += length + (list[length] == ',');
  }
  return right;
}

int main(int count, char **arguments) {
  u64 scale = 1;
  int first = 1;
  if (count > 1 && !strcmp(arguments[1], "-l")) {
    for (u32 i = 0; i < workload_count; i++) print("%-15s %s\n", workloads[i].name, workloads[i].title);
    return 0;
  }
  if (count > 2 && !strcmp(arguments[1], "-s")) scale = parse_number(arguments[2]), first = 3;
  if (scale < 1 || scale > SCALE_MAX) {
    fprint(2, "bench: expected=unknown for this scale; it must be 1 .. %d\n", SCALE_MAX);
    return 2;
  }
  bool right = true;
  for (int i = first; i < count; i++) run_list(arguments[i], scale, true);
  for (int i = first; i < count; i++) right &= run_list(arguments[i], scale, false);
  print("@bench done\n");
  return !right;
}
