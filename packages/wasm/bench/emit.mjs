/**
 * How fast code is emitted: a mix of instructions as translated code has them, in functions of 500, ten to a
 * module. Prints millions of instructions per second, best and median of several rounds; nothing is asserted.
 * Run by `pnpm bench`, which builds first.
 */
import { ModuleBuilder } from '../dist/index.js'

const FUNCTIONS = 10
const ROUNDS = 1000

/** Emits about 500 instructions and says how many. */
const emitBody = (code, base, wideConstants) => {
  const value = code.local('i64')
  const address = code.local('i32')
  let count = 0
  for (let i = 0; i < 19; i++) {
    const done = code.openBlock()
    code.localGet(base)
    code.i64Const(wideConstants ? 0x1234_5678_9abc_def0n : 8 * i)
    code.i64Add()
    code.localTee(value)
    code.i64Const(-4096)
    code.i64And()
    code.i64Const(0x8000_0000)
    code.i64Ne()
    code.brIf(done)
    code.localGet(value)
    code.i32WrapI64()
    code.localTee(address)
    code.i64Load(16 + 8 * i)
    code.localGet(value)
    code.i64Xor()
    code.i64Const(i)
    code.i64ShrU()
    code.localSet(value)
    code.localGet(address)
    code.localGet(value)
    code.i64Store(1024, 0)
    code.localGet(address)
    code.i32Const(1_000_000)
    code.i32Add()
    code.drop()
    code.end(done)
    count += 26
  }
  return count
}

const moduleOf = (options, wideConstants) => {
  const module = new ModuleBuilder({ names: false, ...options })
  module.importMemory('env', 'memory', { minimum: 1 })
  let count = 0
  for (let i = 0; i < FUNCTIONS; i++)
    module.exportFunction(
      module.func(`f${i}`, ['i64'], [], (code, base) => {
        count += emitBody(code, base, wideConstants)
      }),
    )
  return { count, bytes: module.toBytes() }
}

const cases = [
  ['validate: false', { validate: false }, false],
  ['validate: true', { validate: true }, false],
  ['validate: false, bigint constants', { validate: false }, true],
]

for (const [, options, wide] of cases)
  if (!WebAssembly.validate(moduleOf(options, wide).bytes)) throw new Error('invalid module')

for (const [name, options, wide] of cases) {
  const rates = []
  let bytes = 0
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    const built = moduleOf(options, wide)
    rates.push(built.count / (performance.now() - start) / 1000)
    bytes = built.bytes.length
  }
  rates.sort((a, b) => b - a)
  const [best, median] = [rates[0], rates[ROUNDS >> 1]]
  console.log(
    `${name}: best ${best.toFixed(1)}, median ${median.toFixed(1)} Minstr/s (${(1000 / median).toFixed(1)} ns each, module of ${bytes} bytes)`,
  )
}
