/* Quicksort of 64-bit numbers: branches that nobody can predict. */
#include "../runtime/program.h"

#define NUMBERS 60000
#define SHORT 12

const char program_name[] = "sort";

static i64 numbers[NUMBERS];

static void insertion_sort(i64 *first, i64 *last) {
  for (i64 *next = first + 1; next <= last; next++) {
    i64 value = *next, *hole = next;
    for (; hole > first && hole[-1] > value; hole--) *hole = hole[-1];
    *hole = value;
  }
}

static void swap(i64 *a, i64 *b) {
  i64 kept = *a;
  *a = *b;
  *b = kept;
}

/* Puts the median of three into the middle; @returns it. */
static i64 pivot(i64 *first, i64 *middle, i64 *last) {
  if (*middle < *first) swap(middle, first);
  if (*last < *middle) swap(last, middle);
  if (*middle < *first) swap(middle, first);
  return *middle;
}

static void quicksort(i64 *first, i64 *last) {
  while (last - first > SHORT) {
    i64 value = pivot(first, first + (last - first) / 2, last), *low = first, *high = last;
    while (low <= high) {
      while (*low < value) low++;
      while (*high > value) high--;
      if (low <= high) swap(low++, high--);
    }
    /* The shorter part by recursion, so that the stack stays short. */
    if (high - first < last - low) {
      quicksort(first, high);
      first = low;
    } else {
      quicksort(low, last);
      last = high;
    }
  }
  insertion_sort(first, last);
}

u64 run_round(void) {
  u64 seed = 1, sum = CHECKSUM_START;
  for (u64 i = 0; i < NUMBERS; i++) numbers[i] = (i64)next_random(&seed);
  quicksort(numbers, numbers + NUMBERS - 1);
  for (u64 i = 0; i < NUMBERS; i++) sum = mix(sum, (u64)numbers[i]);
  return sum;
}
