import { expect, test } from 'vitest'
import { ownMachine } from './own-machine.ts'
import type { PeerTask } from './peer.ts'
import { programVersion } from './program-version.ts'
import { qemu } from './qemu.ts'

const program: PeerTask = { kernel: '/a b/k', bootargs: 'rounds=3', memory: 128 * 2 ** 20 }
const linux: PeerTask = { ...program, initrd: '/i', firmware: '/f' }

const ours = ownMachine('interpreter')

test('QEMU boots what we boot: one hart, the same memory, image and command line', () => {
  expect(qemu.command(program).args.join(' ')).toBe(
    '-machine virt -cpu rv64 -smp 1 -accel tcg -m 128M -nographic -no-reboot -kernel /a b/k -append rounds=3',
  )
  expect(qemu.command({ ...program, hypervisor: true }).args.join(' ')).toContain(' -cpu rv64,h=true -smp 1 ')
  expect(qemu.command(linux).args.join(' ')).toMatch(/ -initrd \/i -bios \/f$/)
})

test('our machine is the command boot in a process of its own', () => {
  const { file, args } = ours.command(linux)
  expect(file).toBe(process.execPath)
  expect(args.slice(args.indexOf('boot')).join(' ')).toBe(
    'boot --engine interpreter --clock wall --no-reboot --memory 128M --kernel /a b/k --append rounds=3 --initrd /i --bios /f',
  )
  expect(args).toContain(process.argv[1])
})

test('our machine says which engine it is, and what Node was told', async () => {
  expect(await ours.version()).toContain(`engine interpreter, Node ${process.version}`)
  const told = process.execArgv.splice(0, Infinity, '--v8-pool-size=0')
  expect(await ours.version()).toMatch(/ --v8-pool-size=0$/)
  process.execArgv.splice(0, Infinity, ...told)
})

test('a program says its version, or what to install', async () => {
  expect(await programVersion(process.execPath, 'x')).toBe(process.version)
  await expect(programVersion('no-such-program', 'install it')).rejects.toThrow(
    'no-such-program is not on this system: install it',
  )
  await expect(programVersion('/dev/null', 'x')).rejects.toThrow('/dev/null does not start: ')
})
