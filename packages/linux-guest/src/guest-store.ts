import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { LinuxGuestError } from './linux-guest-error.ts'

/** Guests that can be pulled. */
export const guestNames = ['debian'] as const
/** Name of a guest. */
export type GuestName = (typeof guestNames)[number]

/** Files of a guest. */
export const guestFiles = ['kernel', 'initrd', 'firmwareDynamic', 'firmwareJump'] as const
/** What a file of a guest is for. */
export type GuestFile = (typeof guestFiles)[number]

/** What a guest was made of. */
export interface GuestPackage {
  readonly name: string
  readonly version: string
  readonly sha256: string
}

/** The file `manifest.json` of a guest: it is written last, so a guest that has one is whole. */
export interface GuestManifest {
  /** Version of this format. */
  readonly format: 1
  readonly name: GuestName
  /** Folder of the files, beside the manifest. */
  readonly folder: string
  /** Release of the distribution: `trixie`. */
  readonly release: string
  /** What `uname -r` says in the guest. */
  readonly kernelRelease: string
  readonly packages: readonly GuestPackage[]
  /** SHA-256 of the programs of ours inside. */
  readonly programs: Readonly<Record<string, string>>
  /** Kernel modules in the initramfs, in the order of loading. */
  readonly modules: readonly string[]
  readonly files: Readonly<Record<GuestFile, GuestFileEntry>>
}

/** One file of a guest. */
export interface GuestFileEntry {
  readonly file: string
  readonly bytes: number
  readonly sha256: string
}

/** A guest in the cache. */
export interface InstalledGuest extends GuestManifest {
  /** Absolute path of each file. */
  readonly paths: Readonly<Record<GuestFile, string>>
}

/** A guest with the contents of its files. */
export interface LoadedGuest extends InstalledGuest {
  /** Linux Image, not compressed. */
  readonly kernel: Uint8Array
  /** Initramfs: an archive, not compressed. */
  readonly initrd: Uint8Array
  /** OpenSBI `fw_dynamic.bin`, which is told where the kernel is. */
  readonly firmwareDynamic: Uint8Array
  /** OpenSBI `fw_jump.bin`, which jumps to 0x8020_0000. */
  readonly firmwareJump: Uint8Array
}

/** Where guests are looked for. */
export interface StoreOptions {
  /** Folder of all guests; {@link guestsFolder} by default. */
  readonly folder?: string | undefined
}

/**
 * The folder that guests are kept in: `WORLDSWITCH_CACHE`, or `worldswitch` in `XDG_CACHE_HOME`, or in `~/.cache`; in it
 * the folder `guests`.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function guestsFolder(env: NodeJS.ProcessEnv = process.env): string {
  const own = env.WORLDSWITCH_CACHE
  if (own) return path.join(path.resolve(own), 'guests')
  const shared = env.XDG_CACHE_HOME
  const base = shared && path.isAbsolute(shared) ? shared : path.join(homedir(), '.cache')
  return path.join(base, 'worldswitch', 'guests')
}

/** SHA-256 in hexadecimal. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const manifestFile = (folder: string, name: string): string => path.join(folder, name, 'manifest.json')

const checkName = (name: string): GuestName => {
  const known = guestNames.find((one) => one === name)
  if (known !== undefined) return known
  throw new LinuxGuestError(
    'UNKNOWN_GUEST',
    `no guest is named '${name}'; there are ${guestNames.join(', ')}`,
  )
}

/**
 * Finds a guest that was pulled, and checks that its files have the right size.
 *
 * @throws LinuxGuestError `UNKNOWN_GUEST`, `GUEST_MISSING` or `GUEST_DAMAGED`.
 */
export async function findGuest(
  name: string,
  { folder = guestsFolder() }: StoreOptions = {},
): Promise<InstalledGuest> {
  const guest = checkName(name)
  const pull = `\`worldswitch guests pull ${guest}\``
  let text: string
  try {
    text = await readFile(manifestFile(folder, guest), 'utf8')
  } catch {
    throw new LinuxGuestError('GUEST_MISSING', `the guest ${guest} is not in ${folder}: run ${pull} first`)
  }
  const damaged = (what: string): LinuxGuestError =>
    new LinuxGuestError(
      'GUEST_DAMAGED',
      `the guest ${guest} in ${folder} is damaged (${what}): run ${pull} again`,
    )
  const manifest = parseManifest(text)
  if (manifest === undefined) throw damaged('its manifest cannot be read')
  const place = path.join(folder, guest, manifest.folder)
  const paths = {} as Record<GuestFile, string>
  for (const kind of guestFiles) {
    const { file, bytes } = manifest.files[kind]
    paths[kind] = path.join(place, file)
    const size = await stat(paths[kind]).then(
      (found) => found.size,
      () => undefined,
    )
    if (size !== bytes) throw damaged(`${file} ${size === undefined ? 'is not there' : `has ${size} bytes`}`)
  }
  return { ...manifest, paths }
}

/** Takes only what this version writes; anything else is `undefined`. */
function parseManifest(text: string): GuestManifest | undefined {
  try {
    const manifest = JSON.parse(text) as GuestManifest
    const plain = (name: unknown): boolean =>
      typeof name === 'string' && /^[\w.-]+$/.test(name) && !/^\.+$/.test(name)
    const whole =
      manifest.format === 1 &&
      plain(manifest.folder) &&
      guestFiles.every(
        (kind) => plain(manifest.files[kind].file) && Number.isInteger(manifest.files[kind].bytes),
      )
    return whole ? manifest : undefined
  } catch {
    return undefined
  }
}

/**
 * Finds a guest and reads its files, compared with the checksums of the manifest.
 *
 * @throws LinuxGuestError as {@link findGuest}
 */
export async function loadGuest(name: string, options: StoreOptions = {}): Promise<LoadedGuest> {
  const guest = await findGuest(name, options)
  const contents = {} as Record<GuestFile, Uint8Array>
  for (const kind of guestFiles) {
    contents[kind] = new Uint8Array(await readFile(guest.paths[kind]))
    if (sha256(contents[kind]) !== guest.files[kind].sha256) {
      throw new LinuxGuestError(
        'GUEST_DAMAGED',
        `${guest.paths[kind]} is not what was pulled: run \`worldswitch guests pull ${guest.name}\` again`,
      )
    }
  }
  return { ...guest, ...contents }
}

/** Guests in the cache that are whole. */
export async function listGuests(options: StoreOptions = {}): Promise<InstalledGuest[]> {
  const found = await Promise.all(guestNames.map((name) => findGuest(name, options).catch(() => undefined)))
  return found.filter((guest) => guest !== undefined)
}

/**
 * Removes a guest from the cache.
 *
 * @returns whether there was anything to remove.
 * @throws LinuxGuestError `UNKNOWN_GUEST`
 */
export async function removeGuest(
  name: string,
  { folder = guestsFolder() }: StoreOptions = {},
): Promise<boolean> {
  const place = path.join(folder, checkName(name))
  const there = await stat(place).then(
    () => true,
    () => false,
  )
  // The manifest first: what is left of an interrupted removal is no guest.
  await rm(manifestFile(folder, name), { force: true })
  await rm(place, { recursive: true, force: true })
  return there
}

/** A work folder of an interrupted pull is removed after a day. */
const STALE_MILLISECONDS = 24 * 60 * 60 * 1000
const WORK = '.pull-'

/** A new folder for work under way, on the same file system as the guests. Removes forgotten ones. */
export async function workFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (const name of await readdir(folder)) {
    if (!name.startsWith(WORK)) continue
    const place = path.join(folder, name)
    const age = await stat(place).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    )
    if (age > STALE_MILLISECONDS) await rm(place, { recursive: true, force: true })
  }
  return mkdtemp(path.join(folder, WORK))
}

/** What is put into the cache. */
export interface NewGuest extends Omit<GuestManifest, 'format' | 'folder' | 'files'> {
  readonly contents: Readonly<Record<GuestFile, Uint8Array>>
}

const FILE_NAMES: Readonly<Record<GuestFile, string>> = {
  kernel: 'Image',
  initrd: 'initrd.cpio',
  firmwareDynamic: 'fw_dynamic.bin',
  firmwareJump: 'fw_jump.bin',
}

/**
 * Puts a guest into the cache, in place of the one before: a new folder is filled first, then the manifest that names it
 * is renamed into its place, then what is old goes.
 */
export async function installGuest(
  { contents, ...about }: NewGuest,
  { folder = guestsFolder() }: StoreOptions = {},
): Promise<InstalledGuest> {
  const entries = guestFiles.map((kind) => {
    const bytes = contents[kind]
    return [kind, { file: FILE_NAMES[kind], bytes: bytes.length, sha256: sha256(bytes) }] as const
  })
  const files = Object.fromEntries(entries) as Record<GuestFile, GuestFileEntry>
  const home = path.join(folder, about.name)
  const fresh = `${sha256(Buffer.from(JSON.stringify(files))).slice(0, 16)}-${process.pid}-${Date.now()}`
  const place = path.join(home, fresh)
  const before = await findGuest(about.name, { folder }).catch(() => undefined)
  await mkdir(home, { recursive: true })
  const work = await workFolder(folder)
  try {
    for (const kind of guestFiles) await writeFile(path.join(work, FILE_NAMES[kind]), contents[kind])
    await rename(work, place)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  const manifest: GuestManifest = { format: 1, ...about, folder: fresh, files }
  const written = path.join(place, 'manifest.json')
  await writeFile(written, `${JSON.stringify(manifest, null, 2)}\n`)
  await rename(written, manifestFile(folder, about.name))
  if (before) await rm(path.join(home, before.folder), { recursive: true, force: true })
  return findGuest(about.name, { folder })
}
