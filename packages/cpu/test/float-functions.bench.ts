import { type FloatOperation, floatOperandCount } from '@worldswitch/ieee754'
import { type Code, type Local, ModuleBuilder } from '@worldswitch/wasm'
import { bench, describe } from 'vitest'
import { addFloatFunctions } from '../src/float/float-functions.ts'
import { State } from '../src/state-layout.ts'
import { addMulHigh } from '../src/wide-products.ts'

/** Operations a sample: microseconds of it are nanoseconds of an operation. */
const OPERATIONS = 1000
const HART = 0
const OPERANDS = 65536
const ARRAY = 8192

const measured: readonly FloatOperation[] = [
  'add.d',
  'mul.d',
  'div.d',
  'sqrt.d',
  'fma.d',
  'add.s',
  'mul.s',
  'div.s',
  'sqrt.s',
  'fma.s',
]

const memory = new WebAssembly.Memory({ initial: 4 })
const flags = new Int32Array(memory.buffer, HART + State.fflags, 1)

const loops = (() => {
  const module = new ModuleBuilder()
  module.importMemory('host', 'memory', { minimum: 1 })
  const functions = addFloatFunctions(module, addMulHigh(module).uu)
  /** A loop over the operands that calls `emit` with what pushes one of them. */
  const loop = (name: string, emit: (code: Code, rounding: Local, operand: (n: number) => void) => void) => {
    const index = module.func(name, ['i32'], ['i64'], (code, rounding) => {
      const at = code.local('i32')
      const sum = code.local('i64')
      code.loop('empty', (again) => {
        code.localGet(sum)
        emit(code, rounding, (n) => {
          code.localGet(at)
          code.i64Load(OPERANDS + n * ARRAY)
        })
        code.i64Xor()
        code.localSet(sum)
        code.localGet(at)
        code.i32Const(8)
        code.i32Add()
        code.localTee(at)
        code.i32Const(OPERATIONS * 8)
        code.i32LtU()
        code.brIf(again)
      })
      code.localGet(sum)
    })
    module.exportFunction(index)
  }
  for (const operation of measured) {
    loop(operation, (code, rounding, operand) => {
      code.i32Const(HART)
      code.localGet(rounding)
      for (let n = 0; n < floatOperandCount(operation); n++) operand(n)
      code.call(functions[operation])
    })
  }
  const bare = { add: 'f64Add', mul: 'f64Mul', div: 'f64Div', sqrt: 'f64Sqrt' } as const
  for (const [name, instruction] of Object.entries(bare)) {
    loop(`bare ${name}.d`, (code, _rounding, operand) => {
      operand(0)
      code.f64ReinterpretI64()
      if (name !== 'sqrt') {
        operand(1)
        code.f64ReinterpretI64()
      }
      code[instruction]()
      code.i64ReinterpretF64()
    })
  }
  const instance = new WebAssembly.Instance(
    new WebAssembly.Module(module.toBytes() as Uint8Array<ArrayBuffer>),
    { host: { memory } },
  )
  return instance.exports as Record<string, (rounding: number) => bigint>
})()

const fill = (suffix: string, value: (n: number) => number): void => {
  const view = new DataView(memory.buffer)
  for (let n = 0; n < 3; n++) {
    for (let i = 0; i < OPERATIONS; i++) {
      const address = OPERANDS + n * ARRAY + i * 8
      view.setBigUint64(address, 0n, true)
      if (suffix === 's') view.setFloat32(address, value(i + n), true)
      else view.setFloat64(address, value(i + n), true)
    }
  }
}

// Neither powers of two nor small integers: results are inexact.
const inexact = (n: number): number => 1 + ((n * 0.618_033_988_7) % 1)
const exact = (n: number): number => 4 ** (n % 8)

describe.each(measured)(`%s, ${OPERATIONS} times`, (operation) => {
  const suffix = operation.slice(-1)
  const run = loops[operation] as (rounding: number) => bigint
  const cases = [
    ['to nearest, NX accrued', 0, 1, inexact],
    ['to nearest, NX clear, exact', 0, 0, exact],
    ['towards zero', 1, 1, inexact],
  ] as const
  for (const [name, rounding, accrued, value] of cases) {
    bench(
      name,
      () => {
        flags[0] = accrued
        run(rounding)
      },
      { setup: () => fill(suffix, value), time: 200 },
    )
  }
  const bare = loops[`bare ${operation}`]
  if (bare !== undefined) {
    bench('the bare WebAssembly instruction', () => void bare(0), {
      setup: () => fill(suffix, inexact),
      time: 200,
    })
  }
})
