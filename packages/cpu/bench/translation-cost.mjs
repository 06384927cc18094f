/**
 * What translating costs the host for each guest instruction translated, in processor time of all threads: the translator
 * itself, what V8 compiles when a function is first called (Liftoff), and again when it is hot (TurboFan; not with
 * `node --liftoff-only`).
 *
 * 256 functions of some 60 instructions are called in turn until all are translated and nothing gets faster any more.
 * What the turns from the first translation on took beyond turns of the steady state is what translating cost. It
 * includes what the interpreter, and slower code, still executed meanwhile. Some programs, one after the other: the
 * first one meets a translator that the host has not compiled yet.
 *
 * What is said of the translator ends with functions that can be called. With Liftoff it is what `node --liftoff-only
 * --no-wasm-lazy-compilation --wasm-num-compilation-tasks=0` prints: V8 then compiles all of a module at once.
 *
 * Usage: node [options] translation-cost.mjs [programs, 5]; needs `pnpm build` of this package and of those below it.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { hartWith, instructions, median } from './large-program.mjs'

const PROGRAMS = Number(process.argv[2] ?? 5)
const FUNCTIONS = 256
const BODY = 56
const TIMES = 16
const STEPS = FUNCTIONS * (BODY + 4) * TIMES
/** Turns without a new region after which there are no more, and those of them that are the steady state. */
const QUIET = 1200
const STEADY = 400
/** Turns until the first region at most. */
const PATIENCE = 5000

const sourceOf = (program) => {
  const bodies = Array.from(
    { length: FUNCTIONS },
    (_, f) =>
      `f${f}:\n li s2, ${TIMES}\n 2:\n${instructions(BODY, program * 1000 + f * 7)}\n addi s2, s2, -1\n bnez s2, 2b\n ret`,
  )
  return `turn:\n${bodies.map((_, f) => `call f${f}`).join('\n')}\n addi s3, s3, 1\n j turn\n${bodies.join('\n')}`
}

/** Microseconds of all threads. */
const spent = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

async function measure(program) {
  const hart = hartWith(sourceOf(program), 'auto')
  const turns = []
  let regions = 0
  for (let quiet = 0; quiet < QUIET; ) {
    const began = spent()
    hart.run(STEPS)
    await breathe()
    const { translated, instructions: count } = hart.translation
    turns.push({ cost: spent() - began, translated, count })
    quiet = translated > 0 && translated === regions ? quiet + 1 : 0
    regions = translated
    if (regions === 0 && turns.length > PATIENCE)
      throw new Error(`nothing is translated in ${PATIENCE} turns`)
  }
  const costs = (from, to) => turns.slice(from, to).map(({ cost }) => cost)
  const start = turns.findIndex(({ translated }) => translated > 0)
  const all = turns.findIndex(({ translated }) => translated >= FUNCTIONS)
  const steady = median(costs(-STEADY))
  const beyond = (from, to) => costs(from, to).reduce((sum, cost) => sum + cost - steady, 0)
  const { instructions: count, milliseconds, modules } = hart.translation
  const each = (microseconds, among = count) => `${(microseconds / among).toFixed(2)} µs`
  console.log(
    `${regions} regions, ${modules} modules, ${count} instructions; each: translator ${each(milliseconds * 1000)}, ` +
      `until all were there ${each(beyond(start, all + 1), turns[all].count)}, until the steady state ${each(beyond(start))}; ` +
      `million steps a second: ${(STEPS / median(costs(0, start))).toFixed()} before, ${(STEPS / steady).toFixed()} after`,
  )
}

for (let program = 0; program < PROGRAMS; program++) await measure(program)
