/* mkdir path...: makes directories. */
#include "library.h"

int main(int count, char **arguments) {
  for (int i = 1; i < count; i++) {
    i64 error = mkdir(arguments[i]);
    if (error) fail(arguments[i], error);
  }
  return 0;
}
