/**
 * How soon a hot loop of 2,000 instructions is as fast as it gets. Prints the million steps a second of each 10 ms, and
 * when 90 % of the last second's median was reached first, and for good (the median of five slices from there on).
 *
 * Usage: node steady-state.mjs [engine] [--cpu]; needs `pnpm build` of this package and of those below it. By the clock it
 * wants an idle computer; `--cpu` takes the processor time of the guest's thread instead (Linux), in which what V8
 * compiles on other threads meanwhile is not.
 */
import { readFileSync } from 'node:fs'
import { hartWith, instructions, median } from './large-program.mjs'

const SLICE = 10
const SECONDS = 4
const LEAST = 0.9
const LIMIT = 300

const words = process.argv.slice(2)
const engine = words.find((word) => !word.startsWith('-')) ?? 'auto'
const ofThread = () => Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6
const clock = words.includes('--cpu') ? ofThread : () => performance.now()
const hart = hartWith(`loop:\n${instructions(1998)}\n addi s3, s3, 1\n j loop`, engine)
const rates = []
const began = clock()
let [steps, time] = [0, began]
while (time - began < SECONDS * 1000) {
  hart.run(50_000)
  const now = clock()
  if (now - time < SLICE) continue
  rates.push({ at: time - began, rate: (hart.steps - steps) / (now - time) / 1000 })
  ;[steps, time] = [hart.steps, now]
}
const steady = median(rates.filter(({ at }) => at > (SECONDS - 1) * 1000).map(({ rate }) => rate))
const enough = (from) => median(rates.slice(from, from + 5).map(({ rate }) => rate)) >= LEAST * steady
const first = rates.findIndex(({ rate }) => rate >= LEAST * steady)
const stays = rates.findIndex((_, i) => enough(i))
console.log(
  rates
    .slice(0, 50)
    .map(({ rate }) => rate.toFixed(0))
    .join(' '),
)
console.log(
  `steady: ${steady.toFixed(0)} million steps a second; 90 % of it first after ${rates[first].at.toFixed(0)} ms, stays after ${rates[stays].at.toFixed(0)} ms`,
)
console.log(
  `regions ${hart.translation?.translated ?? 0}, instructions ${hart.translation?.instructions ?? 0}`,
)
process.exitCode = rates[stays].at <= LIMIT ? 0 : 1
