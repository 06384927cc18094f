#include "print.h"
#include "string.h"

struct field {
  int width;
  bool left, zero;
};

static void pad(void (*put)(char, void *), void *context, int count, char c) {
  while (count-- > 0) put(c, context);
}

static void put_text(void (*put)(char, void *), void *context, const char *text, int length, struct field field) {
  bool negative = field.zero && length && *text == '-';
  if (negative) put(*text++, context), length--, field.width--;
  if (!field.left) pad(put, context, field.width - length, field.zero ? '0' : ' ');
  for (int i = 0; i < length; i++) put(text[i], context);
  if (field.left) pad(put, context, field.width - length, ' ');
}

static void put_number(void (*put)(char, void *), void *context, u64 value, u32 base, bool negative, struct field f) {
  char digits[24];
  int at = sizeof digits;
  do digits[--at] = "0123456789abcdef"[value % base];
  while (value /= base);
  if (negative) digits[--at] = '-';
  put_text(put, context, digits + at, (int)sizeof digits - at, f);
}

void format(void (*put)(char, void *), void *context, const char *pattern, va_list arguments) {
  for (; *pattern; pattern++) {
    if (*pattern != '%') {
      put(*pattern, context);
      continue;
    }
    struct field field = {0};
    bool wide = false;
    for (pattern++; *pattern == '-' || *pattern == '0'; pattern++) {
      if (*pattern == '-') field.left = true;
      else field.zero = true;
    }
    for (; *pattern >= '0' && *pattern <= '9'; pattern++) field.width = field.width * 10 + *pattern - '0';
    for (; *pattern == 'l'; pattern++) wide = true;
    switch (*pattern) {
    case 'd': {
      i64 value = wide ? va_arg(arguments, i64) : va_arg(arguments, i32);
      put_number(put, context, value < 0 ? -(u64)value : (u64)value, 10, value < 0, field);
      break;
    }
    case 'u':
    case 'x':
      put_number(put, context, wide ? va_arg(arguments, u64) : va_arg(arguments, u32), *pattern == 'u' ? 10 : 16,
                 false, field);
      break;
    case 'c': {
      char c = (char)va_arg(arguments, int);
      put_text(put, context, &c, 1, field);
      break;
    }
    case 's': {
      const char *text = va_arg(arguments, const char *);
      put_text(put, context, text, (int)strlen(text), field);
      break;
    }
    case 0: return;
    default: put(*pattern, context);
    }
  }
}
