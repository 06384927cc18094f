/**
 * Measures the time from importing the built package to the end of the first guest instruction, in fresh processes.
 * Build first: `pnpm --filter @worldswitch/machine... build`. Exits with 1 when the best of five takes over 200 ms.
 */
import { execFileSync } from 'node:child_process'

const LIMIT = 200
const child = `
  const began = performance.now()
  const { createMachine } = await import('@worldswitch/machine')
  const imported = performance.now()
  // addi a0, a0, 1
  const kernel = { format: 'raw', bytes: Uint8Array.of(0x13, 0x05, 0x15, 0x00), address: 0x8020_0000 }
  const machine = createMachine({ kernel })
  const made = performance.now()
  const { steps } = machine.runSlice(1)
  const ran = performance.now()
  if (steps !== 1 || machine.harts[0].readX(10) !== 1n) throw new Error('the instruction was not executed')
  console.log(JSON.stringify({ import: imported - began, create: made - imported, run: ran - made, total: ran - began }))
`
const runs = Array.from({ length: 5 }, () =>
  JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '--eval', child], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    }),
  ),
)
const best = runs.reduce((a, b) => (a.total < b.total ? a : b))
const parts = Object.entries(best).map(([part, milliseconds]) => `${part} ${milliseconds.toFixed(1)} ms`)
console.log(`first guest instruction, best of ${runs.length}: ${parts.join(', ')}`)
process.exitCode = best.total <= LIMIT ? 0 : 1
