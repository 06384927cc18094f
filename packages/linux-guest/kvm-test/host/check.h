/* A check is a function that says what it expected; the first thing that is not so fails it. */
#pragma once
#include "vm.h"

struct check {
  const char *name;
  void (*run)(void);
};

extern struct vm vm;
extern struct vcpu first;
/* Whether KVM could be told to forward calls of the SBI console. */
extern int has_console;

/* Values of the guest's results, in order; says which one is wrong. */
void expect_results(const u64 *values, u64 count);
void expect(int condition, const char *what);
void expect_equal(const char *what, u64 actual, u64 expected);
/* What is odd, but no failure of the machine. */
void note(const char *what);
/* The check cannot be made on this machine. */
void skip(const char *why);

/* Runs a case that must end by itself. */
void complete(enum guest_case number, u64 argument);

#define EXPECT_RESULTS(...)                        \
  do {                                             \
    const u64 values_[] = {__VA_ARGS__};           \
    expect_results(values_, COUNT(values_));       \
  } while (0)

/* Causes and origins of the traps that the guest took: pairs of cause and 1 for VU-mode. */
void expect_traps(const u64 (*traps)[2], u64 count);
#define EXPECT_TRAPS(...)                          \
  do {                                             \
    const u64 traps_[][2] = {__VA_ARGS__};         \
    expect_traps(traps_, COUNT(traps_));           \
  } while (0)
#define INTERRUPT (1UL << 63)

extern const struct check execution_checks[], event_checks[];
extern const u64 execution_check_count, event_check_count;

/* Prints what exits cost in instructions of this machine. */
void print_counts(void);
