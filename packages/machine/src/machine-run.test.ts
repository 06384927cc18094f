import { type BlockBackend, memoryBlocks, virtioMmioRegisters as R } from '@worldswitch/devices'
import { assemble } from '@worldswitch/isa'
import { describe, expect, test } from 'vitest'
import { createMachine, type Machine } from './machine.ts'
import { ENTRY, machineFor } from './test-machine.ts'

const FOREVER = '1: j 1b'
/** Waits for external interrupts of virtio slot 0 (source 1), and powers off when one comes. */
const WAIT_FOR_DISK = `
  li s1, 0xc000000
  li t1, 1
  sw t1, 4(s1)
  li t1, 2
  li s2, 0xc002080
  sw t1, 0(s2)
  li t1, 0x200
  csrw sie, t1
  wfi
  j poweroff`
const ECHO = `
  li t2, UART
1: lbu t0, 5(t2)
  andi t0, t0, 1
  beqz t0, 2f
  lbu t0, 0(t2)
  sb t0, 0(t2)
  li t1, '!'
  beq t0, t1, poweroff
  j 1b
2: li s1, 0xc000000
  li t1, 1
  sw t1, 40(s1)
  li t1, 0x400
  li s2, 0xc002080
  sw t1, 0(s2)
  li t1, 1
  sb t1, 1(t2)
  li t1, 0x200
  csrw sie, t1
  wfi
  li t3, 0xc201004
  lw t4, 0(t3)
  sw t4, 0(t3)
  j 1b`

describe('run', () => {
  test('an output callback that throws ends the run, and time goes on from there', async () => {
    let broken = true
    const { bytes } = assemble(
      'rdtime s0\nli s1, 300\n1: addi s1, s1, -1\nbnez s1, 1b\nli t0, 0x10000000\nsb t0, 0(t0)\nrdtime s1\n1: j 1b',
      { origin: BigInt(ENTRY) },
    )
    const machine = createMachine({
      ram: 2 ** 23,
      kernel: { format: 'raw', bytes, address: ENTRY },
      console: {
        output: () => {
          if (broken) throw new Error('broken')
        },
      },
    })
    await expect(machine.run({ maxSteps: 1000 })).rejects.toThrow('broken')
    const { steps } = machine.counters()
    expect(machine.elapsed).toBe(steps)
    broken = false
    expect(machine.runSlice(100)).toMatchObject({ reason: 'budget', steps: 100 })
    expect(machine.elapsed).toBe(steps + 100)
  })

  test.each([-1, 1.5, Number.NaN])('%d steps are refused', async (maxSteps) => {
    await expect(machineFor(FOREVER).machine.run({ maxSteps })).rejects.toThrow(
      expect.objectContaining({ code: 'bad-steps' }),
    )
  })

  test('gives the event loop its turn', async () => {
    const { machine } = machineFor(FOREVER)
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const result = await machine.run({ maxSteps: 200_000_000 })
    clearInterval(timer)
    expect(result).toEqual({ reason: 'budget', code: 0, steps: 200_000_000 })
    expect(ticks).toBeGreaterThan(0)
  })

  test('ends where runSlice ends', async () => {
    const source = 'li s0, 100000\n1: addi s0, s0, -1\nbnez s0, 1b\nj poweroff'
    const { steps } = machineFor(source).machine.runSlice(1_000_000)
    expect(await machineFor(source).machine.run()).toEqual({ reason: 'poweroff', code: 0, steps })
  })

  test('ends idle when nothing can happen any more', async () => {
    expect(await machineFor('1: wfi\nj 1b').machine.run()).toMatchObject({
      reason: 'idle',
      waitingFor: 'input',
    })
  })

  test('is aborted while the guest computes', async () => {
    const signal = AbortSignal.timeout(20)
    expect(await machineFor(FOREVER).machine.run({ signal })).toMatchObject({ reason: 'aborted' })
  })

  test('is aborted while the guest has a disk move megabytes with every few instructions', async () => {
    const [slot, table, available, used, tables, header] = [
      0x1000_1000, 0x8060_0000, 0x8060_1000, 0x8060_2000, 0x8060_3000, 0x8060_8000,
    ]
    const { machine } = machineFor(
      `li s0, ${slot}
      li s1, ${available}
    1: addi s2, s2, 128
      sh s2, 2(s1)
      sw zero, ${R.queueNotify}(s0)
      j 1b`,
      { disks: [memoryBlocks(new Uint8Array(2 ** 20))] },
    )
    const { memory, board } = machine
    for (let request = 0; request < 128; request++) {
      const chain = tables + request * 64
      const descriptors = [
        [table + request * 16, chain, 48, 4, 0],
        [chain, header, 16, 1, 1],
        [chain + 16, 0x8040_0000, 2 ** 20, 3, 2],
        [chain + 32, header + 16, 1, 2, 0],
      ] as const
      for (const [at, address, length, flags, next] of descriptors) {
        memory.store64(at, BigInt(address))
        memory.store32(at + 8, length)
        memory.store16(at + 12, flags)
        memory.store16(at + 14, next)
      }
      memory.store16(available + 4 + request * 2, request)
    }
    const indirect = 1 << 28
    for (const [register, value] of [
      [R.status, 3],
      [R.driverFeatures, indirect],
      [R.driverFeaturesSelect, 1],
      [R.driverFeatures, 1],
      [R.status, 11],
      [R.queueSize, 128],
      [R.queueDescriptorsLow, table],
      [R.queueDriverLow, available],
      [R.queueDeviceLow, used],
      [R.queueReady, 1],
      [R.status, 15],
    ] as const) {
      board.bus.write(slot + register, 4, BigInt(value))
    }
    const { reason, steps } = await machine.run({ signal: AbortSignal.timeout(20), maxSteps: 1_000_000 })
    expect(reason).toBe('aborted')
    expect(steps).toBeLessThan(1000)
    expect(memory.load16(used + 2)).toBeGreaterThan(0)
  })

  test('is aborted while the guest waits', async () => {
    const { machine } = machineFor('1: wfi\nj 1b', { interactive: true })
    expect(await machine.run({ signal: AbortSignal.timeout(20) })).toMatchObject({
      reason: 'aborted',
      steps: 1,
    })
  })

  test('does nothing with a signal that has fired', async () => {
    expect(await machineFor(FOREVER).machine.run({ signal: AbortSignal.abort() })).toEqual({
      reason: 'aborted',
      code: 0,
      steps: 0,
    })
  })

  test('refuses a second run at the same time, and works again after the first', async () => {
    const { machine } = machineFor(FOREVER)
    // More than any engine does before the event loop gets its first turn.
    const first = machine.run({ maxSteps: 100_000_000 })
    await expect(machine.run()).rejects.toMatchObject({ code: 'running' })
    await first
    expect(await machine.run({ maxSteps: 5 })).toMatchObject({ steps: 5 })
  })

  test('waits for console input when it is interactive', async () => {
    const { machine, text } = machineFor(ECHO, { interactive: true })
    const running = machine.run()
    for (const part of ['ab', 'c', '!']) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      machine.console.input(new TextEncoder().encode(part))
    }
    expect(await running).toMatchObject({ reason: 'poweroff' })
    expect(text()).toBe('abc!')
  })
})

describe('the wall clock', () => {
  test('sleeps until a deadline', async () => {
    const { machine } = machineFor(
      `
  li t0, 0x20
  csrw sie, t0
  rdtime a0
  li t0, 300000
  add a0, a0, t0
  li a7, TIME
  li a6, 0
  ecall
1: wfi
  csrr t0, sip
  andi t0, t0, 0x20
  beqz t0, 1b
  j poweroff`,
      { clock: 'wall' },
    )
    const began = performance.now()
    const result = await machine.run()
    expect(result).toMatchObject({ reason: 'poweroff' })
    expect(result.steps).toBeLessThan(100)
    expect(performance.now() - began).toBeGreaterThan(25)
  })

  test('a slice ends where the guest waits for time', () => {
    const { machine } = machineFor(
      'li t0, 0x20\ncsrw sie, t0\nli a0, 1\nslli a0, a0, 40\nli a7, TIME\nli a6, 0\necall\nwfi\nj poweroff',
      { clock: 'wall' },
    )
    expect(machine.runSlice(1000)).toMatchObject({ reason: 'idle', waitingFor: 'time' })
  })

  test('shows the date of the host', () => {
    const { machine } = machineFor('li t0, 0x101000\nlwu s0, 0(t0)\nlwu s1, 4(t0)\nj poweroff', {
      clock: 'wall',
    })
    machine.runSlice(100)
    const [hart] = machine.harts
    const milliseconds = Number(((hart!.readX(9) << 32n) | hart!.readX(8)) / 1_000_000n)
    expect(Math.abs(milliseconds - Date.now())).toBeLessThan(10_000)
  })

  test('gives other entropy each time', () => {
    const tree = (): Uint8Array => machineFor(FOREVER, { clock: 'wall' }).machine.deviceTree
    expect(tree()).not.toEqual(tree())
  })
})

/** Sets up the queue of the disk in slot 0 as a driver would, and reads sector 0 to 0x8010_0000. */
function readFirstSector(machine: Machine): void {
  const device = machine.board.devices.virtio0
  const [descriptors, available, used, header, data, status] = [
    0x8011_0000, 0x8011_1000, 0x8011_2000, 0x8011_3000, 0x8010_0000, 0x8011_3100,
  ]
  const write = (offset: number, value: number): void => device.write(offset, 4, value)
  write(R.status, 1)
  write(R.status, 3)
  write(R.driverFeaturesSelect, 1)
  write(R.driverFeatures, 1)
  write(R.status, 11)
  write(R.queueSize, 8)
  write(R.queueDescriptorsLow, descriptors)
  write(R.queueDriverLow, available)
  write(R.queueDeviceLow, used)
  write(R.queueReady, 1)
  write(R.status, 15)
  const { memory } = machine
  const descriptor = (index: number, address: number, length: number, flags: number): void => {
    memory.store64(descriptors + index * 16, BigInt(address))
    memory.store32(descriptors + index * 16 + 8, length)
    memory.store16(descriptors + index * 16 + 12, flags)
    memory.store16(descriptors + index * 16 + 14, index + 1)
  }
  descriptor(0, header, 16, 1)
  descriptor(1, data, 512, 3)
  descriptor(2, status, 1, 2)
  memory.store16(available + 2, 1)
  write(R.queueNotify, 0)
}

test('time does not run ahead while a disk is at work', async () => {
  const backend: BlockBackend = {
    sectors: 8,
    readOnly: true,
    read: (_sector, target) =>
      new Promise((resolve) =>
        setTimeout(() => {
          target.fill(0x5a)
          resolve()
        }, 20),
      ),
    write() {},
    flush() {},
  }
  const { machine } = machineFor(WAIT_FOR_DISK, { disks: [backend] })
  readFirstSector(machine)
  // A deadline that the virtual clock could jump to at once.
  machine.board.devices.clint.mtimer.setCompare(0, 10_000_000n)
  expect(machine.runSlice(100)).toMatchObject({ reason: 'idle', waitingFor: 'disk' })
  expect(await machine.run()).toMatchObject({ reason: 'poweroff' })
  expect(machine.elapsed).toBeLessThan(1000)
  expect(machine.memory.load32(0x8010_0000)).toBe(0x5a5a_5a5a)
})
