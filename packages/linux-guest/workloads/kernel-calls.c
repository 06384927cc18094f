/* Workloads that are mostly system calls of one kind. */
#include "workload.h"
#include <asm/signal.h>

u64 run_getpid(u64 operations) {
  u64 differences = 0;
  i64 self = system(getpid);
  for (u64 i = 0; i < operations; i++) differences += system(getpid) != self;
  return mix(mix(CHECKSUM_START, operations), differences);
}

/* Answers numbers with what they become, until there are no more. */
static void answer(int in, int out) {
  for (u64 value; system(read, in, &value, sizeof value) == sizeof value;) {
    value = mix(value, 1);
    if (system(write, out, &value, sizeof value) != sizeof value) exit(1);
  }
  exit(0);
}

u64 run_pipe(u64 operations) {
  int there[2], back[2];
  if (system(pipe2, there, 0) < 0 || system(pipe2, back, 0) < 0) return 1;
  i64 child = fork();
  if (child == 0) {
    system(close, there[1]);
    system(close, back[0]);
    answer(there[0], back[1]);
  }
  system(close, there[0]);
  system(close, back[1]);
  u64 sum = CHECKSUM_START;
  for (u64 i = 0; i < operations; i++) {
    u64 value = mix(sum, i);
    if (system(write, there[1], &value, sizeof value) != sizeof value) sum = mix(sum, 2);
    if (system(read, back[0], &value, sizeof value) != sizeof value) sum = mix(sum, 3);
    sum = mix(sum, value);
  }
  system(close, there[1]);
  system(close, back[0]);
  return mix(sum, (u64)wait_status(child));
}

/* Each child writes to a page that it shares with its parent until then. */
u64 run_fork(u64 operations) {
  static volatile u64 shared;
  u64 sum = CHECKSUM_START;
  for (u64 i = 0; i < operations; i++) {
    shared = i;
    i64 child = fork();
    if (child == 0) exit((int)(++shared % 100));
    sum = mix(mix(sum, (u64)wait_status(child)), shared);
  }
  return sum;
}

u64 run_fork_exec(u64 operations) {
  u64 sum = CHECKSUM_START;
  for (u64 i = 0; i < operations; i++) {
    i64 child = fork();
    if (child == 0) {
      char status[] = {(char)('0' + i % 10), 0};
      char *arguments[] = {"bench", "--exit", status, NULL}, *environment[] = {NULL};
      system(execve, "/proc/self/exe", arguments, environment);
      exit(126);
    }
    sum = mix(sum, (u64)wait_status(child));
  }
  return sum;
}

u64 run_mmap(u64 operations) {
  u64 sum = CHECKSUM_START;
  for (u64 i = 0; i < operations; i++) {
    u64 *page = (u64 *)map_memory(4096, MAP_PRIVATE);
    if (is_error((i64)page)) return (u64)page;
    sum = mix(sum, page[i % 512]);
    page[i % 512] = i;
    sum = mix(sum, page[i % 512]);
    sum = mix(sum, (u64)system(munmap, page, 4096));
  }
  return sum;
}

u64 run_mprotect(u64 operations) {
  volatile u64 *page = (u64 *)map_memory(4096, MAP_PRIVATE);
  if (is_error((i64)page)) return (u64)page;
  u64 sum = CHECKSUM_START;
  for (u64 i = 0; i < operations; i++) {
    u64 writable = i & 1;
    sum = mix(sum, (u64)system(mprotect, page, 4096, PROT_READ | (writable ? PROT_WRITE : 0)));
    if (writable) page[i % 512] += i;
    sum = mix(sum, page[i % 512]);
  }
  system(munmap, page, 4096);
  return sum;
}

static volatile u64 received;

static void on_signal(int signal) { received = mix(received, (u64)signal); }

u64 run_signals(u64 operations) {
  struct sigaction action = {.sa_handler = on_signal}, before;
  i64 self = system(getpid);
  received = CHECKSUM_START;
  if (system(rt_sigaction, SIGUSR1, &action, &before, sizeof(sigset_t)) < 0) return 1;
  if (system(rt_sigaction, SIGUSR2, &action, NULL, sizeof(sigset_t)) < 0) return 2;
  for (u64 i = 0; i < operations; i++)
    if (system(kill, self, i % 3 ? SIGUSR1 : SIGUSR2) < 0) received = 3;
  system(rt_sigaction, SIGUSR1, &before, NULL, sizeof(sigset_t));
  system(rt_sigaction, SIGUSR2, &before, NULL, sizeof(sigset_t));
  return received;
}

u64 run_timer(u64 operations) {
  u64 sum = CHECKSUM_START;
  for (u64 i = 0; i < operations; i++) {
    struct {
      i64 seconds, nanoseconds;
    } before, after, pause = {0, 1000000};
    system(clock_gettime, 1, &before);
    sum = mix(sum, (u64)system(nanosleep, &pause, NULL));
    system(clock_gettime, 1, &after);
    i64 slept = (after.seconds - before.seconds) * 1000000000 + after.nanoseconds - before.nanoseconds;
    sum = mix(sum, slept < pause.nanoseconds);
  }
  return sum;
}
