/* wc [file...]: lines, words, bytes. */
#include "library.h"

static void count_all(const char *name, i64 file) {
  static char buffer[4096];
  u64 lines = 0, words = 0, bytes = 0;
  bool inside = false;
  i64 length;
  while ((length = read(file, buffer, sizeof buffer)) > 0) {
    bytes += (u64)length;
    for (i64 i = 0; i < length; i++) {
      bool space = strchr(" \t\n", buffer[i]);
      lines += buffer[i] == '\n';
      words += !space && !inside;
      inside = !space;
    }
  }
  print("%lu %lu %lu%s%s\n", lines, words, bytes, *name ? " " : "", name);
}

int main(int count, char **arguments) {
  if (count == 1) count_all("", 0);
  for (int i = 1; i < count; i++) {
    i64 file = open(arguments[i], O_READ);
    if (file < 0) fail(arguments[i], file);
    count_all(arguments[i], file);
    close(file);
  }
  return 0;
}
