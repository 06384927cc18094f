import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { LinuxGuestError } from '../linux-guest-error.ts'
import { type RunResult, runProgram } from '../process.ts'

/** Where Debian keeps the keys that its archive is signed with; a package of this name installs them. */
const KEYRING_PACKAGE = 'debian-archive-keyring'

/** A private apt: own sources, lists and state, and the machine's own settings for everything else. */
export interface PrivateApt {
  /** Folder that everything is in; it must exist. */
  readonly folder: string
  readonly release: string
  /** File with the archive's public keys. */
  readonly keyring: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal | undefined
}

/** A package of Debian's archive. */
export interface DebianPackage {
  readonly name: string
  readonly version: string
  /** Where the .deb file is, below the archive's base address. */
  readonly file: string
  /** SHA-256 of the .deb file, in hexadecimal. */
  readonly sha256: string
}

/** A package as the signed index describes it. */
export interface IndexedPackage extends DebianPackage {
  /** Names in its `Depends`, the first of each alternative. */
  readonly depends: readonly string[]
}

/**
 * Base addresses of Debian's archive, as the machine's apt is configured: its `main` components, each address once, the
 * main archive before what is for security.
 */
export async function configuredMirrors(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const format = '$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)'
  const result = await runProgram('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], {
    env,
    signal,
  })
  if (result.status !== 0) throw failed('apt-get indextargets', result)
  const rows = text(result)
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(
      ([address, release, component]) => address && component === 'main' && !release?.includes('security'),
    )
  return [...new Set(rows.map(([address]) => address!))]
}

/** `env`, in which apt's own helper is found too: it is outside of what PATH has. */
export const helperPath = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...env,
  PATH: [env.PATH, '/usr/lib/apt'].filter(Boolean).join(path.delimiter),
})

const configFile = ({ folder }: PrivateApt): string => path.join(folder, 'apt.conf')

/**
 * Writes the configuration of the private apt.
 *
 * @param mirror - base address of the archive.
 */
export async function configureApt(apt: PrivateApt, mirror: string): Promise<void> {
  const { folder, release, keyring } = apt
  const quoted = (value: string): string => {
    if (/["\n\\]/.test(value))
      throw new LinuxGuestError('PULL_FAILED', `apt takes no path with a quote: ${value}`)
    return `"${value}"`
  }
  const settings: Readonly<Record<string, string>> = {
    'Dir::State': path.join(folder, 'state'),
    'Dir::State::lists': path.join(folder, 'state/lists'),
    'Dir::State::status': path.join(folder, 'state/status'),
    'Dir::Cache': path.join(folder, 'cache'),
    'Dir::Etc::sourcelist': path.join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::Etc::preferences': '-',
    'Dir::Etc::preferencesparts': '-',
    'APT::Architecture': 'riscv64',
    'APT::Architectures': 'riscv64',
    'APT::Sandbox::User': 'root',
    'APT::Update::Error-Mode': 'any',
    'Acquire::Languages': 'none',
    'Acquire::AllowInsecureRepositories': 'false',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${quoted(value)};`)
  // Hooks that the machine has are for its own state.
  const hooks = ['Pre-Invoke', 'Post-Invoke', 'Post-Invoke-Success']
  lines.push(...hooks.map((hook) => `#clear APT::Update::${hook};`), '#clear APT::Architectures;')
  lines.push('APT::Architectures { "riscv64"; };')
  await mkdir(path.join(folder, 'state/lists/partial'), { recursive: true })
  await mkdir(path.join(folder, 'cache/archives/partial'), { recursive: true })
  await writeFile(path.join(folder, 'state/status'), '')
  await writeFile(
    path.join(folder, 'sources.list'),
    `deb [arch=riscv64 signed-by=${keyring}] ${mirror} ${release} main\n`,
  )
  await writeFile(configFile(apt), `${lines.join('\n')}\n`)
}

const run = (apt: PrivateApt, program: string, args: readonly string[]): Promise<RunResult> =>
  runProgram(program, ['-c', configFile(apt), ...args], { env: apt.env, signal: apt.signal })

/**
 * Fetches the signed index.
 *
 * @throws LinuxGuestError `PULL_FAILED`, with what apt said.
 */
export async function updateApt(apt: PrivateApt): Promise<void> {
  const result = await run(apt, 'apt-get', ['update', '-q'])
  if (result.status !== 0) throw failed('apt-get update', result)
}

/** What the index says of packages; they must all be there. */
export async function describePackages(apt: PrivateApt, names: readonly string[]): Promise<IndexedPackage[]> {
  const result = await run(apt, 'apt-cache', ['show', '--no-all-versions', ...names])
  const paragraphs = text(result).split(/\n\n+/).map(fields)
  return names.map((name) => {
    const found = paragraphs.find((paragraph) => paragraph.get('Package') === name)
    const [version, file, sha256] = ['Version', 'Filename', 'SHA256'].map((field) => found?.get(field))
    if (version === undefined || file === undefined || sha256 === undefined)
      throw new LinuxGuestError(
        'PULL_FAILED',
        `the archive has no package ${name} for riscv64 in ${apt.release}`,
      )
    const depends = (found?.get('Depends') ?? '').split(',').map((one) => one.trim().split(/[\s|(]/)[0]!)
    return { name, version, file, sha256, depends: depends.filter((one) => one !== '') }
  })
}

/** Fields of a paragraph, without continuation lines. */
const fields = (paragraph: string): Map<string, string> =>
  new Map(
    paragraph
      .split('\n')
      .map((line) => /^(\S+): (.*)$/.exec(line))
      .filter((match) => match !== null)
      .map(([, name, value]) => [name!, value!]),
  )

/**
 * Downloads packages into the folder `into`, which holds nothing else then; apt compares them with their SHA-256.
 *
 * @param mirror - base address of the archive.
 * @throws LinuxGuestError `PULL_FAILED`, with what apt said.
 */
export async function downloadPackages(
  apt: PrivateApt,
  mirror: string,
  packages: readonly DebianPackage[],
  into: string,
): Promise<void> {
  await rm(into, { recursive: true, force: true })
  await mkdir(into)
  for (const { file, sha256 } of packages) {
    const place = path.join(into, path.basename(file))
    const address = `${mirror.replace(/\/*$/, '/')}${file}`
    const result = await run(apt, 'apt-helper', ['download-file', address, place, `SHA256:${sha256}`])
    if (result.status !== 0) throw failed(`the download of ${path.basename(file)}`, result)
  }
}

const text = ({ stdout }: RunResult): string => new TextDecoder().decode(stdout)

/** The error of a step, with the lines in which apt says what is wrong. */
function failed(step: string, result: RunResult): LinuxGuestError {
  const lines = result.stderr.split('\n').filter((line) => /^(E|W|Err):?/.test(line))
  const said = [...new Set(lines.length > 0 ? lines : result.stderr.trim().split('\n'))].slice(0, 6)
  return new LinuxGuestError(
    'PULL_FAILED',
    `${step} failed (status ${result.status}):\n  ${said.join('\n  ')}`,
  )
}

/** What to say when the keys are not there. */
export const keyringHint = (file: string): string =>
  `the keys of Debian's archive are not in ${file}: install the package ${KEYRING_PACKAGE}, or name the file with --keyring`
