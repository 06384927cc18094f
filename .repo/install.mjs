/** Brings the pinned pnpm and installs with the frozen lock file, unless that was done already. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root, workspacePackages } from './packages.mjs'
import { runQuietly } from './process.mjs'

const stampFile = path.join(root, 'node_modules/.worldswitch-install')

/** Installs if the lock file, a manifest or the platform changed since the last install. */
export async function installIfNeeded() {
  const stamp = installStamp()
  if (isInstalled(stamp)) return
  const [file, ...args] = pnpmCommand()
  await runQuietly('installing dependencies', file, [...args, 'install', '--frozen-lockfile'], {
    shell: file === 'npm' && process.platform === 'win32',
  })
  writeFileSync(stampFile, stamp)
}

function isInstalled(stamp) {
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) return false
  return workspacePackages().every(
    ({ folder, manifest }) =>
      Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).length === 0 ||
      existsSync(path.join(root, folder, 'node_modules')),
  )
}

function installStamp() {
  const hash = createHash('sha256')
  hash.update(`${process.platform} ${process.arch}\n`)
  for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']) {
    hash.update(readFileSync(path.join(root, file)))
  }
  for (const { folder, manifest } of workspacePackages()) {
    hash.update(`${folder} ${JSON.stringify(manifest)}\n`)
  }
  return hash.digest('hex')
}

/** How to call the pinned pnpm: the one that runs this script, the installed one, or one fetched by npm. */
function pnpmCommand() {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const pinned = manifest.packageManager.split('@')[1].split('+')[0]
  const { npm_config_user_agent: agent = '', npm_execpath: runner = '' } = process.env
  const isScript = /\.[cm]?js$/.test(runner)
  if (agent.startsWith(`pnpm/${pinned} `) && isScript) return [process.execPath, runner]
  const installed = path.join(root, 'node_modules/pnpm')
  if (existsSync(path.join(installed, 'package.json'))) {
    const { version, bin } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'))
    if (version === pinned) return [process.execPath, path.join(installed, bin.pnpm)]
  }
  const npm = agent.startsWith('npm/') && isScript ? [process.execPath, runner] : ['npm']
  return [...npm, 'exec', '--yes', `--package=pnpm@${pinned}`, '--', 'pnpm']
}
