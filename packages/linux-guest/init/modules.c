#include "modules.h"
#include <asm/fcntl.h>
#include "../runtime/system.h"
#include "../runtime/text.h"

#define LIST "/lib/worldswitch/modules"
#define EEXIST 17
#define ENODEV 19

static void load(const char *name) {
  static char path[128] = "/lib/worldswitch/";
  static const char suffix[] = ".ko";
  u64 folder = 17, length = strlen(name);
  if (folder + length + sizeof suffix > sizeof path) return;
  memcpy(path + folder, name, length);
  memcpy(path + folder + length, suffix, sizeof suffix);
  i64 file = system(openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  i64 result = file < 0 ? file : system(finit_module, file, "", 0);
  if (file >= 0) system(close, file);
  if (result < 0 && result != -EEXIST && result != -ENODEV) print("init: module %s: error %d\n", name, -result);
}

/* Ends the word at `text` with a zero and returns what follows; `end` is where all text ends. */
static char *end_word(char *text, char *end) {
  while (text < end && *text != ' ' && *text != '\n') text++;
  if (text == end) return end;
  *text = 0;
  return text + 1;
}

/* A line is `NAME NAME... : MODULE MODULE...`. */
void load_modules(const char *group) {
  static char list[4096];
  i64 file = system(openat, AT_FDCWD, LIST, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  i64 length = system(read, file, list, sizeof list - 1);
  system(close, file);
  for (char *line = list, *end = list + (length < 0 ? 0 : length); line < end;) {
    char *line_end = line;
    while (line_end < end && *line_end != '\n') line_end++;
    int wanted = 0, modules = 0;
    for (char *word = line, *next; word < line_end; word = next) {
      next = end_word(word, line_end);
      if (same_text(word, ":")) modules = 1;
      else if (!modules) wanted |= same_text(word, group);
      else if (wanted) {
        *line_end = 0;
        load(word);
      }
    }
    line = line_end + 1;
  }
}
