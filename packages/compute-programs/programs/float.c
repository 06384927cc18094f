/* Double precision with divisions and square roots: planets, Newton's method, a matrix that is computed on the fly. */
#include "../runtime/program.h"

#define BODIES 5
#define STEPS 8000
#define ORDER 60

const char program_name[] = "float";

struct body {
  double place[3], speed[3], mass;
};

static struct body bodies[BODIES];

static double root(double value) { return __builtin_sqrt(value); }

/* A number from -1 to 1. */
static double next_number(u64 *seed) { return (double)((i64)next_random(seed) >> 11) * 0x1p-52; }

static void step(double time) {
  for (u64 i = 0; i < BODIES; i++)
    for (u64 j = i + 1; j < BODIES; j++) {
      double between[3], square = 0.01;
      for (u64 axis = 0; axis < 3; axis++) {
        between[axis] = bodies[i].place[axis] - bodies[j].place[axis];
        square += between[axis] * between[axis];
      }
      double pull = time / (square * root(square));
      for (u64 axis = 0; axis < 3; axis++) {
        bodies[i].speed[axis] -= between[axis] * bodies[j].mass * pull;
        bodies[j].speed[axis] += between[axis] * bodies[i].mass * pull;
      }
    }
  for (u64 i = 0; i < BODIES; i++)
    for (u64 axis = 0; axis < 3; axis++) bodies[i].place[axis] += time * bodies[i].speed[axis];
}

static double energy(void) {
  double sum = 0;
  for (u64 i = 0; i < BODIES; i++) {
    double square = 0;
    for (u64 axis = 0; axis < 3; axis++) square += bodies[i].speed[axis] * bodies[i].speed[axis];
    sum += 0.5 * bodies[i].mass * square;
  }
  return sum;
}

static double orbits(void) {
  u64 seed = 7;
  for (u64 i = 0; i < BODIES; i++) {
    for (u64 axis = 0; axis < 3; axis++) {
      bodies[i].place[axis] = 4 * next_number(&seed);
      bodies[i].speed[axis] = 0.2 * next_number(&seed);
    }
    bodies[i].mass = 1.5 + next_number(&seed);
  }
  for (u64 i = 0; i < STEPS; i++) step(0.001);
  return energy();
}

/* Cube roots: a division in each step. */
static double cube_roots(void) {
  double sum = 0;
  for (u64 i = 1; i <= 2000; i++) {
    double value = (double)i, guess = value;
    for (u64 turn = 0; turn < 30; turn++) {
      double next = (2 * guess + value / (guess * guess)) / 3;
      if (next == guess) break;
      guess = next;
    }
    sum += guess;
  }
  return sum;
}

/* The largest singular value of the matrix whose element (i, j) is 1 / ((i + j) (i + j + 1) / 2 + i + 1). */
static double element(u64 i, u64 j) { return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1); }

static double spectral_norm(void) {
  static double vector[ORDER], image[ORDER];
  for (u64 i = 0; i < ORDER; i++) vector[i] = 1;
  double length = 0;
  for (u64 turn = 0; turn < 10; turn++) {
    for (u64 i = 0; i < ORDER; i++) {
      image[i] = 0;
      for (u64 j = 0; j < ORDER; j++) image[i] += element(i, j) * vector[j];
    }
    double square = 0;
    for (u64 i = 0; i < ORDER; i++) {
      vector[i] = 0;
      for (u64 j = 0; j < ORDER; j++) vector[i] += element(j, i) * image[j];
      square += vector[i] * vector[i];
    }
    length = root(square);
    for (u64 i = 0; i < ORDER; i++) vector[i] /= length;
  }
  return root(length);
}

u64 run_round(void) {
  return mix(mix(mix(CHECKSUM_START, bits(orbits())), bits(cube_roots())), bits(spectral_norm()));
}
