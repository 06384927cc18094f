/* Four threads: additions under a lock, then a token that goes round; both wait and wake by futex. */
#include "workload.h"
#include "../runtime/thread.h"

#define THREADS 4
#define STACK 16384

static int lock, turn;
static u64 total, passes, token;

/* 0 free, 1 taken, 2 taken and somebody waits. */
static void take_lock(void) {
  int state = 0;
  if (__atomic_compare_exchange_n(&lock, &state, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
  while (__atomic_exchange_n(&lock, 2, __ATOMIC_ACQUIRE) != 0) system(futex, &lock, FUTEX_WAIT, 2, NULL);
}

static void release_lock(void) {
  if (__atomic_exchange_n(&lock, 0, __ATOMIC_RELEASE) == 2) system(futex, &lock, FUTEX_WAKE, 1);
}

static void thread(u64 index) {
  for (u64 i = 0; i < passes; i++) {
    take_lock();
    total += mix(index, i); /* in any order the same */
    release_lock();
  }
  for (u64 i = 0; i < passes / THREADS; i++) {
    int now;
    while ((u64)(now = __atomic_load_n(&turn, __ATOMIC_ACQUIRE)) % THREADS != index)
      system(futex, &turn, FUTEX_WAIT, now, NULL);
    token = mix(token, index);
    __atomic_store_n(&turn, now + 1, __ATOMIC_RELEASE);
    system(futex, &turn, FUTEX_WAKE, THREADS);
  }
}

u64 run_threads(u64 operations) {
  static int ids[THREADS];
  u8 *stacks = map_memory(THREADS * STACK, MAP_PRIVATE);
  if (is_error((i64)stacks)) return (u64)stacks;
  lock = turn = 0;
  total = 0;
  token = CHECKSUM_START;
  passes = operations;
  u64 sum = CHECKSUM_START;
  for (u64 i = 0; i < THREADS; i++)
    sum = mix(sum, start_thread(thread, i, stacks + i * STACK, STACK, &ids[i]) < 0);
  for (u64 i = 0; i < THREADS; i++) join_thread(&ids[i]);
  system(munmap, stacks, THREADS * STACK);
  return mix(mix(sum, total), token);
}
