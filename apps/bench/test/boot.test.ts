import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { bootargs, disk, expectedTranscript } from '@worldswitch/guest-kernel'
import { assemble } from '@worldswitch/isa'
import { describe, expect, test } from 'vitest'
import { scratchFolder, startWorldswitch, worldswitch } from './command.ts'

const folder = scratchFolder()
const strategies = ['bare', 'trap-emulate']
const MEMORY = 64 * 2 ** 20

/** A file of plain code for 0x80200000. */
function program(name: string, source: string): string[] {
  const file = path.join(folder, name)
  writeFileSync(file, assemble(source, { origin: 0x8020_0000n }).bytes)
  return ['--kernel', file, '--raw', '0x80200000']
}

/** Stores a command to the test finisher. */
const finish = (command: number): string => `li t0, 0x100000\nli t1, ${command}\nsw t1, 0(t0)\nwait: j wait\n`

describe.each(strategies)('boot between pipes on %s', (strategy) => {
  test('puts the console on standard output, and nothing else', async () => {
    const run = { bench: ['getpid'], scale: 1 } as const
    const golden = expectedTranscript({ ...run, memoryBytes: MEMORY, diskBytes: (await disk()).length })
    const args = ['boot', '--strategy', strategy, '--memory', '64M', '--append', bootargs(run)]
    expect(await worldswitch([...args, '--clock', 'virtual'])).toEqual({
      status: 0,
      stdout: golden,
      stderr: '',
    })
    expect(await worldswitch([...args, '--clock', 'wall'])).toEqual({ status: 0, stdout: golden, stderr: '' })
  })

  test('passes standard input on', async () => {
    const { status, stdout } = await worldswitch(['boot', '-s', strategy], {
      input: 'echo one two | wc\nexit\n',
    })
    expect(status).toBe(0)
    expect(stdout).toContain('1 2 8\n')
  })

  test.each([
    ['powers off', finish(0x5555), 0, ''],
    ['reports a failure', finish(0x0007_3333), 7, 'ended with failure 7'],
    ['reports a large failure', finish(0x1234_3333), 99, 'ended with failure 4660'],
    ['asks for a reset', finish(0x7777), 100, 'asked for a reset'],
    ['waits for ever', 'csrw sie, zero\nagain: wfi\nj again\n', 101, 'waits for input'],
  ])('ends with a status of its own when the guest %s', async (what, source, status, message) => {
    const kernel = program(`${strategy}-${what.replaceAll(' ', '-')}.bin`, source)
    const result = await worldswitch(['boot', '-s', strategy, '--clock', 'virtual', ...kernel])
    expect(result).toMatchObject({ status, stdout: '' })
    expect(result.stderr).toContain(message)
  })

  test('leaves the files of disks alone with --snapshot, and only then', async () => {
    const image = Buffer.from(await disk())
    const file = path.join(folder, `${strategy}.img`)
    writeFileSync(file, image)
    const input = 'echo kept > /tmp/note\nexit\n'
    const args = ['boot', '-s', strategy, '--disk', file]
    expect(await worldswitch([...args, '--snapshot'], { input })).toMatchObject({ status: 0 })
    expect(readFileSync(file).equals(image)).toBe(true)
    expect(await worldswitch(args, { input })).toMatchObject({ status: 0 })
    const again = path.join(folder, `${strategy}-again.img`)
    copyFileSync(file, again)
    const read = await worldswitch(['boot', '-s', strategy, '-d', again], {
      input: 'cat /tmp/note\nexit\n',
    })
    expect(read.stdout).toContain('kept\n')
  })
})

describe('boot ends', () => {
  const endless = 'again: j again\n'

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('on %s with status %d, whatever the guest does', async (signal, status) => {
    const kernel = program('hello.bin', `li a7, 1\nli a0, 33\necall\n${endless}`)
    const { process, seen, finished } = startWorldswitch(['boot', ...kernel])
    await seen('!')
    process.kill(signal)
    expect(await finished).toMatchObject({ status, stdout: '!', stderr: '' })
  })

  test('when nobody reads its output any more', async () => {
    const kernel = program('chatty.bin', 'again: li a7, 1\nli a0, 33\necall\nj again\n')
    const { process, seen, finished } = startWorldswitch(['boot', ...kernel])
    await seen('!!')
    process.stdout?.destroy()
    expect(await finished).toMatchObject({ status: 141, stderr: '' })
  })

  test('before it starts when a disk is none', async () => {
    const file = path.join(folder, 'odd.img')
    writeFileSync(file, new Uint8Array(700))
    const missing = await worldswitch(['boot', '--disk', path.join(folder, 'none.img')])
    expect(missing).toMatchObject({ status: 1, stdout: '' })
    expect(missing.stderr).toContain('does not exist')
    const odd = await worldswitch(['boot', '--disk', file])
    expect(odd).toMatchObject({ status: 1, stdout: '' })
    expect(odd.stderr).toContain('pad it to 1024 bytes')
  })

  test('before it starts when the kernel does not fit', async () => {
    const { status, stdout, stderr } = await worldswitch(['boot', '--memory', '1M'])
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/RAM/)
  })
})
