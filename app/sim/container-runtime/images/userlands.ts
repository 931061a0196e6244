/** The files that images of one family share. */
export const NSSWITCH = 'passwd: files\ngroup: files\nhosts: files dns\n';

/** busybox, as built on glibc. */
export const BUSYBOX_FILES: Readonly<Record<string, string>> = {
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nbin:x:2:2:bin:/bin:/bin/false\nsys:x:3:3:sys:/dev:/bin/false\nsync:x:4:100:sync:/bin:/bin/sync\nmail:x:8:8:mail:/var/spool/mail:/bin/false\nwww-data:x:33:33:www-data:/var/www:/bin/false\noperator:x:37:37:Operator:/var:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n',
  '/etc/group': 'root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nadm:x:4:\ntty:x:5:\ndisk:x:6:\nlp:x:7:\nmail:x:8:\nkmem:x:9:\nwheel:x:10:root\ncdrom:x:11:\ndialout:x:18:\nfloppy:x:19:\nvideo:x:28:\naudio:x:29:\ntape:x:32:\nwww-data:x:33:\noperator:x:37:\nutmp:x:43:\nplugdev:x:46:\nstaff:x:50:\nlock:x:54:\nnetdev:x:82:\nusers:x:100:\nnobody:x:65534:\n',
  '/etc/shadow': 'root:*:::::::\ndaemon:*:::::::\nnobody:*:::::::\n',
  '/etc/nsswitch.conf': NSSWITCH, '/etc/localtime': '', '/etc/network/': '', '/home/': '', '/lib/': '', '/lib64/': '', '/root/': '', '/tmp/': '', '/usr/bin/env': '', '/usr/sbin/': '', '/var/spool/mail/': '', '/var/www/': '',
};

export const ALPINE_FILES: Readonly<Record<string, string>> = {
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nbin:x:1:1:bin:/bin:/sbin/nologin\ndaemon:x:2:2:daemon:/sbin:/sbin/nologin\nlp:x:4:7:lp:/var/spool/lpd:/sbin/nologin\nsync:x:5:0:sync:/sbin:/bin/sync\nmail:x:8:12:mail:/var/mail:/sbin/nologin\nguest:x:405:100:guest:/dev/null:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n',
  '/etc/group': 'root:x:0:root\nbin:x:1:root,bin,daemon\ndaemon:x:2:root,bin,daemon\nsys:x:3:root,bin\nadm:x:4:root,daemon\ntty:x:5:\ndisk:x:6:root\nlp:x:7:lp\nkmem:x:9:\nwheel:x:10:root\nfloppy:x:11:root\nmail:x:12:mail\nnews:x:13:news\ncron:x:16:cron\naudio:x:18:\ncdrom:x:19:\ndialout:x:20:root\nftp:x:21:\nsshd:x:22:\ninput:x:23:\ntape:x:26:root\nvideo:x:27:root\nnetdev:x:28:\nkvm:x:34:kvm\ngames:x:35:\nwww-data:x:82:\nusers:x:100:games\nutmp:x:406:\nping:x:999:\nnogroup:x:65533:\nnobody:x:65534:\n',
  '/etc/alpine-release': '3.22.2\n', '/etc/os-release': 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.2\nPRETTY_NAME="Alpine Linux v3.22"\nHOME_URL="https://alpinelinux.org/"\n', '/etc/issue': 'Welcome to Alpine Linux 3.22\nKernel \\r on an \\m (\\l)\n\n', '/etc/apk/repositories': 'https://dl-cdn.alpinelinux.org/alpine/v3.22/main\nhttps://dl-cdn.alpinelinux.org/alpine/v3.22/community\n',
  '/etc/nsswitch.conf': 'hosts: files dns\n', '/etc/profile': 'export PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\n', '/home/': '', '/lib/': '', '/media/': '', '/mnt/': '', '/opt/': '', '/root/': '', '/run/': '', '/sbin/': '', '/srv/': '', '/tmp/': '', '/usr/bin/': '', '/usr/lib/': '', '/usr/local/bin/': '', '/usr/sbin/': '', '/usr/share/': '', '/var/cache/': '', '/var/lib/': '', '/var/log/': '',
};

const DEBIAN_USERS = 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nbin:x:2:2:bin:/bin:/usr/sbin/nologin\nsys:x:3:3:sys:/dev:/usr/sbin/nologin\nsync:x:4:65534:sync:/bin:/bin/sync\ngames:x:5:60:games:/usr/games:/usr/sbin/nologin\nman:x:6:12:man:/var/cache/man:/usr/sbin/nologin\nlp:x:7:7:lp:/var/spool/lpd:/usr/sbin/nologin\nmail:x:8:8:mail:/var/mail:/usr/sbin/nologin\nnews:x:9:9:news:/var/spool/news:/usr/sbin/nologin\nuucp:x:10:10:uucp:/var/spool/uucp:/usr/sbin/nologin\nproxy:x:13:13:proxy:/bin:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nbackup:x:34:34:backup:/var/backups:/usr/sbin/nologin\nlist:x:38:38:Mailing List Manager:/var/list:/usr/sbin/nologin\nirc:x:39:39:ircd:/run/ircd:/usr/sbin/nologin\n_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n';
const DEBIAN_GROUPS = 'root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nadm:x:4:\ntty:x:5:\ndisk:x:6:\nlp:x:7:\nmail:x:8:\nwww-data:x:33:\nusers:x:100:\nnogroup:x:65534:\n';

/** Debian 12; `users` are lines that an image adds to /etc/passwd and /etc/group: name, number, home. */
export function debianFiles(users: readonly (readonly [name: string, id: number, home: string])[] = []): Record<string, string> {
  return {
    '/etc/passwd': DEBIAN_USERS + users.map(([name, id, home]) => `${name}:x:${id}:${id}:${name} user:${home}:/bin/false\n`).join(''),
    '/etc/group': DEBIAN_GROUPS + users.map(([name, id]) => `${name}:x:${id}:\n`).join(''),
    '/etc/os-release': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL="https://www.debian.org/"\nSUPPORT_URL="https://www.debian.org/support"\nBUG_REPORT_URL="https://bugs.debian.org/"\n',
    '/etc/debian_version': '12.12\n', '/etc/issue': 'Debian GNU/Linux 12 \\n \\l\n\n', '/etc/nsswitch.conf': NSSWITCH, '/etc/hostname': '', '/etc/profile': '', '/etc/bash.bashrc': '', '/root/.bashrc': '', '/root/.profile': '',
    '/boot/': '', '/home/': '', '/media/': '', '/mnt/': '', '/opt/': '', '/run/': '', '/srv/': '', '/tmp/': '', '/usr/bin/': '', '/usr/lib/': '', '/usr/lib64/': '', '/usr/sbin/': '', '/usr/local/bin/': '', '/usr/local/lib/': '', '/usr/local/sbin/': '', '/usr/share/': '', '/var/cache/': '', '/var/lib/': '', '/var/log/': '', '/var/run/': '', '/var/tmp/': '',
  };
}

export const DEBIAN_LINKS: Readonly<Record<string, string>> = { '/bin': 'usr/bin', '/sbin': 'usr/sbin', '/lib': 'usr/lib', '/lib64': 'usr/lib64' };

/** Modes of directories that all have. */
export const SHARED_MODES: Readonly<Record<string, number>> = { '/tmp/': 0o1777, '/root/': 0o700, '/etc/shadow': 0o600 };
