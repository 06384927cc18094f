import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import {
  findGuest,
  type GuestPackage,
  guestsFolder,
  type InstalledGuest,
  installGuest,
  type NewGuest,
  type StoreOptions,
  sha256,
  workFolder,
} from '../guest-store.ts'
import { initramfs } from '../initramfs.ts'
import { type ModuleGroup, type ModuleSource, orderModules } from '../kernel-modules.ts'
import { LinuxGuestError } from '../linux-guest-error.ts'
import { runProgram } from '../process.ts'
import { programs } from '../programs.ts'
import {
  configureApt,
  configuredMirrors,
  type DebianPackage,
  describePackages,
  downloadPackages,
  helperPath,
  keyringHint,
  type PrivateApt,
  updateApt,
} from './apt.ts'
import { testedPackages } from './tested-packages.ts'

/** How a guest is pulled. */
export interface PullOptions extends StoreOptions {
  /** Base address of a mirror of Debian's archive; those of the machine's apt by default. */
  readonly mirror?: string | undefined
  /** File with the keys that the archive must be signed with. */
  readonly keyring?: string | undefined
  /** Release of Debian; `trixie` by default. */
  readonly release?: string | undefined
  /** Environment in which tools are looked for and run. */
  readonly env?: NodeJS.ProcessEnv
  /** Stops the work; nothing of it stays. */
  readonly signal?: AbortSignal | undefined
  /** Gets a line for each step. */
  readonly log?: (line: string) => void
}

/** What came of it. */
export interface PullResult {
  readonly guest: InstalledGuest
  /** `false` if the guest in the cache was made of the same packages and programs already. */
  readonly changed: boolean
}

const RELEASE = 'trixie'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
/** What depends on the kernel's current package, and what else the guest is made of. */
const KERNEL = 'linux-image-riscv64'
const OTHERS = ['busybox-static', 'opensbi']

/** Modules by the occasion at which `/init`, or the kernel by way of modprobe, loads them. */
const MODULES = [
  { names: ['boot'], wanted: ['virtio_mmio', 'virtio_blk', 'virtio_net', 'virtio_rng', 'kvm'] },
  // ext4 asks the kernel for crc32c by its algorithm, which no dependency shows.
  { names: ['fs-ext4', 'fs-ext3', 'fs-ext2', 'ext4'], wanted: ['crc32c_generic', 'ext4'] },
] as const

/**
 * Makes the Debian guest: kernel, modules, busybox and OpenSBI from Debian's archive, verified by the machine's apt with
 * the archive's keys, and an initramfs of them and of this package's programs. If no mirror gives a verified index, and no
 * other packages are in the cache, it is made of those that this version was tested with, verified by hashes that it
 * knows. Needs no root and changes nothing outside the cache. A guest appears there whole or not at all.
 *
 * @throws LinuxGuestError if a tool, the keys or the archive cannot be had; the message says what to do.
 */
export async function pullDebian(options: PullOptions = {}): Promise<PullResult> {
  const { folder = guestsFolder(), signal, log = () => {} } = options
  const env = helperPath(options.env ?? process.env)
  const release = options.release ?? RELEASE
  if (!/^[a-z][a-z0-9-]*$/.test(release))
    throw new LinuxGuestError('PULL_FAILED', `'${release}' is no release of Debian; write trixie`)
  await needTools(env, signal)
  const keyring = path.resolve(options.keyring ?? KEYRING)
  if (!(await exists(keyring))) throw new LinuxGuestError('NO_KEYRING', keyringHint(keyring))
  const mirrors = options.mirror === undefined ? await configuredMirrors(env, signal) : [options.mirror]
  if (mirrors.length === 0) {
    throw new LinuxGuestError(
      'NO_MIRROR',
      `the machine's apt has no archive of Debian among its sources: name one with --mirror ADDRESS`,
    )
  }
  const work = await workFolder(folder)
  try {
    const apt: PrivateApt = { folder: path.join(work, 'apt'), release, keyring, env, signal }
    await mkdir(apt.folder)
    const present = await findGuest('debian', { folder }).catch(() => undefined)
    const { packages, ...source } = await choosePackages(apt, mirrors, present, log)
    const recipe = {
      packages: packages.map(({ name, version, sha256 }): GuestPackage => ({ name, version, sha256 })),
      programs: Object.fromEntries(Object.entries(programs).map(([name, { sha256 }]) => [name, sha256])),
    }
    if (present && isEqual(present.packages, recipe.packages) && isEqual(present.programs, recipe.programs))
      return { guest: present, changed: false }
    for (const { name, version } of packages) log(`${name} ${version}`)
    const files = path.join(work, 'packages')
    const download = await firstThatWorks(source.mirrors, (mirror) =>
      downloadPackages(apt, mirror, packages, files),
    )
    if (download.mirror === undefined)
      throw new LinuxGuestError('PULL_FAILED', [...source.reasons, ...download.reasons].join('\n'))
    const tree = path.join(work, 'tree')
    await unpack(packages, files, tree, env, signal)
    log('building the initramfs')
    const built = await buildGuest(tree, env, signal)
    signal?.throwIfAborted()
    const guest = await installGuest({ name: 'debian', release, ...recipe, ...built }, { folder })
    return { guest, changed: true }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  )

/** Everything that is run, so that what is missing is said at once. */
async function needTools(env: NodeJS.ProcessEnv, signal: AbortSignal | undefined): Promise<void> {
  const packages = {
    'apt-get': 'apt',
    'apt-cache': 'apt',
    'apt-helper': 'apt',
    'dpkg-deb': 'dpkg',
    xz: 'xz-utils',
  }
  for (const [tool, owner] of Object.entries(packages)) {
    try {
      await runProgram(tool, ['--version'], { env, signal })
    } catch (error) {
      if (!(error instanceof LinuxGuestError)) throw error
      const instead =
        owner === 'xz-utils'
          ? `install the package ${owner}`
          : 'this needs a Debian-like system. Elsewhere, give `worldswitch boot` files of your own: --kernel IMAGE --initrd ARCHIVE, and --bios FIRMWARE for a firmware image'
      throw new LinuxGuestError('TOOL_MISSING', `${error.message}: ${instead}`)
    }
  }
}

/** Tries mirrors one after the other. @returns the first with which `attempt` works, and why not those before it. */
async function firstThatWorks(
  mirrors: readonly string[],
  attempt: (mirror: string) => Promise<void>,
): Promise<{ readonly mirror?: string; readonly reasons: readonly string[] }> {
  const reasons: string[] = []
  for (const mirror of mirrors) {
    try {
      await attempt(mirror)
      return { mirror, reasons }
    } catch (error) {
      if (!(error instanceof LinuxGuestError)) throw error
      reasons.push(error.message)
    }
  }
  return { reasons }
}

/** What a guest is made of. */
interface Choice {
  readonly packages: readonly DebianPackage[]
  /** Where that may be had. */
  readonly mirrors: readonly string[]
  /** Why it is not what the archive has now. */
  readonly reasons: readonly string[]
}

/**
 * The newest packages by the signed index. Without one, those that this version was tested with, unless the guest that
 * is `present` has others, which may be newer.
 */
async function choosePackages(
  apt: PrivateApt,
  mirrors: readonly string[],
  present: InstalledGuest | undefined,
  log: (line: string) => void,
): Promise<Choice> {
  const index = await firstThatWorks(mirrors, async (mirror) => {
    log(`reading the index of ${apt.release} from ${mirror}`)
    await configureApt(apt, mirror)
    await updateApt(apt)
  })
  if (index.mirror !== undefined)
    return { packages: await newestPackages(apt), mirrors: [index.mirror], reasons: [] }
  const reasons = [
    'no mirror gave a verified index; is the machine online? Another mirror can be named with --mirror.',
    ...index.reasons,
  ]
  const hashes = (packages: readonly GuestPackage[]): string[] => packages.map((one) => one.sha256)
  const others = present && !isEqual(hashes(present.packages), hashes(testedPackages))
  if (apt.release !== RELEASE || others) throw new LinuxGuestError('PULL_FAILED', reasons.join('\n'))
  log([...reasons, 'taking the packages that this version was tested with'].join('\n'))
  return { packages: testedPackages, mirrors, reasons }
}

/** The kernel's package that the one without a version depends on, and the others. */
async function newestPackages(apt: PrivateApt): Promise<DebianPackage[]> {
  const [meta] = await describePackages(apt, [KERNEL])
  const kernel = meta?.depends.find((name) => name.startsWith('linux-image-'))
  if (kernel === undefined) throw new LinuxGuestError('PULL_FAILED', `${KERNEL} depends on no kernel`)
  return describePackages(apt, [kernel, ...OTHERS])
}

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Compares each file with its SHA-256 once more, and unpacks it. */
async function unpack(
  packages: readonly DebianPackage[],
  files: string,
  tree: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<void> {
  const known = new Map(packages.map(({ sha256: hash, name }) => [hash, name]))
  for (const file of (await readdir(files)).sort()) {
    const place = path.join(files, file)
    if (!known.delete(sha256(await readFile(place))))
      throw new LinuxGuestError('PULL_FAILED', `${file} is not the file that was asked for`)
    const { status, stderr } = await runProgram('dpkg-deb', ['-x', place, tree], { env, signal })
    if (status !== 0)
      throw new LinuxGuestError('PULL_FAILED', `${file} could not be unpacked: ${stderr.trim()}`)
  }
  if (known.size > 0)
    throw new LinuxGuestError('PULL_FAILED', `apt did not download ${[...known.values()].join(', ')}`)
}

type BuiltParts = Pick<NewGuest, 'kernelRelease' | 'modules' | 'contents'>

/** Puts the parts of the unpacked packages together. */
async function buildGuest(
  tree: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<BuiltParts> {
  const image = (await readdir(path.join(tree, 'boot'))).find((name) => /^vmlinu[xz]-/.test(name))
  if (image === undefined) throw new LinuxGuestError('PULL_FAILED', 'the package of the kernel has no kernel')
  const kernelRelease = image.slice('vmlinux-'.length)
  const source = await moduleSource(path.join(tree, 'usr/lib/modules', kernelRelease), env, signal)
  const loaded = new Set<string>()
  const groups: ModuleGroup[] = []
  for (const { names, wanted } of MODULES)
    groups.push({ names, modules: await orderModules(wanted, source, loaded) })
  const read = async (...parts: string[]): Promise<Uint8Array> =>
    new Uint8Array(await readFile(path.join(tree, ...parts)))
  const opensbi = 'usr/lib/riscv64-linux-gnu/opensbi/generic'
  return {
    kernelRelease,
    modules: groups.flatMap(({ modules }) => modules.map(({ name }) => name)),
    contents: {
      kernel: await read('boot', image),
      initrd: await initramfs({ busybox: await read('usr/bin/busybox'), modules: groups }),
      firmwareDynamic: await read(opensbi, 'fw_dynamic.bin'),
      firmwareJump: await read(opensbi, 'fw_jump.bin'),
    },
  }
}

/** Modules of an unpacked kernel package; most are compressed with xz. */
async function moduleSource(
  folder: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<ModuleSource> {
  const nameOf = (file: string): string =>
    path
      .basename(file)
      .replace(/\.ko(\.xz)?$/, '')
      .replaceAll('-', '_')
  const files = new Map<string, string>()
  for (const file of await readdir(path.join(folder, 'kernel'), { recursive: true }))
    if (/\.ko(\.xz)?$/.test(file)) files.set(nameOf(file), path.join(folder, 'kernel', file))
  const builtIn = new Set(
    (await readFile(path.join(folder, 'modules.builtin'), 'utf8')).split('\n').map(nameOf),
  )
  return {
    builtIn,
    async read(name) {
      const file = files.get(name)
      if (file === undefined) return undefined
      if (!file.endsWith('.xz')) return new Uint8Array(await readFile(file))
      const { status, stdout, stderr } = await runProgram('xz', ['-dc', file], { env, signal })
      if (status === 0) return stdout
      throw new LinuxGuestError('PULL_FAILED', `${file} could not be decompressed: ${stderr.trim()}`)
    },
  }
}
