import { bareStepper, lockstep, randomProgram, strategyStepper } from '@worldswitch/hypervisor/conformance'
import { expect, test } from 'vitest'
import { trapEmulate } from '../src/trap-emulate.ts'

const FIRST = 1000
const RUNS = Number(process.env.CONFORMANCE_RUNS ?? 250)

test(`${RUNS} random privileged programs, half of them long`, () => {
  for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
    const program = randomProgram(seed, seed % 2 === 0 ? 200 : 800)
    const { divergence } = lockstep(bareStepper(program), strategyStepper(program, trapEmulate), {
      limit: 100_000,
      memory: [0x8030_0000, 0x30_0000],
    })
    expect(divergence, program.name).toBeUndefined()
  }
}, 900_000)
