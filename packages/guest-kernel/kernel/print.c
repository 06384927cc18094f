#include "print.h"
#include "platform.h"

static void put(char c, void *context) {
  (void)context;
  platform.console_put(c);
}

void print(const char *pattern, ...) {
  va_list arguments;
  va_start(arguments, pattern);
  format(put, NULL, pattern, arguments);
  va_end(arguments);
}

void panic(const char *pattern, ...) {
  platform.interrupts_disable();
  va_list arguments;
  va_start(arguments, pattern);
  print("panic: ");
  format(put, NULL, pattern, arguments);
  print("\n");
  platform.power_off(true);
}
