/*
 * The first process. Boot arguments decide what runs: `bench=<names> scale=<n>` the workloads, `script=<path>` a
 * shell script, otherwise an interactive shell. When that ends, the machine is switched off.
 */
#include "library.h"

static char arguments[256];

/* The value of `key=` in the boot arguments, terminated in a buffer of its own. */
static bool option(const char *key, char *value, u64 size) {
  u64 length = strlen(key);
  for (const char *at = arguments; *at; at++) {
    if ((at != arguments && at[-1] != ' ') || strncmp(at, key, length) || at[length] != '=') continue;
    const char *from = at + length + 1;
    u64 count = 0;
    while (from[count] && from[count] != ' ' && count < size - 1) count++;
    memcpy(value, from, count);
    value[count] = 0;
    return true;
  }
  return false;
}

static u32 run(char *const argv[]) {
  i64 child = fork();
  if (child == 0) {
    i64 error = exec(argv[0], argv);
    fail(argv[0], error);
  }
  if (child < 0) fail("init: fork", child);
  for (;;) {
    u32 status;
    if (wait(&status) == child) return status; /* others are orphans */
  }
}

int main(void) {
  static char names[256], scale[16], script[64];
  if (open("/dev/console", O_READ | O_WRITE) != 0) return 1;
  dup(0);
  dup(0);
  bootargs(arguments, sizeof arguments - 1);
  u32 status;
  if (option("bench", names, sizeof names)) {
    bool scaled = option("scale", scale, sizeof scale);
    status = run((char *[]){"/bin/bench", "-s", scaled ? scale : "1", names, NULL});
  } else if (option("script", script, sizeof script)) {
    status = run((char *[]){"/bin/sh", script, NULL});
  } else {
    print("type help for the commands; exit switches the machine off\n");
    status = run((char *[]){"/bin/sh", NULL});
  }
  power_off(status != 0);
  return 1;
}
