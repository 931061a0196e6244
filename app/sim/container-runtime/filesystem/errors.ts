const MESSAGES = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  EROFS: 'Read-only file system',
  EEXIST: 'File exists',
  ENOTEMPTY: 'Directory not empty',
  EBUSY: 'Device or resource busy',
  ENOSPC: 'No space left on device',
  ELOOP: 'Too many levels of symbolic links',
  EXDEV: 'Invalid cross-device link',
  EINVAL: 'Invalid argument',
  ENOEXEC: 'Exec format error',
} as const;

/** A file operation failed; `code` is errno's name, the message what a tool prints after the path. */
export class FileError extends Error {
  readonly code: keyof typeof MESSAGES;
  constructor(code: FileError['code']) {
    super(MESSAGES[code]);
    this.name = 'FileError';
    this.code = code;
  }
}
