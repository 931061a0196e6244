import { createHash } from 'node:crypto';
import type { ImageInfo } from '../cri.ts';
import { agnhost } from './agnhost.ts';
import { alpine, busybox } from './busybox.ts';
import { controlPlaneImages } from './control-plane.ts';
import { crash } from './crash.ts';
import { hpaExample } from './hpa-example.ts';
import { httpdImage } from './httpd.ts';
import type { Image, ImageTag } from './image.ts';
import { memcached } from './memcached.ts';
import { mysqlImage } from './mysql.ts';
import { nginx } from './nginx.ts';
import { pause } from './pause.ts';
import { postgres } from './postgres.ts';
import { pythonImage } from './python.ts';
import { redis } from './redis.ts';
import { echoServer, httpEcho, whoami } from './web-samples.ts';
import { curlImage, leaker, perlImage, slowStarter, stressImage } from './workloads.ts';

/** Every image that the simulated registries hold. */
const IMAGES: readonly Image[] = [agnhost, alpine, busybox, crash, curlImage, echoServer, hpaExample, httpdImage, httpEcho, leaker, memcached, mysqlImage, nginx, pause, perlImage, postgres, pythonImage, redis, slowStarter, stressImage, whoami, ...controlPlaneImages];

export interface FoundImage {
  readonly image: Image;
  readonly info: ImageInfo;
}

/** `nginx` → `docker.io/library/nginx:latest`. models containerd: reference normalization */
export function normalizeReference(reference: string): string {
  const [path = '', digest] = reference.split('@');
  const first = path.split('/')[0]!;
  const hasDomain = path.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
  const full = hasDomain ? path : `docker.io/${path.includes('/') ? path : `library/${path}`}`;
  if (digest) return `${full}@${digest}`;
  return /:[^/]+$/.test(full) ? full : `${full}:latest`;
}

/** Undefined: the registry does not know it. */
export function findImage(reference: string): FoundImage | undefined {
  const full = normalizeReference(reference);
  const [name = '', digest] = full.split('@');
  const colon = name.lastIndexOf(':') > name.lastIndexOf('/') ? name.lastIndexOf(':') : name.length;
  const repository = name.slice(0, colon);
  const image = IMAGES.find((candidate) => candidate.repository === repository);
  if (!image) return undefined;
  if (digest !== undefined) {
    // By its contents, under whatever name the registry has for them.
    const found = Object.entries(image.tags).sort(([a], [b]) => Number(b === 'latest') - Number(a === 'latest')).find(([, { version }]) => digestOf(repository, version, 'manifest') === digest);
    return found && describe(image, found[1], `${repository}:${found[0]}`);
  }
  const version = image.tags[name.slice(colon + 1)];
  return version && describe(image, version, full);
}

function describe(image: Image, { version, sizeBytes }: ImageTag, tag: string): FoundImage {
  const { repository, user } = image;
  return { image: withVersion(image, version), info: { id: digestOf(repository, version, 'configuration'), repoTags: [tag], repoDigests: [`${repository}@${digestOf(repository, version, 'manifest')}`], sizeBytes, user } };
}

function digestOf(repository: string, version: string, salt: string): string {
  return `sha256:${createHash('sha256').update(`${repository} ${version} ${salt}`).digest('hex')}`;
}

const versions = new Map<string, Image>();

/** Files and variables that name the version. */
function withVersion(image: Image, version: string): Image {
  if (!image.withVersion) return image;
  const key = `${image.repository}@${version}`;
  let made = versions.get(key);
  if (!made) versions.set(key, (made = { ...image, ...image.withVersion(version) }));
  return made;
}
