/* What CoreMark mixes, in our own words: sorting and searching a list, a matrix, a state machine, a CRC over it all. */
#include "../runtime/program.h"

#define NODES 128
#define ORDER 16
#define TEXT 512
#define ITERATIONS 40

const char program_name[] = "mixed";

/* CRC-16/ARC, bit by bit. */
static u16 crc(u16 remainder, u64 value, u64 bits) {
  for (u64 bit = 0; bit < bits; bit++, value >>= 1)
    remainder = (u16)((remainder >> 1) ^ (((remainder ^ value) & 1) ? 0xa001 : 0));
  return remainder;
}

struct node {
  struct node *next;
  i16 key, place;
};

static struct node nodes[NODES];

static struct node *merge(struct node *left, struct node *right, int by_place) {
  struct node *first = NULL, **end = &first;
  while (left && right) {
    int takes_left = by_place ? left->place <= right->place : left->key <= right->key;
    struct node **source = takes_left ? &left : &right;
    *end = *source;
    end = &(*end)->next;
    *source = *end;
  }
  *end = left ? left : right;
  return first;
}

/* Merge sort: halves the list by walking it at two speeds. */
static struct node *sorted(struct node *list, int by_place) {
  if (!list || !list->next) return list;
  struct node *slow = list, *fast = list->next;
  while (fast && fast->next) {
    slow = slow->next;
    fast = fast->next->next;
  }
  struct node *half = slow->next;
  slow->next = NULL;
  return merge(sorted(list, by_place), sorted(half, by_place), by_place);
}

static u64 position_of(const struct node *list, i16 key) {
  u64 position = 1;
  for (; list; list = list->next, position++)
    if (list->key == key) return position;
  return 0;
}

static u16 list_part(u16 sum, u64 *seed) {
  struct node *list = NULL;
  for (i16 i = 0; i < NODES; i++) {
    nodes[i] = (struct node){list, (i16)(next_random(seed) & 0x3ff), i};
    list = &nodes[i];
  }
  list = sorted(list, 0);
  for (i16 key = 0; key < 24; key++) sum = crc(sum, position_of(list, (i16)(key * 41)), 16);
  list = sorted(list, 1);
  for (struct node *node = list; node; node = node->next) sum = crc(sum, (u16)node->key, 16);
  return sum;
}

static i16 a[ORDER][ORDER], b[ORDER][ORDER];

static u16 matrix_part(u16 sum, u64 *seed) {
  for (u64 i = 0; i < ORDER; i++)
    for (u64 j = 0; j < ORDER; j++) {
      a[i][j] = (i16)next_random(seed);
      b[i][j] = (i16)(i * 5 + j * 3);
    }
  for (u64 i = 0; i < ORDER; i++)
    for (u64 j = 0; j < ORDER; j++) {
      i32 cell = 0, fields = 0;
      for (u64 k = 0; k < ORDER; k++) {
        i32 term = a[i][k] * b[k][j];
        cell += term;
        fields += ((term >> 2) & 0xf) * ((term >> 5) & 0x7f);
      }
      sum = crc(sum, (u32)(cell ^ fields), 16);
    }
  return sum;
}

enum state { START, SIGN, INTEGER, POINT, FRACTION, EXPONENT, SCIENTIFIC, INVALID, STATES };

/* Reads words that are meant to be numbers, such as -12.5e3, and counts the states that they pass through. */
static enum state after(enum state state, char c) {
  int digit = c >= '0' && c <= '9';
  switch (state) {
  case START: return digit ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : INVALID;
  case SIGN: return digit ? INTEGER : c == '.' ? POINT : INVALID;
  case INTEGER: return digit ? INTEGER : c == '.' ? POINT : c == 'e' ? EXPONENT : INVALID;
  case POINT: return digit ? FRACTION : INVALID;
  case FRACTION: return digit ? FRACTION : c == 'e' ? EXPONENT : INVALID;
  case EXPONENT: return digit || c == '-' ? SCIENTIFIC : INVALID;
  case SCIENTIFIC: return digit ? SCIENTIFIC : INVALID;
  default: return INVALID;
  }
}

static u16 text_part(u16 sum, u64 *seed) {
  static const char alphabet[] = "0123456789012345.e-+,,,x";
  static char text[TEXT];
  u32 passed[STATES] = {0}, ended[STATES] = {0};
  for (u64 i = 0; i < TEXT; i++) text[i] = alphabet[next_random(seed) % (sizeof alphabet - 1)];
  enum state state = START;
  for (u64 i = 0; i < TEXT; i++) {
    if (text[i] == ',') {
      ended[state]++;
      state = START;
    } else {
      state = after(state, text[i]);
      passed[state]++;
    }
  }
  for (u64 i = 0; i < STATES; i++) sum = crc(crc(sum, passed[i], 16), ended[i], 16);
  return sum;
}

u64 run_round(void) {
  u64 seed = 5;
  u16 sum = 0;
  for (u64 i = 0; i < ITERATIONS; i++) {
    sum = list_part(sum, &seed);
    sum = matrix_part(sum, &seed);
    sum = text_part(sum, &seed);
  }
  return mix(CHECKSUM_START, sum);
}
