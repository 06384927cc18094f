import { assemble, floatRegisterNumber, registerNumber } from '@worldswitch/isa'
import { vectorCode, vectorData, vectors } from '@worldswitch/isa/vectors'
import { describe, expect, test } from 'vitest'
import { engines } from '../test/board.ts'
import { Hart } from './hart.ts'
import { MachineMemory } from './machine-memory.ts'
import { ExceptionCause } from './trap.ts'

const FCSR = 0x003
const MSTATUS = 0x300
const FS_SHIFT = 13n
const levels = { U: 0, S: 1, M: 3 }
const assembled = new Map(vectors.map(({ code }) => [code, assemble(code, { origin: vectorCode }).bytes]))
const cases = vectors.flatMap((vector) =>
  (vector.privilege ? [vector.privilege] : (['U', 'S', 'M'] as const)).map(
    (mode) => [vector.instruction, vector.name, mode, vector] as const,
  ),
)

describe.each(engines)('%s', (engine) => {
  // One machine for all cases: new code at the same place must take effect each time.
  const memory = new MachineMemory({ ramBytes: 0x1_0000, codePages: 4 })
  const hart = new Hart({
    id: 0,
    memory,
    engine,
    monitor: 'M',
  })

  test.each(cases)(
    '%s, %s, in %s-mode',
    (_instruction, _name, mode, { code, registers, data, float, expected }) => {
      memory.writeRam(Number(vectorCode), assembled.get(code)!)
      const doublewords = new BigUint64Array(8)
      doublewords.set(data)
      memory.writeRam(Number(vectorData), new Uint8Array(doublewords.buffer))
      const before = Array.from({ length: 32 }, (_, index) =>
        index === 0 ? 0n : BigInt(index) * 0x0101_0101_0101n,
      )
      for (const [name, value] of Object.entries(registers)) before[registerNumber(name)!] = value
      for (const [index, value] of before.entries()) hart.writeX(index, value)
      const floatBefore = Array.from({ length: 32 }, (_, index) => 0x3ff0_0000_0000_0000n + BigInt(index))
      for (const [name, value] of Object.entries(float.registers))
        floatBefore[floatRegisterNumber(name)!] = value
      for (const [index, value] of floatBefore.entries()) hart.writeF(index, value)
      hart.writeCsr(FCSR, BigInt(float.fcsr))
      hart.writeCsr(MSTATUS, BigInt(float.status) << FS_SHIFT)
      hart.privilege = mode
      hart.pc = vectorCode
      const lines = code.split('\n').length
      const result = hart.run(lines)

      for (const [name, value] of Object.entries(expected.registers)) before[registerNumber(name)!] = value
      expect(before.map((_, index) => hart.readX(index))).toEqual(before)
      for (const [name, value] of Object.entries(expected.float.registers))
        floatBefore[floatRegisterNumber(name)!] = value
      expect(floatBefore.map((_, index) => hart.readF(index))).toEqual(floatBefore)
      const status = hart.readCsr(MSTATUS)
      expect(Number(hart.readCsr(FCSR))).toBe(expected.float.fcsr)
      expect(Number((status >> FS_SHIFT) & 3n)).toBe(expected.float.status)
      expect(status >> 63n).toBe(expected.float.status === 3 ? 1n : 0n)
      doublewords.fill(0n)
      doublewords.set(expected.data)
      const after = new Uint8Array(64)
      memory.readRam(Number(vectorData), after)
      expect(after).toEqual(new Uint8Array(doublewords.buffer))
      expect(Number(BigInt.asIntN(64, hart.pc - vectorCode))).toBe(expected.pc)
      expect(result.steps).toBe(lines)
      if (expected.trap === undefined) {
        expect(['budget', 'wfi']).toContain(result.reason)
        return
      }
      const { cause, tval } = expected.trap
      const isCall = cause === ExceptionCause.environmentCallFromU
      expect(result.trap).toMatchObject({
        cause: isCall ? cause + levels[mode] : cause,
        interrupt: false,
        tval,
        pc: hart.pc,
        privilege: mode,
        virtual: false,
      })
    },
  )
})
