#include "options.h"
#include <asm/fcntl.h>
#include "../runtime/system.h"
#include "../runtime/text.h"

void read_options(struct options *options) {
  static char line[4096];
  i64 file = system(openat, AT_FDCWD, "/proc/cmdline", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  i64 length = system(read, file, line, sizeof line - 1);
  system(close, file);
  for (char *word = line, *end = line + (length < 0 ? 0 : length); word < end;) {
    char *after = word;
    while (after < end && *after > ' ') after++;
    *after = 0;
    if (starts_with(word, "worldswitch.run=")) options->run = word + 16;
    if (starts_with(word, "worldswitch.scale=")) options->scale = word + 18;
    if (starts_with(word, "worldswitch.disk=")) options->disk = word + 17;
    word = after + 1;
  }
}
