import { expect, test } from 'vitest'
import { readCpio } from '../test/read-cpio.ts'
import { initramfs } from './initramfs.ts'
import { program } from './programs.ts'

const busybox = new TextEncoder().encode('busybox')
const module = (name: string) => ({ name, contents: new TextEncoder().encode(`module ${name}`) })

test('an initramfs has our programs, busybox as the shell, and modules in order', async () => {
  const modules = [
    { names: ['boot'], modules: [module('virtio_mmio'), module('virtio_blk')] },
    { names: ['fs-ext4', 'ext4'], modules: [module('jbd2'), module('ext4')] },
  ]
  const entries = new Map(readCpio(await initramfs({ busybox, modules })).map((entry) => [entry.path, entry]))
  const text = (path: string) => new TextDecoder().decode(entries.get(path)?.contents)
  expect(entries.get('init')?.contents).toEqual(await program('init'))
  expect(entries.get('bin/kvm-test')?.mode.toString(8)).toBe('100755')
  expect(text('bin/busybox')).toBe('busybox')
  expect(text('bin/sh')).toBe('busybox')
  expect(text('sbin/modprobe')).toBe('../init')
  expect(entries.get('dev/console')?.device).toEqual([5, 1])
  expect(text('lib/worldswitch/modules')).toBe('boot : virtio_mmio virtio_blk\nfs-ext4 ext4 : jbd2 ext4\n')
  expect(text('lib/worldswitch/ext4.ko')).toBe('module ext4')
  expect(text('lib/worldswitch/dhcp')).toMatch(/^#!\/bin\/sh\n/)
})

test('the same parts give the same bytes', async () => {
  expect(await initramfs({ busybox, modules: [] })).toEqual(await initramfs({ busybox, modules: [] }))
})
