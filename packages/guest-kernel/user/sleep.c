/* sleep seconds */
#include "library.h"

int main(int count, char **arguments) { return count > 1 && sleep_ms(parse_number(arguments[1]) * 1000) ? 1 : 0; }
