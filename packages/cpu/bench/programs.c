/*
 * Small freestanding programs that the interpreter's speed is measured with. Entered with the number of the program
 * in a0 and a repetition count in a1; ends with a checksum in a0 and an ecall.
 */
typedef unsigned long u64;
typedef unsigned int u32;
typedef unsigned char u8;

static u8 bytes[1 << 20];
static u32 words[1 << 16];
static u64 grid[3][48][48];
struct node {
  struct node *next;
  u64 value;
};
static struct node nodes[1 << 13];

static u64 seed;
static u64 random64(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  return seed ^= seed << 17;
}

static u64 sieve(void) {
  u64 primes = 0;
  for (u64 i = 0; i < 200000; i++) bytes[i] = 1;
  for (u64 i = 2; i < 200000; i++) {
    if (!bytes[i]) continue;
    primes++;
    for (u64 j = i * 2; j < 200000; j += i) bytes[j] = 0;
  }
  return primes;
}

static u64 crc(void) {
  u32 value = ~0u;
  for (u32 i = 0; i < 256; i++) {
    u32 c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? (c >> 1) ^ 0xedb88320u : c >> 1;
    words[i] = c;
  }
  for (u32 i = 0; i < 400000; i++) value = (value >> 8) ^ words[(value ^ bytes[i]) & 0xff];
  return ~value;
}

static u64 matrix(void) {
  u64 sum = 0;
  for (int i = 0; i < 48; i++)
    for (int j = 0; j < 48; j++) grid[0][i][j] = i * j, grid[1][i][j] = i + j;
  for (int i = 0; i < 48; i++)
    for (int j = 0; j < 48; j++) {
      u64 cell = 0;
      for (int k = 0; k < 48; k++) cell += grid[0][i][k] * grid[1][k][j];
      grid[2][i][j] = cell;
      sum ^= cell + i;
    }
  return sum;
}

static void quicksort(u32 *from, u32 *to) {
  while (to - from > 1) {
    u32 pivot = from[(to - from) / 2], *low = from, *high = to - 1;
    while (low <= high) {
      while (*low < pivot) low++;
      while (*high > pivot) high--;
      if (low <= high) {
        u32 swap = *low;
        *low++ = *high;
        *high-- = swap;
      }
    }
    quicksort(from, high + 1);
    from = low;
  }
}

static u64 sort(void) {
  u64 sum = 0;
  seed = 88172645463325252ul;
  for (int i = 0; i < 20000; i++) words[i] = (u32)random64();
  quicksort(words, words + 20000);
  for (int i = 0; i < 20000; i++) sum = sum * 31 + words[i];
  return sum;
}

static u64 list(void) {
  u64 sum = 0;
  for (u64 i = 0; i < 1 << 13; i++) {
    nodes[i].next = &nodes[(i * 4099 + 1) & ((1 << 13) - 1)];
    nodes[i].value = i;
  }
  struct node *at = nodes;
  for (int i = 0; i < 500000; i++) {
    sum += at->value;
    at = at->next;
  }
  return sum;
}

static __attribute__((noinline)) u64 fib(u64 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

/* A bytecode interpreter: an indirect jump per operation. */
static u64 machine(void) {
  static const u8 program[] = {0, 1, 2, 3, 4, 5, 6, 2, 3, 1, 4, 7};
  u64 a = 1, b = 2, turns = 0;
  for (u32 at = 0;; at++) {
    switch (program[at]) {
      case 0: a += b; break;
      case 1: b ^= a << 3; break;
      case 2: a -= b >> 5; break;
      case 3: b += 0x9e3779b9; break;
      case 4: a = a * 3 + 1; break;
      case 5: b = (b << 7) | (b >> 57); break;
      case 6: a ^= b; break;
      case 7:
        if (++turns == 60000) return a ^ b;
        at = ~0u;
        break;
    }
  }
}

static u64 mixed(void) {
  u64 sum = 0;
  for (int i = 0; i < 2000; i++) {
    u64 x = random64();
    for (int k = 0; k < 40; k++) {
      bytes[(x >> k) & 0xffff] += (u8)k;
      sum += bytes[(x * k) & 0xffff] * 7 + x % (k + 3);
      if (sum & 1) sum ^= x;
      else sum += fib(3);
    }
  }
  return sum;
}

static u64 (*const programs[])(void) = {sieve, crc, matrix, sort, list, machine, mixed};

static u64 once(u64 which) { return which == 7 ? fib(24) : programs[which](); }

__attribute__((used)) u64 run(u64 which, u64 repetitions) {
  u64 sum = 0;
  seed = 88172645463325252ul;
  for (u64 i = 0; i < repetitions; i++) sum = sum * 33 + once(which);
  return sum;
}

__asm__(".section .start,\"ax\"\n.globl _start\n_start: la sp, stack_top\ncall run\necall\n.bss\n.align 12\n.space 65536\nstack_top:\n.text\n");
