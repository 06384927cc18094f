import { bootargs, readConsole } from '@worldswitch/linux-guest'
import { beforeAll, expect, test } from 'vitest'
import { type Boot, bootUntilEnd, debian } from './debian.ts'

let guest: Awaited<ReturnType<typeof debian>>
beforeAll(async () => {
  guest = await debian()
})

const SATP = 0x180
const SV39 = 8

// The command's heavy suite boots with both firmwares and all page tables, and runs KVM: what follows it does not do.
test('two boots on eight harts in 128 MiB, told to use three levels, are the same to the last instruction', async () => {
  const boot = (): Promise<Boot> =>
    bootUntilEnd({
      kernel: guest.kernel,
      initrd: guest.initrd,
      bootargs: `${bootargs({ run: ['getpid', 'pipe'] })} no4lvl`,
      harts: 8,
      ram: 128 * 2 ** 20,
    })
  const first = await boot()
  const { reason, code, text, machine } = first
  expect({ reason, code, ok: readConsole(text).ok, tail: text.slice(-400) }).toMatchObject({
    reason: 'poweroff',
    code: 0,
    ok: true,
  })
  expect(text).toContain('smp: Brought up 1 node, 8 CPUs')
  expect(text).toContain('SBI implementation ID=0x77737769')
  expect(Number(machine.harts[0]!.readCsr(SATP) >> 60n)).toBe(SV39)
  const second = await boot()
  expect(second.text).toBe(text)
  expect(second.machine.counters()).toEqual(machine.counters())
})
