import {
  type Code,
  type Instruction,
  instructions,
  type Local,
  type ValueType,
  WasmTypeError,
} from '@worldswitch/wasm'
import { describe, expect, test } from 'vitest'
import createWabt from 'wabt'
import type { DependentName } from '../src/instructions/table.ts'
import { emit, type Fixture, fixture, sampleImmediates } from './fixture.ts'

const wabt = await createWabt()
const features = { threads: true, tail_call: true, reference_types: true, bulk_memory: true }

/** Operands and results of the dependent instructions with the sample immediates. */
const dependentSignatures: Record<DependentName, readonly [operands: ValueType[], results: ValueType[]]> = {
  unreachable: [[], []],
  br: [[], []],
  brIf: [['i32'], []],
  brTable: [['i32'], []],
  return: [[], []],
  call: [['i32'], ['i64']],
  callIndirect: [['i32', 'i32'], ['i64']],
  returnCall: [['i32'], ['i64']],
  returnCallIndirect: [['i32', 'i32'], ['i64']],
  drop: [['f32'], []],
  select: [['f32', 'f32', 'i32'], ['f32']],
  selectTyped: [['f64', 'f64', 'i32'], ['f64']],
  localGet: [[], ['i64']],
  localSet: [['i64'], []],
  localTee: [['i64'], ['i64']],
  globalGet: [[], ['i64']],
  globalSet: [['i64'], []],
  tableGet: [['i32'], ['funcref']],
  tableSet: [['i32', 'funcref'], []],
  refNull: [[], ['externref']],
  refIsNull: [['funcref'], ['i32']],
  tableGrow: [['funcref', 'i32'], ['i32']],
  tableFill: [['i32', 'funcref', 'i32'], []],
}

const rows = (Object.entries(instructions) as [string, Instruction][]).map(([name, instruction]) => {
  const [operands, results] =
    instruction.typing === 'fixed'
      ? [instruction.operands, instruction.results]
      : dependentSignatures[name as DependentName]
  return { name, instruction, operands, results }
})

type Row = (typeof rows)[number]

/** A function whose parameters are pushed in order as operands of the one instruction. */
const moduleOf = (
  { name, instruction, results }: Row,
  params: readonly ValueType[],
  validate: boolean,
): Uint8Array<ArrayBuffer> => {
  const parts: Fixture = fixture(validate)
  const index = parts.module.declare('one', params, results)
  parts.module.define(index, (code: Code, ...locals: Local[]) => {
    const local = code.local('i64')
    for (const operand of locals) code.localGet(operand)
    emit(code, name, sampleImmediates(parts, code, local)[instruction.immediate])
  })
  return parts.module.toBytes()
}

const other = (type: ValueType): ValueType => (type === 'i32' ? 'f64' : 'i32')

describe('every row of the table', () => {
  test('every instruction of Wasm 1.0 and of the extensions is there', () => {
    const single = rows.filter(({ instruction }) => instruction.opcode.length === 1)
    const count = (prefix: number) =>
      rows.filter(({ instruction }) => instruction.opcode[0] === prefix).length
    // 172 of version 1.0 less block, loop, if, else, end; 5 sign extensions, 2 tail calls, typed select,
    // 2 table accesses and 3 reference instructions.
    expect(single.length).toBe(172 - 5 + 5 + 2 + 1 + 2 + 3)
    expect(count(0xfc)).toBe(18)
    expect(count(0xfe)).toBe(67)
  })

  test('no two share an opcode or a name', () => {
    expect(new Set(rows.map(({ instruction }) => instruction.opcode.join())).size).toBe(rows.length)
    const names = rows.map(({ instruction }) => instruction.name)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual(['select'])
  })

  test.each(rows)('$name is named after the text format', ({ name, instruction }) => {
    const camelCase = instruction.name.replace(/[._](.)/g, (_, letter: string) => letter.toUpperCase())
    expect(name).toBe(name === 'selectTyped' ? 'selectTyped' : camelCase)
  })

  test.each(rows)('$name validates in the host', (row) => {
    expect(WebAssembly.validate(moduleOf(row, row.operands, true))).toBe(true)
  })

  test.each(rows)('$name emits the same bytes unchecked', (row) => {
    expect(moduleOf(row, row.operands, false)).toEqual(moduleOf(row, row.operands, true))
  })

  test.each(rows)('$name is what a disassembler reads', (row) => {
    const module = wabt.readWasm(moduleOf(row, row.operands, true), { ...features, readDebugNames: true })
    const text = module.toText({})
    module.destroy()
    const body = text.slice(text.indexOf('(func $one'))
    expect(body.split('\n').map((line) => line.trim().split(/[ )]/)[0])).toContain(row.instruction.name)
  })

  test.each(rows.filter(({ operands }) => operands.length > 0))(
    '$name refuses operands that are missing or of another type, as the host does',
    (row) => {
      const wrong = row.operands.flatMap((operand, i) =>
        // `drop` takes any type; `ref.is_null` any reference.
        row.name === 'drop' ? [] : [row.operands.map((type, j) => (i === j ? other(operand) : type))],
      )
      for (const params of [row.operands.slice(1), ...wrong]) {
        expect(() => moduleOf(row, params, true)).toThrow(WasmTypeError)
        expect(WebAssembly.validate(moduleOf(row, params, false))).toBe(false)
      }
    },
  )

  test.each(rows.filter(({ instruction }) => instruction.immediate === 'memory'))(
    '$name takes every alignment up to its size and no more',
    ({ name, instruction, operands, results }) => {
      const build = (alignLog2: number, validate: boolean) => {
        const { module } = fixture(validate)
        module.define(module.declare('one', operands, results), (code, ...locals) => {
          for (const operand of locals) code.localGet(operand)
          emit(code, name, [0xffff_ffff, alignLog2])
        })
        return module.toBytes()
      }
      for (let alignLog2 = 0; alignLog2 <= instruction.accessLog2; alignLog2++)
        expect(WebAssembly.validate(build(alignLog2, true))).toBe(true)
      expect(() => build(instruction.accessLog2 + 1, true)).toThrow('alignment')
      expect(WebAssembly.validate(build(instruction.accessLog2 + 1, false))).toBe(false)
    },
  )
})
