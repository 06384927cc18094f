/* Word-at-a-time where both ends are aligned: pages are copied and cleared through here. */
#include "string.h"

static bool aligned(const void *a, const void *b) { return (((u64)a | (u64)b) & 7) == 0; }

void *memcpy(void *restrict target, const void *restrict source, size_t length) {
  u8 *to = target;
  const u8 *from = source;
  if (aligned(to, from)) {
    for (; length >= 32; length -= 32, to += 32, from += 32) {
      u64 a = ((const u64 *)from)[0], b = ((const u64 *)from)[1];
      u64 c = ((const u64 *)from)[2], d = ((const u64 *)from)[3];
      ((u64 *)to)[0] = a, ((u64 *)to)[1] = b, ((u64 *)to)[2] = c, ((u64 *)to)[3] = d;
    }
    for (; length >= 8; length -= 8, to += 8, from += 8) *(u64 *)to = *(const u64 *)from;
  }
  while (length--) *to++ = *from++;
  return target;
}

void *memmove(void *target, const void *source, size_t length) {
  u8 *to = target;
  const u8 *from = source;
  bool words = aligned(to, from);
  if (to <= from || to >= from + length) {
    for (; words && length >= 8; length -= 8, to += 8, from += 8) *(u64 *)to = *(const u64 *)from;
    while (length--) *to++ = *from++;
  } else {
    for (; length && (!words || length % 8); length--) to[length - 1] = from[length - 1];
    for (; length; length -= 8) *(u64 *)(to + length - 8) = *(const u64 *)(from + length - 8);
  }
  return target;
}

void *memset(void *target, int value, size_t length) {
  u8 *to = target;
  u64 word = (u8)value * 0x0101010101010101UL;
  if (((u64)to & 7) == 0) {
    for (; length >= 32; length -= 32, to += 32)
      ((u64 *)to)[0] = word, ((u64 *)to)[1] = word, ((u64 *)to)[2] = word, ((u64 *)to)[3] = word;
    for (; length >= 8; length -= 8, to += 8) *(u64 *)to = word;
  }
  while (length--) *to++ = (u8)value;
  return target;
}

int memcmp(const void *left, const void *right, size_t length) {
  const u8 *a = left, *b = right;
  for (; length; length--, a++, b++)
    if (*a != *b) return *a - *b;
  return 0;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length]) length++;
  return length;
}

int strncmp(const char *left, const char *right, size_t length) {
  for (; length; length--, left++, right++)
    if (*left != *right || !*left) return (u8)*left - (u8)*right;
  return 0;
}

int strcmp(const char *left, const char *right) { return strncmp(left, right, ~0UL); }

char *strchr(const char *text, int c) {
  for (;; text++) {
    if (*text == (char)c) return (char *)text;
    if (!*text) return NULL;
  }
}

size_t strlcpy(char *target, const char *source, size_t size) {
  size_t length = strlen(source);
  if (size) {
    size_t copied = min_of(length, size - 1);
    memcpy(target, source, copied);
    target[copied] = 0;
  }
  return length;
}
