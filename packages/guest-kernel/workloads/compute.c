/* Integer work without the kernel: sorting a list, multiplying matrices, a state machine over text, a CRC. */
#include "workload.h"

#define NODES 256
#define ORDER 24
#define TEXT 2048

struct node {
  struct node *next;
  u32 key, position;
};

static struct node *merge(struct node *left, struct node *right) {
  struct node *first, **link = &first;
  while (left && right) {
    struct node **smaller = left->key <= right->key ? &left : &right;
    *link = *smaller;
    link = &(*link)->next;
    *smaller = *link;
  }
  *link = left ? left : right;
  return first;
}

static struct node *sort(struct node *list, u32 count) {
  if (count == 1) {
    list->next = NULL;
    return list;
  }
  struct node *half = list;
  for (u32 i = 0; i < count / 2; i++) half = half->next;
  struct node *right = sort(half, count - count / 2);
  return merge(sort(list, count / 2), right);
}

static u64 list_round(u64 seed) {
  static struct node nodes[NODES];
  for (u32 i = 0; i < NODES; i++)
    nodes[i] = (struct node){i + 1 < NODES ? &nodes[i + 1] : NULL, (u32)next_random(&seed) % 1000, i};
  u64 sum = CHECKSUM_START;
  for (struct node *node = sort(nodes, NODES); node; node = node->next) sum = mix(sum, node->key * 1000UL + node->position);
  return sum;
}

static u64 matrix_round(u64 seed) {
  static i32 a[ORDER][ORDER], b[ORDER][ORDER];
  for (u32 i = 0; i < ORDER; i++)
    for (u32 j = 0; j < ORDER; j++) a[i][j] = (i32)(next_random(&seed) % 201) - 100, b[i][j] = (i32)(i * j % 17) - 8;
  u64 sum = CHECKSUM_START;
  for (u32 i = 0; i < ORDER; i++) {
    for (u32 j = 0; j < ORDER; j++) {
      i32 cell = 0;
      for (u32 k = 0; k < ORDER; k++) cell += a[i][k] * b[k][j];
      sum = mix(sum, (u64)(i64)cell);
    }
  }
  return sum;
}

enum state { START, SIGN, INTEGER, FRACTION, EXPONENT, EXPONENT_DIGITS, WORD, WRONG, STATES };

static enum state step(enum state state, char c) {
  bool digit = c >= '0' && c <= '9';
  switch (state) {
  case START: return digit ? INTEGER : c == '-' ? SIGN : c >= 'a' ? WORD : WRONG;
  case SIGN: return digit ? INTEGER : WRONG;
  case INTEGER: return digit ? INTEGER : c == '.' ? FRACTION : c == 'e' ? EXPONENT : WRONG;
  case FRACTION: return digit ? FRACTION : c == 'e' ? EXPONENT : WRONG;
  case EXPONENT: return digit || c == '-' ? EXPONENT_DIGITS : WRONG;
  case EXPONENT_DIGITS: return digit ? EXPONENT_DIGITS : WRONG;
  case WORD: return c >= 'a' && c <= 'z' ? WORD : WRONG;
  default: return WRONG;
  }
}

static u64 machine_round(const char *text) {
  u32 ended[STATES] = {0};
  enum state state = START;
  for (u32 i = 0; i < TEXT; i++) {
    if (text[i] == ' ') ended[state]++, state = START;
    else state = step(state, text[i]);
  }
  u64 sum = CHECKSUM_START;
  for (u32 i = 0; i < STATES; i++) sum = mix(sum, ended[i]);
  return sum;
}

static u32 crc_round(const char *text) {
  u32 crc = ~0U;
  for (u32 i = 0; i < TEXT; i++) {
    crc ^= (u8)text[i];
    for (u32 bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
  }
  return ~crc;
}

static void write_text(char *text, u64 seed) {
  static const char letters[] = "0123456789012345 .-e abcd  ";
  for (u32 i = 0; i < TEXT; i++) text[i] = letters[next_random(&seed) % (sizeof letters - 1)];
}

u64 run_compute(u64 operations) {
  static char text[TEXT];
  u64 sum = CHECKSUM_START;
  for (u64 i = 1; i <= operations; i++) {
    write_text(text, i * 7919);
    sum = mix(sum, list_round(i * 31));
    sum = mix(sum, matrix_round(i * 17));
    sum = mix(sum, machine_round(text));
    sum = mix(sum, crc_round(text));
  }
  return sum;
}
