import { disk, expectedTranscript } from '@worldswitch/guest-kernel'
import { Host, runVms } from '@worldswitch/hypervisor'
import { describe, expect, test } from 'vitest'
import { guest, POWEROFF, RAM } from '../test/guests.ts'
import { GUEST_MEMORY, kernelGuest } from '../test/kernel-guest.ts'

/** Keeps a value where only the kernel may, and prints what it finds there. */
const keeper = `
  li a0, 'K'
  csrw sscratch, a0
  csrr a0, sscratch
  li a7, 1
  ecall
  ${POWEROFF}`

const holes = { memory: RAM + 8 * 2 ** 20, sensitiveHoles: true }

describe('on a hart whose sensitive instructions do not all trap, trapping alone does not virtualize', () => {
  test('a kernel does not find in a register what it wrote there', () => {
    const sound = guest(new Host({ memory: holes.memory }), keeper)
    const broken = guest(new Host(holes), keeper)
    for (const { vm } of [sound, broken]) {
      runVms(vm.host, [vm], { cycles: 1e8 })
      expect(vm.ended).toEqual({ reason: 'poweroff', code: 0 })
    }
    expect(sound.text()).toBe('K')
    expect(broken.text()).toBe('\0')
  })

  test('the guest kernel does not get as far as it does elsewhere, and the monitor is not asked', async () => {
    const bench = ['getpid'] as const
    const expected = expectedTranscript({
      memoryBytes: GUEST_MEMORY,
      bench,
      diskBytes: (await disk()).length,
    })
    const run = async (sensitiveHoles: boolean, cycles: number) => {
      const host = new Host({ memory: 2 * GUEST_MEMORY, sensitiveHoles })
      const { vm, text } = await kernelGuest(host, bench)
      runVms(host, [vm], { cycles })
      return { text: text(), ended: vm.ended, exits: vm.ledger.totals().exits }
    }
    const sound = await run(false, Number.POSITIVE_INFINITY)
    expect(sound).toMatchObject({ text: expected, ended: { reason: 'poweroff', code: 0 } })
    const broken = await run(true, 2e7)
    expect(broken).toMatchObject({ text: '', ended: undefined })
    expect(sound.exits).toMatchObject({ guestFault: 0 })
    expect(sound.exits.csrAccess).toBeGreaterThan(300_000)
    expect(broken.exits).toMatchObject({ csrAccess: 0, translationFence: 0, waitForInterrupt: 0 })
    expect(broken.exits.guestFault).toBeGreaterThan(10_000)
  }, 120_000)
})
