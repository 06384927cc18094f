#include "library.h"

struct output {
  i64 descriptor;
  u32 length;
  char text[256];
};

static void flush(struct output *output) {
  write(output->descriptor, output->text, output->length);
  output->length = 0;
}

static void put(char c, void *context) {
  struct output *output = context;
  output->text[output->length++] = c;
  if (output->length == sizeof output->text) flush(output);
}

static void print_to(i64 descriptor, const char *pattern, va_list arguments) {
  struct output output = {.descriptor = descriptor};
  format(put, &output, pattern, arguments);
  if (output.length) flush(&output);
}

void fprint(i64 descriptor, const char *pattern, ...) {
  va_list arguments;
  va_start(arguments, pattern);
  print_to(descriptor, pattern, arguments);
  va_end(arguments);
}

void print(const char *pattern, ...) {
  va_list arguments;
  va_start(arguments, pattern);
  print_to(1, pattern, arguments);
  va_end(arguments);
}

const char *error_text(i64 error) {
#define ERROR_CASE(name, number, text) case -number: return text;
  switch (error) { ERRORS(ERROR_CASE) }
  return "error";
}

void fail(const char *text, i64 error) {
  fprint(2, "%s: %s\n", text, error_text(error));
  exit(1);
}

u64 parse_number(const char *text) {
  u64 value = 0;
  while (*text >= '0' && *text <= '9') value = value * 10 + (u64)(*text++ - '0');
  return value;
}

bool read_line(struct line_reader *reader, char line[LINE_MAX]) {
  u32 length = 0;
  for (;;) {
    if (reader->at == reader->filled) {
      i64 count = read(reader->descriptor, reader->buffer, sizeof reader->buffer);
      if (count <= 0) break;
      reader->at = 0;
      reader->filled = (u32)count;
    }
    char c = reader->buffer[reader->at++];
    if (c == '\n') {
      line[length] = 0;
      return true;
    }
    if (length < LINE_MAX - 1) line[length++] = c;
  }
  line[length] = 0;
  return length > 0;
}
