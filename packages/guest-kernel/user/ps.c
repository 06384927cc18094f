#include "library.h"

int main(void) {
  static struct process_status list[64];
  static const char *const states[] = {"free", "starting", "ready", "waiting", "ended"};
  i64 count = processes(list, 64);
  print("  id parent group state    pages name\n");
  for (i64 i = 0; i < count; i++)
    print("%4u %6u %5u %-8s %5u %s\n", list[i].id, list[i].parent, list[i].group, states[list[i].state],
          list[i].resident_pages, list[i].name);
  return 0;
}
