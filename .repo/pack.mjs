/** Packs the public packages as publishing would, and lays them out as an installed dependency tree. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from './build.mjs'
import { publicPackages, root } from './packages.mjs'
import { runQuietly } from './process.mjs'

/**
 * Builds, packs and calls back with what a consumer would get; the temporary folder is removed afterwards.
 *
 * @template T
 * @param {(packed: { folder: string, packages: { name: string, source: string, tarball: string }[] }) => Promise<T>} use
 *   `folder` is the temporary folder, `source` the package's folder in the repository
 * @returns {Promise<T>}
 */
export async function withPackedPackages(use) {
  // `//` is the root, which builds the types of all packages at once.
  await build({ tasks: ['build', 'build:types'], only: ['./packages/*', '//'] })
  const folder = mkdtempSync(path.join(tmpdir(), 'worldswitch-packed-'))
  try {
    const packages = publicPackages().map(({ folder: source, manifest }) => ({
      name: manifest.name,
      source: path.join(root, source),
      tarball: path.join(
        folder,
        `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`,
      ),
    }))
    const filters = packages.map(({ name }) => `--filter=${name}`)
    const pnpm = path.join(root, 'node_modules/pnpm/bin/pnpm.cjs')
    await runQuietly('packing', process.execPath, [
      pnpm,
      ...filters,
      '-r',
      'pack',
      '--pack-destination',
      folder,
    ])
    return await use({ folder, packages })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Unpacks the tarballs into `folder/node_modules`; dependencies from elsewhere are linked to the installed ones. */
export async function installPacked({ folder, packages }) {
  for (const { name, source, tarball } of packages) {
    const target = path.join(folder, 'node_modules', name)
    mkdirSync(target, { recursive: true })
    await runQuietly(`unpacking ${name}`, 'tar', ['-xzf', tarball, '-C', target, '--strip-components=1'])
    linkForeignDependencies(folder, source)
  }
}

function linkForeignDependencies(folder, source) {
  const { dependencies = {} } = publicPackages().find(
    (one) => path.join(root, one.folder) === source,
  ).manifest
  for (const name of Object.keys(dependencies)) {
    const link = path.join(folder, 'node_modules', name)
    if (name.startsWith('@worldswitch/') || existsSync(link)) continue
    mkdirSync(path.dirname(link), { recursive: true })
    symlinkSync(path.join(source, 'node_modules', name), link)
  }
}
