/* What the kernel command line asks of us. */
#pragma once
#include "../runtime/types.h"

struct options {
  /* Programs and workloads, each perhaps with a scale (pipe:4), separated by commas; NULL for a shell. */
  char *run;
  const char *scale, *disk;
};

/* Reads /proc/cmdline. */
void read_options(struct options *options);
