/* rm path...: removes files and empty directories. */
#include "library.h"

int main(int count, char **arguments) {
  for (int i = 1; i < count; i++) {
    i64 error = unlink(arguments[i]);
    if (error) fail(arguments[i], error);
  }
  return 0;
}
