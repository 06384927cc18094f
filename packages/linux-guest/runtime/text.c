#include "text.h"
#include <asm/ioctls.h>
#include <stdarg.h>
#include "system.h"

void *memcpy(void *to, const void *from, u64 count) {
  u8 *out = to;
  const u8 *in = from;
  if ((((u64)out | (u64)in) & 7) == 0)
    for (; count >= 8; count -= 8, out += 8, in += 8) *(u64 *)out = *(const u64 *)in;
  while (count--) *out++ = *in++;
  return to;
}

void *memset(void *to, int byte, u64 count) {
  u8 *out = to;
  while (count--) *out++ = (u8)byte;
  return to;
}

int memcmp(const void *left, const void *right, u64 count) {
  const u8 *a = left, *b = right;
  for (; count--; a++, b++)
    if (*a != *b) return *a - *b;
  return 0;
}

u64 strlen(const char *text) {
  u64 length = 0;
  while (text[length]) length++;
  return length;
}

int same_text(const char *left, const char *right) {
  while (*left && *left == *right) left++, right++;
  return *left == *right;
}

int starts_with(const char *text, const char *start) {
  while (*start)
    if (*text++ != *start++) return 0;
  return 1;
}

i64 decimal(const char *text) {
  i64 value = 0;
  if (!*text) return -1;
  for (; *text; text++) {
    if (*text < '0' || *text > '9') return -1;
    value = value * 10 + (*text - '0');
    if (value > 1000000) return -1;
  }
  return value;
}

#define LINE 512

struct line {
  char text[LINE];
  u64 used;
};

static void put(struct line *line, char c) {
  if (line->used < LINE) line->text[line->used++] = c;
}

static void put_text(struct line *line, const char *text) {
  while (*text) put(line, *text++);
}

static void put_number(struct line *line, u64 value, u64 base, u64 digits) {
  char reversed[20];
  u64 used = 0;
  do reversed[used++] = "0123456789abcdef"[value % base];
  while ((value /= base) != 0 || used < digits);
  while (used) put(line, reversed[--used]);
}

void print(const char *format, ...) {
  struct line line = {.used = 0};
  va_list values;
  va_start(values, format);
  for (; *format; format++) {
    if (*format != '%') {
      put(&line, *format);
      continue;
    }
    switch (*++format) {
    case 's': put_text(&line, va_arg(values, const char *)); break;
    case 'c': put(&line, (char)va_arg(values, int)); break;
    case 'u': put_number(&line, va_arg(values, u64), 10, 1); break;
    case 'x': put_number(&line, va_arg(values, u64), 16, 1); break;
    case 'X': put_number(&line, va_arg(values, u64), 16, 16); break;
    case 'd': {
      i64 value = va_arg(values, i64);
      if (value < 0) put(&line, '-');
      put_number(&line, value < 0 ? -(u64)value : (u64)value, 10, 1);
      break;
    }
    default: put(&line, *format);
    }
  }
  va_end(values);
  for (u64 sent = 0; sent < line.used;) {
    i64 count = system(write, 1, line.text + sent, line.used - sent);
    if (count == -EINTR) continue;
    if (count <= 0) break;
    sent += (u64)count;
  }
}

void drain_output(void) { system(ioctl, 1, TCSBRK, 1); }
