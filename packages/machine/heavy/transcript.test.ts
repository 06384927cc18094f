import { memoryBlocks } from '@worldswitch/devices'
import { disk, kernelElf } from '@worldswitch/guest-kernel'
import { expect, test } from 'vitest'
import { createMachine, type MachineResult } from '../src/machine.ts'
import type { MachineOptions } from '../src/machine-options.ts'
import { openSbi, qemuConsole } from './qemu.ts'

const kernel = await kernelElf()
const image = await disk()
const append = 'bench=all scale=1'

async function boot(options: Partial<MachineOptions> = {}): Promise<MachineResult & { text: string }> {
  let text = ''
  const machine = createMachine({
    kernel,
    bootargs: append,
    disks: [memoryBlocks(image.slice())],
    ...options,
    console: {
      output: (bytes) => {
        text += String.fromCharCode(...bytes)
      },
    },
  })
  return { ...(await machine.run({ maxSteps: 20_000_000_000 })), text }
}

/** From the kernel's first line on: OpenSBI prints before it. */
const kernelPart = (text: string): string => text.slice(text.indexOf('worldswitch guest kernel'))

const theirs = qemuConsole(kernel, image, append)

test('QEMU runs the guest kernel to its end', () => expect(kernelPart(theirs)).toContain('@bench done'))

test('the guest kernel prints here what it prints on QEMU', async () => {
  const { reason, text } = await boot()
  expect(reason).toBe('poweroff')
  expect(text).toBe(kernelPart(theirs))
})

test('the same under OpenSBI instead of the built-in firmware', async () => {
  const firmware = { format: 'raw', bytes: openSbi(), address: 0x8000_0000 } as const
  const { reason, text } = await boot({ firmware })
  expect(text).toContain('OpenSBI v')
  expect(text).toContain('Firmware Base             : 0x80000000')
  expect(kernelPart(text)).toBe(kernelPart(theirs))
  expect(reason).toBe('poweroff')
})

test('OpenSBI starts the kernel with four harts, too', async () => {
  const firmware = { format: 'raw', bytes: openSbi(), address: 0x8000_0000 } as const
  const { reason, text } = await boot({ firmware, harts: 4, bootargs: 'bench=null-call scale=1' })
  expect(text).toContain('Platform HART Count       : 4')
  expect(reason).toBe('poweroff')
})
