import { describe, expect, test } from 'vitest'
import { machineFor } from '../test-machine.ts'

/** Prints a1 (a character) with the debug console. Uses a0, a6, a7. */
const PRINT = `
print:
  mv a0, a1
  li a7, DBCN
  li a6, 2
  ecall
  ret
`

/** Starts every other hart at `other` with a character as its opaque value, does `then`, and waits until \`done\` of them are. */
const startOthers = (harts: number, then = ''): string => `
  li s0, 1
1:
  mv a0, s0
  la a1, other
  addi a2, s0, 'A'
  li a7, HSM
  li a6, 0
  ecall
  bnez a0, poweroff
  addi s0, s0, 1
  li t0, ${harts}
  blt s0, t0, 1b
  ${then}
2:
  la t0, done
  lw t1, 0(t0)
  li t2, ${harts - 1}
  bne t1, t2, 2b
  j poweroff
.align 3
done: .dword 0
`

describe.each([2, 3, 4])('%d harts', (harts) => {
  test('start in S-mode with their id and opaque value, and stop', () => {
    const { machine, text } = machineFor(
      `${startOthers(harts)}
other:
  mv s1, a0
  addi s2, a1, -'A'
  bne s1, s2, other
  csrr t0, satp
  bnez t0, other
  csrr t0, sstatus
  andi t0, t0, 2
  bnez t0, other
  call print
  la t0, done
  li t1, 1
  amoadd.w zero, t1, (t0)
  li a7, HSM
  li a6, 1
  ecall
  j other
${PRINT}`,
      { harts, quantum: 50 },
    )
    expect(machine.runSlice(1_000_000)).toMatchObject({ reason: 'poweroff' })
    expect([...text()].sort().join('')).toBe('BCD'.slice(0, harts - 1))
  })

  test('take interprocessor interrupts', () => {
    const { machine, text } = machineFor(
      `
  ${startOthers(
    harts,
    `
  li a0, 0
  li a1, -1
  li a7, IPI
  li a6, 0
  ecall`,
  )}
other:
  mv s1, a1
  la t0, handler
  csrw stvec, t0
  li t0, 2
  csrw sie, t0
  csrs sstatus, t0
3: wfi
  j 3b
.align 2
handler:
  csrci sip, 2
  mv a1, s1
  call print
  la t0, done
  li t1, 1
  amoadd.w zero, t1, (t0)
4: wfi
  j 4b
${PRINT}`,
      { harts, quantum: 50 },
    )
    // Harts that are not started yet when the IPI is sent find it pending.
    expect(machine.runSlice(1_000_000)).toMatchObject({ reason: 'poweroff' })
    expect([...text()].sort().join('')).toBe('BCD'.slice(0, harts - 1))
  })
})

test('a retentive suspend returns when an interrupt is pending, with everything kept', () => {
  const { machine, text } = machineFor(`
  li s3, 'k'
  li t0, 0x20
  csrw sie, t0
  rdtime a0
  addi a0, a0, 100
  li a7, TIME
  li a6, 0
  ecall
  li a0, 0
  li a7, HSM
  li a6, 3
  ecall
  bnez a0, poweroff
  mv a1, s3
  call print
  j poweroff
${PRINT}`)
  expect(machine.runSlice(100)).toMatchObject({ reason: 'poweroff' })
  expect(text()).toBe('k')
  expect(machine.elapsed).toBeGreaterThan(10_000)
})

test('a non-retentive suspend resumes where it was told', () => {
  const { machine, text } = machineFor(`
  li t0, 0x20
  csrw sie, t0
  rdtime a0
  addi a0, a0, 100
  li a7, TIME
  li a6, 0
  ecall
  li a0, 0x80000000
  la a1, resumed
  li a2, 'r'
  li a7, HSM
  li a6, 3
  ecall
  j poweroff
resumed:
  bnez a0, poweroff
  call print
  j poweroff
${PRINT}`)
  expect(machine.runSlice(100)).toMatchObject({ reason: 'poweroff' })
  expect(text()).toBe('r')
})

test('a suspended hart says so', () => {
  const { machine, text } = machineFor(
    `
  li a0, 1
  la a1, other
  li a7, HSM
  li a6, 0
  ecall
  wfi_loop:
  li a0, 1
  li a7, HSM
  li a6, 2
  ecall
  addi a1, a1, '0'
  li t0, '0'
  beq a1, t0, wfi_loop
  call print
  j poweroff
other:
  li a0, 0
  li a7, HSM
  li a6, 3
  ecall
  j other
${PRINT}`,
    { harts: 2, quantum: 20 },
  )
  expect(machine.runSlice(1000)).toMatchObject({ reason: 'poweroff' })
  expect(text()).toBe('4')
})

test('a machine of stopped harts is idle', () => {
  const { machine } = machineFor(`
  li a7, HSM
  li a6, 1
  ecall
  j poweroff`)
  expect(machine.runSlice(1000)).toMatchObject({ reason: 'idle', waitingFor: 'input' })
})
