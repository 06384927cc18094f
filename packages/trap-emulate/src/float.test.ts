import { runVms, type Vm } from '@worldswitch/hypervisor'
import { floatRegisterNames } from '@worldswitch/isa'
import { expect, test } from 'vitest'
import { guest, POWEROFF, smallHost } from '../test/guests.ts'

const ON = 'li x5, 0x2000\ncsrs sstatus, x5'

/** Sums up 1/n in every register, each with another start, and prints all bits of all. */
const sums = (start: number): string => `
  ${ON}
  li x6, ${start}
  li x8, 1
  fcvt.d.l f31, x8
  ${floatRegisterNames
    .slice(0, 31)
    .map((name) => `fcvt.d.l ${name}, x6\naddi x6, x6, 7`)
    .join('\n')}
  li x7, 300
again:
  ${floatRegisterNames
    .slice(1, 31)
    .map((name, i) => `fdiv.d f0, f31, ${name}\nfadd.d ${name}, ${name}, f${i}`)
    .join('\n')}
  addi x7, x7, -1
  bnez x7, again
  li x14, 0x10000000
  ${floatRegisterNames
    .map(
      (name) => `
    fmv.x.d x10, ${name}
    li x13, 16
  1: srli x15, x10, 60
    addi x15, x15, 65
    sb x15, 0(x14)
    slli x10, x10, 4
    addi x13, x13, -1
    bnez x13, 1b`,
    )
    .join('\n')}
${POWEROFF}`

/** Prints whether all floating-point registers are zero. */
const spy = `
  ${ON}
  li x9, 20000
look:
  li x8, 0
  ${floatRegisterNames.map((name) => `fmv.x.d x10, ${name}\nor x8, x8, x10`).join('\n')}
  frcsr x10
  or x8, x8, x10
  bnez x8, seen
  addi x9, x9, -1
  bnez x9, look
seen:
  snez x8, x8
  addi x8, x8, 48
  li x14, 0x10000000
  sb x8, 0(x14)
${POWEROFF}`

const SLICE = { cycles: 20_000_000, slice: 3000 }
const switches = (vm: Vm): number => vm.ledger.exits('floatSwitch')

test('VMs that take turns keep their floating-point registers, and see nothing of the others', () => {
  const alone = [1, 1000].map((start) => {
    const host = smallHost()
    const { vm, text } = guest(host, sums(start))
    runVms(host, [vm], SLICE)
    expect([vm.ended?.reason, switches(vm)]).toEqual(['poweroff', 1])
    return text()
  })
  expect(alone[0]).toHaveLength(512)
  const host = smallHost(3)
  const guests = [guest(host, sums(1)), guest(host, sums(1000)), guest(host, spy)]
  runVms(
    host,
    guests.map(({ vm }) => vm),
    SLICE,
  )
  expect(guests.map(({ vm }) => vm.ended?.reason)).toEqual(['poweroff', 'poweroff', 'poweroff'])
  expect(guests.map(({ text }) => text())).toEqual([...alone, '0'])
  for (const { vm } of guests) expect(switches(vm)).toBeGreaterThan(3)
})

test.each([
  ['never uses it', 'nop', 0],
  ['has FS off: the trap is its own', 'la x5, 1f\ncsrw stvec, x5\nfadd.d f0, f0, f0\n.align 2\n1: nop', 0],
  ['uses it twice', `${ON}\nfadd.d f0, f0, f0\nfmv.x.d x5, f0`, 1],
  ['reads fcsr only, which is carried out for it', `${ON}\nfrcsr x5`, 0],
])('a guest that %s costs %i switches', (_name, program, expected) => {
  const host = smallHost()
  const { vm } = guest(host, `${program}\n${POWEROFF}`)
  runVms(host, [vm], { cycles: 1_000_000 })
  expect([vm.ended?.reason, switches(vm)]).toEqual(['poweroff', expected])
})

test('floating-point loads and stores reach devices', () => {
  const host = smallHost()
  // A priority register of the PLIC, there and back; both are carried out for the guest.
  const program = `
    ${ON}
    li x5, 0x0c000004
    li x6, 5
    fmv.w.x f1, x6
    fsw f1, 0(x5)
    flw f2, 0(x5)
    fmv.x.w x7, f2
    addi x7, x7, 48
    li x8, 0x10000000
    sb x7, 0(x8)
    ${POWEROFF}`
  const { vm, text } = guest(host, program)
  runVms(host, [vm], { cycles: 1_000_000 })
  expect([vm.ended?.reason, text()]).toEqual(['poweroff', '5'])
  expect([vm.ledger.exits('mmioWrite'), vm.ledger.exits('mmioRead')]).toEqual([2, 1])
})
