import { guestExtensions, runVms } from '@worldswitch/hypervisor'
import { assemble, floatRegisterNumber, instructionNamed, registerNumber } from '@worldswitch/isa'
import { vectorCode, vectorData, vectors } from '@worldswitch/isa/vectors'
import { describe, expect, test } from 'vitest'
import type { StrategyKit } from './strategy-kit.ts'

/** Every vector of the instruction table that is of guests. */
export function testVectors(kit: StrategyKit): void {
  const { guest, smallHost } = kit
  const ECALL = 8
  const FS_SHIFT = 13n

  // One machine for all cases: new code at the same place must take effect each time.
  const host = smallHost()
  const { vm } = guest(host, 'wfi')
  runVms(host, [vm], { cycles: 10_000 })
  const [vcpu] = vm.vcpus

  /**
   * Vectors of what a guest has, in the modes that it has. ECALL in S-mode is a call to the firmware, tested with the VM.
   */
  const has = new Set<string>([...guestExtensions(false), 'Sm', 'S'])
  const ofGuests = vectors.filter(({ instruction }) => has.has(instructionNamed(instruction)!.extension))
  const cases = ofGuests.flatMap((vector) =>
    (['U', 'S'] as const)
      .filter((mode) => (vector.privilege ?? mode) === mode)
      .filter((mode) => !(mode === 'S' && vector.expected.trap?.cause === ECALL))
      .map((mode) => [vector.instruction, vector.name, mode, vector] as const),
  )

  describe('virtualized', () => {
    test.each(cases)(
      '%s, %s, in %s-mode',
      (_instruction, _name, mode, { code, registers, data, float, expected }) => {
        vm.memory.write(Number(vectorCode), assemble(code, { origin: vectorCode }).bytes)
        const doublewords = new BigUint64Array(8)
        doublewords.set(data)
        vm.memory.write(Number(vectorData), new Uint8Array(doublewords.buffer))
        const before = Array.from({ length: 32 }, (_, index) => BigInt(index) * 0x0101_0101_0101n)
        for (const [name, value] of Object.entries(registers)) before[registerNumber(name)!] = value
        const { state } = vcpu
        before.forEach((value, index) => {
          state.x[index] = value
        })
        const floatBefore = state.f.map((_, index) => 0x3ff0_0000_0000_0000n + BigInt(index))
        for (const [name, value] of Object.entries(float.registers))
          floatBefore[floatRegisterNumber(name)!] = value
        state.f.set(floatBefore)
        Object.assign(state, { privilege: mode, pc: vectorCode, scause: 99n, sie: 0n, stvec: 0n })
        Object.assign(state, { sstatus: BigInt(float.status) << FS_SHIFT, fcsr: float.fcsr })
        vcpu.waiting = false
        const { ledger } = vm
        const retired = (): number => ledger.directInstructions + ledger.emulatedInstructions
        const lines = code.split('\n').length
        const start = retired()
        const trapped = (): boolean => state.scause !== 99n
        for (let tries = 0; tries < 100 && retired() - start < lines && !trapped(); tries++) vm.enter(vcpu, 1)

        for (const [name, value] of Object.entries(expected.registers)) before[registerNumber(name)!] = value
        expect([...state.x]).toEqual(before)
        for (const [name, value] of Object.entries(expected.float.registers))
          floatBefore[floatRegisterNumber(name)!] = value
        expect(state.f).toEqual(floatBefore)
        expect([state.fcsr, Number((state.sstatus >> FS_SHIFT) & 3n)]).toEqual([
          expected.float.fcsr,
          expected.float.status,
        ])
        doublewords.fill(0n)
        doublewords.set(expected.data)
        const after = new Uint8Array(64)
        vm.memory.read(Number(vectorData), after)
        expect(after).toEqual(new Uint8Array(doublewords.buffer))
        const pc = trapped() ? state.sepc : state.pc
        expect(Number(BigInt.asIntN(64, pc - vectorCode))).toBe(expected.pc)
        expect(retired() - start).toBe(expected.trap ? lines - 1 : lines)
        if (expected.trap) {
          expect([state.scause, state.stval]).toEqual([BigInt(expected.trap.cause), expected.trap.tval])
        } else expect(trapped()).toBe(false)
      },
    )
  })
}
