/* ln existing new: another name for a file. */
#include "library.h"

int main(int count, char **arguments) {
  if (count != 3) {
    fprint(2, "usage: ln existing new\n");
    return 2;
  }
  i64 error = link(arguments[1], arguments[2]);
  if (error) fail(arguments[2], error);
  return 0;
}
