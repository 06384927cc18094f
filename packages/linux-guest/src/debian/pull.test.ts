import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { archived, type FakeDebian, fakeDebian } from '../../test/fake-debian.ts'
import { readCpio } from '../../test/read-cpio.ts'
import { loadGuest } from '../guest-store.ts'
import { type PullOptions, pullDebian } from './pull.ts'

vi.mock('./tested-packages.ts', () => ({
  testedPackages: [archived('linux-image-6.11-riscv64', '6.11-1'), archived('busybox-static', '1:1.36')],
}))

const scratch = mkdtempSync(path.join(tmpdir(), 'pull-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

let fake: FakeDebian
let options: PullOptions & { folder: string; keyring: string }
const setUp = (targets?: string): void => {
  const place = mkdtempSync(path.join(scratch, 'case-'))
  fake = fakeDebian(place, targets)
  const keyring = path.join(place, 'keys.gpg')
  writeFileSync(keyring, '')
  options = { folder: path.join(place, 'guests'), keyring, env: { PATH: fake.path } }
}
beforeEach(() => setUp())

/** Nothing of an attempt may stay. */
const nothingStays = () => expect(readdirSync(options.folder)).toEqual([])

test('the guest is made of what the packages contain', async () => {
  const lines: string[] = []
  const { guest, changed } = await pullDebian({ ...options, log: (line) => lines.push(line) })
  expect(changed).toBe(true)
  expect(guest).toMatchObject({
    name: 'debian',
    release: 'trixie',
    kernelRelease: '6.12',
    packages: [
      { name: 'linux-image-6.12-riscv64' },
      { name: 'busybox-static', version: '1:1.37' },
      { name: 'opensbi' },
    ],
  })
  const { kernel, firmwareDynamic, initrd } = await loadGuest('debian', options)
  expect(new TextDecoder().decode(kernel)).toBe('the kernel')
  expect(new TextDecoder().decode(firmwareDynamic)).toBe('dynamic')
  const modules = readCpio(initrd).find((entry) => entry.path === 'lib/worldswitch/modules')?.contents
  expect(new TextDecoder().decode(modules)).toBe(
    'boot : virtio_mmio virtio_blk failover net_failover virtio_net virtio_rng kvm\n' +
      'fs-ext4 fs-ext3 fs-ext2 ext4 : jbd2 crc16 ext4\n',
  )
  expect(lines).toEqual([
    'reading the index of trixie from http://mirror.example/debian/',
    'linux-image-6.12-riscv64 6.12-1',
    'busybox-static 1:1.37',
    'opensbi 1.6',
    'building the initramfs',
  ])
  expect(readdirSync(options.folder)).toEqual(['debian'])
})

test('apt works in a state of its own, and only for riscv64', async () => {
  await pullDebian(options)
  expect(fake.config()).toContain('APT::Architectures { "riscv64"; };')
  expect(fake.config()).toContain('#clear APT::Update::Post-Invoke;')
  for (const setting of ['Dir::State', 'Dir::Cache', 'Dir::Etc::sourcelist'])
    expect(fake.config()).toMatch(new RegExp(`^${setting} "${options.folder}/`, 'm'))
  const calls = fake.calls().map((call) => call.replaceAll(/\S*\/(?=\S)/g, ''))
  expect(calls.filter((call) => !/^(xz|dpkg-deb)/.test(call))).toEqual([
    'apt-get indextargets --format $(REPO_URI)\t$(RELEASE)\t$(COMPONENT) Created-By: Packages',
    'apt-get -c apt.conf update -q',
    'apt-cache -c apt.conf show --no-all-versions linux-image-riscv64',
    'apt-cache -c apt.conf show --no-all-versions linux-image-6.12-riscv64 busybox-static opensbi',
    ...['linux-image-6.12-riscv64', 'busybox-static', 'opensbi'].map(
      (name) =>
        `apt-helper -c apt.conf download-file ${name}_1_riscv64.deb ${name}_1_riscv64.deb SHA256:${archived(name, '').sha256}`,
    ),
  ])
})

test('a second pull finds that nothing is newer, and downloads nothing', async () => {
  const { guest } = await pullDebian(options)
  const before = fake.calls().length
  expect(await pullDebian(options)).toEqual({ guest, changed: false })
  expect(fake.calls().slice(before).join('\n')).not.toMatch(/download-file|dpkg-deb/)
})

test('a damaged guest is pulled again', async () => {
  const { guest } = await pullDebian(options)
  rmSync(guest.paths.initrd)
  expect((await pullDebian(options)).changed).toBe(true)
  expect((await loadGuest('debian', options)).initrd.length).toBe(guest.files.initrd.bytes)
})

test('a mirror that is named is the only one asked', async () => {
  await pullDebian({ ...options, mirror: 'http://near.example/debian' })
  expect(fake.calls().join('\n')).not.toContain('indextargets')
  expect(fake.calls().join('\n')).toContain(' http://near.example/debian/pool/opensbi_1_riscv64.deb ')
})

describe('without a verified index', () => {
  beforeEach(() => fake.trouble('no index'))

  test('the packages are those of the tests, and it is said', async () => {
    const lines: string[] = []
    const { guest } = await pullDebian({ ...options, log: (line) => lines.push(line) })
    expect(guest.packages).toMatchObject([
      { name: 'linux-image-6.11-riscv64', version: '6.11-1' },
      { name: 'busybox-static', version: '1:1.36' },
    ])
    expect(lines[1]).toMatch(/^no mirror gave a verified index[\s\S]*E: Failed to fetch http:\/\/x/)
    expect(lines[1]).toMatch(/\ntaking the packages that this version was tested with$/)
    expect(await pullDebian(options)).toEqual({ guest, changed: false })
  })

  test('a guest made of other packages stays', async () => {
    fake.trouble('none')
    const { guest } = await pullDebian(options)
    fake.trouble('no index')
    await expect(pullDebian(options)).rejects.toThrow('is the machine online?')
    expect((await loadGuest('debian', options)).folder).toBe(guest.folder)
  })

  test('they are of one release', async () => {
    await expect(pullDebian({ ...options, release: 'forky' })).rejects.toThrow('is the machine online?')
    nothingStays()
  })

  test('the next mirror is asked for them', async () => {
    setUp('http://broken.example/debian\ttrixie\tmain\nhttp://good.example/debian\ttrixie\tmain\n')
    fake.trouble('no index')
    expect((await pullDebian(options)).changed).toBe(true)
    const asked = fake.calls().filter((call) => call.includes('download-file'))
    expect(asked.map((call) => /http:\/\/(\w+)/.exec(call)?.[1])).toEqual(['broken', 'good', 'good'])
  })
})

describe('what goes wrong is said, and nothing of it stays', () => {
  test.each([
    [
      'offline',
      /^no mirror gave a verified index; is the machine online\?[\s\S]*E: Failed to fetch http:\/\/x[\s\S]*E: Download Failed$/,
    ],
    ['no package', /^the archive has no package linux-image-riscv64 for riscv64 in trixie$/],
    ['changed file', /deb is not the file that was asked for$/],
    ['no download', /^apt did not download linux-image-6.12-riscv64, busybox-static, opensbi$/],
    ['broken package', /could not be unpacked: dpkg-deb: error: not a package$/],
  ] as const)('%s', async (trouble, message) => {
    fake.trouble(trouble)
    await expect(pullDebian(options)).rejects.toMatchObject({
      code: 'PULL_FAILED',
      message: expect.stringMatching(message),
    })
    nothingStays()
  })

  test('an abort', async () => {
    const stop = new AbortController()
    const pull = pullDebian({ ...options, signal: stop.signal, log: () => stop.abort(new Error('enough')) })
    await expect(pull).rejects.toThrow('enough')
    nothingStays()
  })
})

describe('without what is needed', () => {
  test.each([
    ['apt-get', /^the program apt-get is not on this system: .*--kernel IMAGE --initrd ARCHIVE/],
    ['dpkg-deb', /^the program dpkg-deb is not on this system: .*--bios FIRMWARE/],
    ['xz', /^the program xz is not on this system: install the package xz-utils$/],
  ])('%s', async (tool, message) => {
    fake.remove(tool)
    await expect(pullDebian(options)).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: expect.stringMatching(message),
    })
  })

  test('the keys of the archive', async () => {
    rmSync(options.keyring)
    await expect(pullDebian(options)).rejects.toMatchObject({
      code: 'NO_KEYRING',
      message: expect.stringContaining('install the package debian-archive-keyring'),
    })
  })

  test('a mirror', async () => {
    setUp('')
    await expect(pullDebian(options)).rejects.toMatchObject({
      code: 'NO_MIRROR',
      message: expect.stringContaining('--mirror ADDRESS'),
    })
  })

  test('a release that can be one', async () => {
    await expect(pullDebian({ ...options, release: '../etc' })).rejects.toMatchObject({ code: 'PULL_FAILED' })
  })
})
