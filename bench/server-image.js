// Our server image beside the settings of the one that it replaces, in the same container VM, in one run.
import {spawn} from 'node:child_process'
import {existsSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {median, pairedRatio, summary} from './measure.js'

const RUN = fileURLToPath(new URL('server-image/run.ts', import.meta.url))
const TITLE = 'The server image'

function measureInVm() {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', RUN], {stdio: ['ignore', 'pipe', 'inherit']})
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk))
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(text))
      else reject(new Error(`${RUN} ended with ${code}`))
    })
  })
}

function row(name, ours, original) {
  const ratio = Math.min(...original) === 0 ? '–' : pairedRatio({values: ours}, {values: original}).toFixed(2)
  const shown = (values) => {
    const {min, max} = summary(values)
    return `${median(values).toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`
  }
  return [name, shown(ours), shown(original), ratio]
}

export async function benchServerImage() {
  const head = ['what', 'ours, median (min–max)', 'original, median (min–max)', 'ours / original']
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    return {title: TITLE, method: 'Not taken: this needs root on Debian.', head, rows: []}
  }
  const {sizes, rounds, figures} = await measureInVm()
  const names = Object.keys(figures.ours[0])
  const rows = names.map((name) => {
    return row(
      name,
      figures.ours.map((round) => round[name]),
      figures.original.map((round) => round[name]),
    )
  })
  return {
    title: TITLE,
    method: `Kernel nfsd in a container VM (QEMU q35 without KVM, Debian's cloud kernel, a VMDK volume), a second one as the consumer with VIC's mount options; ${rounds} rounds in turn after one that is not counted, both servers in the same two VMs. "Original" is the script of the container that vicnfs replaces, typed anew from its description (bench/server-image/original.sh), on the same packages. Both with the original's export options. The stall is the longest gap between two acknowledged appends of a client, over SIGKILL of every daemon and a start at once; the original does not notice such a death by itself, here somebody starts it again in the same moment. Image size in MB (10⁶ bytes) on the same base, ours with both servers.`,
    head,
    rows: [row('image size, MB', [sizes.ours], [sizes.original]), ...rows],
  }
}
