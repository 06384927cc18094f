import type { EngineName } from '@worldswitch/cpu'
import { memoryBlocks } from '@worldswitch/devices'
import { runVms } from '@worldswitch/hypervisor'
import { describe, expect, test } from 'vitest'
import type { StrategyKit } from './strategy-kit.ts'
import { memoryOf, POWEROFF, RAM, SET_TIMER, SKIP_FAULTS } from './strategy-kit.ts'

/** Where a guest puts the times that it reads. */
const TIMES = 0x8030_0000

/** Guests that wait are woken when it is time, and not before. */
export function testWaiting(kit: StrategyKit): void {
  const { guest, smallHost } = kit
  const WAIT = '1: wfi\nj 1b'

  describe('a guest that waits', () => {
    test.each([
      ['with its timer interrupt disabled', `rdtime a0\naddi a0, a0, 100\n${SET_TIMER}\n${WAIT}`],
      ['for a timer in the past that it disabled', `li a0, 0\n${SET_TIMER}\n${WAIT}`],
      ['for a timer that was called off', `li x5, 0x20\ncsrw sie, x5\nli a0, -1\n${SET_TIMER}\n${WAIT}`],
      [
        'for a timer in millions of years',
        `li x5, 0x20\ncsrw sie, x5\nli a0, 1\nslli a0, a0, 60\n${SET_TIMER}\n${WAIT}`,
      ],
      ['with nothing set', WAIT],
      [
        'for an alarm in five hundred years',
        `li x5, 0x101000\nli x6, 1\nsw x6, 0x10(x5)\nli x6, -1\nsw x6, 0x0c(x5)\nsw x6, 0x08(x5)\n${WAIT}`,
      ],
    ])('%s waits for ever, and the host knows', (_name, program) => {
      const host = smallHost()
      const { vm } = guest(host, program)
      expect(runVms(host, [vm])).toBe('idle')
      expect(host.cycles).toBeLessThan(1_000_000)
    })

    test('does not keep another from running, whose clock still counts', () => {
      const host = smallHost(2)
      const waits = guest(host, `li a0, -1\n${SET_TIMER}\n${WAIT}`).vm
      const works = guest(host, `li x5, 100000\n1: addi x5, x5, -1\nbnez x5, 1b\n${POWEROFF}`).vm
      expect(runVms(host, [waits, works])).toBe('idle')
      expect(works.ended?.reason).toBe('poweroff')
    })

    test.each([1_000_000_000, 2_500_000_000, 3_800_000_000, 2_300_000_017])(
      'for a tick is woken at that tick, on a processor of %i Hz, however long it ran',
      (hertz) => {
        const host = kit.host({ memory: RAM + 8 * 2 ** 20, profile: { ...smallHost().profile, hertz } })
        // Every timer is late enough for the products of ticks and hertz to be rounded.
        const { vm } = guest(
          host,
          `li x5, 0x20
        csrw sie, x5
        li x6, 2000
        li x7, 922340881
      next:
        rdtime a0
        add a0, a0, x7
        mv x8, a0
        ${SET_TIMER}
        wfi
        rdtime x9
        bltu x9, x8, fail
        addi x6, x6, -1
        addi x7, x7, 7
        bnez x6, next
        ${POWEROFF}
      fail: j fail`,
        )
        expect(runVms(host, [vm], { cycles: 2 ** 53 })).toBe('ended')
      },
    )
  })

  test.each([1_000_000_000, 2_500_000_000, 2_300_000_017])(
    'the time is the same whichever engine executes, on a processor of %i Hz',
    (hertz) => {
      const PAGES = 200
      const run = (engine: EngineName) => {
        const profile = { ...smallHost().profile, hertz }
        const host = kit.host({ memory: RAM + 8 * 2 ** 20, profile, engine })
        const { vm } = guest(
          host,
          `la x5, skip
        csrw stvec, x5
        li x5, ${PAGES}
        li x6, ${TIMES}
        li x7, 4096
      next:
        rdtime a0
        sd a0, 0(x6)
        sfence.vma
        ebreak
        rdtime a0
        sd a0, 8(x6)
        li a7, 0x10
        li a6, 3
        ecall
        rdtime a0
        sd a0, 16(x6)
        add x6, x6, x7
        addi x5, x5, -1
        bnez x5, next
        ${POWEROFF}${SKIP_FAULTS}`,
        )
        runVms(host, [vm])
        expect(vm.ended?.reason).toBe('poweroff')
        return { cycles: host.cycles, times: memoryOf(vm, TIMES, PAGES * 4096).toString('hex') }
      }
      const reference = run('reference')
      expect(run('interpreter')).toEqual(reference)
      expect(run('translator')).toEqual(reference)
    },
  )

  test('an alarm goes off on time in a guest that never rests', () => {
    const host = smallHost()
    const { vm, text } = guest(
      host,
      `la x5, handler
    csrw stvec, x5
    # Source 11 of the PLIC, to the S-mode context of hart 0.
    li x5, 0x0c000000
    li x6, 1
    sw x6, 44(x5)
    li x5, 0x0c002080
    li x6, 0x800
    sw x6, 0(x5)
    li x5, 0x200
    csrw sie, x5
    csrsi sstatus, 2
    li x5, 0x101000
    li x6, 1
    sw x6, 0x10(x5)
    lwu x6, 0(x5)
    lw x7, 4(x5)
    slli x7, x7, 32
    or x6, x6, x7
    li x7, 5000000
    add x6, x6, x7
    srli x7, x6, 32
    sw x7, 0x0c(x5)
    sw x6, 0x08(x5)
  spin: j spin
  .align 2
  handler:
    li x5, 0x10000000
    li x6, 33
    sb x6, 0(x5)
    ${POWEROFF}`,
    )
    expect(vm.run(50_000_000)).toBe('ended')
    expect(text()).toBe('!')
    expect(host.cycles).toBeLessThan(5_100_000)
  })

  describe('what the scheduler is given', () => {
    test.each([
      ['a turn of no cycles', { slice: 0 }],
      ['a turn that is no number', { slice: Number.NaN }],
      ['cycles that are no number', { cycles: Number.NaN }],
      ['fewer cycles than none', { cycles: -1 }],
    ])('%s is refused', (_name, options) => {
      const host = smallHost()
      expect(() => runVms(host, [guest(host, POWEROFF).vm], options)).toThrow(/bad|cycles|slice/)
    })

    test('a VM of another host is refused', () => {
      expect(() => runVms(smallHost(), [guest(smallHost(), POWEROFF).vm])).toThrow('another host')
    })

    test('a turn without end runs a guest to its end', () => {
      const host = smallHost()
      expect(guest(host, POWEROFF).vm.run(Number.POSITIVE_INFINITY)).toBe('ended')
      const { vm } = guest(smallHost(), POWEROFF)
      expect(runVms(vm.host, [vm], { slice: Number.POSITIVE_INFINITY })).toBe('ended')
    })
  })

  test('while a disk works, time does not jump ahead of it', async () => {
    const memory = memoryBlocks(new Uint8Array(64 * 512).fill(90))
    const backend = {
      sectors: memory.sectors,
      readOnly: false,
      read: async (sector: number, target: Uint8Array) => void memory.read(sector, target),
      write() {},
      flush() {},
    }
    const host = smallHost()
    const { vm, text } = guest(
      host,
      `la x5, handler
    csrw stvec, x5
    li x5, 0x20
    csrw sie, x5
    li s0, 0x10001000
    ${[1, 3].map((status) => `li x6, ${status}\nsw x6, 0x70(s0)`).join('\n')}
    li x6, 1
    sw x6, 0x24(s0)
    sw x6, 0x20(s0)
    ${[
      [0x70, 11],
      [0x30, 0],
      [0x38, 8],
      [0x80, 0x80300000],
      [0x84, 0],
      [0x90, 0x80301000],
      [0x94, 0],
      [0xa0, 0x80302000],
      [0xa4, 0],
      [0x44, 1],
      [0x70, 15],
    ]
      .map(([offset, value]) => `li x6, ${value}\nsw x6, ${offset}(s0)`)
      .join('\n')}
    # Header, one sector, status.
    li s1, 0x80300000
    ${[
      [0, 0x80303000],
      [8, 16 + 2 ** 32 + 2 ** 48],
      [16, 0x80304000],
      [24, 512 + 3 * 2 ** 32 + 2 * 2 ** 48],
      [32, 0x80305000],
      [40, 1 + 2 * 2 ** 32],
    ]
      .map(([offset, value]) => `li x6, ${value}\nsd x6, ${offset}(s1)`)
      .join('\n')}
    li s1, 0x80301000
    li x6, 1
    sh x6, 2(s1)
    sw x0, 0x50(s0)
    # Until it is done, sleep a second at a time.
    li s1, 0x80302000
  asleep:
    lhu x6, 2(s1)
    bnez x6, done
    rdtime a0
    li x7, 10000000
    add a0, a0, x7
    ${SET_TIMER}
    wfi
    j asleep
  done:
    li s1, 0x80304000
    lbu x6, 0(s1)
    li x5, 0x10000000
    sb x6, 0(x5)
    ${POWEROFF}
  .align 2
  handler: j handler`,
      { disks: [backend] },
    )
    expect(runVms(host, [vm])).toBe('idle')
    expect([vm.diskRequests, host.time]).toEqual([1, expect.closeTo(0, -4)])
    await new Promise((resolve) => setTimeout(resolve))
    expect(vm.diskRequests).toBe(0)
    expect(runVms(host, [vm])).toBe('ended')
    expect(text()).toBe('Z')
  })
}
