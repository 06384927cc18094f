import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { kernelElf, workloads } from '@worldswitch/guest-kernel'
import { describe, expect, test } from 'vitest'
import { scratchFolder, worldswitch } from './command.ts'

const folder = scratchFolder()

describe('help', () => {
  test('names the commands and shows examples', async () => {
    const { status, stdout, stderr } = await worldswitch(['--help'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    for (const command of ['run', 'boot', 'list', 'peers', 'guests', 'disasm', 'complete'])
      expect(stdout).toContain(`\n  ${command} `)
    expect(stdout).toContain('Examples:')
  })

  test.each([
    ['run', '--workloads'],
    ['boot', 'Exit status'],
    ['disasm', '--raw'],
    ['list', 'profiles'],
    ['peers', '--only'],
  ])('of %s says %s', async (command, text) => {
    const { status, stdout } = await worldswitch([command, '--help'])
    expect(status).toBe(0)
    expect(stdout).toContain(text)
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100)
  })

  test('the version is the one of the package', async () => {
    expect(await worldswitch(['--version'])).toMatchObject({ status: 0, stdout: '0.0.0\n' })
  })
})

test('list prints what other commands take', async () => {
  const { status, stdout } = await worldswitch(['list'])
  expect(status).toBe(0)
  for (const { name, title } of workloads) expect(stdout).toMatch(new RegExp(`^ {2}${name} +${title}$`, 'm'))
  expect(stdout).toMatch(/^ {2}trap-emulate /m)
  expect(stdout).toMatch(/^ {2}hardware-assisted /m)
  expect(stdout).toMatch(/^ {2}pentium4 /m)
})

describe('a call that makes no sense ends with status 2 and prints nothing', () => {
  test.each([
    [['rnu'], 'Did you mean run?'],
    [['run', '--worklods', 'pipe'], 'Did you mean --workloads?'],
    [['run', '--workloads', 'pipe,null-cal'], "no workload is named 'null-cal'; did you mean null-call?"],
    [['run', '--workloads', ','], 'name at least one workload; there are null-call'],
    [['run', '--workloads', 'zzzzzzzz'], "no workload is named 'zzzzzzzz'; there are null-call, "],
    [['run', '--strategies', 'trap-emulat'], 'did you mean trap-emulate?'],
    [['run', '--profile', 'pentium'], 'did you mean pentium4?'],
    [['run', '--scale', '99'], 'results are known for 1 to '],
    [['run', '--repetitions', '0'], "'0' is no whole number from 1 on"],
    [['run', '--memory', '64X'], "'64X' is no size of memory"],
    [['boot', '--strategy', 'bar'], 'did you mean bare?'],
    [['boot', '--clock', 'sun'], 'Allowed choices are wall, virtual'],
    [['boot', '--net', 'wifi'], 'Allowed choices are none, isolated, user'],
    [['boot', '--net', 'user', '--forward', '22'], 'write 2222:22'],
    [['boot', '--forward', '2222:22'], 'give --net user'],
    [['boot', '-s', 'trap-emulate', '--net', 'user', '--clock', 'virtual'], '--clock wall'],
    [['boot', '--raw', '0x80200000'], 'give both'],
    [['list', 'workload'], 'did you mean workloads?'],
    [['peers', '--only', 'srot'], 'did you mean sort?'],
    [['peers', '--peer', 'qmeu'], 'did you mean qemu?'],
    [['peers', '--engine', 'warp'], 'Allowed choices are '],
    [['peers', '--time', 'moon'], 'Allowed choices are wall, cpu'],
    [['peers', '--runs', '0'], "'0' is no whole number from 1 on"],
    [['peers', '--rounds', '2000000', '--only', 'sort'], 'give a whole number from 1 to 1,000,000'],
    [['guests', 'pull'], "missing required argument 'guest'"],
    [['guests', 'pull', 'debain'], "no guest is named 'debain'; did you mean debian?"],
    [['guests', 'fetch'], "unknown command 'fetch'"],
    [['disasm'], "missing required argument 'image'"],
    [['complete', 'tcsh'], 'zsh, bash, fish, powershell'],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await worldswitch(args)
    expect(stderr).toContain(message)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).not.toContain('    at ')
  })
})

describe('an image that is none', async () => {
  const kernel = await kernelElf()
  const foreign = kernel.slice()
  foreign[18] = 62 // e_machine: x86-64
  const files: Record<string, Uint8Array> = {
    'truncated.elf': kernel.subarray(0, 5000),
    'foreign.elf': foreign,
    'notes.txt': new TextEncoder().encode('Dear kernel,\n'),
    'notes.gz': gzipSync('Dear kernel,\n'),
    'broken.gz': gzipSync(kernel).subarray(0, 2000),
    'empty.elf': new Uint8Array(),
  }
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name), bytes)

  test.each([
    ['truncated.elf', /truncated\.elf: .*(ends|end|beyond|truncated|bytes)/],
    ['foreign.elf', /foreign\.elf: The ELF file is for x86-64, not for RISC-V/],
    [
      'notes.txt',
      /notes\.txt: The image is neither an ELF file nor a RISC-V Linux Image\. .*--raw 0x80200000/,
    ],
    ['notes.gz', /notes\.gz: The image is neither/],
    ['broken.gz', /broken\.gz: .*(gzip|compressed|decompress)/],
    ['empty.elf', /empty\.elf: The image is empty/],
    ['missing.elf', /missing\.elf could not be read: there is no such file/],
    ['.', /could not be read: it is a folder/],
  ])('%s', async (name, message) => {
    for (const command of [['boot', '--kernel'], ['disasm']]) {
      const { status, stdout, stderr } = await worldswitch([...command, path.join(folder, name)])
      expect(stderr).toMatch(message)
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
      expect(stderr).not.toContain('    at ')
    }
  })
})

describe('disasm', () => {
  test('prints instructions from an address on', async () => {
    const file = path.join(folder, 'code.bin')
    writeFileSync(file, Uint8Array.of(0x13, 0x05, 0x10, 0x00, 0x73, 0x00, 0x00, 0x00, 0x82, 0x80))
    const { status, stdout } = await worldswitch(['disasm', file, '--raw', '0x1000', '--from', '0x1004'])
    expect(status).toBe(0)
    expect(stdout).toBe('        1004:  00000073  ecall\n        1008:  8082      c.jr ra\n')
  })

  test('takes a compressed kernel and stops after a count', async () => {
    const file = path.join(folder, 'kernel.gz')
    writeFileSync(file, gzipSync(await kernelElf()))
    const { status, stdout } = await worldswitch(['disasm', file, '--count', '3'])
    expect(status).toBe(0)
    expect(stdout.trimEnd().split('\n')).toHaveLength(3)
  })

  test('says when there is nothing at an address', async () => {
    const file = path.join(folder, 'code.bin')
    const { status, stderr } = await worldswitch(['disasm', file, '--raw', '0x1000', '--from', '0x2000'])
    expect(status).toBe(1)
    expect(stderr).toContain('nothing at 0x2000')
  })
})

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish', 'powershell'])('has a script for %s', async (shell) => {
    const { status, stdout } = await worldswitch(['complete', shell])
    expect(status).toBe(0)
    expect(stdout).toContain('worldswitch')
  })

  test.each([
    [['bo'], ['boot']],
    [['run', '--workloads', 'mm'], ['mmio']],
    [
      ['boot', '--strategy', ''],
      ['bare', 'trap-emulate', 'hardware-assisted'],
    ],
    [['boot', '--clock', 'w'], ['wall']],
    [['peers', '--only', 'linux-p'], ['linux-pipe']],
    [['boot', '--net', 'i'], ['isolated']],
  ])('of %j gives %j', async (words, names) => {
    const { stdout } = await worldswitch(['complete', '--', ...words])
    const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith(':'))
    expect(lines.map((line) => line.split('\t')[0])).toEqual(names)
  })
})
