import { type Code, type Instruction, instructions, type Local } from '@worldswitch/wasm'
import { expect, test } from 'vitest'
import createWabt from 'wabt'
import { emit, fixture, sampleImmediates } from './fixture.ts'

const wabt = await createWabt()
const features = { threads: true, tail_call: true, reference_types: true, bulk_memory: true }

/** The contents of a module's sections by number, custom ones left out. */
const sections = (bytes: Uint8Array): Map<number, string> => {
  let at = 8
  const u32 = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
  }
  const found = new Map<number, string>()
  while (at < bytes.length) {
    const id = bytes[at++]
    const size = u32()
    if (id !== 0) found.set(id, Buffer.from(bytes.subarray(at, at + size)).toString('hex'))
    at += size
  }
  return found
}

/** Bytes to text and back to bytes. */
const throughText = (bytes: Uint8Array): Uint8Array => {
  const read = wabt.readWasm(bytes, { ...features, readDebugNames: true })
  const text = read.toText({})
  read.destroy()
  const parsed = wabt.parseWat('module.wat', text, features)
  const { buffer } = parsed.toBinary({ canonicalize_lebs: true })
  parsed.destroy()
  return buffer
}

/** A module of a function for each instruction (in unreachable code, so that no operands are needed) and of control flow. */
const everything = (): Uint8Array => {
  const parts = fixture()
  const { module, callee, table } = parts
  for (const [name, { immediate }] of Object.entries(instructions) as [string, Instruction][])
    module.func(`only ${name}`, ['i32', 'f64'], ['i64'], (code: Code, ...locals: Local[]) => {
      code.local('i32')
      code.local('i64', 'named')
      code.unreachable()
      emit(code, name, sampleImmediates(parts, code, locals[0])[immediate])
      code.unreachable()
    })
  module.exportFunction(
    module.func('structure', ['i32'], ['i32', 'i64'], (code, selector) => {
      const labels = Array.from({ length: 150 }, () => code.openBlock())
      code.localGet(selector)
      code.brTable(labels, labels[3])
      for (const label of labels.reverse()) code.end(label)
      code.i32Const(1)
      code.loop({ params: ['i32'], results: ['i32', 'i64'] }, (again) => {
        code.if(
          'empty',
          () => code.nop(),
          () => code.nop(),
        )
        code.i32Const(1)
        code.br(again)
      })
      code.return()
      code.i32Const(-1)
      code.i64Const(-(1n << 63n))
    }),
  )
  module.elements(table, 2, [callee, null])
  module.data(0xffff, Uint8Array.of(1))
  return module.toBytes()
}

test('text tools read the module and write the same sections', () => {
  const bytes = everything()
  expect(WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)).toBe(true)
  const back = sections(throughText(bytes))
  const original = sections(bytes)
  expect([...back.keys()]).toEqual([...original.keys()])
  for (const [id, contents] of original) expect({ id, contents: back.get(id) }).toEqual({ id, contents })
})
