#include "library.h"

int main(int count, char **arguments) {
  for (int i = 1; i < count; i++) print("%s%s", i > 1 ? " " : "", arguments[i]);
  print("\n");
  return 0;
}
