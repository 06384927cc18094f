import { memoryBlocks } from '@worldswitch/devices'
import { bootargs, readConsole, workloads } from '@worldswitch/linux-guest'
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

/** Boots Debian with `run` as its work. */
const boot = (
  {
    run,
    extra = '',
    disk,
  }: { run: Parameters<typeof bootargs>[0] & object; extra?: string; disk?: Uint8Array },
  options: MachineOptions & { openSbi?: boolean } = {},
): Promise<Boot> => {
  const { openSbi = false, ...machine } = options
  return bootUntilEnd({
    kernel: guest.kernel,
    initrd: guest.initrd,
    bootargs: `${bootargs(run)} ${extra}`.trim(),
    ...(openSbi && { firmware: { format: 'raw', bytes: guest.firmwareDynamic, address: 0x8000_0000 } }),
    ...(disk && { disks: [memoryBlocks(disk)] }),
    ...machine,
  })
}

/** Mode of the page tables that the kernel was using when it ended. */
const modeOf = ({ machine }: Boot): number => Number(machine.harts[0]!.readCsr(SATP) >> 60n)

describe("Debian's kernel boots, runs programs and powers off", () => {
  test.each<[string, Width, MachineOptions & { openSbi?: boolean; extra?: string }]>([
    ['with the built-in SBI', 'sv57', {}],
    ['with OpenSBI', 'sv57', { openSbi: true }],
    ['on four harts with OpenSBI', 'sv39', { openSbi: true, harts: 4, hart: upTo('sv39') }],
    ['on eight harts', 'sv48', { harts: 8, hart: upTo('sv48') }],
    ['on hardware with Sv39 only', 'sv39', { hart: upTo('sv39') }],
    ['told to use four levels', 'sv48', { extra: 'no5lvl' }],
    ['told to use three levels', 'sv39', { extra: 'no4lvl' }],
    ['in 128 MiB', 'sv57', { ram: 128 * 2 ** 20 }],
  ])('%s: %s', async (_name, width, { extra, ...options }) => {
    const result = await boot({ run: { run: ['getpid', 'pipe'] }, ...(extra && { extra }) }, options)
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
  const [first, second] = [
    await boot({ run: { run: ['getpid'] } }, { harts: 4 }),
    await boot({ run: { run: ['getpid'] } }, { harts: 4 }),
  ]
  expect(first.reason).toBe('poweroff')
  expect(second.text).toBe(first.text)
  expect(second.machine.counters()).toEqual(first.machine.counters())
})

test('all workloads have the checksums that are known, and what the guest wrote is on the disk', async () => {
  const disk = new Uint8Array(2 ** 20)
  const { reason, text } = await boot({ run: { run: ['all'], disk: '/dev/vda' }, disk }, { harts: 2 })
  expect(reason).toBe('poweroff')
  const { workloads: results, ok } = readConsole(text)
  expect(results).toEqual(workloads.map(({ name, checksum }) => ({ name, status: 'ok', checksum })))
  expect(ok).toBe(true)
  // What `disk` writes into block 0: numbers of a sequence that begins with the block's.
  expect(new DataView(disk.buffer).getBigUint64(0, true)).toBe(0xe220_a839_7b1d_cdafn)
})

test.each([
  ['the built-in SBI', false],
  ['OpenSBI', true],
])('Linux KVM runs virtual machines on our H extension (%s)', async (_name, openSbi) => {
  const { reason, text } = await boot({ run: { run: ['kvm-test'] } }, { openSbi })
  expect(reason).toBe('poweroff')
  expect(text).toContain('hypervisor extension available')
  expect(text).toContain('using Sv57x4 G-stage page table format')
  expect(text).toContain('VMID 14 bits available')
  const { checks, counts, ok } = readConsole(text)
  expect(checks.filter(({ status }) => status !== 'ok')).toEqual([])
  expect(checks).toHaveLength(23)
  expect(ok).toBe(true)
  const perExit = Object.fromEntries(
    counts.map(({ name, exits, instructions = 0 }) => [name, instructions / exits]),
  )
  expect(perExit['mmio-read']).toBeGreaterThan(2000)
  expect(perExit['mmio-read']).toBeLessThan(6000)
  expect(perExit['sbi-kernel']).toBeGreaterThan(500)
  expect(perExit['sbi-kernel']).toBeLessThan(2000)
})

test('without the H extension there is no KVM', async () => {
  const { reason, text } = await boot(
    { run: { run: ['kvm-test'] } },
    { hart: { extensions: ['M', 'A', 'F', 'D', 'C', 'Zicntr'] } },
  )
  expect(reason).toBe('poweroff')
  expect(text).not.toContain('hypervisor extension available')
  expect(readConsole(text).ok).toBe(false)
})
