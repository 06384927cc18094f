import { describe, expect, test } from 'vitest'
import { VcpuState } from './vcpu-state.ts'

const SIE = 2n
const SPIE = 0x20n
const SPP = 0x100n

const state = (fields: Partial<VcpuState> = {}): VcpuState => Object.assign(new VcpuState(), fields)

describe('trap entry', () => {
  test.each([
    ['from U-mode, interrupts on', 'U', SIE, SPIE],
    ['from U-mode, interrupts off', 'U', 0n, 0n],
    ['from S-mode, interrupts on', 'S', SIE, SPIE | SPP],
    ['from S-mode, interrupts off', 'S', SPP, SPP],
  ] as const)('%s, stacks privilege and enable', (_name, privilege, before, after) => {
    const vcpu = state({ privilege, sstatus: before, pc: 0x1000n, stvec: 0x8000n })
    vcpu.enterTrap(13, 0xdeadn)
    expect(vcpu.sstatus).toBe(after)
    expect([vcpu.privilege, vcpu.pc, vcpu.sepc, vcpu.scause, vcpu.stval]).toEqual([
      'S',
      0x8000n,
      0x1000n,
      13n,
      0xdeadn,
    ])
  })

  test('vectors interrupts, not exceptions, when asked to', () => {
    const vectored = state({ stvec: 0x8001n })
    vectored.enterTrap(2, 0n)
    expect(vectored.pc).toBe(0x8000n)
    vectored.enterTrap(5, 0n, true)
    expect(vectored.pc).toBe(0x8014n)
    expect(vectored.scause).toBe((1n << 63n) | 5n)
  })
})

describe('SRET', () => {
  test.each([
    ['to U-mode, interrupts on again', SPIE, 'U', SIE | SPIE],
    ['to S-mode, interrupts stay off', SPP, 'S', SPIE],
  ] as const)('%s', (_name, before, privilege, after) => {
    const vcpu = state({ sstatus: before, sepc: 0x1234n })
    vcpu.returnFromTrap()
    expect([vcpu.privilege, vcpu.sstatus, vcpu.pc]).toEqual([privilege, after, 0x1234n])
  })
})

describe('interrupts', () => {
  const all = 0x222n
  test.each([
    ['none pending', [], all, 'U', 0n, undefined],
    ['external before software before timer', ['timer', 'software', 'external'], all, 'U', 0n, 9],
    ['software before timer', ['timer', 'software'], all, 'U', 0n, 1],
    ['a disabled one is passed over', ['external', 'timer'], 0x22n, 'U', 0n, 5],
    ['S-mode with SIE clear takes none', ['external'], all, 'S', 0n, undefined],
    ['S-mode with SIE set takes it', ['external'], all, 'S', SIE, 9],
    ['U-mode takes it whatever SIE says', ['external'], all, 'U', 0n, 9],
  ] as const)('%s', (_name, pending, sie, privilege, sstatus, expected) => {
    const vcpu = state({ sie, privilege, sstatus })
    for (const interrupt of pending) vcpu.setPending(interrupt, true)
    expect(vcpu.deliverable()).toBe(expected)
  })

  test('the guest sets and clears SSIP only', () => {
    const vcpu = state()
    vcpu.setPending('timer', true)
    vcpu.sip = 0xffffn
    expect(vcpu.sip).toBe(0x22n)
    vcpu.sip = 0n
    expect(vcpu.sip).toBe(0x20n)
  })

  test('WFI goes on for an enabled interrupt although SIE is clear', () => {
    const vcpu = state({ sie: 0x20n })
    expect(vcpu.interruptible).toBe(false)
    vcpu.setPending('timer', true)
    expect([vcpu.interruptible, vcpu.deliverable()]).toEqual([true, undefined])
  })
})

test('a snapshot restores everything, pending bits included', () => {
  const vcpu = state({ pc: 4n, privilege: 'U', satp: 5n, sie: 2n })
  vcpu.x[7] = 0xffff_ffff_ffff_ffffn
  vcpu.setPending('external', true)
  const other = state()
  other.restore(vcpu.snapshot())
  expect(other.snapshot()).toEqual(vcpu.snapshot())
  expect(other.sip).toBe(0x200n)
})
