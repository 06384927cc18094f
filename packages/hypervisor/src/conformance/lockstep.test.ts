import { describe, expect, test } from 'vitest'
import { guestProgram } from './guest-program.ts'
import { interruptProgram, interruptSources } from './interrupt-program.ts'
import { lockstep } from './lockstep.ts'
import { lockstepInterrupted } from './lockstep-interrupted.ts'
import { randomProgram } from './random-program.ts'
import { bareStepper } from './stepper.ts'

const end = 'li a7, 0x53525354\nli a6, 0\nli a0, 0\nli a1, 0\necall'
const compare = (a: string, b: string, memory?: readonly [number, number]) =>
  lockstep(bareStepper(guestProgram('a', a)), bareStepper(guestProgram('b', b)), {
    limit: 100,
    ...(memory && { memory }),
  })

test('equal programs do not diverge', () => {
  expect(compare(`li x5, 1\n${end}`, `li x5, 1\n${end}`).divergence).toBeUndefined()
})

test.each([
  ['a register', `li x5, 1\n${end}`, `li x5, 2\n${end}`, 'x5: 0x1, 0x2'],
  ['a CSR', `csrwi sscratch, 1\n${end}`, `csrwi sscratch, 3\n${end}`, 'sscratch: 0x1, 0x3'],
  [
    'the path taken',
    `beqz x0, 1f\nnop\n1: nop\n${end}`,
    `bnez x0, 1f\nnop\n1: nop\n${end}`,
    'pc: 0x80200008, 0x80200004',
  ],
  ['an end too early', `nop\nnop\n${end}`, `li x5, 0x80000000\njr x5`, ''],
])('%s that differs is found where it happens', (_name, a, b, difference) => {
  const { divergence } = compare(a, b)
  expect(divergence).toBeDefined()
  if (difference) expect(divergence!.differences).toContain(difference)
})

test('memory that differs is found at the end', () => {
  const store = (value: number): string =>
    `li x6, 0x80300000\nli x5, ${value}\nsb x5, 9(x6)\nli x5, 0\n${end}`
  const differences = compare(store(0), store(0), [0x8030_0000, 64]).divergence?.differences
  expect(differences).toBeUndefined()
  const swapped = `li x6, 0x80300000\nli x5, 1\nsb x5, 9(x6)\nli x5, 0\n${end}`
  const zero = `li x6, 0x80300000\nli x5, 1\nsb x0, 9(x6)\nli x5, 0\n${end}`
  expect(compare(zero, swapped, [0x8030_0000, 64]).divergence?.differences).toEqual([
    'memory at 0x80300009: 0, 1',
  ])
})

test('the same seed makes the same program, another one another', () => {
  expect(randomProgram(5).bytes).toEqual(randomProgram(5).bytes)
  expect(Buffer.from(randomProgram(5).bytes).equals(Buffer.from(randomProgram(6).bytes))).toBe(false)
})

test('the two engines of the bare machine agree on random programs', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const program = randomProgram(seed)
    const { divergence, retired } = lockstep(
      bareStepper(program, { engine: 'reference' }),
      bareStepper(program),
      {
        limit: 20_000,
      },
    )
    expect(divergence, program.name).toBeUndefined()
    expect(retired).toBeGreaterThan(500)
  }
})

describe.each(interruptSources)('an interrupt, %s', (source) => {
  test('before any instruction is the same to both engines of the bare machine', () => {
    const program = interruptProgram()
    expect(
      lockstepInterrupted(bareStepper(program, { engine: 'reference' }), bareStepper(program), source),
    ).toEqual([])
  }, 120_000)
})
