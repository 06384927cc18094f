import { HypervisorError, runVms } from '@worldswitch/hypervisor'
import { POWEROFF, strategyKit } from '@worldswitch/strategy-tests'
import { expect, test } from 'vitest'
import { exitsOf } from '../test/exits-of.ts'
import { createHardwareAssisted, hardwareAssisted } from './hardware-assisted.ts'

/** Every program takes these: its first touch of memory, and the power-off. */
const always = { nestedFault: 1, sbiCall: 1 }

const TO_USER = 'la x5, 1f\ncsrw sepc, x5\nla x5, 2f\ncsrw stvec, x5\nsret\n1:'

test.each([
  ['a loop of a thousand instructions: none', 'li x5, 500\n1: addi x5, x5, -1\nbnez x5, 1b', {}],
  ['CSR instructions: none', 'csrw sscratch, x5\ncsrr x6, sscratch\ncsrrs x0, sie, x0\ncsrr x7, satp', {}],
  ['the time: none', 'rdtime x5', {}],
  ['other counters: one each', 'rdcycle x6\nrdinstret x7', { csrAccess: 2 }],
  ['fences: none', 'fence\nfence.i\nsfence.vma', {}],
  [
    'a device: one for each access',
    'li x5, 0x10000000\nlbu x6, 5(x5)\nsb x6, 7(x5)',
    { mmioRead: 1, mmioWrite: 1 },
  ],
  ['memory nearby: none', 'li x5, 0x80300000\nld x6, 0(x5)\nsd x6, 8(x5)', {}],
  [
    'memory elsewhere: one',
    'li x5, 0x80000000\nsd x5, 0(x5)\nli x5, 0x80100000\nsd x5, 0(x5)',
    { nestedFault: 2 },
  ],
  ['a call from user mode: none', `${TO_USER} ecall\n.align 2\n2:`, {}],
  ['an illegal instruction: none', 'la x5, 1f\ncsrw stvec, x5\n.word 0\n.align 2\n1:', {}],
  ['what is privileged, in user mode: one', `${TO_USER} csrr x5, sscratch\n.align 2\n2:`, { csrAccess: 1 }],
  [
    "a hypervisor's instruction: one",
    'la x5, 1f\ncsrw stvec, x5\nhfence.gvma x0, x0\n.align 2\n1:',
    { guestFault: 1 },
  ],
  ['WFI with an interrupt pending: one', 'csrsi sie, 2\ncsrsi sip, 2\nwfi', { waitForInterrupt: 1 }],
  ['floating point: none', 'li x5, 0x2000\ncsrs sstatus, x5\nfadd.d f0, f0, f0\nfrcsr x5', {}],
])('%s', (_name, program, exits) => {
  expect(exitsOf(program).exits).toEqual({ ...always, ...exits })
})

test('a software interrupt that a guest gives itself is taken without an exit', () => {
  const program = `
    la x5, handler
    csrw stvec, x5
    csrsi sie, 2
    csrsi sstatus, 2
    csrsi sip, 2
  never: j never
  .align 2
  handler: csrr x6, scause`
  expect(exitsOf(program).exits).toEqual(always)
})

test('an access that the guest made in a compressed instruction is carried out as it was', () => {
  const program = `
    li x8, 0x0c000004
    li x9, 5
    c.sw x9, 0(x8)
    c.lw x10, 0(x8)
    addi x10, x10, 48
    li x8, 0x10000000
    sb x10, 0(x8)`
  expect(exitsOf(program)).toEqual({ exits: { ...always, mmioWrite: 2, mmioRead: 1 }, text: '5' })
})

test('what the hart did for the guest is counted, and costs what it costs on the bare machine', () => {
  const { smallHost, guest } = strategyKit(hardwareAssisted)
  const host = smallHost()
  const { vm } = guest(
    host,
    `${TO_USER} ecall\n.align 2\n2: csrsi sie, 2\ncsrsi sip, 2\nla x5, 3f\ncsrw stvec, x5\ncsrsi sstatus, 2\n.align 2\n3: ${POWEROFF}`,
  )
  runVms(host, [vm])
  const totals = vm.ledger.totals()
  expect([totals.directExceptions, totals.directInterrupts, totals.injections]).toEqual([1, 1, 0])
  const { hardware, exits } = host.profile
  expect(totals.virtualCycles).toBe(
    totals.directInstructions * hardware.instruction.cycles +
      totals.walkReferences * hardware.walkReference.cycles +
      hardware.exception.cycles +
      hardware.interrupt.cycles +
      exits.nestedFault.cycles +
      exits.sbiCall.cycles,
  )
})

test.each([
  ['without the hypervisor extension', { memory: 2 ** 24 }, 'hypervisor: true'],
  ['that does not translate', { memory: 2 ** 24, hypervisor: true, satpModes: ['bare'] }, 'satpModes'],
] as const)('a host %s is refused', async (_name, options, message) => {
  const { Host } = await import('@worldswitch/hypervisor')
  const { guest } = strategyKit(hardwareAssisted)
  const host = new Host({ ...options, ...('satpModes' in options && { satpModes: [...options.satpModes] }) })
  expect(() => guest(host, POWEROFF)).toThrow(message)
  expect(() => guest(host, POWEROFF)).toThrow(HypervisorError)
})

test.each(['sv39', 'sv48', 'sv57'] as const)('a hart that has %s alone is enough', (mode) => {
  const { host, guest } = strategyKit(createHardwareAssisted())
  const on = host({ memory: 2 ** 24, satpModes: ['bare', mode] })
  const { vm } = guest(on, `li x5, 0x80000000\nld x6, 0(x5)\n${POWEROFF}`)
  expect([runVms(on, [vm]), vm.ended?.reason]).toEqual(['ended', 'poweroff'])
})
