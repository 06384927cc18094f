import { memoryBlocks } from '@worldswitch/devices'
import { describe, expect, test } from 'vitest'
import { decodeFdt } from './fdt/fdt-decode.ts'
import { stringsOf } from './fdt/fdt-node.ts'
import { ImageError } from './images/image-error.ts'
import { createMachine } from './machine.ts'
import { MachineError } from './machine-error.ts'
import type { MachineOptions } from './machine-options.ts'
import { ENTRY, machineFor } from './test-machine.ts'

const kernel = { format: 'raw', bytes: Uint8Array.of(0x6f, 0, 0, 0), address: ENTRY } as const

describe('options that make no sense are refused by name', () => {
  test.each<[string, MachineOptions, string, RegExp]>([
    ['ram of half a page', { kernel, ram: 2048 }, 'bad-ram', /multiple of 4096/],
    ['no harts', { kernel, harts: 0 }, 'bad-harts', /1 to 32/],
    ['33 harts', { kernel, harts: 33 }, 'bad-harts', /1 to 32/],
    ['a sundial', { kernel, clock: 'sundial' as 'wall' }, 'bad-clock', /virtual.*wall/],
    ['an empty quantum', { kernel, quantum: 0 }, 'bad-quantum', /positive/],
    ['a negative seed', { kernel, seed: -1 }, 'bad-seed', /2\^32/],
    ['a NUL in the command line', { kernel, bootargs: 'a\0b' }, 'bad-bootargs', /NUL/],
    [
      'an option in the wrong place',
      { kernel, engine: 'interpreter' } as MachineOptions,
      'unknown-option',
      /engine.*hart/,
    ],
    [
      'an unknown option of harts',
      { kernel, hart: { speed: 2 } as object },
      'unknown-option',
      /speed.*engine/,
    ],
    ['an unknown extension', { kernel, hart: { extensions: ['I', 'Zz' as 'I'] } }, 'bad-extension', /Zz/],
    [
      'nine disks',
      { kernel, disks: Array.from({ length: 9 }, () => memoryBlocks(new Uint8Array(512))) },
      'too-many-virtio-devices',
      /8/,
    ],
  ])('%s', (_name, options, code, message) => {
    const refused = (): unknown => createMachine(options)
    expect(refused).toThrow(MachineError)
    expect(refused).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  })

  test('nothing to run', () => expect(() => createMachine({})).toThrow(ImageError))

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('runSlice(%d)', (steps) => {
    expect(() => createMachine({ kernel }).runSlice(steps)).toThrow(
      expect.objectContaining({ code: 'bad-steps' }),
    )
  })

  test('driving a machine from its own output', () => {
    let refused: unknown
    const { machine } = machineFor('la t0, UART\nsb zero, 0(t0)\nj poweroff')
    const inside = createMachine({
      kernel,
      console: { output: () => machine.runSlice(1) },
    })
    expect(inside.runSlice(1).steps).toBe(1)
    const self = createMachine({
      kernel: { format: 'raw', bytes: Uint8Array.of(0xb7, 2, 0, 0x10, 0x23, 0x80, 2, 0), address: ENTRY },
      console: {
        output: () => {
          try {
            self.runSlice(1)
          } catch (error) {
            refused = error
          }
        },
      },
    })
    self.runSlice(2)
    expect(refused).toMatchObject({ code: 'running' })
  })
})

describe('ends of a run', () => {
  test.each<[string, string, object]>([
    [
      'power-off by the test finisher',
      'li t0, FINISHER\nli t1, 0x5555\nsw t1, 0(t0)\n1: j 1b',
      { reason: 'poweroff', code: 0 },
    ],
    [
      'failure by the test finisher',
      'li t0, FINISHER\nli t1, 0x2a3333\nsw t1, 0(t0)\n1: j 1b',
      { reason: 'fail', code: 42 },
    ],
    [
      'reset by the test finisher',
      'li t0, FINISHER\nli t1, 0x7777\nsw t1, 0(t0)\n1: j 1b',
      { reason: 'reset', code: 0 },
    ],
    ['the budget', '1: j 1b', { reason: 'budget', code: 0, steps: 1000 }],
    ['waiting for nothing', '1: wfi\nj 1b', { reason: 'idle', code: 0, waitingFor: 'input', steps: 1 }],
  ])('%s', (_name, source, expected) =>
    expect(machineFor(source).machine.runSlice(1000)).toMatchObject(expected),
  )

  test('stays ended until it is reset', () => {
    const { machine } = machineFor('j poweroff')
    const first = machine.runSlice(1000)
    expect(first).toMatchObject({ reason: 'poweroff', code: 0 })
    expect(machine.runSlice(1000)).toEqual({ reason: 'poweroff', code: 0, steps: 0 })
    machine.reset()
    expect(machine.runSlice(1000)).toEqual(first)
  })

  test('the step that ends it is the last one', () => {
    const { machine } = machineFor('li t0, FINISHER\nlui t1, 0x5\naddi t1, t1, 0x555\nsw t1, 0(t0)\n1: j 1b')
    const { steps } = machine.runSlice(1000)
    expect(steps).toBe(4)
    expect(machine.counters().steps).toBe(4)
  })
})

describe('reset', () => {
  const program = `
  la t0, count
  lw t1, 0(t0)
  addi t1, t1, 1
  sw t1, 0(t0)
  addi t1, t1, '0'
  li t2, UART
  sb t1, 0(t2)
  li t3, 0x80000000
  ld t4, 0(t3)
  bnez t4, poweroff
  sd t3, 0(t3)
  li t5, 0x83
  sb t5, 3(t2)
  li a7, SRST
  li a6, 0
  li a0, 1
  li a1, 0
  ecall
  .align 3
count: .word 0`

  test('loads the images again, clears RAM and resets devices, counters and time', () => {
    const { machine, text } = machineFor(program)
    const first = machine.runSlice(1000)
    const counters = machine.counters()
    expect(first.reason).toBe('reset')
    expect(machine.board.devices.uart0.read(3, 1)).toBe(0x83)
    machine.reset()
    expect(machine.elapsed).toBe(0)
    expect(machine.board.devices.uart0.read(3, 1)).toBe(0)
    expect(machine.counters().mmio).toEqual({})
    expect(machine.runSlice(1000)).toEqual(first)
    expect(machine.counters()).toEqual(counters)
    expect(text()).toBe('11')
  })
})

test('an interrupt that was asserted before a reset is not pending after it', () => {
  const { machine } = machineFor('j poweroff')
  const { plic, uart0 } = machine.board.devices
  uart0.write(1, 1, 1)
  machine.console.input(Uint8Array.of(65))
  expect(plic.read(0x1000, 4)).toBe(1 << 10)
  machine.reset()
  expect(plic.read(0x1000, 4)).toBe(0)
})

describe('the virtual clock', () => {
  test('a step is a nanosecond, ten million ticks a second', () => {
    const { machine } = machineFor('1: rdtime s0\nj 1b')
    machine.runSlice(1001)
    expect(machine.elapsed).toBe(1001)
    expect(machine.harts[0]!.readX(8)).toBe(10n)
  })

  test('the timer interrupt comes in the very step its time comes', () => {
    // Deadline at tick 5: pending once 500 steps are done; the interrupt is taken instead of the next instruction.
    const { machine } = machineFor(`
  la t0, handler
  csrw stvec, t0
  li t0, 0x20
  csrw sie, t0
  csrsi sstatus, 2
  li a0, 5
  li a7, TIME
  li a6, 0
  ecall
1: j 1b
.align 2
handler: j handler`)
    machine.runSlice(500)
    expect(machine.counters().traps.interrupts[5]).toBe(0)
    machine.runSlice(1)
    expect(machine.counters().traps.interrupts[5]).toBe(1)
  })

  test('jumps to the deadline when all harts wait', () => {
    const { machine } = machineFor(`
  li t0, 0x20
  csrw sie, t0
  li a0, 12345678
  li a7, TIME
  li a6, 0
  ecall
  wfi
  rdtime s0
  j poweroff`)
    const { reason, steps } = machine.runSlice(100)
    expect(reason).toBe('poweroff')
    expect(steps).toBeLessThan(30)
    expect(machine.harts[0]!.readX(8)).toBe(12345678n)
  })

  test('a deadline after the end of time is none', () => {
    const { machine } = machineFor(`
  li t0, 0x20
  csrw sie, t0
  li a0, 1
  slli a0, a0, 62
  li a7, TIME
  li a6, 0
  ecall
  wfi
  j poweroff`)
    expect(machine.runSlice(100)).toMatchObject({ reason: 'idle', waitingFor: 'input' })
    expect(machine.elapsed).toBeLessThan(100)
  })

  test('a machine that waited until just before the end of time goes on, with time standing still', () => {
    const lastTick = BigInt(Math.floor((2 ** 53 - 1) / 100))
    const { machine } = machineFor(`
  li t0, 0x20
  csrw sie, t0
  li a0, ${lastTick}
  li a7, TIME
  li a6, 0
  ecall
  wfi
  li s1, 1000
1: rdtime s0
  addi s1, s1, -1
  bnez s1, 1b
  j poweroff`)
    expect(machine.runSlice(5000).reason).toBe('poweroff')
    expect(machine.harts[0]!.readX(8)).toBe(lastTick)
    expect(machine.elapsed).toBe(2 ** 53)
  })

  test('the alarm of the real-time clock wakes the machine', () => {
    const { machine } = machineFor(`
  li s0, 0x101000
  lwu t0, 0(s0)
  lwu t1, 4(s0)
  slli t1, t1, 32
  add t0, t0, t1
  li t2, 5000000
  add t0, t0, t2
  srli t1, t0, 32
  sw t1, 12(s0)
  sw t0, 8(s0)
  li t1, 1
  sw t1, 16(s0)
  li s1, 0xc000000
  li t1, 1
  sw t1, 44(s1)
  li t1, 0x800
  li s2, 0xc002080
  sw t1, 0(s2)
  li t1, 0x200
  csrw sie, t1
  wfi
  j poweroff`)
    expect(machine.runSlice(1000)).toMatchObject({ reason: 'poweroff' })
    expect(machine.elapsed).toBeGreaterThan(5_000_000)
    expect(machine.elapsed).toBeLessThan(5_001_000)
  })
})

describe('determinism', () => {
  /** Four harts contend for a lock, print, take timer interrupts and wait. */
  const program = `
  li s0, 1
1: mv a0, s0
  la a1, worker
  li a7, HSM
  li a6, 0
  ecall
  addi s0, s0, 1
  li t0, 4
  blt s0, t0, 1b
  li a0, 0
worker:
  mv s1, a0
  la t0, handler
  csrw stvec, t0
  li t0, 0x20
  csrw sie, t0
  csrsi sstatus, 2
  li s2, 40
2: la t0, lock
  li t1, 1
3: amoswap.w.aq t2, t1, (t0)
  bnez t2, 3b
  addi a0, s1, 'a'
  li t2, UART
  sb a0, 0(t2)
  amoswap.w.rl zero, zero, (t0)
  rdtime a0
  addi a0, a0, 3
  add a0, a0, s1
  li a7, TIME
  li a6, 0
  ecall
  andi t0, s2, 3
  bnez t0, 4f
  wfi
4: addi s2, s2, -1
  bnez s2, 2b
  la t0, done
  li t1, 1
  amoadd.w t2, t1, (t0)
  li t3, 3
  beq t2, t3, poweroff
5: wfi
  j 5b
.align 2
handler:
  li a0, -1
  li a7, TIME
  li a6, 0
  ecall
  csrr t3, sepc
  sret
.align 3
lock: .dword 0
done: .dword 0`

  const runIn = (slices: () => number): object => {
    const { machine, text } = machineFor(program, { harts: 4, quantum: 37 })
    for (;;) {
      const { reason } = machine.runSlice(slices())
      if (reason !== 'budget')
        return { reason, text: text(), elapsed: machine.elapsed, counters: machine.counters() }
    }
  }

  test('two runs are the same, however they are sliced', () => {
    const whole = runIn(() => 1_000_000)
    expect(whole).toMatchObject({ reason: 'poweroff' })
    expect(runIn(() => 1_000_000)).toEqual(whole)
    expect(runIn(() => 1)).toEqual(whole)
    let next = 0
    expect(runIn(() => [1, 7, 50, 0, 333][next++ % 5]!)).toEqual(whole)
  })

  test('a different quantum is a different interleaving', () => {
    const { machine } = machineFor(program, { harts: 4, quantum: 1000 })
    expect(machine.runSlice(1_000_000).reason).toBe('poweroff')
    expect(machine.counters().steps).not.toBe(
      (runIn(() => 1_000_000) as { counters: { steps: number } }).counters.steps,
    )
  })

  test('the device tree depends on the seed only', () => {
    const tree = (seed: number): Uint8Array => createMachine({ kernel, seed, ram: 8 * 2 ** 20 }).deviceTree
    expect(tree(1)).toEqual(tree(1))
    expect(tree(1)).not.toEqual(tree(2))
  })
})

describe('what the guest gets', () => {
  test('hart id in a0, the device tree in a1, a ramdisk where the tree says', () => {
    const { machine } = machineFor('mv s0, a0\nmv s1, a1\nj poweroff', {
      bootargs: 'console=ttyS0',
      initrd: Uint8Array.of(1, 2, 3),
    })
    machine.runSlice(100)
    expect(machine.harts[0]!.readX(8)).toBe(0n)
    const inMemory = new Uint8Array(machine.deviceTree.length)
    machine.memory.readRam(Number(machine.harts[0]!.readX(9)), inMemory)
    const { root } = decodeFdt(inMemory)
    const chosen = root.children.chosen!.properties
    expect(stringsOf(chosen.bootargs!)).toEqual(['console=ttyS0'])
    const initrd = new Uint8Array(4)
    machine.memory.readRam(Number(new DataView(chosen['linux,initrd-start']!.buffer).getBigUint64(0)), initrd)
    expect([...initrd]).toEqual([1, 2, 3, 0])
  })

  test('exceptions go to its own handler', () => {
    const { machine, text } = machineFor(`
  la t0, handler
  csrw stvec, t0
  .word 0
.align 2
handler:
  csrr t0, scause
  addi t0, t0, '0'
  li t1, UART
  sb t0, 0(t1)
  j poweroff`)
    machine.runSlice(100)
    expect(text()).toBe('2')
  })

  test.each([
    ['16 PMP entries keep S-mode away from the CLINT', 16, '7'],
    ['one entry cannot', 1, 'o'],
    ['none cannot', 0, 'o'],
  ])('%s', (_name, pmpEntries, expected) => {
    const { machine, text } = machineFor(
      `
  la t0, handler
  csrw stvec, t0
  li t0, CLINT
  sw zero, 0(t0)
  li t0, 'o'
  j 1f
.align 2
handler:
  csrr t0, scause
  addi t0, t0, '0'
1: li t1, UART
  sb t0, 0(t1)
  j poweroff`,
      { hart: { pmpEntries } },
    )
    machine.runSlice(100)
    expect(text()).toBe(expected)
  })

  test('cycle, time and instret can be read in S- and U-mode', () => {
    const { machine, text } = machineFor(`
  la t0, handler
  csrw stvec, t0
  la t0, user
  csrw sepc, t0
  li t0, 0x100
  csrc sstatus, t0
  rdcycle t0
  sret
user:
  rdcycle t0
  rdtime t0
  rdinstret t0
  ecall
.align 2
handler:
  csrr t0, scause
  addi t0, t0, '0'
  li t1, UART
  sb t0, 0(t1)
  j poweroff`)
    machine.runSlice(100)
    expect(text()).toBe('8')
  })

  test('console input by interrupt', () => {
    const { machine, text } = machineFor(`
  li s1, 0xc000000
  li t1, 1
  sw t1, 40(s1)
  li t1, 0x400
  li s2, 0xc002080
  sw t1, 0(s2)
  li t2, UART
  li t1, 1
  sb t1, 1(t2)
  li t1, 0x200
  csrw sie, t1
1: wfi
  lbu t0, 0(t2)
  addi t0, t0, 1
  sb t0, 0(t2)
  li t3, 0xc201004
  lw t4, 0(t3)
  sw t4, 0(t3)
  j 1b`)
    expect(machine.runSlice(100).reason).toBe('idle')
    expect(machine.console.input(new TextEncoder().encode('HAL'))).toBe(3)
    expect(machine.runSlice(100).reason).toBe('idle')
    expect(text()).toBe('IBM')
  })
})

describe('an M-mode image instead of the built-in firmware', () => {
  test('is entered by all harts in M-mode with hart id, tree and next stage, and gets its own traps', () => {
    const { machine, text } = machineFor(
      `
  csrr t0, mhartid
  bne t0, a0, poweroff
  bnez a0, wait
  la t0, handler
  csrw mtvec, t0
  ld s0, 0(a2)
  ecall
wait: wfi
  j wait
.align 2
handler:
  csrr t0, mcause
  addi t0, t0, '0'
  li t1, UART
  sb t0, 0(t1)
  li t0, FINISHER
  li t1, 0x5555
  sw t1, 0(t0)`,
      { mMode: true, harts: 2 },
    )
    expect(machine.runSlice(100_000)).toMatchObject({ reason: 'poweroff' })
    expect(text()).toBe(String.fromCharCode(48 + 11))
    expect(machine.harts[0]!.readX(8)).toBe(0x4942_534fn)
  })

  test('a store to mtimecmp takes effect at once', () => {
    const { machine } = machineFor(
      `
  la t0, handler
  csrw mtvec, t0
  li t0, 0x80
  csrw mie, t0
  csrsi mstatus, 8
  li t0, 0x2004000
  li t1, 5
  sd t1, 0(t0)
1: j 1b
.align 2
handler: j handler`,
      { mMode: true },
    )
    machine.runSlice(500)
    expect(machine.counters().traps.interrupts[7]).toBe(0)
    machine.runSlice(1)
    expect(machine.counters().traps.interrupts[7]).toBe(1)
  })
})
