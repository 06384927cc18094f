/* Runs every workload at every scale and prints what the guest must print, as JSON. */
#include "platform.h"
#include "workload.h"

int printf(const char *pattern, ...);
int fflush(void *stream);

static u32 model[2];

static u32 register_read(enum platform_register which) { return model[which]; }
static void register_write(enum platform_register which, u32 value) {
  model[which] = which == REGISTER_SCRATCH ? value & 0xff : value & 7;
}

const struct platform platform = {.register_read = register_read, .register_write = register_write};

int main(void) {
  printf("[\n");
  for (u32 i = 0; i < workload_count; i++) {
    const struct workload *w = &workloads[i];
    printf("{\"name\":\"%s\",\"title\":\"%s\",\"stresses\":\"%s\",\"unit\":\"%s\",\"operations\":%lu,\"checksums\":[",
           w->name, w->title, w->stresses, w->unit, w->operations);
    fflush(NULL); /* children must not inherit what is buffered */
    for (u64 scale = 1; scale <= SCALE_MAX; scale++) {
      printf("%s\"%016lx\"", scale > 1 ? "," : "", w->run(w->operations * scale));
      fflush(NULL);
    }
    printf("]}%s\n", i + 1 < workload_count ? "," : "");
  }
  printf("]\n");
  return 0;
}
