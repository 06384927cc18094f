import { bootargs, readConsole } from '@worldswitch/linux-guest'
import { beforeAll, describe, expect, test } from 'vitest'
import type { MachineOptions } from '../src/machine-options.ts'
import { type Boot, bootUntilEnd, debian } from './debian.ts'

let guest: Awaited<ReturnType<typeof debian>>
beforeAll(async () => {
  guest = await debian()
})

const SATP = 0x180
const widths = { sv39: 8, sv48: 9, sv57: 10 } as const
type Width = keyof typeof widths
const upTo = (widest: Width): NonNullable<MachineOptions['hart']> => ({
  satpModes: [
    'bare',
    ...(['sv39', 'sv48', 'sv57'] as const).filter((mode) => widths[mode] <= widths[widest]),
  ],
})

/** What a boot is made of, beside Debian's kernel and ramdisk. */
type BootOptions = MachineOptions & { openSbi?: boolean; append?: string }

/** Boots Debian, has it run a few programs, or `run`, and power off. */
function boot(
  { openSbi = false, append = '', ...options }: BootOptions = {},
  run: NonNullable<Parameters<typeof bootargs>[0]>['run'] = ['getpid', 'pipe'],
): Promise<Boot> {
  return bootUntilEnd({
    kernel: guest.kernel,
    initrd: guest.initrd,
    bootargs: `${bootargs({ run })} ${append}`.trim(),
    ...(openSbi && { firmware: { format: 'raw', bytes: guest.firmwareDynamic, address: 0x8000_0000 } }),
    ...options,
  })
}

/** Mode of the page tables that the kernel was using when it ended. */
const modeOf = ({ machine }: Boot): number => Number(machine.harts[0]!.readCsr(SATP) >> 60n)

describe("Debian's kernel boots, runs programs and powers off", () => {
  test.each<[string, Width, BootOptions]>([
    ['with the built-in SBI', 'sv57', {}],
    ['with OpenSBI', 'sv57', { openSbi: true }],
    ['on four harts with OpenSBI', 'sv39', { openSbi: true, harts: 4, hart: upTo('sv39') }],
    ['on eight harts', 'sv48', { harts: 8, hart: upTo('sv48') }],
    ['on hardware with Sv39 only', 'sv39', { hart: upTo('sv39') }],
    ['told to use four levels', 'sv48', { append: 'no5lvl' }],
    ['told to use three levels', 'sv39', { append: 'no4lvl' }],
    ['in 128 MiB', 'sv57', { ram: 128 * 2 ** 20 }],
  ])('%s: %s', async (_name, width, options) => {
    const result = await boot(options)
    const { reason, code, text } = result
    expect({ reason, code, ok: readConsole(text).ok, tail: text.slice(-400) }).toMatchObject({
      reason: 'poweroff',
      code: 0,
      ok: true,
    })
    expect(modeOf(result)).toBe(widths[width])
    if (options.openSbi) expect(text).toMatch(/^\s*OpenSBI v/)
    else expect(text).toContain('SBI implementation ID=0x77737769')
    if (options.harts) expect(text).toContain(`smp: Brought up 1 node, ${options.harts} CPUs`)
  })
})

test('two boots on four harts are the same to the last instruction', async () => {
  const first = await boot({ harts: 4 })
  const second = await boot({ harts: 4 })
  expect(first.reason).toBe('poweroff')
  expect(second.text).toBe(first.text)
  expect(second.machine.counters()).toEqual(first.machine.counters())
})

test('without the H extension there is no KVM', async () => {
  const extensions = ['M', 'A', 'F', 'D', 'C', 'Zicntr'] as const
  const { reason, text } = await boot({ hart: { extensions } }, ['kvm-test'])
  expect(reason).toBe('poweroff')
  expect(text).not.toContain('hypervisor extension available')
  expect(readConsole(text).ok).toBe(false)
})
