#include "workload.h"

const struct workload workloads[] = {
#define WORKLOAD(function, name, title, stresses, unit, operations) \
  {name, title, stresses, unit, operations, function},
#include "workloads.def"
};

const u32 workload_count = array_size(workloads);
