import { createHash } from 'node:crypto';
import type { ImageInfo } from '../cri.ts';
import { alpine, busybox } from './busybox.ts';
import { controlPlaneImages } from './control-plane.ts';
import { crash } from './crash.ts';
import { httpdImage } from './httpd.ts';
import type { Image } from './image.ts';
import { nginx } from './nginx.ts';
import { pause } from './pause.ts';
import { redis } from './redis.ts';

/** Every image that the simulated registries hold. */
const IMAGES: readonly Image[] = [alpine, busybox, crash, httpdImage, nginx, pause, redis, ...controlPlaneImages];

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
  const colon = full.lastIndexOf(':');
  const [repository, tag] = [full.slice(0, colon), full.slice(colon + 1)];
  const image = IMAGES.find((candidate) => candidate.repository === repository);
  const version = image?.tags[tag];
  if (!image || !version) return undefined;
  const digest = (salt: string): string => `sha256:${createHash('sha256').update(`${repository} ${version.version} ${salt}`).digest('hex')}`;
  return { image: withVersion(image, version.version), info: { id: digest('configuration'), repoTags: [full], repoDigests: [`${repository}@${digest('manifest')}`], sizeBytes: version.sizeBytes, user: image.user } };
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
