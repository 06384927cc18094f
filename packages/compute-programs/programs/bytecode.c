/* An interpreter of bytecode for a machine with a stack: a jump through a table for each instruction. */
#include "../runtime/program.h"

const char program_name[] = "bytecode";

enum operation { HALT, PUSH, LOAD, STORE, ADD, MULTIPLY, HALVE, IS_ODD, LESS, JUMP, JUMP_IF_ZERO };

struct instruction {
  u32 operation, operand;
};

/* The steps that all numbers from 1 to LIMIT take to 1: an even number is halved, an odd one tripled and one added. */
#define LIMIT 600

enum { NUMBER, VALUE, STEPS, VARIABLES };

/* Where the parts of the bytecode begin. */
enum { NEXT = 4, STEP = 10, ODD = 20, COUNT_STEP = 26, REACHED = 31, END = 36 };

static const struct instruction code[] = {
    {PUSH, 1}, {STORE, NUMBER}, {PUSH, 0}, {STORE, STEPS},
    [NEXT] = {LOAD, NUMBER}, {PUSH, LIMIT}, {LESS, 0}, {JUMP_IF_ZERO, END}, {LOAD, NUMBER}, {STORE, VALUE},
    [STEP] = {PUSH, 1}, {LOAD, VALUE}, {LESS, 0}, {JUMP_IF_ZERO, REACHED}, {LOAD, VALUE}, {IS_ODD, 0},
    [STEP + 6] = {JUMP_IF_ZERO, ODD + 3}, {LOAD, VALUE}, {PUSH, 3}, {MULTIPLY, 0},
    [ODD] = {PUSH, 1}, {ADD, 0}, {JUMP, ODD + 5}, {LOAD, VALUE}, {HALVE, 0}, {STORE, VALUE},
    [COUNT_STEP] = {LOAD, STEPS}, {PUSH, 1}, {ADD, 0}, {STORE, STEPS}, {JUMP, STEP},
    [REACHED] = {LOAD, NUMBER}, {PUSH, 1}, {ADD, 0}, {STORE, NUMBER}, {JUMP, NEXT},
    [END] = {LOAD, STEPS}, {HALT, 0},
};

static u64 interpret(const struct instruction *program) {
  u64 stack[16], *top = stack, variables[VARIABLES] = {0};
  for (const struct instruction *at = program;; at++) {
    switch ((enum operation)at->operation) {
    case PUSH: *top++ = at->operand; break;
    case LOAD: *top++ = variables[at->operand]; break;
    case STORE: variables[at->operand] = *--top; break;
    case ADD: top--; top[-1] += top[0]; break;
    case MULTIPLY: top--; top[-1] *= top[0]; break;
    case HALVE: top[-1] >>= 1; break;
    case IS_ODD: top[-1] &= 1; break;
    case LESS: top--; top[-1] = top[-1] < top[0]; break;
    case JUMP: at = program + at->operand - 1; break;
    case JUMP_IF_ZERO: if (*--top == 0) at = program + at->operand - 1; break;
    case HALT: return top[-1];
    }
  }
}

u64 run_round(void) { return mix(CHECKSUM_START, interpret(code)); }
