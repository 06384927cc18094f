import {
  type Code,
  type Instruction,
  instructions,
  type Label,
  type Local,
  WasmTypeError,
} from '@worldswitch/wasm'
import { expect, test } from 'vitest'
import { emit, fixture, sampleImmediates } from './fixture.ts'

/** One step of a random program: an instruction of the table, or structure. */
interface Step {
  readonly name: string
  /** Chooses among immediates, block types and labels. */
  readonly choice: number
}

const PROGRAMS = Number(process.env.WASM_FUZZ_PROGRAMS ?? 400)

/** A small generator of numbers below `limit` (xorshift), so that a failing program can be told by its seed. */
const random = (seed: number) => {
  let state = (seed * 0x9e37_79b1) | 1
  return (limit: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

const blockTypes = [
  'empty',
  'i32',
  'i64',
  { params: ['i32'], results: ['i64', 'i32'] },
  { params: ['i32'], results: ['i32'] },
] as const

const rows = Object.entries(instructions) as [string, Instruction][]

/** Constants, variables and structure come up more often than the many rows that are alike. */
const frequent = [
  ...[
    'i32Const',
    'i64Const',
    'localGet',
    'localGet',
    'drop',
    'select',
    'i32Add',
    'i64Add',
    'i32Eqz',
    'i32WrapI64',
  ],
  ...[
    'br',
    'brIf',
    'brTable',
    'return',
    'unreachable',
    'call',
    'returnCall',
    'refIsNull',
    'refNull',
    'refFunc',
  ],
  ...['block', 'loop', 'if', 'else', 'end', 'end', 'end'],
]

/** Performs the steps; constructs still open at the end are closed, or `else` without an `if` left out. */
const perform = (steps: readonly Step[], validate: boolean): Uint8Array<ArrayBuffer> => {
  const parts = fixture(validate)
  const index = parts.module.declare('random', ['i32', 'i64'], ['i64'])
  parts.module.define(index, (code: Code, ...params: Local[]) => {
    const locals = [...params, code.local('f32'), code.local('funcref')]
    const open: { label: Label; elseAllowed: boolean }[] = []
    for (const { name, choice } of steps) {
      const blockType = blockTypes[choice % blockTypes.length]
      const label = [code.body, ...open.map((entry) => entry.label)][choice % (open.length + 1)]
      const innermost = open[open.length - 1]
      if (name === 'block') open.push({ label: code.openBlock(blockType), elseAllowed: false })
      else if (name === 'loop') open.push({ label: code.openLoop(blockType), elseAllowed: false })
      else if (name === 'if') open.push({ label: code.openIf(blockType), elseAllowed: true })
      else if (name === 'else') {
        if (!innermost?.elseAllowed) continue
        code.else(innermost.label)
        innermost.elseAllowed = false
      } else if (name === 'end') {
        if (innermost) code.end(open.pop()!.label)
      } else if (name === 'br' || name === 'brIf') emit(code, name, [label])
      else if (name === 'brTable') code.brTable([label, code.body, label], innermost?.label ?? label)
      else {
        const { immediate } = instructions[name as keyof typeof instructions]
        emit(code, name, sampleImmediates(parts, code, locals[choice % locals.length])[immediate])
      }
    }
    while (open.length > 0) code.end(open.pop()!.label)
  })
  return parts.module.toBytes()
}

/** What our validation says of a program: its first fault, if it has one. */
const fault = (steps: readonly Step[]): WasmTypeError | undefined => {
  try {
    perform(steps, true)
  } catch (error) {
    if (error instanceof WasmTypeError) return error
    throw error
  }
  return undefined
}

/** Grows a program step by step; most steps that are refused at once are dropped, some are kept. */
const grow = (seed: number): Step[] => {
  const next = random(seed)
  const steps: Step[] = []
  const wanted = 4 + next(14)
  for (let tries = 0; tries < 60 && steps.length < wanted; tries++) {
    const name = next(4) === 0 ? rows[next(rows.length)][0] : frequent[next(frequent.length)]
    const step = { name, choice: next(1000) }
    const found = fault([...steps, step])
    // A fault at the end of a construct may still be mended by the steps that follow.
    if (!found || found.instruction === 'end' || next(25) === 0) steps.push(step)
  }
  return seed % 2 === 0 ? mended(steps) : steps
}

/** The longest start of the program that an `unreachable` at its end makes valid. */
const mended = (steps: readonly Step[]): Step[] => {
  const end = { name: 'unreachable', choice: 0 }
  for (let length = steps.length; length > 0; length--) {
    const start = steps.slice(0, length)
    if (!fault(start)) return start
    if (!fault([...start, end])) return [...start, end]
  }
  return [end]
}

test('validation accepts exactly what the host accepts', () => {
  const verdicts = { valid: 0, invalid: 0 }
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    const steps = grow(seed)
    const found = fault(steps)
    const accepted = WebAssembly.validate(perform(steps, false))
    expect({ seed, accepted, steps: steps.map(({ name }) => name) }).toEqual({
      seed,
      accepted: found === undefined,
      steps: steps.map(({ name }) => name),
    })
    if (accepted) expect(perform(steps, true)).toEqual(perform(steps, false))
    verdicts[accepted ? 'valid' : 'invalid']++
  }
  // Both sides of the border were visited.
  expect(verdicts.valid).toBeGreaterThan(PROGRAMS / 10)
  expect(verdicts.invalid).toBeGreaterThan(PROGRAMS / 10)
})
