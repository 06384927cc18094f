/* kill id...: ends processes; -id names a group. */
#include "library.h"

int main(int count, char **arguments) {
  int status = 0;
  for (int i = 1; i < count; i++) {
    bool group = arguments[i][0] == '-';
    i64 id = (i64)parse_number(arguments[i] + group);
    i64 error = kill(group ? -id : id);
    if (error) fprint(2, "kill: %s: %s\n", arguments[i], error_text(error)), status = 1;
  }
  return status;
}
