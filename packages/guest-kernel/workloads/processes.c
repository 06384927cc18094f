/* Workloads about processes: pipes, fork and exec, switching, preemption. */
#include "workload.h"

static u64 answer(u64 question) { return question * 6364136223846793005UL + 1442695040888963407UL; }

u64 run_pipe(u64 operations) {
  u32 there[2], back[2];
  if (pipe(there) < 0 || pipe(back) < 0) return 0;
  i64 child = fork();
  if (child == 0) {
    u64 value;
    close(there[1]);
    close(back[0]);
    while (read(there[0], &value, sizeof value) == sizeof value) {
      value = answer(value);
      write(back[1], &value, sizeof value);
    }
    exit(0);
  }
  close(there[0]);
  close(back[1]);
  u64 sum = CHECKSUM_START, value = 1;
  for (u64 i = 0; i < operations; i++) {
    value += i;
    if (write(there[1], &value, sizeof value) != sizeof value) break;
    if (read(back[0], &value, sizeof value) != sizeof value) break;
    sum = mix(sum, value);
  }
  close(there[1]);
  close(back[0]);
  u32 status = 1;
  i64 ended = child > 0 ? wait(&status) : -1;
  return mix(sum, (ended == child) + 2UL * status);
}

u64 run_fork_exec(u64 operations) {
  u64 sum = CHECKSUM_START;
  for (u64 i = 0; i < operations; i++) {
    char digits[4] = {(char)('0' + i / 10 % 10), (char)('0' + i % 10), 0};
    i64 child = fork();
    if (child == 0) {
      exec("/bin/exit-status", (char *[]){"exit-status", digits, NULL});
      exit(255);
    }
    u32 status = 0xffff;
    i64 ended = wait(&status);
    sum = mix(sum, status + (ended == child ? 0UL : 1UL << 32));
  }
  return sum;
}

#define SWITCHERS 4

/* Statuses are summed: the order in which the children end depends on when ticks come. */
u64 run_context_switch(u64 operations) {
  u64 rounds = operations / (SWITCHERS + 1), sum = CHECKSUM_START;
  for (u32 child = 0; child < SWITCHERS; child++) {
    if (fork()) continue;
    u64 own = child;
    for (u64 i = 0; i < rounds; i++) own = mix(own, (u64)yield());
    exit((i64)(own & 0xff));
  }
  for (u64 i = 0; i < rounds; i++) sum = mix(sum, (u64)yield());
  u64 statuses = 0;
  for (u32 child = 0; child < SWITCHERS; child++) {
    u32 status = 1;
    if (wait(&status) > 0) statuses += status;
  }
  return mix(sum, statuses);
}

#define TICK_RATE 1000
#define DEFAULT_RATE 100

/*
 * Two processes compute while the timer preempts them: one a fixed amount, whose result shows that no register was
 * lost, the other until enough ticks have passed. Neither result depends on how much work fits between two ticks.
 */
u64 run_timer(u64 operations) {
  u64 sum = CHECKSUM_START;
  tick_rate(TICK_RATE);
  i64 child = fork();
  if (child == 0) {
    u64 state = 88172645463325252UL;
    for (u64 i = 0; i < operations * 20000; i++) next_random(&state);
    exit((i64)(state & 0xff));
  }
  u64 last = (u64)ticks(), seen = 0;
  while (seen < operations) {
    u64 state = seen + 1, before = state;
    for (u32 i = 0; i < 64; i++) next_random(&state);
    u64 now = (u64)ticks();
    if (now == last) continue;
    last = now;
    seen++;
    sum = mix(mix(sum, before), state);
  }
  tick_rate(DEFAULT_RATE);
  u32 status = 1;
  i64 ended = wait(&status);
  return mix(sum, status + (ended == child ? 0UL : 1UL << 32));
}
