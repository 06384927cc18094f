/* grep [-v] pattern [file...]: lines that match; the pattern knows ^ $ . and x*. */
#include "library.h"

static bool matches_here(const char *pattern, const char *text) {
  if (!*pattern) return true;
  if (pattern[0] == '$' && !pattern[1]) return !*text;
  bool one = *text && (*pattern == '.' || *pattern == *text);
  if (pattern[1] == '*') {
    for (;; text++) {
      if (matches_here(pattern + 2, text)) return true;
      if (!*text || (*pattern != '.' && *pattern != *text)) return false;
    }
  }
  return one && matches_here(pattern + 1, text + 1);
}

static bool matches(const char *pattern, const char *text) {
  if (*pattern == '^') return matches_here(pattern + 1, text);
  do
    if (matches_here(pattern, text)) return true;
  while (*text++);
  return false;
}

static bool filter(const char *pattern, i64 file, bool inverted) {
  struct line_reader reader = {.descriptor = file};
  char line[LINE_MAX];
  bool any = false;
  while (read_line(&reader, line)) {
    if (matches(pattern, line) == inverted) continue;
    print("%s\n", line);
    any = true;
  }
  return any;
}

int main(int count, char **arguments) {
  int at = 1;
  bool inverted = count > 1 && !strcmp(arguments[1], "-v"), any = false;
  if (inverted) at++;
  if (at == count) {
    fprint(2, "usage: grep [-v] pattern [file...]\n");
    return 2;
  }
  const char *pattern = arguments[at++];
  if (at == count) any = filter(pattern, 0, inverted);
  for (; at < count; at++) {
    i64 file = open(arguments[at], O_READ);
    if (file < 0) fail(arguments[at], file);
    any |= filter(pattern, file, inverted);
    close(file);
  }
  return !any;
}
