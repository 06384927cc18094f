/* What user programs share besides the system calls. */
#pragma once

#include "calls.h"
#include "print.h"
#include "string.h"

/** One write per call, so that lines of different processes do not mix. */
void fprint(i64 descriptor, const char *pattern, ...) __attribute__((format(printf, 2, 3)));
/** Prints `program: text: reason` to descriptor 2 and ends the program with status 1. */
void fail(const char *text, i64 error) __attribute__((noreturn));
const char *error_text(i64 error);
u64 parse_number(const char *text);

/** Reads lines from a descriptor. Lines are cut at LINE_MAX - 1 characters. */
#define LINE_MAX 512
struct line_reader {
  i64 descriptor;
  u32 at, filled;
  char buffer[LINE_MAX];
};

/** Copies the next line without its end to `line`. False at the end of the input. */
bool read_line(struct line_reader *reader, char line[LINE_MAX]);
