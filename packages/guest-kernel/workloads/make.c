/*
 * A build: for every source file, `make-scan < source | make-emit > object`; then `make-link objects`; then the
 * result is read and summed, and everything is removed.
 */
#include "workload.h"

static const char *const names[] = {"compute", "devices", "memory", "pages", "processes"};

static void path_of(char *path, const char *folder, const char *name, const char *suffix) {
  strlcpy(path, folder, 64);
  strlcpy(path + strlen(path), name, 64 - strlen(path));
  strlcpy(path + strlen(path), suffix, 64 - strlen(path));
}

static void move(i64 from, i64 to) {
  dup2(from, to);
  close(from);
}

static void start_scan(const char *source, u32 ends[2]) {
  if (fork()) return;
  i64 input = open(source, O_READ);
  if (input < 0) exit(1);
  move(input, 0);
  close(ends[0]);
  move(ends[1], 1);
  exec("/bin/make-scan", (char *[]){"make-scan", NULL});
  exit(1);
}

static void start_emit(const char *object, u32 ends[2]) {
  if (fork()) return;
  i64 output = open(object, O_WRITE | O_CREATE | O_TRUNCATE);
  if (output < 0) exit(1);
  move(output, 1);
  close(ends[1]);
  move(ends[0], 0);
  exec("/bin/make-emit", (char *[]){"make-emit", NULL});
  exit(1);
}

static u64 wait_for(u32 count) {
  u64 statuses = 0;
  for (u32 i = 0; i < count; i++) {
    u32 status = 1;
    wait(&status);
    statuses += status;
  }
  return statuses;
}

static u64 compile(const char *name) {
  char source[64], object[64];
  u32 ends[2];
  path_of(source, "/src/", name, ".c");
  path_of(object, "/tmp/", name, ".o");
  if (pipe(ends) < 0) return 1;
  start_scan(source, ends);
  start_emit(object, ends);
  close(ends[0]);
  close(ends[1]);
  return wait_for(2);
}

static u64 link_all(void) {
  char objects[array_size(names)][64];
  char *arguments[array_size(names) + 3] = {"make-link", "/tmp/program"};
  for (u32 i = 0; i < array_size(names); i++) {
    path_of(objects[i], "/tmp/", names[i], ".o");
    arguments[i + 2] = objects[i];
  }
  if (!fork()) {
    exec("/bin/make-link", arguments);
    exit(1);
  }
  return wait_for(1);
}

static u64 sum_and_remove(u64 sum) {
  static u8 buffer[1024];
  i64 program = open("/tmp/program", O_READ), length;
  while ((length = read(program, buffer, sizeof buffer)) > 0) sum = mix_bytes(sum, buffer, (u64)length);
  close(program);
  sum = mix(sum, (u64)unlink("/tmp/program"));
  for (u32 i = 0; i < array_size(names); i++) {
    char object[64];
    path_of(object, "/tmp/", names[i], ".o");
    sum = mix(sum, (u64)unlink(object));
  }
  return sum;
}

u64 run_make(u64 operations) {
  u64 sum = CHECKSUM_START;
  for (u64 build = 0; build < operations; build++) {
    for (u32 i = 0; i < array_size(names); i++) sum = mix(sum, compile(names[i]));
    sum = mix(sum, link_all());
    sum = sum_and_remove(sum);
  }
  return sum;
}
