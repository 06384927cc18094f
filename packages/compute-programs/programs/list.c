/* Walks a linked list whose nodes lie in memory without order: 128 pages, each load needing the one before. */
#include "../runtime/program.h"

#define NODES 16384
#define WALKS 50

const char program_name[] = "list";

struct node {
  struct node *next;
  u64 key, visits, unused;
};

static struct node nodes[NODES];
static u32 order[NODES];

static struct node *shuffled_list(u64 seed) {
  for (u32 i = 0; i < NODES; i++) order[i] = i;
  for (u32 i = NODES - 1; i > 0; i--) {
    u64 other = next_random(&seed) % (i + 1);
    u32 kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
  for (u32 i = 0; i < NODES; i++) {
    struct node *next = i + 1 < NODES ? &nodes[order[i + 1]] : NULL;
    nodes[order[i]] = (struct node){next, next_random(&seed), 0, 0};
  }
  return &nodes[order[0]];
}

u64 run_round(void) {
  struct node *list = shuffled_list(4);
  u64 sum = CHECKSUM_START;
  for (u64 walk = 0; walk < WALKS; walk++)
    for (struct node *node = list; node; node = node->next) {
      sum += node->key ^ walk;
      node->visits++;
    }
  for (u64 i = 0; i < NODES; i++) sum += nodes[i].visits;
  return mix(sum, 0);
}
