import { type BlockBackend, virtioMmioRegisters as R } from '@worldswitch/devices'
import { describe, expect, test } from 'vitest'
import type { Machine } from './machine.ts'
import { machineFor } from './test-machine.ts'

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
  test('gives the event loop its turn', async () => {
    const { machine } = machineFor(FOREVER)
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const result = await machine.run({ maxSteps: 20_000_000 })
    clearInterval(timer)
    expect(result).toEqual({ reason: 'budget', code: 0, steps: 20_000_000 })
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
    const first = machine.run({ maxSteps: 3_000_000 })
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
