/* exit-status n: ends with status n. The program that the fork-exec workload starts. */
#include "library.h"

int main(int count, char **arguments) { return count > 1 ? (int)parse_number(arguments[1]) & 0xff : 0; }
