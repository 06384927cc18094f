/* First stage: C text on descriptor 0 to tokens on descriptor 1. A token is a kind, a length and its characters. */
#include "workload.h"

enum kind { IDENTIFIER = 'i', NUMBER = 'n', TEXT = 't', SIGN = 's' };

static struct {
  u8 bytes[512];
  u64 filled;
} output;

static void flush(void) {
  if (output.filled) write(1, output.bytes, output.filled);
  output.filled = 0;
}

static void emit(enum kind kind, const char *text, u64 length) {
  length = min_of(length, 255UL);
  if (output.filled + length + 2 > sizeof output.bytes) flush();
  output.bytes[output.filled++] = (u8)kind;
  output.bytes[output.filled++] = (u8)length;
  memcpy(output.bytes + output.filled, text, length);
  output.filled += length;
}

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static u64 scan_one(const char *text, u64 at) {
  u64 from = at;
  if (is_letter(text[at])) {
    while (is_letter(text[at]) || is_digit(text[at])) at++;
    emit(IDENTIFIER, text + from, at - from);
  } else if (is_digit(text[at])) {
    while (is_letter(text[at]) || is_digit(text[at])) at++;
    emit(NUMBER, text + from, at - from);
  } else if (text[at] == '"' || text[at] == '\'') {
    for (at++; text[at] && text[at] != text[from]; at++)
      if (text[at] == '\\' && text[at + 1]) at++;
    emit(TEXT, text + from + 1, at - from - 1);
    if (text[at]) at++;
  } else if (text[at] == '/' && text[at + 1] == '*') {
    for (at += 2; text[at] && (text[at] != '*' || text[at + 1] != '/'); at++) {}
    if (text[at]) at += 2;
  } else {
    if (text[at] > ' ') emit(SIGN, text + at, 1);
    at++;
  }
  return at;
}

int main(void) {
  static char text[16384];
  u64 filled = 0;
  for (i64 length; (length = read(0, text + filled, sizeof text - 1 - filled)) > 0;) filled += (u64)length;
  text[filled] = 0;
  for (u64 at = 0; text[at];) at = scan_one(text, at);
  flush();
  return 0;
}
