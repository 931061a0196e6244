import { image, tags } from './image.ts';
import { ALPINE_FILES, BUSYBOX_FILES, SHARED_MODES } from './userlands.ts';

export const busybox = image({
  repository: 'docker.io/library/busybox',
  tags: {
    ...tags('1.37.0', 2_223_686, ['latest', '1.37', '1.37.0', 'stable', 'glibc', 'musl', 'uclibc']), ...tags('1.36.1', 2_157_781, ['1.36', '1.36.1', '1.36.1-glibc', '1.36-musl', '1.36-uclibc']), ...tags('1.35.0', 2_152_262, ['1.35', '1.35.0']), ...tags('1.34.1', 783_846, ['1.34', '1.34.1']), ...tags('1.33.1', 776_814, ['1.33', '1.33.1']),
    ...tags('1.32.1', 770_000, ['1.32', '1.32.1']), ...tags('1.31.1', 764_619, ['1.31', '1.31.1']), ...tags('1.30.1', 755_901, ['1.30', '1.30.1']), ...tags('1.29.3', 729_000, ['1.29', '1.29.3']), ...tags('1.28.4', 727_869, ['1.28', '1.28.4']),
  },
  command: ['sh'],
  files: BUSYBOX_FILES,
  modes: SHARED_MODES,
  userland: 'busybox',
});

export const alpine = image({
  ...busybox,
  repository: 'docker.io/library/alpine',
  tags: { ...tags('3.22.2', 3_802_452, ['latest', '3', '3.22', '3.22.2']), ...tags('3.21.5', 3_644_000, ['3.21']), ...tags('3.20.8', 3_626_000, ['3.20']), ...tags('3.19.9', 3_419_706, ['3.19']), ...tags('3.18.12', 3_402_542, ['3.18']), ...tags('3.17.10', 3_384_000, ['3.17']), ...tags('3.16.9', 2_812_000, ['3.16']), ...tags('3.14.10', 2_834_000, ['3.14', '3.12']) },
  command: ['/bin/sh'],
  files: ALPINE_FILES,
});
