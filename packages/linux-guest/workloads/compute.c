/* Integer work without the kernel: a list, a matrix, a state machine over text, a CRC over all of it. */
#include "workload.h"

#define NODES 200
#define ORDER 20
#define TEXT 1024

struct node {
  struct node *next;
  i64 key;
};

/* Reverses the list and moves the smallest key to its front. */
static struct node *rearrange(struct node *list) {
  struct node *reversed = NULL, **smallest = NULL;
  while (list) {
    struct node *next = list->next;
    list->next = reversed;
    reversed = list;
    list = next;
  }
  for (struct node **link = &reversed; *link; link = &(*link)->next)
    if (!smallest || (*link)->key < (*smallest)->key) smallest = link;
  struct node *first = *smallest;
  *smallest = first->next;
  first->next = reversed;
  return first;
}

static u64 list_round(u64 seed) {
  static struct node nodes[NODES];
  struct node *list = NULL;
  for (u64 i = 0; i < NODES; i++) {
    nodes[i] = (struct node){list, (i64)next_random(&seed) >> 40};
    list = &nodes[i];
  }
  u64 sum = CHECKSUM_START;
  for (u64 i = 0; i < 24; i++) {
    list = rearrange(list);
    u64 place = 1;
    for (struct node *node = list; node; node = node->next) sum += (u64)node->key * place++;
    sum = mix(sum, i);
  }
  return sum;
}

static u64 matrix_round(u64 seed) {
  static i32 a[ORDER][ORDER], b[ORDER][ORDER];
  for (u64 i = 0; i < ORDER; i++)
    for (u64 j = 0; j < ORDER; j++) {
      a[i][j] = (i32)(next_random(&seed) & 0xff) - 128;
      b[i][j] = (i32)(i * 7 + j * 3) % 23 - 11;
    }
  u64 sum = CHECKSUM_START;
  for (u64 i = 0; i < ORDER; i++)
    for (u64 j = 0; j < ORDER; j++) {
      i32 cell = 0;
      for (u64 k = 0; k < ORDER; k++) cell += a[i][k] * b[k][j];
      sum = mix(sum, (u64)(i64)(cell / (a[i][j] | 1)));
    }
  return sum;
}

/* Counts numbers, words and everything else in text that the seed gives. */
static u64 text_round(u64 seed) {
  enum { BETWEEN, NUMBER, FRACTION, WORD, STATES };
  static const char alphabet[] = "0123456789.  abcxyz,+-";
  u64 seen[STATES] = {0}, state = BETWEEN;
  for (u64 i = 0; i < TEXT; i++) {
    char c = alphabet[next_random(&seed) % (sizeof alphabet - 1)];
    u64 digit = c >= '0' && c <= '9', letter = c >= 'a' && c <= 'z';
    switch (state) {
    case NUMBER: state = digit ? NUMBER : c == '.' ? FRACTION : letter ? WORD : BETWEEN; break;
    case FRACTION: state = digit ? FRACTION : letter ? WORD : BETWEEN; break;
    case WORD: state = digit || letter ? WORD : BETWEEN; break;
    default: state = digit ? NUMBER : letter ? WORD : BETWEEN;
    }
    seen[state]++;
  }
  return mix(mix(mix(seen[BETWEEN], seen[NUMBER]), seen[FRACTION]), seen[WORD]);
}

static u64 crc(u64 remainder, u64 value) {
  for (u64 bit = 0; bit < 64; bit++, value >>= 1)
    remainder = (remainder >> 1) ^ (((remainder ^ value) & 1) ? 0xc96c5795d7870f42UL : 0);
  return remainder;
}

u64 run_compute(u64 operations) {
  u64 sum = CHECKSUM_START;
  for (u64 i = 0; i < operations; i++) {
    u64 parts[] = {list_round(i), matrix_round(i), text_round(i)};
    for (u64 part = 0; part < COUNT(parts); part++) sum = crc(sum, parts[part]);
  }
  return sum;
}
