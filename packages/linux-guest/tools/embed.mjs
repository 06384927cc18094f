import { writeModule } from '../../../.repo/embed-program.mjs'

/** Writes a script as a module. */
export const embedScript = ({ text, directory }) => {
  const escaped = text.replace(/[\\`]|\$\{/g, '\\$&')
  writeModule(directory, 'dhcp-script', ['/** init/dhcp.sh. */', `export const dhcpScript = \`${escaped}\``])
}
