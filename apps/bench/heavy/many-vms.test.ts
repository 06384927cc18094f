import { readFileSync } from 'node:fs'
import { strategies } from '@worldswitch/bench'
import { Host, runVms, Vm } from '@worldswitch/hypervisor'
import { bootargs } from '@worldswitch/linux-guest'
import { expect, test } from 'vitest'
import { readImage } from '../src/images.ts'
import { debianGuest } from '../test/debian-guest.ts'

const COUNT = 10
const MEMORY = 256 * 2 ** 20

test(`${COUNT} Debian VMs of 256 MiB share a host of 2 GiB: each reaches its shell and takes a command`, async () => {
  const files = await debianGuest()
  const kernel = await readImage(files.kernel!, 'kernel', undefined)
  const initrd = readFileSync(files.initrd!)
  const host = new Host({ memory: 2 ** 31, hypervisor: true })
  const texts = new Array<string>(COUNT).fill('')
  const vms = texts.map(
    (_, index) =>
      new Vm(host, {
        strategy: strategies.get('hardware-assisted'),
        memory: MEMORY,
        kernel,
        initrd,
        bootargs: bootargs(),
        seed: index,
        output: (byte) => {
          texts[index] += String.fromCharCode(byte)
        },
      }),
  )
  const asked = new Set<Vm>()
  const began = process.cpuUsage().user
  while (runVms(host, vms, { cycles: 50_000_000 }) === 'budget') {
    vms.forEach((vm, index) => {
      if (asked.has(vm) || !texts[index]!.includes('/ # ')) return
      asked.add(vm)
      vm.input(Buffer.from(`echo $((${index} * 1111)) is it; poweroff\n`))
    })
    expect(host.cycles).toBeLessThan(60e9)
  }
  for (const [index, text] of texts.entries()) expect(text).toContain(`${index * 1111} is it\r\n`)
  expect(vms.map((vm) => vm.ended?.reason)).toEqual(new Array(COUNT).fill('poweroff'))
  // Memory is taken as it is touched, or it would not do; tables are a root of four frames and little more.
  const resident = vms.reduce((sum, vm) => sum + vm.memory.resident, 0)
  expect(resident).toBeLessThan((COUNT * MEMORY) / 2)
  expect(host.frames.used - resident / 4096).toBeLessThan(COUNT * 10)
  // Equal weights: none had to wait for the others for long.
  const used = vms.map((vm) => vm.ledger.virtualCycles)
  expect(Math.max(...used) / Math.min(...used)).toBeLessThan(1.2)
  const seconds = (process.cpuUsage().user - began) / 1e6
  console.info(
    `${COUNT} Debian VMs: ${host.frames.used} frames of ${host.frames.total}, ${seconds.toFixed()} s of one core`,
  )
  for (const vm of vms) vm.destroy()
  expect(host.frames.used).toBe(0)
})
