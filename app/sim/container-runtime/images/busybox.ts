import { PATH, type Image } from './image.ts';

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n';

export const busybox: Image = {
  repository: 'docker.io/library/busybox',
  tags: { latest: { version: '1.37.0', sizeBytes: 2_200_000 }, '1.37': { version: '1.37.0', sizeBytes: 2_200_000 }, '1.36': { version: '1.36.1', sizeBytes: 2_160_000 }, '1.28': { version: '1.28.4', sizeBytes: 730_000 } },
  entrypoint: [],
  command: ['sh'],
  env: { PATH },
  workingDir: '/',
  user: '',
  stopSignal: 'SIGTERM',
  files: { '/etc/passwd': PASSWD, '/etc/group': 'root:x:0:\nwheel:x:10:root\n', '/bin/sh': '', '/bin/busybox': '', '/tmp/.keep': '', '/root/.keep': '', '/var/.keep': '', '/home/.keep': '', '/usr/.keep': '', '/proc/version': 'Linux version 6.1.0\n' },
  userland: 'busybox',
  programs: {},
};

export const alpine: Image = {
  ...busybox,
  repository: 'docker.io/library/alpine',
  tags: { latest: { version: '3.23.0', sizeBytes: 3_800_000 }, '3': { version: '3.23.0', sizeBytes: 3_800_000 }, '3.22': { version: '3.22.2', sizeBytes: 3_800_000 }, '3.20': { version: '3.20.8', sizeBytes: 3_600_000 } },
  command: ['/bin/sh'],
  files: { ...busybox.files, '/etc/alpine-release': '3.23.0\n', '/etc/os-release': 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.23.0\nPRETTY_NAME="Alpine Linux v3.23"\n' },
};
